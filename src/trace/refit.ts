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

/** A way through the model that fits the saved steps so far; the last action first. */
interface Way {
  readonly initial: State;
  /** Where the cycle begins, or the initial state before that. */
  readonly entry: State;
  readonly state: State;
  readonly taken: Taken | null;
}

interface Taken {
  readonly action: number;
  readonly before: Taken | null;
}

/** The trace of a property's violation as the model tells it now, or where it stops being one. */
export function refit(model: Model, property: string, saved: Trace): Refit {
  const declared = model.properties.find(({ name }) => name === property);
  if (!declared) return misfit(0, `the model has no property "${property}"`);
  const semantics = new Semantics(model);
  let ways: readonly Way[] = semantics
    .initialStates()
    .filter((state) => sameCells(tellInitial(semantics, state), saved.initial))
    .map((state) => ({ initial: state, entry: state, state, taken: null }));
  if (ways.length === 0) return misfit(0, "the model has no such initial state");
  const numbers = numbersByName(semantics);
  const steps = [...saved.steps, ...(saved.cycle?.steps ?? [])];
  for (const [i, step] of steps.entries()) {
    if (i === saved.steps.length) ways = ways.map((way) => ({ ...way, entry: way.state }));
    const alike = numbers.get(stepKey(step.rule, step.action)) ?? [];
    if (alike.length === 0) return misfit(i + 1, "the model has no such step");
    const next = ways.flatMap((way) => alike.map((number) => advanced(semantics, way, number, step)));
    const fitting = next.filter((each) => typeof each !== "string");
    if (fitting.length === 0)
      return misfit(
        i + 1,
        next.find((each) => typeof each === "string")!,
      );
    ways = distinct(fitting);
  }
  return fitted(model, property, saved, ways);
}

/** The first way that ends in the violation. Names that print alike can leave several. */
function fitted(model: Model, property: string, saved: Trace, ways: readonly Way[]): Refit {
  let objection = "";
  for (const { initial, taken } of ways) {
    const actions = actionsOf(taken);
    const stem = actions.slice(0, saved.steps.length);
    const cycle = saved.cycle ? { cycle: actions.slice(saved.steps.length) } : {};
    const path = { initial: pack(layoutOf(model), initial), actions: stem, ...cycle };
    const found = replayObjection(model, property, path);
    if (found === null) return { kind: "fits", trace: replayViolation(model, property, path) };
    objection ||= found;
  }
  const steps = saved.steps.length + (saved.cycle?.steps.length ?? 0);
  return misfit(steps, `all steps can still be taken, but give ${objection}`);
}

/** The actions of each rule by the names that they are printed under: names that differ may print alike. */
function numbersByName({ actions }: Semantics): ReadonlyMap<string, readonly number[]> {
  const numbers = new Map<string, number[]>();
  for (const [number, action] of actions.entries()) {
    const key = stepKey(action.rule.name, actionName(action));
    const alike = numbers.get(key);
    if (alike) alike.push(number);
    else numbers.set(key, [number]);
  }
  return numbers;
}

function stepKey(rule: string, action: string): string {
  return JSON.stringify([rule, action]);
}

/** Of the ways that came by the same entry to one state, the first. */
function distinct(ways: readonly Way[]): readonly Way[] {
  if (ways.length === 1) return ways;
  const same = (a: Way, b: Way): boolean => a.entry.equals(b.entry) && a.state.equals(b.state);
  return ways.filter((way, i) => !ways.slice(0, i).some((before) => same(before, way)));
}

function actionsOf(taken: Taken | null): number[] {
  const actions: number[] = [];
  for (let at = taken; at; at = at.before) actions.push(at.action);
  return actions.reverse();
}

/** The way with a step more, or what is different about that step. */
function advanced(semantics: Semantics, way: Way, number: number, saved: TraceStep): Way | string {
  const { state } = way;
  const action = semantics.actions[number]!;
  if (!semantics.enabled(action, state)) return "it is not enabled there any more";
  const after = semantics.step(action, state).state;
  const { changes } = tellStep(semantics, action, state, after);
  const difference = differing(saved.changes, changes);
  return difference ?? { ...way, state: after, taken: { action: number, before: way.taken } };
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
