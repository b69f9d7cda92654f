import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { diagnosticCodes } from "../../src/model/diagnostic.ts";

const page = readFileSync(new URL("../../docs/diagnostics.md", import.meta.url), "utf8");

test("every diagnostic has its section, in the order of the codes and in the same words", () => {
  const sections = [...page.matchAll(/^### (TLB\d+): (.*)$/gm)].map(([, code, meaning]) => [code, meaning]);
  expect(sections).toEqual(Object.entries(diagnosticCodes));
});

test("every section that another one refers to is there", () => {
  const anchors = [...page.matchAll(/^#+ (.*)$/gm)].map(([, heading]) =>
    heading!
      .toLowerCase()
      .replace(/[^\w\s-]/g, "")
      .replaceAll(" ", "-"),
  );
  const links = [...page.matchAll(/\]\(#([^)]+)\)/g)].map(([, anchor]) => anchor);
  expect(links.length).toBeGreaterThan(0);
  for (const link of links) expect(anchors).toContain(link);
});
