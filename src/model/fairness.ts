/**
 * Weak fairness: which actions count as one. A run is weakly fair if none of these instances is enabled for ever from
 * some point on without ever being taken again. What a rule with `fair: false` does may happen and need not, for
 * ever: speculation, eviction.
 */
import { formatValue } from "./domain.ts";
import type { Expr, FairnessClass, Model, Property } from "./model.ts";
import { type Action, actionName } from "./semantics.ts";
import { propertyConditions } from "./walk.ts";

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
    const { fair, fairnessClass } = action.rule;
    if (!fair) return -1;
    if (!fairnessClass) return names.push(actionName(action)) - 1;
    const name = className(fairnessClass, action);
    const known = classes.get(name);
    if (known !== undefined) return known;
    const number = names.push(name) - 1;
    classes.set(name, number);
    return number;
  });
  return { instanceOf, names };
}

/** A condition that a liveness property asks of states. */
export interface LivenessCondition {
  readonly property: LivenessProperty;
  readonly condition: Expr;
}

export type LivenessProperty = Extract<Property, { kind: "liveness" }>;

/** The conditions of all liveness properties of a model, in an order that numbers them; equal ones are not joined. */
export function livenessConditions(model: Model): LivenessCondition[] {
  return model.properties.flatMap((property) =>
    property.kind === "liveness"
      ? propertyConditions(property).map((condition) => ({ property, condition }))
      : [],
  );
}

/** `cpu 1`: the class of an action, as `actorName` tells an actor. */
function className({ name, index }: FairnessClass, { binding }: Action): string {
  if (index?.kind === "parameter") return `${name} ${formatValue(index.domain, binding[index.name]!)}`;
  if (index?.kind === "constant") return `${name} ${formatValue(index.domain, index.value)}`;
  return name;
}
