/**
 * In which order states are expanded. A search expands a stretch of states at a time and hands the frontier those that
 * it has found: breadth first a stretch is a whole level; depth first it is a few of the states that were found last.
 */

import type { SearchOptions, Strategy } from "./engine.ts";

/** States with successive numbers, which are expanded together. */
export interface Stretch {
  readonly begin: number;
  readonly end: number;
  /** Actions of the paths by which its states were found. */
  readonly depth: number;
  /** The stretch from which they were found; null for initial states. */
  readonly from: Stretch | null;
}

export interface Frontier {
  readonly strategy: Strategy;
  /** Whether a state is found by a shortest path. */
  readonly shortest: boolean;
  /** Takes what is expanded next; null: every state was expanded. */
  next(): Stretch | null;
  /** Gives it the states `begin .. end - 1`, found from a stretch or, with null, initial ones. */
  add(begin: number, end: number, from: Stretch | null): void;
  /** States that wait to be expanded. */
  readonly waiting: number;
}

/** Level after level: the depth of a stretch is its level. */
export class BreadthFirst implements Frontier {
  readonly strategy = "bfs";
  readonly shortest = true;
  #level: Stretch | null = null;

  get waiting(): number {
    return this.#level ? this.#level.end - this.#level.begin : 0;
  }

  next(): Stretch | null {
    const level = this.#level;
    this.#level = null;
    return level;
  }

  add(begin: number, end: number, from: Stretch | null): void {
    // Nobody follows a level to the one before it: paths are found in the graph of all.
    if (begin < end) this.#level = { begin, end, depth: from ? from.depth + 1 : 0, from: null };
  }
}

/** The newest states first, `size` at most at a time: a search of one path after the other, if that is 1. */
export class DepthFirst implements Frontier {
  readonly strategy = "dfs";
  readonly shortest = false;
  readonly #size: number;
  readonly #stack: Stretch[] = [];
  #waiting = 0;

  constructor(size: number) {
    this.#size = size;
  }

  get waiting(): number {
    return this.#waiting;
  }

  next(): Stretch | null {
    const top = this.#stack.pop();
    if (!top) return null;
    const begin = Math.max(top.begin, top.end - this.#size);
    if (begin > top.begin) this.#stack.push({ ...top, end: begin });
    this.#waiting -= top.end - begin;
    return { ...top, begin };
  }

  add(begin: number, end: number, from: Stretch | null): void {
    if (begin === end) return;
    this.#waiting += end - begin;
    this.#stack.push({ begin, end, depth: from ? from.depth + 1 : 0, from });
  }
}

/** The frontier of a strategy that has one; `threads` expand its stretches together. */
export function frontierOf({ strategy }: Pick<SearchOptions, "strategy">, threads: number): Frontier {
  if (strategy !== "dfs") return new BreadthFirst();
  return new DepthFirst(threads === 1 ? ALONE : TOGETHER * threads);
}

/** States that one thread expands before it turns to what it has found, and those that each of several does. */
const ALONE = 16;
const TOGETHER = 128;
