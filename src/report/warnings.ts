/**
 * What was never enabled and never reached. A rule that is dead in one configuration is often no mistake
 * (hardware that a scenario has no use for, the other variant's words), so rules count as dead only if they
 * are in every configuration that has them, and they are counted in one line unless all is asked for.
 */
import type { Diagnostic } from "../model/diagnostic.ts";
import type { Source } from "../model/model.ts";
import { deadRules, type Outcome, titleOf, unreachedGoals } from "./outcome.ts";

/** The goals that some configuration never reaches, each with the configurations. */
export function goalWarnings(outcomes: readonly Outcome[]): Diagnostic[] {
  const unreached = new Map<string, { titles: string[]; source: Source | null }>();
  for (const outcome of outcomes)
    for (const { goal, source } of unreachedGoals(outcome)) {
      const found = unreached.get(goal) ?? { titles: [], source };
      unreached.set(goal, { ...found, titles: [...found.titles, titleOf(outcome)] });
    }
  return [...unreached].map(([goal, { titles, source }]) => ({
    code: "TLB131",
    severity: "warning",
    message: `the goal "${goal}" is never reached: ${titles.join(", ")}`,
    hint: "what is found to hold there holds because the interesting states do not occur",
    source,
  }));
}

/** The rules that no configuration ever enables; none if some search did not see every state. */
export function ruleWarnings(outcomes: readonly Outcome[]): Diagnostic[] {
  const complete = outcomes.filter(({ stopped }) => stopped === null);
  if (complete.length < outcomes.length) return [];
  const alive = new Set(
    outcomes.flatMap(({ rules }) => rules.filter(({ firings }) => firings > 0).map(({ rule }) => rule)),
  );
  const dead = new Map(
    outcomes.flatMap((outcome) => deadRules(outcome).map(({ rule, source }) => [rule, source])),
  );
  return [...dead]
    .filter(([rule]) => !alive.has(rule))
    .map(([rule, source]) => ({
      code: "TLB130",
      severity: "warning",
      message: `the rule "${rule}" is never enabled`,
      hint: null,
      source,
    }));
}
