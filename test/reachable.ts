/** The reachable states of a small model, found without any engine: by the reference semantics and a queue. */
import { TlbcheckError } from "../src/model/diagnostic.ts";
import { indexCodes } from "../src/model/domain.ts";
import type { Model, Variable } from "../src/model/model.ts";
import { type Action, Semantics, type State, type Step } from "../src/model/semantics.ts";

/** A state by its values, equal for equal states. */
export function keyOf(state: State): string {
  return JSON.stringify([...state].map(([name, cells]) => [name, cells.toArray()]));
}

/** What an action does in a state: its step, null if it is not enabled, or the code of its fault. */
export function attempt(semantics: Semantics, action: Action, state: State): Step | string | null {
  try {
    return semantics.enabled(action, state) ? semantics.step(action, state) : null;
  } catch (error) {
    if (error instanceof TlbcheckError) return error.diagnostic.code;
    throw error;
  }
}

/** All reachable states in the order of their distance; faults end a path. */
export function reachableStates(model: Model): State[] {
  const semantics = new Semantics(model);
  const found = new Map(semantics.initialStates().map((state) => [keyOf(state), state]));
  // A map's entries may be added to while they are visited, in the order of their addition.
  for (const state of found.values())
    for (const action of semantics.actions) {
      const step = attempt(semantics, action, state);
      if (step === null || typeof step === "string") continue;
      const key = keyOf(step.state);
      if (!found.has(key)) found.set(key, step.state);
    }
  return [...found.values()];
}

/** The names of a variable's cells, as access sets write them, last index fastest. */
export function cellNamesOf({ name, index }: Variable): string[] {
  return index.reduce<string[]>(
    (prefixes, domain) =>
      prefixes.flatMap((prefix) => indexCodes(domain).map((code) => `${prefix}[${code}]`)),
    [name],
  );
}
