/**
 * What is kept of a breadth-first search so that it can go on later, with the same answer: the states of the levels that
 * are complete, and what was counted and found in them. A level that was in work is expanded again.
 */

/** A search at the end of a level, without its states. Plain data. */
export interface Snapshot {
  /** Distinct states, the next level's included. */
  readonly states: number;
  /** 64-bit words a state. */
  readonly words: number;
  /** The first number of each level, and of the one behind the last. */
  readonly starts: readonly number[];
  readonly transitions: number;
  readonly firings: readonly number[];
  /** What was violated, by the number of the property (faults: the number behind), and where first. */
  readonly found: readonly {
    readonly what: number;
    readonly depth: number;
    readonly begin: number;
    readonly end: number;
  }[];
  /** The goals that were reached. */
  readonly reached: readonly string[];
}

/** Where a search keeps itself. */
export interface Checkpointing {
  /** Seconds between two, at the least; one more is kept where a limit or a signal ends the search. */
  readonly interval: number;
  /** `slices` has the states, `STATES_A_SLICE` at a time, as they lie in memory. */
  readonly save: (snapshot: Snapshot, slices: Iterable<Uint8Array>) => Promise<void>;
}

/** A search that is to go on. */
export interface Resumption {
  readonly snapshot: Snapshot;
  /** The slices as they were saved. */
  readonly slices: AsyncIterable<Uint8Array>;
}

export const STATES_A_SLICE = 2 ** 16;
