/** The script that makes mistakes in models: what it calls each class, on mistakes made by hand. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { afterAll, expect, test } from "vitest";

interface Mistake {
  readonly kind: string;
  readonly text: string;
}

const root = fileURLToPath(new URL("../..", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "tlbcheck judged "));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const part = async (name: string): Promise<Record<string, unknown>> =>
  (await import(pathToFileURL(join(root, "scripts", "mistakes", name)).href)) as Record<string, unknown>;

const MODEL = `import { model, range } from "tlbcheck/rules";
export default model("counts", { about: "-", variants: { up: { about: "-", expect: {} }, near: { about: "-", expect: {} } } }, (m, { variant }) => {
  const n = m.variable("n", range(0, 4), 0);
  const limit = variant === "near" ? 1 : 2;
  m.rule("count", { guard: () => [n.lessThan(limit)], body: () => n.increase() });
  m.invariant("small", n.atMost(3));
  m.goal("counted", n.atLeast(1));
  m.deadlock(n.atLeast(0));
});
`;

const CASES = [
  ["error", "guard:", "guaard:", 5],
  ["error elsewhere", "range(0, 4)", "undefined", 40],
  ["verdict", ": 2;", ": 4;", 4],
  ["vacuous", ": 2;", ": 0;", 4],
  ["visible", "variants: { up", "variants: { upp", 2],
  ["visible", 'm.invariant("small"', 'm.invariant("smal"', 6],
  ["same model", '"counts"', '"coounts"', 2],
  ["same model", '"n", range', '"nn", range', 3],
  ["other variant", "? 1 :", "? 2 :", 4],
  ["same counts", "n.lessThan(limit)", "n.isNot(limit)", 5],
  ["silent", ": 2;", ": 3;", 4],
] as const;

/** Judges in a process of its own, where a model file and its judge share tlbcheck's modules. */
function judged(): string[] {
  const path = (name: string): string => join(folder, `${name}.ts`);
  writeFileSync(path("counts"), MODEL);
  const mistakes = CASES.map(([, was, text, line], i) => {
    expect(MODEL).toContain(was);
    writeFileSync(path(`mistaken-${i}`), MODEL.replace(was, text));
    return { path: path(`mistaken-${i}`), place: { from: line, to: line, calls: [], text: "-" } };
  });
  const url = (name: string): string =>
    JSON.stringify(pathToFileURL(join(root, "scripts", "mistakes", name)));
  const code = `import { tlbcheckParts } from ${url("parts.mjs")};
    import { Judge } from ${url("judge.mjs")};
    const parts = await tlbcheckParts(${JSON.stringify(root)}, ${JSON.stringify(folder)});
    const judge = await Judge.of(parts, ${JSON.stringify(path("counts"))});
    const found = [];
    for (const { path, place } of ${JSON.stringify(mistakes)}) found.push((await judge.judge(path, place)).as);
    console.log(JSON.stringify(found));`;
  const { stdout, stderr } = spawnSync(process.execPath, ["--input-type=module", "-e", code], {
    encoding: "utf8",
  });
  expect(stderr).toBe("");
  return JSON.parse(stdout) as string[];
}

test("each mistake is of its class", () => {
  expect(judged()).toEqual(CASES.map(([as]) => as));
});

test("mistakes are the same for the same seed, and each kind has its turn", async () => {
  const { mistakesIn } = (await part("sites.mjs")) as { mistakesIn: (code: string) => Mistake[] };
  const { chosen } = (await part("choose.mjs")) as {
    chosen: (given: object[], count: number, seed: number) => { mistake: Mistake }[];
  };
  const given = [{ file: {}, mistakes: mistakesIn(MODEL) }];
  const first = chosen(given, 6, 1);
  expect(chosen(given, 6, 1)).toEqual(first);
  expect(chosen(given, 6, 2)).not.toEqual(first);
  const kinds = new Set(first.slice(0, 3).map(({ mistake }) => mistake.kind));
  expect(kinds).toEqual(new Set(["key misspelt", "value replaced", "return forgotten"]));
});
