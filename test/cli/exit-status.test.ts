import { describe, expect, test } from "vitest";
import { statusAgainstExpected, statusOfDiagnostic, statusOfWorst } from "../../src/cli/exit-status.ts";
import type { DiagnosticCode } from "../../src/model/diagnostic.ts";
import { outcome, verdictOf } from "../report/outcomes.ts";

const holds = verdictOf("holds");
const safety = verdictOf("violated", { kind: "assertion" });
const deadlock = verdictOf("violated", { kind: "deadlock" });
const vacuous = verdictOf("vacuous");
const inconclusive = verdictOf("inconclusive");

describe("the worst verdict", () => {
  test.each([
    [0, []],
    [0, [holds]],
    [20, [holds, inconclusive]],
    [10, [vacuous, inconclusive]],
    [11, [deadlock, vacuous]],
    [12, [inconclusive, safety, deadlock, holds]],
  ])("%i", (status, properties) => {
    expect(statusOfWorst([outcome({ properties })])).toBe(status);
    expect(statusOfWorst(properties.map((each) => outcome({ properties: [each] })))).toBe(status);
  });

  test("does not ask what is expected", () => {
    expect(statusOfWorst([outcome({ properties: [{ ...safety, expected: "violated" }] })])).toBe(12);
  });
});

describe("against what is expected", () => {
  test.each([
    [0, [holds, { ...safety, expected: "violated" as const }]],
    [1, [safety]],
    [1, [{ ...holds, expected: "violated" as const }]],
    [1, [vacuous]],
    [1, [inconclusive, safety]],
    [20, [holds, inconclusive]],
    [0, [{ ...holds, expected: null }]],
  ])("%i", (status, properties) => {
    expect(statusAgainstExpected([outcome({ properties })])).toBe(status);
  });
});

test.each<[number, DiagnosticCode, boolean]>([
  [64, "TLB306", false],
  [64, "TLB203", false],
  [65, "TLB204", true],
  [65, "TLB101", true],
  [65, "TLB301", false],
  [20, "TLB402", false],
  [70, "TLB901", false],
])("%i for %s", (status, code, inFile) => {
  const source = inFile ? { file: "x.ts", line: 1, column: 1 } : null;
  expect(statusOfDiagnostic({ code, severity: "error", message: "", hint: null, source })).toBe(status);
});
