/**
 * `docs/semantics.md` has each rule of `docs/hardware.md` in one row, links it to code that cites it, and calls it not
 * modelled if that page does; and what it says of words, it says of words that there are.
 */
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { hardwareParameters } from "../../src/kernel/hardware-parameters.ts";
import { entries, read } from "./hardware-rules.ts";
import { root } from "./snippets.ts";

const page = read("docs/semantics.md");
const words = read("docs/words.md");

/** The cells of a table of the page, without its head. */
function rowsOf(mark: string): string[][] {
  const text = page.split(`<!-- ${mark} -->`)[1]!.split("<!-- end -->")[0]!;
  const lines = text.split("\n").filter((line) => line.startsWith("|"));
  return lines.slice(2).map((line) =>
    line
      .slice(1, -1)
      .split("|")
      .map((cell) => cell.trim()),
  );
}

const quoted = (text: string): string[] => [...text.matchAll(/`([^`]+)`/g)].map(([, word]) => word!);

interface Row {
  readonly rules: readonly string[];
  readonly without: string;
  /** The files of `src` that it links to. */
  readonly files: readonly string[];
}

const rows = rowsOf("rules").map(([rules, without, code]): Row => ({
  rules: rules!.split(", "),
  without: without!,
  files: [...code!.matchAll(/\]\(\.\.\/(src\/[^)]+)\)/g)].map(([, path]) => path!),
}));

const sources = readdirSync(join(root, "src"), { recursive: true, encoding: "utf8" })
  .filter((path) => path.endsWith(".ts"))
  .map((path) => `src/${path}`);

function cites(file: string, rule: string): boolean {
  return new RegExp(String.raw`\b${rule}\b`).test(read(file));
}

/** The rules of which the page of rules knows no code. */
const notModelled = [...entries].flatMap(([rule, text]) => (text.includes("`src/") ? [] : [rule]));

describe("the rules of the hardware", () => {
  test("each is in one row", () => {
    expect(rows.flatMap(({ rules }) => rules).toSorted()).toEqual([...entries.keys()].toSorted());
  });

  test("those that no code depends on are called so, and no others", () => {
    const told = rows.flatMap(({ rules, without }) => (without.startsWith("not modelled") ? rules : []));
    expect(told.toSorted()).toEqual(notModelled.toSorted());
    for (const rule of notModelled) expect(entries.get(rule)).toMatch(/not modelled yet/i);
  });

  const modelled = rows.filter(({ rules }) => !notModelled.includes(rules[0]!));

  test.each(modelled)("$rules: the code that is linked cites them", ({ rules, files }) => {
    const cited = rules.filter((rule) => sources.some((file) => cites(file, rule)));
    expect(cited).not.toEqual([]);
    expect(cited.filter((rule) => !files.some((file) => cites(file, rule)))).toEqual([]);
  });

  test("the switches that rows name are there", () => {
    const named = rows.flatMap(({ without }) => quoted(without));
    const details = named.filter((word) => /^\w+$/.test(word));
    const parameters = named.flatMap((word) => /^--set (\w+)=/.exec(word)?.[1] ?? []);
    expect(details).toContain("cnp");
    expect(details.filter((word) => !words.includes(`- \`${word}\`:`))).toEqual([]);
    expect(parameters).toContain("ets2");
    expect(parameters.filter((name) => !Object.hasOwn(hardwareParameters, name))).toEqual([]);
  });
});

describe("known differences from Linux", () => {
  const told = rowsOf("differences").map(([first, here]) => ({ told: quoted(first!), here: here! }));

  test("there are some", () => {
    expect(told.length).toBeGreaterThan(20);
  });

  test.each(told)("$told: each is a word, and something is said of it", ({ told: named, here }) => {
    expect(named).not.toEqual([]);
    expect(named.filter((word) => !isWord(word))).toEqual([]);
    expect(here).not.toBe("");
  });
});

/** Whether the page of words lists it: as a call, as a field, or as an option. */
function isWord(word: string): boolean {
  return [`- \`${word}(`, `- \`${word}\`:`].some((entry) => words.includes(entry));
}
