import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { cycles } from "./cycles.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));

function sources(): Map<string, string> {
  const names = readdirSync(`${root}/src`, { recursive: true, encoding: "utf8" });
  const paths = names
    .filter((name) => name.endsWith(".ts"))
    .map((name) => `src/${name.replaceAll("\\", "/")}`);
  return new Map(paths.map((path) => [path, readFileSync(`${root}/${path}`, "utf8")]));
}

const files = (given: Readonly<Record<string, string>>) => new Map(Object.entries(given));

test("are found, those of types too", () => {
  const found = cycles(
    files({
      "src/a.ts": `import type { B } from "./b.ts";`,
      "src/b.ts": `import { a } from "./a.ts";\nimport { c } from "./c.ts";`,
      "src/c.ts": `export const c = 1;`,
    }),
  );
  expect(found).toEqual([["src/a.ts", "src/b.ts"]]);
});

test("are told apart, and a file that merely leads to one lies on none", () => {
  const found = cycles(
    files({
      "src/x/a.ts": `import { b } from "../b.ts";`,
      "src/b.ts": `import { c } from "./c.ts";`,
      "src/c.ts": `import { a } from "./x/a.ts";`,
      "src/d.ts": `import { e } from "./e.ts";\nimport { b } from "./b.ts";`,
      "src/e.ts": `import type { D } from "./d.ts";`,
      "src/f.ts": `import { d } from "./d.ts";`,
    }),
  );
  expect(found).toEqual([
    ["src/b.ts", "src/c.ts", "src/x/a.ts"],
    ["src/d.ts", "src/e.ts"],
  ]);
});

/** How many files of a part may lie on one cycle. */
const MOST = 3;

/** The parts with a larger cycle, which may shrink and not grow: the machine and its mechanisms name each other's types. */
const larger: Readonly<Record<string, number>> = { arch: 38 };

test("have few files", () => {
  const found = cycles(sources());
  expect(found.length).toBeGreaterThan(0);
  expect(found.filter((group) => group.length > (larger[group[0]!.split("/")[1]!] ?? MOST))).toEqual([]);
});
