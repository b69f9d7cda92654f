import { describe, expect, test } from "vitest";
import { herdReport, judged } from "../../src/litmus/herd-report.ts";
import { litmusJson } from "../../src/litmus/json.ts";
import type { LitmusOutcome } from "../../src/litmus/result.ts";
import { integer } from "../../src/litmus/values.ts";
import { program } from "./files.ts";
import { resultOf } from "./results.ts";

const asked = (final: string): ReturnType<typeof program> => program(["L0: LDR W1,[X2]"], "0:X2=x;", final);

const reading = (value: number, faults: LitmusOutcome["faults"] = []): LitmusOutcome => ({
  registers: { "0:X1": integer(value) },
  memory: {},
  faults,
});
const faulting = reading(0, [{ thread: 0, labels: ["L0"], page: "x", type: "Translation" }]);

describe("a report in herd's words", () => {
  test("states in order and each once, counts, flag and condition", () => {
    const test = asked("exists (0:X1=1 /\\ ~fault(P0:L0,x))");
    const result = resultOf([faulting, reading(1), reading(0), reading(1)], { bbm: true, seconds: 0.125 });
    expect(herdReport(judged(test, result))).toEqual([
      "Test T Allowed",
      "States 3",
      "0:X1=0; fault(P0:L0,x,MMU:Translation);",
      "0:X1=0; ~fault(P0:L0,x);",
      "0:X1=1; ~fault(P0:L0,x);",
      "Ok",
      "Witnesses",
      "Positive: 1 Negative: 2",
      "Flag Warning-BBM-expected",
      "Condition exists (0:X1=1 /\\ ~fault(P0:L0,x))",
      "Observation T Sometimes 1 2",
      "Time T 0.13",
    ]);
  });

  test("for ~exists, witnesses are the states that the condition is false in", () => {
    const lines = herdReport(judged(asked("~exists (0:X1=1)"), resultOf([reading(0), reading(2)])));
    expect(lines).toContain("Test T Forbidden");
    expect(lines).toContain("Positive: 2 Negative: 0");
    expect(lines).toContain("Observation T Never 0 2");
    expect(lines).toContain("Ok");
  });

  test("forall", () => {
    const lines = herdReport(judged(asked("forall (0:X1=1)"), resultOf([reading(0), reading(1)])));
    expect(lines.slice(0, 1)).toEqual(["Test T Required"]);
    expect(lines).toContain("No");
    expect(lines).toContain("Observation T Sometimes 1 1");
  });

  test("what is told below a state", () => {
    const told = judged(asked("exists (0:X1=1)"), resultOf([reading(1)]));
    expect(herdReport(told, ({ fulfils }) => [`fulfils: ${fulfils}`]).slice(2, 4)).toEqual([
      "0:X1=1;",
      "fulfils: true",
    ]);
  });

  test("an unsupported test has no verdict, and neither has one that a limit ended", () => {
    const unsupported = judged(
      asked("exists (0:X1=1)"),
      resultOf([], { unsupported: "unsupported: the moon" }),
    );
    expect(unsupported.verdict).toBeNull();
    expect(herdReport(unsupported)).toEqual(["Test T Allowed", "unsupported: the moon"]);
    const stopped = judged(
      asked("exists (0:X1=1)"),
      resultOf([reading(1)], { stopped: "timeout", states: 400, seconds: 5 }),
    );
    expect(herdReport(stopped)).toEqual([
      "Test T Allowed",
      "States 1",
      "0:X1=1;",
      "Inconclusive: timeout after 400 states of the search",
      "Time T 5.00",
    ]);
  });
});

test("the JSON document", () => {
  const told = judged(
    asked("exists (0:X1=1)"),
    resultOf([faulting, reading(1)], { states: 17, seconds: 0.5 }),
  );
  const options = { ets2: true, order: "tso", engine: "wasm" } as const;
  const text = litmusJson({
    version: "1.2.3",
    options,
    tests: [{ judged: told, comparison: { kind: "unlisted", expected: null, differences: [] } }],
    errors: [],
    interrupted: false,
    status: 0,
  });
  expect(JSON.parse(text)).toEqual({
    version: "1.2.3",
    status: 0,
    interrupted: false,
    options,
    tests: [
      {
        name: "T",
        file: "test.litmus",
        unsupported: null,
        stopped: null,
        observation: "Sometimes",
        ok: true,
        positive: 1,
        negative: 1,
        bbm: false,
        stronger: [],
        unordered: [],
        states: [
          {
            text: "0:X1=0;",
            fulfils: false,
            registers: { "0:X1": "0" },
            memory: {},
            faults: faulting.faults,
          },
          { text: "0:X1=1;", fulfils: true, registers: { "0:X1": "1" }, memory: {}, faults: [] },
        ],
        searched: 17,
        seconds: 0.5,
        comparison: { kind: "unlisted", expected: null, differences: [] },
      },
    ],
    summary: { agree: 0, disagree: 0, stronger: 0, unsupported: 0, inconclusive: 0, unlisted: 1 },
    errors: [],
  });
});
