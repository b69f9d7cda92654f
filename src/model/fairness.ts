/**
 * Weak fairness: which actions count as one. A run is weakly fair if none of these instances is enabled for ever from
 * some point on without ever being taken again. What a rule with `fair: false` does may happen and need not, for
 * ever: speculation, eviction.
 */
import { identityOf, printedName } from "./indexed-name.ts";
import type { Expr, Model, Property, RunDescription } from "./model.ts";
import { type Action, actionName } from "./semantics.ts";
import { runConditions } from "./walk.ts";

export interface Fairness {
  /** For each action the number of its instance; -1: it is not fair. */
  readonly instanceOf: readonly number[];
  /** What the instances are called, by number: an action, or a class with its index. */
  readonly names: readonly string[];
}

/** The instances of a model's actions, numbered in the order of the actions. */
export function fairnessOf(actions: readonly Action[]): Fairness {
  const names: string[] = [];
  const classes = new Map<string, number>();
  const instanceOf = actions.map((action) => {
    const { rule, binding } = action;
    if (!rule.fair) return -1;
    if (!rule.fairnessClass) return names.push(actionName(action)) - 1;
    const identity = identityOf(rule.fairnessClass, binding);
    const known = classes.get(identity);
    if (known !== undefined) return known;
    const number = names.push(printedName(rule.fairnessClass, binding)) - 1;
    classes.set(identity, number);
    return number;
  });
  return { instanceOf, names };
}

/** A condition that a liveness property asks of states. */
export interface LivenessCondition {
  readonly property: LivenessProperty;
  readonly run: RunDescription;
  readonly condition: Expr;
}

export type LivenessProperty = Extract<Property, { kind: "liveness" }>;

/** The conditions of all liveness properties of a model, in an order that numbers them; equal ones are not joined. */
export function livenessConditions(model: Model): LivenessCondition[] {
  return model.properties.flatMap((property) =>
    property.kind === "liveness"
      ? property.runs.flatMap((run) => runConditions(run).map((condition) => ({ property, run, condition })))
      : [],
  );
}
