/** What was never enabled and never reached, in no configuration: a slip of the author's, or a model that shows nothing. */
import type { Diagnostic } from "../model/diagnostic.ts";
import type { Source } from "../model/model.ts";
import { type Outcome, type RuleOutcome, titleOf, unreachedGoals } from "./outcome.ts";

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
    hint: "what depends on it and is not violated is vacuous: the interesting states do not occur",
    source,
  }));
}

/**
 * The rules that no configuration ever enables; none if some search did not see every state. Hardware that a scenario
 * has no use for is no mistake and not told, and of a kernel's word only that no step of its line is ever taken.
 */
export function ruleWarnings(outcomes: readonly Outcome[]): Diagnostic[] {
  if (outcomes.some(({ stopped }) => stopped !== null)) return [];
  const rules = outcomes.flatMap((outcome) => outcome.rules);
  const alive = new Set(rules.filter(({ firings }) => firings > 0).map(placeOf));
  const dead = new Map<string, RuleOutcome>();
  for (const rule of rules)
    if (rule.source && !alive.has(placeOf(rule)) && !dead.has(placeOf(rule))) dead.set(placeOf(rule), rule);
  return [...dead.values()].map(({ rule, step, source }) => ({
    code: "TLB130",
    severity: "warning",
    message:
      step === null ? `the rule "${rule}" is never enabled` : `no step of this line is ever taken: "${rule}"`,
    hint: null,
    source,
  }));
}

/** What counts as one: the steps of a line, or a rule. */
function placeOf({ rule, step, source }: RuleOutcome): string {
  return step !== null && source ? `${source.file}:${source.line}` : `rule ${rule}`;
}
