/** Every link from a page to a page of this repository, or into one, has where to go. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { root } from "./snippets.ts";

const pages = ["README.md", ...readdirSync(join(root, "docs")).map((name) => `docs/${name}`)];

/** The anchors that GitHub makes of the headings of a page. */
function anchorsOf(page: string): string[] {
  const prose = readFileSync(join(root, page), "utf8").replace(/^```[\s\S]*?^```$/gm, "");
  return [...prose.matchAll(/^#+ (.*)$/gm)].map(([, heading]) =>
    heading!
      .toLowerCase()
      .replace(/[^\w\s-]/g, "")
      .replaceAll(" ", "-"),
  );
}

const links = pages.flatMap((page) =>
  [...readFileSync(join(root, page), "utf8").matchAll(/\]\((?!\w+:)([^)#\s]*)(?:#([^)\s]+))?\)/g)].map(
    ([, path, anchor]) => [page, path ? join(dirname(page), path) : page, anchor] as const,
  ),
);

test("there are links", () => {
  expect(links.length).toBeGreaterThan(30);
});

test.each(links)("%s links to %s, %s", (_, target, anchor) => {
  expect(existsSync(join(root, target))).toBe(true);
  if (anchor !== undefined) expect(anchorsOf(target)).toContain(anchor);
});
