/** `docs/words.md` lists the words as the sources have them, and has all of them. `vitest run -u` writes it anew. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { scenarioWords, threadWords } from "../../src/kernel/words.ts";
import { root } from "./snippets.ts";
import { members, membersOf, options, parts, primitiveComments, rewritten } from "./words.ts";

const path = join(root, "docs/words.md");
const page = readFileSync(path, "utf8");

describe("docs/words.md", () => {
  test("says of each word what its source says", async () => {
    await expect(await rewritten(page)).toMatchFileSnapshot(path);
  });

  test("has a list of each part and of all options", () => {
    const marks = [...page.matchAll(/<!-- words: (\w+(?: of \w+)?) -->/g)].map(([, what]) => what);
    const wanted = [
      "properties",
      "k",
      ...Object.keys(parts),
      ...Object.keys(options).map((type) => `options of ${type}`),
    ];
    expect(new Set(marks)).toEqual(new Set(wanted));
    expect(marks).toHaveLength(wanted.length);
  });

  test("has every method that k and m have, and no other", () => {
    const listed = (...names: (keyof typeof parts)[]): string[] =>
      names.flatMap((name) => membersOf(parts[name]!).map((member) => member.name)).sort();
    expect(listed("m")).toEqual(scenarioWords.filter((name) => name !== "build").toSorted());
    expect([...listed("program"), ...primitiveComments().keys()].toSorted()).toEqual(
      threadWords.filter((name) => !["link", "run"].includes(name)).toSorted(),
    );
  });

  const all = [
    ...Object.entries(parts).map(([name, part]) => [name, membersOf(part)] as const),
    ...Object.entries(options).map(([type, file]) => [type, members(file, type)] as const),
  ];
  test.each(all)("every word of %s is documented where it is declared", (_, found) => {
    expect(found.length).toBeGreaterThan(0);
    expect(found.filter(({ says }) => says === "").map(({ name }) => name)).toEqual([]);
  });
});
