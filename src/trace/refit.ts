/**
 * Replays a trace that was saved earlier, by the names of its steps. The model may have changed since then: the steps
 * must still be there, be enabled, change the same cells, and end in the same violation.
 */
import { layoutOf, pack } from "../model/layout.ts";
import type { Model } from "../model/model.ts";
import { actionName, Semantics, type State } from "../model/semantics.ts";
import { replayObjection, replayViolation } from "./replay.ts";
import { tellInitial, tellStep } from "./tell.ts";
import type { Change, Trace, TraceStep } from "./trace.ts";

export type Refit =
  | { readonly kind: "fits"; readonly trace: Trace }
  /** The step, counted from 1 through those of a cycle; 0 stands for the initial state. */
  | { readonly kind: "misfit"; readonly step: number; readonly reason: string };

/** The trace of a property's violation as the model tells it now, or where it stops being one. */
export function refit(model: Model, property: string, saved: Trace): Refit {
  const declared = model.properties.find(({ name }) => name === property);
  if (!declared) return misfit(0, `the model has no property "${property}"`);
  const semantics = new Semantics(model);
  const initial = semantics
    .initialStates()
    .find((state) => sameCells(tellInitial(semantics, state), saved.initial));
  if (!initial) return misfit(0, "the model has no such initial state");
  const numbers = new Map(semantics.actions.map((action, number) => [actionName(action), number]));
  const steps = [...saved.steps, ...(saved.cycle?.steps ?? [])];
  const taken: number[] = [];
  let state = initial;
  for (const [i, step] of steps.entries()) {
    const number = numbers.get(step.action);
    if (number === undefined) return misfit(i + 1, "the model has no such step");
    const next = advanced(semantics, state, number, step);
    if (typeof next === "string") return misfit(i + 1, next);
    taken.push(number);
    state = next;
  }
  const stem = taken.slice(0, saved.steps.length);
  const cycle = saved.cycle ? { cycle: taken.slice(saved.steps.length) } : {};
  const path = { initial: pack(layoutOf(model), initial), actions: stem, ...cycle };
  const objection = replayObjection(model, property, path);
  if (objection !== null) return misfit(steps.length, `all steps can still be taken, but give ${objection}`);
  return { kind: "fits", trace: replayViolation(model, property, path) };
}

/** The state after a step, or what is different about it. */
function advanced(semantics: Semantics, state: State, number: number, saved: TraceStep): State | string {
  const action = semantics.actions[number]!;
  if (!semantics.enabled(action, state)) return "it is not enabled there any more";
  const after = semantics.step(action, state).state;
  const { changes } = tellStep(semantics, action, state, after);
  return differing(saved.changes, changes) ?? after;
}

/** In what a step's changes differ from those that were saved, or null. */
function differing(before: readonly Change[], now: readonly Change[]): string | null {
  const isIn = (list: readonly Change[], { cell, from, to }: Change): boolean =>
    list.some((each) => each.cell === cell && each.from === from && each.to === to);
  const told = ({ cell, from, to }: Change): string => `${cell} becomes ${to} from ${from}`;
  const lost = before.find((change) => !isIn(now, change));
  const added = now.find((change) => !isIn(before, change));
  if (lost && added) return `it does something else: ${told(added)}; saved: ${told(lost)}`;
  if (lost) return `it does less; saved: ${told(lost)}`;
  return added ? `it does more: ${told(added)}` : null;
}

type Cells = Trace["initial"];

function sameCells(a: Cells, b: Cells): boolean {
  return (
    a.length === b.length && a.every(({ cell, value }, i) => b[i]!.cell === cell && b[i]!.value === value)
  );
}

function misfit(step: number, reason: string): Refit {
  return { kind: "misfit", step, reason };
}
