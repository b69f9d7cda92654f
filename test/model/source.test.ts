import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { assert, bool, ModelBuilder, range } from "../../src/model/builder.ts";
import { defineFamily } from "../../src/model/family.ts";
import { mapSources } from "../../src/model/map-sources.ts";
import type { Source } from "../../src/model/model.ts";
import { atSource } from "../../src/model/source.ts";
import { diagnosticOf } from "../diagnostics.ts";

const file = fileURLToPath(import.meta.url);

/** The lines of this file that end in a comment `// here: <name>`, by that name. */
const lines = new Map(
  readFileSync(file, "utf8")
    .split("\n")
    .flatMap((text, i) => [...text.matchAll(/\/\/ here: (\w+)$/g)].map(([, name]) => [name, i + 1] as const)),
);

function expectHere(source: Source | null | undefined, name: string): void {
  expect(lines.get(name)).toBeGreaterThan(0);
  expect(source).toMatchObject({ file, line: lines.get(name) });
}

function build() {
  const m = new ModelBuilder("positions");
  const x = m.variable("x", range(0, 3), 0); // here: variable
  const a = m.array("a", [bool], bool, false); // here: array
  m.assertion("fine"); // here: assertion
  m.invariant("small", x.lessThan(3)); // here: invariant
  // here: rule
  m.rule("step", {
    body: () => [
      x.increase(), // here: assignment
      a.at(true).set(true), // here: cell
      assert("fine", x.is(1)), // here: assert
    ],
  });
  return m.build();
}

describe("positions", () => {
  test("of what a model declares are the lines of the calls", () => {
    const model = build();
    expectHere(model.variables[0]?.source, "variable");
    expectHere(model.variables[1]?.source, "array");
    expectHere(model.properties[0]?.source, "assertion");
    expectHere(model.properties[1]?.source, "invariant");
    const [rule] = model.rules;
    expect(rule?.source).toMatchObject({ file, line: lines.get("rule")! + 1 });
    const [assignment, cell, check] = rule!.body as readonly { source: Source | null }[];
    expectHere(assignment?.source, "assignment");
    expectHere(cell?.source, "cell");
    expectHere(check?.source, "assert");
  });

  test("of misuse are the lines of the calls", () => {
    const x = new ModelBuilder("m").variable("x", range(0, 3), 0);
    expectHere(diagnosticOf(() => x.is(true)).source, "literal"); // here: literal
    expectHere(diagnosticOf(() => `${x as unknown as string}`).source, "text"); // here: text
    expectHere(diagnosticOf(() => range(3, 0)).source, "range"); // here: range
  });

  test("of a family is the line of its declaration", () => {
    const family = defineFamily("f", { about: "" }, build); // here: family
    expectHere(family.source, "family");
  });

  test("can be given for what is built after the author's call, and only there", () => {
    const source = { file: "models/x.ts", line: 7, column: 3 };
    const model = atSource(source, build);
    expect(model.rules[0]?.source).toEqual(source);
    expect(model.variables[0]?.source).toEqual(source);
    expect(() =>
      atSource(source, () => {
        throw new Error("stop");
      }),
    ).toThrow("stop");
    expectHere(build().variables[0]?.source, "variable");
  });

  test("can all be mapped", () => {
    const mapped = mapSources(build(), ({ line }) => ({ file: "original.ts", line: line + 1000, column: 1 }));
    const found = [...JSON.stringify(mapped).matchAll(/"file":"([^"]+)","line":(\d+)/g)];
    expect(found.length).toBe(8);
    for (const [, name, line] of found) {
      expect(name).toBe("original.ts");
      expect(Number(line)).toBeGreaterThan(1000);
    }
  });
});
