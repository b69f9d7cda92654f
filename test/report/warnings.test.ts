import { expect, test } from "vitest";
import type { Outcome } from "../../src/report/outcome.ts";
import { goalWarnings, ruleWarnings } from "../../src/report/warnings.ts";
import { outcome } from "./outcomes.ts";

const rules = (firings: Readonly<Record<string, number>>): Outcome["rules"] =>
  Object.entries(firings).map(([rule, count]) => ({ rule, firings: count, source: null }));

const told = (outcomes: readonly Outcome[]): string[] => ruleWarnings(outcomes).map(({ message }) => message);

test("a rule is dead if every configuration that has it never enables it", () => {
  const first = outcome({ rules: rules({ a: 0, b: 0, c: 1 }) });
  const second = outcome({ rules: rules({ b: 2, d: 0 }) });
  expect(told([first, second])).toEqual(['the rule "a" is never enabled', 'the rule "d" is never enabled']);
});

test("nothing is called dead before every state was seen", () => {
  const dead = outcome({ rules: rules({ a: 0 }) });
  expect(told([dead, outcome({ stopped: "timeout" })])).toEqual([]);
  expect(told([outcome({ rules: rules({ a: 0 }), stopped: "decided" })])).toEqual([]);
});

test("a goal that is not reached is told once, with the configurations", () => {
  const goals = [{ goal: "stale", reached: false, source: null }];
  const warnings = goalWarnings([
    outcome({ goals, id: "A1" }),
    outcome({ goals, id: "A2" }),
    outcome({ goals, stopped: "timeout" }),
  ]);
  expect(warnings.map(({ message }) => message)).toEqual([
    'the goal "stale" is never reached: m · v (A1), m · v (A2)',
  ]);
});
