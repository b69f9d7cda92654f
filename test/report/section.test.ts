/** A configuration told in full, where the search for its traces was ended by a limit. */
import { describe, expect, test } from "vitest";
import { jsonReport } from "../../src/report/json.ts";
import { faultSection, sections } from "../../src/report/section.ts";
import { plainStyle } from "../../src/report/style.ts";
import { TlbcheckError } from "../../src/model/diagnostic.ts";
import { outcome, verdictOf } from "./outcomes.ts";
import { step, trace } from "./traces.ts";

const options = { width: 100, full: false, style: plainStyle };

describe("a violation without its trace", () => {
  const violated = verdictOf("violated", { steps: 17, expected: "violated", reason: "because" });
  const cut = outcome({
    properties: [violated, verdictOf("inconclusive", { property: "q" })],
    stopped: "timeout",
    tracesStopped: "timeout",
    states: 4318,
  });

  test("is told as one, with its steps, why there is no trace and how to get it", () => {
    const [first, second, ...more] = sections(cut, options).map((lines) => lines.join("\n"));
    expect(first).toMatch(/VIOLATED {2}p$/m);
    expect(first).toContain(
      "  the trace was not computed: the time of --timeout is over\n  the command below shows it\n",
    );
    expect(first).toContain("  17 steps, the shortest · 4 318 states");
    expect(first).toContain("  as expected: because");
    expect(first).toContain("  $ tlbcheck m.ts --property p");
    expect(second).toMatch(/INCONCLUSIVE {2}q$/m);
    expect(more).toEqual([]);
  });

  test("is one in JSON too", () => {
    const rest = { version: "1", status: 12, warnings: [], errors: [], interrupted: false };
    const { results } = JSON.parse(jsonReport({ ...rest, outcomes: [cut] })) as { results: object[] };
    expect(results[0]).toMatchObject({ verdict: "violated", steps: 17, tracesStopped: "timeout" });
    expect(results[0]).not.toHaveProperty("trace");
    expect(results[1]).not.toHaveProperty("steps");
  });
});

describe("liveness", () => {
  const cycle = { steps: [step(1, "fault"), step(1, "retry")], fairness: "this is fair: because" };
  const told = trace([step(0, "unmap")], {
    end: { kind: "violation", property: "p", of: "liveness" },
    cycle,
  });

  test("a lasso is told with both lengths and why it is fair", () => {
    const violated = verdictOf("violated", { kind: "liveness", steps: 1, trace: told });
    const [lines] = sections(outcome({ properties: [violated] }), options);
    expect(lines!.join("\n")).toContain("  something is wrong.\n  this is fair: because.\n");
    expect(lines!.join("\n")).toContain("  1 step, the shortest, then 2 steps for ever · 1 state");
    const rest = { version: "1", status: 13, warnings: [], errors: [], interrupted: false };
    const { results } = JSON.parse(
      jsonReport({ ...rest, outcomes: [outcome({ properties: [violated] })] }),
    ) as { results: object[] };
    expect(results[0]).toMatchObject({
      kind: "liveness",
      livenessStopped: null,
      trace: { steps: told.steps, cycle },
    });
  });

  test("that a limit left undecided is told apart from safety, with the limit", () => {
    const properties = [verdictOf("holds"), verdictOf("inconclusive", { property: "q", kind: "liveness" })];
    const cut = sections(outcome({ properties, livenessStopped: "timeout" }), options);
    expect(cut.map((lines) => lines.join("\n"))).toEqual([
      expect.stringMatching(/HOLDS {2}p/),
      expect.stringMatching(/INCONCLUSIVE {2}q\n\n {2}the time of --timeout is over; liveness needs/),
    ]);
  });
});

test("a fault without its trace names the configuration and the command", () => {
  const fault = { diagnostic: new TlbcheckError("TLB403", "").diagnostic, trace: null };
  expect(faultSection(outcome(), fault, options)).toEqual(["m · v", "", "  $ tlbcheck m.ts"]);
});

describe("a violation found in closed hardware", () => {
  const lengthOf = (closed: boolean, traced: boolean): string => {
    const violated = verdictOf("violated", { steps: 3, trace: traced ? trace([step(0, "unmap")]) : null });
    const [lines] = sections(outcome({ properties: [violated], closed }), options);
    return lines!.find((line) => line.includes("3 steps"))!;
  };

  test("does not say that its trace is the shortest", () => {
    expect(lengthOf(false, true)).toContain("  3 steps, the shortest · 1 state");
    expect(lengthOf(true, true)).toContain("  3 steps, along the shortest run of closed hardware · 1 state");
    expect(lengthOf(true, false)).toContain("  3 steps, the shortest of closed hardware · 1 state");
  });
});

describe("the reason of an expectation", () => {
  const told = (...properties: Parameters<typeof verdictOf>[]): string[] =>
    sections(outcome({ properties: properties.map((each) => verdictOf(...each)) }), options).map((lines) =>
      lines.filter((line) => /VIOLATED|HOLDS|expected/.test(line)).join("\n"),
    );

  test("stands under its property alone", () => {
    const violated = { expected: "violated", reason: null } as const;
    const [first, second, third] = told(
      ["violated", { ...violated, property: "a", reason: "the page is freed" }],
      ["violated", { ...violated, property: "b" }],
      ["holds", { property: "c" }],
    );
    expect(first).toMatch(/ {2}a\n {2}as expected: the page is freed$/);
    expect(second).toMatch(/ {2}b\n {2}as expected$/);
    expect(third).toMatch(/ {2}c\n {2}as expected$/);
  });

  test("is printed once under what holds for it, and apart from what holds for another", () => {
    const [all, other, ...more] = told(
      ["holds", { property: "a", reason: "it is flushed" }],
      ["holds", { property: "b", reason: "it is flushed" }],
      ["holds", { property: "c", reason: "nobody frees it" }],
    );
    expect(all).toMatch(/ {2}a, b\n {2}as expected: it is flushed$/);
    expect(other).toMatch(/ {2}c\n {2}as expected: nobody frees it$/);
    expect(more).toEqual([]);
  });
});
