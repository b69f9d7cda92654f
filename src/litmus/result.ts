/** What judging a test is asked, and what it answers. */
import type { MemoryOrder } from "../arch/store-buffer.ts";
import type { Engine } from "../explorer/engine.ts";
import type { Trace } from "../trace/trace.ts";
import type { FinalState } from "./outcome.ts";
import type { Strength } from "./stronger.ts";

export interface LitmusOptions {
  /** FEAT_ETS2 (ARM-17). */
  readonly ets2: boolean;
  readonly order: MemoryOrder;
  /** Whether each outcome comes with the shortest interleaving that leads to it. */
  readonly witness: boolean;
  readonly engine: Engine;
  readonly threads?: number;
  readonly maxStates?: number;
  readonly maxMemory?: number;
  /** Seconds of wall time. */
  readonly timeout?: number;
  readonly signal?: AbortSignal;
}

/** A final state: what is observed of it, and how it comes about. */
export interface LitmusOutcome extends FinalState {
  readonly witness?: Trace;
}

export interface LitmusResult {
  /** Each final state once, by what is observed of it; in any order. */
  readonly outcomes: readonly LitmusOutcome[];
  /** Whether some execution breaks the rules of break-before-make (ARM-9). */
  readonly bbm: boolean;
  /** In what the machine is stronger than Arm for the test: outcomes may be missing for these reasons. */
  readonly stronger: readonly Strength[];
  /** Why the test cannot be judged, in which case there is no outcome; null if it was. */
  readonly unsupported: string | null;
  /** The limit that ended the search before all final states were seen, in words; null if none did. */
  readonly stopped: string | null;
  /** States that were searched. */
  readonly states: number;
  readonly seconds: number;
}
