/**
 * Decides liveness properties on the graph of a complete exploration, and finds their counterexamples: a stem, the
 * shortest to any state of a fair component, and from its end a fair cycle. The algorithm is the same for every engine,
 * and so is its answer: which lasso it is depends on the model alone.
 */
import { livenessConditions, type LivenessProperty } from "../model/fairness.ts";
import type { Model, RunDescription } from "../model/model.ts";
import type { Action } from "../model/semantics.ts";
import { canonicalPath, type LeveledGraph, type NumberedPath, type Target } from "./canonical-trace.ts";
import type { StopReason } from "./engine.ts";
import { type Expander, FairComponents } from "./fair-components.ts";
import { FairCycle } from "./fair-cycle.ts";
import type { Limits } from "./limits.ts";
import { Obligations } from "./obligations.ts";
import { type Steps, TraceSearch } from "./trace-search.ts";

/** A completely explored graph, as far as liveness needs it. */
export interface LivenessGraph extends LeveledGraph, Expander {
  /** How many states there are. */
  readonly states: number;
  /** Bytes taken for the states. */
  readonly bytes: number;
  /** A 1 for each state that fulfils a condition, by its place in `livenessConditions`. */
  holding(condition: number): Steps<Uint8Array>;
  /** Restricts the graph to the states that `members` has a 1 for, until the search for a path. */
  restrict(members: Uint8Array): Steps<void>;
}

/** A lasso by numbers: a stem, and from its end a cycle. */
export interface NumberedLasso extends NumberedPath {
  readonly cycle: readonly number[];
}

/** A violation that was found: fair components, of which the nearest states are in `level`. */
export interface FairLassos {
  readonly level: number;
  readonly targets: readonly Target[];
  readonly components: FairComponents;
  readonly obligations: Obligations;
}

export interface LivenessAnswer {
  /** The properties that are violated, by name. */
  readonly violated: ReadonlyMap<string, FairLassos>;
  /** The limit that ended the search, or null. */
  readonly stopped: StopReason | null;
}

/** The liveness properties that a search is to decide. */
export function livenessProperties(model: Model, names: readonly string[] | undefined): LivenessProperty[] {
  return model.properties.filter(
    (property): property is LivenessProperty =>
      property.kind === "liveness" && (names?.includes(property.name) ?? true),
  );
}

/** Decides liveness properties one after the other, until a limit is reached. */
export async function decideLiveness(
  graph: LivenessGraph,
  model: Model,
  actions: readonly Action[],
  properties: readonly LivenessProperty[],
  limits: Limits,
): Promise<LivenessAnswer> {
  const violated = new Map<string, FairLassos>();
  let bytes = 0;
  const search = new TraceSearch({
    seconds: () => limits.seconds(),
    reached: (states) => limits.reached(states, graph.bytes + bytes),
  });
  const conditions = livenessConditions(model);
  const kept = (): number =>
    [...violated.values()].reduce((sum, { components }) => sum + components.bytes, 0);
  for (const property of properties)
    for (const run of property.runs) {
      const numbers = [...conditions.keys()].filter((i) => conditions[i]!.run === run);
      const work = fairLassos(graph, actions, run, numbers, (taken) => (bytes = kept() + taken));
      const found = await search.result(work);
      const before = violated.get(property.name);
      // Of several the nearest is shown, the first of those.
      if (found && (!before || found.level < before.level)) violated.set(property.name, found);
      bytes = kept();
    }
  return { violated, stopped: search.stopped };
}

/** The fair components of the states that runs of a description stay in; null if there are none. */
async function* fairLassos(
  graph: LivenessGraph,
  actions: readonly Action[],
  run: RunDescription,
  conditions: readonly number[],
  onBytes: (bytes: number) => void,
): Steps<FairLassos | null> {
  const [always, ...recurring] = conditions;
  const members = yield* graph.holding(always!);
  if (!members.includes(1)) return null;
  const holding: Uint8Array[] = [];
  for (const condition of recurring) holding.push(yield* graph.holding(condition));
  const obligations = new Obligations(actions, run, holding);
  yield* graph.restrict(members);
  const components = new FairComponents(graph.states, graph, obligations);
  const work = components.find(members);
  while (!(await work.next()).done) {
    onBytes(components.bytes + (1 + holding.length) * graph.states);
    yield;
  }
  if (components.count === 0) return null;
  const level = graph.starts.findIndex((_, depth) => fairIn(graph, depth, components).length > 0);
  const targets = fairIn(graph, level, components).map((state) => ({ state, action: null }));
  return { level, targets, components, obligations };
}

/** The states of a level that are in fair components. */
function fairIn({ starts }: LivenessGraph, level: number, components: FairComponents): number[] {
  const found: number[] = [];
  for (let state = starts[level]!; state < (starts[level + 1] ?? 0); state++)
    if (components.isFair(state)) found.push(state);
  return found;
}

/** The lasso to show: the canonical one of the shortest stems, and a cycle within the component that it ends in. */
export async function* lassoOf(graph: LivenessGraph, found: FairLassos): Steps<NumberedLasso> {
  const { level, targets, components, obligations } = found;
  const stem = yield* canonicalPath(graph, level, targets);
  const component = components.componentOf(stem.last);
  const members = new Uint8Array(graph.states);
  for (let state = 0; state < graph.states; state++)
    if (components.componentOf(state) === component) members[state] = 1;
  yield* graph.restrict(members);
  const cycle = yield* new FairCycle(graph, obligations).from(stem.last);
  return { ...stem, cycle };
}
