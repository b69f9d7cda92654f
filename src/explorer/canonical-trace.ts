/**
 * Chooses the one trace to show. Of all the shortest paths to a violation it is the one with the fewest
 * switches between actors, and of these the first by action numbers: an order that depends on the model
 * alone, not on the threads that happened to find a state first.
 *
 * States are numbered in the order of the levels: level d holds the numbers `starts[d] .. starts[d + 1] - 1`.
 * The search is done; successors are generated again here, which can take as long as finding the states did.
 * The choice can therefore be given up at every step.
 */
import type { Steps } from "./trace-search.ts";

/** An explored state graph, as far as the choice needs it. */
export interface LeveledGraph {
  /** The first state of each level, and behind the last level the number of states. */
  readonly starts: readonly number[];
  /** The initial states' order among themselves; the first wins a tie. */
  compareInitial(a: number, b: number): number;
  /** Marks every state of a level that has a marked successor. `marks` has one byte a state. */
  markPredecessors(level: number, marks: Uint8Array): Steps<void>;
  /** The actions enabled in a state with the states they lead to, in the order of the actions. */
  successors(state: number): readonly Edge[];
  /** Who takes an action: equal numbers for the same actor. */
  actor(action: number): number;
}

export interface Edge {
  readonly action: number;
  readonly successor: number;
}

/** Where a path is to end: in a state, or with an action taken in it. */
export interface Target {
  readonly state: number;
  readonly action: number | null;
}

export interface NumberedPath {
  readonly initial: number;
  readonly actions: readonly number[];
  /** The state in which the path ends; -1 where it ends with an action of a target. */
  readonly last: number;
}

/** The best way to reach a state with a given last actor. */
interface Arrival {
  readonly state: number;
  readonly actor: number;
  readonly switches: number;
  readonly from: Arrival | null;
  /** The action that led here; -1 for an initial state. */
  readonly action: number;
  /** Rank of the path among all kept paths of its level, by initial state and action numbers. */
  rank: number;
}

const NO_ACTOR = -1;

/** The canonical path to one of the targets, which all lie in `level`. */
export async function* canonicalPath(
  graph: LeveledGraph,
  level: number,
  targets: readonly Target[],
): Steps<NumberedPath> {
  const marks = new Uint8Array(graph.starts[level + 1]!);
  for (const { state } of targets) marks[state] = 1;
  for (let depth = level - 1; depth >= 0; depth--) yield* graph.markPredecessors(depth, marks);

  let arrivals = initialArrivals(graph, marks);
  for (let depth = 0; depth < level; depth++) {
    const end = graph.starts[depth + 2]!;
    const begin = graph.starts[depth + 1]!;
    const next: Arrival[] = [];
    for (const from of arrivals) {
      for (const { action, successor } of graph.successors(from.state))
        if (successor >= begin && successor < end && marks[successor] === 1)
          next.push(arrive(graph, from, action, successor));
      yield;
    }
    arrivals = best(next);
  }
  return pathOf(bestFinish(graph, arrivals, targets));
}

function initialArrivals(graph: LeveledGraph, marks: Uint8Array): Arrival[] {
  const initial = Array.from({ length: graph.starts[1]! }, (_, state) => state)
    .filter((state) => marks[state] === 1)
    .sort((a, b) => graph.compareInitial(a, b));
  return initial.map((state, rank) => ({
    state,
    actor: NO_ACTOR,
    switches: 0,
    from: null,
    action: -1,
    rank,
  }));
}

function arrive(graph: LeveledGraph, from: Arrival, action: number, state: number): Arrival {
  const actor = graph.actor(action);
  const switches = from.switches + (from.actor === NO_ACTOR || from.actor === actor ? 0 : 1);
  return { state, actor, switches, from, action, rank: 0 };
}

/** The best arrival for each state and last actor, ranked for the next level. */
function best(arrivals: readonly Arrival[]): Arrival[] {
  const kept = new Map<string, Arrival>();
  for (const arrival of arrivals) {
    const key = `${arrival.state} ${arrival.actor}`;
    const other = kept.get(key);
    if (!other || compare(arrival, other) < 0) kept.set(key, arrival);
  }
  const sorted = [...kept.values()].sort(comparePaths);
  sorted.forEach((arrival, rank) => (arrival.rank = rank));
  return sorted;
}

/** Fewer switches first, then the order of the paths. */
function compare(a: Arrival, b: Arrival): number {
  return a.switches - b.switches || comparePaths(a, b);
}

function comparePaths(a: Arrival, b: Arrival): number {
  return (a.from?.rank ?? a.rank) - (b.from?.rank ?? b.rank) || a.action - b.action;
}

/** The arrival at a target, the violating action taken into account. */
function bestFinish(graph: LeveledGraph, arrivals: readonly Arrival[], targets: readonly Target[]): Arrival {
  // A path that ends in its state is shorter than one that takes another action there.
  const shortest = targets.some(({ action }) => action === null)
    ? targets.filter(({ action }) => action === null)
    : targets;
  const wanted = new Map<number, Target[]>();
  for (const target of shortest) wanted.set(target.state, [...(wanted.get(target.state) ?? []), target]);
  const finishes = arrivals.flatMap((arrival) =>
    (wanted.get(arrival.state) ?? []).map(({ action }) =>
      action === null ? arrival : arrive(graph, arrival, action, -1),
    ),
  );
  return finishes.reduce((least, each) => (compare(each, least) < 0 ? each : least));
}

function pathOf(last: Arrival): NumberedPath {
  const actions: number[] = [];
  let arrival = last;
  while (arrival.from) {
    actions.unshift(arrival.action);
    arrival = arrival.from;
  }
  return { initial: arrival.state, actions, last: last.state };
}
