/** The limits of a search that every engine looks at in the same way. */
import type { SearchOptions, StopReason } from "./engine.ts";

export interface Limits {
  /** The limit that is reached with this many states and bytes in store, or null. */
  reached(states: number, bytes?: number): StopReason | null;
  /** Seconds since the search began. */
  seconds(): number;
}

export function limitsOf(options: SearchOptions): Limits {
  const begin = performance.now();
  const seconds = (): number => (performance.now() - begin) / 1000;
  return {
    seconds,
    reached: (states, bytes = 0) => {
      if (options.signal?.aborted) return "interrupted";
      if (states > (options.maxStates ?? Infinity)) return "max-states";
      if (bytes > (options.maxMemory ?? Infinity)) return "max-memory";
      if (seconds() > (options.timeout ?? Infinity)) return "timeout";
      return null;
    },
  };
}
