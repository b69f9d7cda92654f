/** The tutorial and the page on own parts: every file runs, and everything printed is what the command prints. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { configurations } from "../../src/model/family.ts";
import { Workspace } from "../cli/command.ts";
import { verdictsOf } from "../support/verdicts.ts";
import { familyOf, root, snippetsOf, typeErrors } from "./snippets.ts";

const workspace = new Workspace();
const pages = ["docs/writing-a-model.md", "docs/own-parts.md"];

interface Session {
  readonly command: string;
  /** The model file that comes before it on the page. */
  readonly name: string;
  readonly code: string;
  readonly printed: string;
}

/** The blocks marked `console` of a page. */
function sessionsOf(page: string): Session[] {
  const text = readFileSync(join(root, page), "utf8");
  const files = snippetsOf(page);
  return [...text.matchAll(/^```console\n\$ npx tlbcheck (.*)\n\n([\s\S]*?)^```$/gm)].map((found) => {
    const line = text.slice(0, found.index).split("\n").length;
    const { name, code } = files.findLast((file) => file.line < line)!;
    return { command: found[1]!, name, code, printed: found[2]!.trimEnd() };
  });
}

/** Times differ from run to run, and the width of their column with them. */
const timeless = (text: string): string => text.replace(/ +\d+\.\d+ s/g, " T s");

const sessions = pages.flatMap((page) => sessionsOf(page));

test("there are sessions to check, and each names the file before it", () => {
  expect(sessions).toHaveLength(5);
  for (const { command, name } of sessions) expect(command.split(" ")[0]).toBe(`${name}.ts`);
});

test.each(sessions)(
  "tlbcheck $command prints what the page says",
  async ({ command, name, code, printed }) => {
    workspace.write(`${name}.ts`, code);
    const { out } = await workspace.run(...command.split(" "));
    expect(timeless(out)).toContain(timeless(printed));
  },
  180_000,
);

test("each file is well typed", () => {
  for (const page of pages) for (const snippet of snippetsOf(page)) expect(typeErrors([snippet])).toEqual([]);
}, 180_000);

describe("what the tutorial says besides", () => {
  const [, patch] = snippetsOf("docs/writing-a-model.md");

  test.each([{ evict: "false" }, { order: "tso" }])("no verdict changes with %o", async (parameters) => {
    const family = await familyOf(patch!);
    for (const configuration of configurations(family, { arch: "arm64", parameters })) {
      const { violated, unreached } = await verdictsOf(family.build(configuration));
      expect(Object.keys(violated)).toEqual(configuration.variant === "clean" ? ["use-after-free-page"] : []);
      expect(unreached).toEqual([]);
    }
  });

  test("without the goal the first model would hold", async () => {
    const [first] = snippetsOf("docs/writing-a-model.md");
    const without = first!.code.replace(/^ *m\.goal\(.*\n/m, "");
    expect(without).not.toBe(first!.code);
    const family = await familyOf({ ...first!, code: without });
    const verdicts = await verdictsOf(family.build(configurations(family)[0]!));
    expect(verdicts).toMatchObject({ violated: {}, unreached: [] });
  });
});

test("with the flush where the kernel's fix has it, the page can be reached at both addresses, too", async () => {
  const [file] = snippetsOf("docs/own-parts.md");
  const [flush, store] = [/ *if \(variant === "flush-first"\) .*\n/, / *k\.setPteAt\(to, .*\n/].map(
    (line) => line.exec(file!.code)![0],
  );
  const swapped = file!.code.replace(`${flush}${store}`, `${store}${flush}`);
  expect(swapped).not.toBe(file!.code);
  const family = await familyOf({ ...file!, code: swapped });
  const [configuration] = configurations(family, { variant: "flush-first" });
  expect(Object.keys((await verdictsOf(family.build(configuration!))).violated)).toEqual(["one-address"]);
});

test("own parts hold with memory order tso as without it", async () => {
  const family = await familyOf(snippetsOf("docs/own-parts.md")[0]!);
  for (const configuration of configurations(family, { parameters: { order: "tso" } })) {
    const { violated } = await verdictsOf(family.build(configuration));
    expect(Object.keys(violated)).toEqual(configuration.variant === "reference" ? ["one-address"] : []);
  }
});
