/** The path by which a depth-first search has found a state: back from stretch to stretch, then forwards. */
import type { Stretch } from "./frontier.ts";
import type { NumberedPath, Target } from "./canonical-trace.ts";
import type { Steps } from "./trace-search.ts";

/** A graph of states by number, as far as this needs it. */
export interface FoundGraph {
  /** The action with the lowest number that leads from one state to another; null if none does. */
  actionBetween(from: number, to: number): number | null;
}

/** The path to the target with the lowest number, of those in the stretch; there is at least one. */
export async function* foundPath(
  graph: FoundGraph,
  stretch: Stretch,
  targets: readonly Target[],
): Steps<NumberedPath> {
  const target = targets.reduce((best, each) => (each.state < best.state ? each : best));
  const actions: number[] = target.action === null ? [] : [target.action];
  let { state } = target;
  for (let { from } = stretch; from; from = from.from) {
    const before = yield* stepBefore(graph, from, state);
    actions.push(before.action);
    state = before.state;
  }
  return { initial: state, actions: actions.reverse(), last: target.action === null ? target.state : -1 };
}

async function* stepBefore(
  graph: FoundGraph,
  { begin, end }: Stretch,
  state: number,
): Steps<{ readonly state: number; readonly action: number }> {
  for (let before = begin; before < end; before++) {
    const action = graph.actionBetween(before, state);
    if (action !== null) return { state: before, action };
    yield;
  }
  throw new Error(`state ${state} was found from none of the states ${begin} to ${end - 1}`);
}
