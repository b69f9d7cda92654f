import { expect, test } from "vitest";
import type { Outcome } from "../../src/report/outcome.ts";
import { goalWarnings, ruleWarnings } from "../../src/report/warnings.ts";
import { outcome } from "./outcomes.ts";

const rules = (firings: Readonly<Record<string, number>>): Outcome["rules"] =>
  Object.entries(firings).map(([rule, count], i) => ({
    rule,
    firings: count,
    step: null,
    source: line(i + 1),
  }));

const line = (number: number) => ({ file: "model.ts", line: number, column: 1 });

const told = (outcomes: readonly Outcome[]): string[] => ruleWarnings(outcomes).map(({ message }) => message);

test("a rule is dead if every configuration that has it never enables it", () => {
  const first = outcome({ rules: rules({ a: 0, b: 0, c: 1 }) });
  const second = outcome({ rules: rules({ b: 2, d: 0 }) });
  expect(told([first, second])).toEqual(['the rule "a" is never enabled', 'the rule "d" is never enabled']);
});

test("of kernel steps a line is dead if none of them is ever taken; hardware is none of the author's", () => {
  const step = (rule: string, firings: number, at: number) =>
    ({ rule, firings, step: "lock", source: line(at) }) as const;
  const hardware = { rule: "walk", firings: 0, step: null, source: null };
  const found = outcome({
    rules: [step("taken", 1, 3), step("skipped", 0, 3), step("dead", 0, 4), step("dead too", 0, 4), hardware],
  });
  const warnings = ruleWarnings([found]);
  expect(warnings.map(({ message, source }) => [message, source?.line])).toEqual([
    ['no step of this line is ever taken: "dead"', 4],
  ]);
});

test("nothing is called dead before every state was seen", () => {
  const dead = outcome({ rules: rules({ a: 0 }) });
  expect(told([dead, outcome({ stopped: "timeout" })])).toEqual([]);
  expect(told([outcome({ rules: rules({ a: 0 }), stopped: "decided" })])).toEqual([]);
});

test("a goal that is not reached is told once, with the configurations", () => {
  const goals = [{ goal: "stale", reached: false, of: null, source: null }];
  const warnings = goalWarnings([
    outcome({ goals, id: "A1" }),
    outcome({ goals, id: "A2" }),
    outcome({ goals, stopped: "timeout" }),
  ]);
  expect(warnings.map(({ message }) => message)).toEqual([
    'the goal "stale" is never reached: m · v (A1), m · v (A2)',
  ]);
});
