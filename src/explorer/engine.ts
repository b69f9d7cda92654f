/**
 * What an engine is: it explores the reachable states of a model, and answers for each property. Engines see packed
 * states and actions by number; what these stand for is the model's affair.
 *
 * What is promised depends on the strategy.
 * - Breadth first, every engine gives the same answer to the same question: the same counts, the same verdicts and the
 *   same traces, whatever the number of threads. Levels are finished before a verdict, and of the shortest traces to a
 *   violation the canonical one is returned (`canonical-trace.ts`), or none if a limit is reached meanwhile.
 * - Depth first, the verdicts on safety are the same if every state was seen, and so are the numbers of states and
 *   transitions then. A trace is the path by which the violation was found. Liveness is not decided.
 * - Random walks find violations and never say that there are none. With one thread the seed decides what they find.
 */
import type { Model } from "../model/model.ts";
import type { Checkpointing, Resumption } from "./checkpoint.ts";

export const strategies = ["bfs", "dfs", "random"] as const;

/** Breadth first, depth first, or random walks from the initial states. */
export type Strategy = (typeof strategies)[number];

export const MAX_SEED = 2 ** 32 - 1;

export interface SearchOptions {
  /** `bfs` unless given. */
  readonly strategy?: Strategy;
  /** What random walks begin with: a whole number from 0 to `MAX_SEED`. 1 unless given. */
  readonly seed?: number;
  /** Stop where some property is violated, breadth first at the end of that level, instead of deciding the others. */
  readonly first?: boolean;
  /** States to store at most; the search ends at the level in which there are more. */
  readonly maxStates?: number;
  /** Bytes of memory that the search may take for states. */
  readonly maxMemory?: number;
  /** Seconds of wall time. */
  readonly timeout?: number;
  /** Worker threads at most; engines may use fewer. */
  readonly threads?: number;
  /** The properties to decide, by name; all of the model's unless given. None: states are only counted. */
  readonly properties?: readonly string[];
  /** Go on after every property is decided, so that the counts are those of the whole state space. */
  readonly exhaustive?: boolean;
  /** Keeps a breadth-first search, to be resumed. Engines that cannot ignore it. */
  readonly checkpoint?: Checkpointing;
  /** Goes on with a search that was kept of the same model and options. */
  readonly resume?: Resumption;
  /** Stops the search as soon as it can, with the counts so far: an AbortSignal, or anything else that tells. */
  readonly signal?: Pick<AbortSignal, "aborted">;
  /** Called a few times a second at most. */
  readonly onProgress?: (progress: Progress) => void;
}

/** Counts of complete levels. */
export interface Counts {
  /** Distinct states; of random walks the states that they have come to, each time. */
  readonly states: number;
  /** Actions taken, two that lead to the same state counted twice. */
  readonly transitions: number;
  /** The longest of the paths by which states were found, breadth first the largest distance from the initial ones. */
  readonly depth: number;
}

export interface Progress extends Counts {
  /** States that are found and not expanded yet; breadth first those of the level in work. */
  readonly frontier: number;
  /** The properties that are violated by what was seen so far. */
  readonly violated: readonly string[];
  readonly seconds: number;
  /** Bytes in use for states, or null where the engine cannot tell. */
  readonly bytes: number | null;
}

/** Why a search ended before it had seen every state. */
export type StopReason =
  /** Every property was decided. */
  | "decided"
  /** Some property was violated, and the search was to stop there. */
  | "first-violation"
  /** The strategy never decides it. */
  | "strategy"
  | "max-states"
  | "max-memory"
  /** The engine can have no more memory here, whatever the limit. */
  | "engine-memory"
  | "timeout"
  | "interrupted"
  /** An action has no meaning in some state: see `fault`. */
  | "model-fault";

/** A path from an initial state, by numbers. */
export interface Path {
  /** The initial state, packed. */
  readonly initial: BigUint64Array;
  /** Positions in `Semantics.actions`. */
  readonly actions: readonly number[];
  /**
   * Only of a liveness property's violation: the actions that lead from the last state back to it, to be repeated for
   * ever. None: the run ends in that state.
   */
  readonly cycle?: readonly number[];
}

/**
 * A violated property. The path ends in the violating state, for an assertion with the violating action, and for
 * liveness in a state of a fair cycle.
 */
export interface Violation {
  readonly property: string;
  /** Actions of the path, breadth first of the shortest; the cycle of a liveness property does not count. */
  readonly steps: number;
  /** Null if a limit ended the search for traces before this one was found: see `SearchResult.tracesStopped`. */
  readonly path: Path | null;
}

/**
 * An index out of bounds or an assignment out of range. The path ends with the action whose guard or body has
 * no value; `action` is null if it was a property's condition in the last state. Replaying it in the reference
 * semantics gives the message.
 */
export interface Fault {
  /** Actions of the shortest path to the state in which something has no value. */
  readonly steps: number;
  /** Null, and `action` too, if a limit ended the search for traces before this one was found. */
  readonly path: Path | null;
  /** The action that failed, which the path does not contain. */
  readonly action: number | null;
}

export interface SearchResult {
  readonly strategy: Strategy;
  readonly counts: Counts;
  /** Null: every reachable state was seen. */
  readonly stopped: StopReason | null;
  readonly seconds: number;
  /** Bytes taken for states at the end, or null where the engine cannot tell. */
  readonly bytes: number | null;
  readonly threads: number;
  /** How often each rule was taken, in the order of the model's rules. */
  readonly firings: readonly number[];
  /** In the order of the model's properties. */
  readonly violations: readonly Violation[];
  /** The goals that were reached, by name. */
  readonly reached: readonly string[];
  readonly fault: Fault | null;
  /**
   * The limit that ended the search for fair cycles, which follows a complete exploration: liveness properties that
   * are not violated are then undecided. Null: they are decided if every reachable state was seen.
   */
  readonly livenessStopped: StopReason | null;
  /** The limit that ended the search for traces, which follows the exploration; null: every path was found. */
  readonly tracesStopped: StopReason | null;
  /** The states found, packed, in an order that may differ from run to run. */
  readonly states: () => Iterable<BigUint64Array>;
}

export interface Engine {
  readonly name: string;
  search(model: Model, options?: SearchOptions): Promise<SearchResult>;
}
