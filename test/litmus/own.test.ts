import { beforeAll, describe, expect, test } from "vitest";
import type { Engine } from "../../src/explorer/engine.ts";
import { compare } from "../../src/litmus/comparison.ts";
import { judged } from "../../src/litmus/herd-report.ts";
import { runLitmus } from "../../src/litmus/run.ts";
import { unsupported } from "../../src/litmus/unsupported.ts";
import { filesIn, ownFolder, program, readTable, readTest } from "./files.ts";

const files = filesIn(ownFolder);
const table = readTable(ownFolder);
const tests = files.map((name) => readTest(ownFolder, name));

/** Tests whose verdict rests on accesses out of order, by column: those that an in-order machine cannot show. */
const stronger = { ets2: ["MP"], noEts: ["MP"] };

let engine: Engine;
beforeAll(async () => {
  engine = (await import("../../src/explorer/wasm-engine.ts")).compiledEngine;
});

test("each test has its file's name, a reason in quotes, and a line of the table; and the table no other", () => {
  expect(tests.map(({ name }) => `${name}.litmus`)).toEqual(files);
  expect(tests.filter(({ about }) => about === null)).toEqual([]);
  expect([...table.keys()].sort()).toEqual(tests.map(({ name }) => name).sort());
  expect(tests.map(unsupported).filter((reason) => reason !== null)).toEqual([]);
});

test("twenty branches one after the other are no million ways", async () => {
  const branches = Array.from({ length: 20 }, (_, i) => [`CBZ W5,L${i}`, "ADD W6,W6,#1", `L${i}: NOP`]);
  const long = program(["LDR W5,[X1]", ...branches.flat()], "0:X1=x; x=1;", "forall (0:X6=20)");
  const result = await runLitmus(long, { ets2: true, order: "sc", witness: false, engine });
  expect(judged(long, result).verdict?.observation).toBe("Always");
});

describe.each([
  ["with", true, stronger.ets2],
  ["without", false, stronger.noEts],
] as const)("%s FEAT_ETS2", (_, ets2, beyond) => {
  test.each(tests)("$name", async (each) => {
    const options = { ets2, order: "tso", witness: false, engine } as const;
    const { kind, differences } = compare(judged(each, await runLitmus(each, options)), table, options);
    const wanted = beyond.includes(each.name) ? "stronger" : "agree";
    expect([kind, ...(kind === "agree" ? differences : [])]).toEqual([wanted]);
  });
});
