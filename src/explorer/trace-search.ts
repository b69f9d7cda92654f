/**
 * The search for traces, which begins when the exploration has ended and its verdicts are known. Ctrl-C and the
 * timeout end it as they end the exploration; a verdict is then told without its trace.
 */
import type { Property } from "../model/model.ts";
import { isOutOfMemory } from "../model/out-of-memory.ts";
import type { Fault, Path, StopReason, Violation } from "./engine.ts";
import type { Limits } from "./limits.ts";
import { nextTurn, SLICE } from "./time-slice.ts";

/**
 * Milliseconds that traces may take in any case. An exploration that is itself ended by Ctrl-C or the timeout so
 * keeps the traces of violations that it found near the initial states.
 */
export const GRACE = 50;

/** Work that can be paused, and given up, wherever it yields. */
export type Steps<T> = AsyncGenerator<void, T, void>;

export class TraceSearch {
  readonly #limits: Limits;
  readonly #grace: number;
  readonly #begin = performance.now();
  #lastTurn = this.#begin;
  #stopped: StopReason | null = null;

  /** `grace` is the time in milliseconds in which no limit is looked at. */
  constructor(limits: Limits, grace = GRACE) {
    this.#limits = limits;
    this.#grace = grace;
  }

  /** The limit that ended the search for traces, or null. */
  get stopped(): StopReason | null {
    return this.#stopped;
  }

  /** What the work results in; null if a limit was reached before its end, now or in work before it. */
  async result<T>(work: Steps<T>): Promise<T | null> {
    while (this.#stopped === null) {
      try {
        const step = await work.next();
        if (step.done) return step.value;
      } catch (error) {
        if (!isOutOfMemory(error)) throw error;
        this.#stopped = "engine-memory";
        return null;
      }
      await this.#pause();
    }
    return null;
  }

  /** Once a slice, lets others run and looks at the limits. */
  async #pause(): Promise<void> {
    if (performance.now() - this.#lastTurn < SLICE) return;
    await nextTurn();
    this.#lastTurn = performance.now();
    if (this.#lastTurn - this.#begin >= this.#grace) this.#stopped = this.#limits.reached(0);
  }
}

/** A property that was violated in a level first; its path, or null if the search for it was ended. */
export function violationOf({ name, kind }: Property, level: number, path: Path | null): Violation {
  return { property: name, steps: kind === "assertion" ? level + 1 : level, path };
}

/** A fault that was found in a level; its path with the action that failed, or null if the search was ended. */
export function faultOf(level: number, path: Path | null): Fault {
  if (path === null || path.actions.length <= level) return { steps: level, path, action: null };
  return {
    steps: level,
    path: { ...path, actions: path.actions.slice(0, -1) },
    action: path.actions.at(-1)!,
  };
}
