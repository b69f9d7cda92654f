/** A counterexample as a value: plain data with every text already told, ready to be printed or written to JSON. */
import type { Property, Source } from "../model/model.ts";

/** Where a step happens, if it happens somewhere: a column of the diagram. */
export interface TracePlace {
  readonly number: number;
  readonly name: string;
}

/** One cell that a step changed, with its values in words. */
export interface Change {
  /** `pte[page0]` */
  readonly cell: string;
  readonly from: string;
  readonly to: string;
}

/** Something that is true of a state, in words. */
export interface StateFact {
  /** What it is about: `page0`, `TLB of CPU1`. */
  readonly subject: string;
  readonly text: string;
  /** Whether it matters without being asked for. */
  readonly notable: boolean;
}

export interface TraceEvent {
  /** Equal for the steps of one event. */
  readonly id: string;
  readonly text: string;
  /** Whether the actor stands before another step of the event after this one; absent where the model does not say. */
  readonly goesOn?: boolean;
}

/** One transition. Its texts are told in the state before it. */
export interface TraceStep {
  /** `kswapd`, `walker cpu1` */
  readonly actor: string;
  /** The rule with the values of its parameters: `fill(cpu1, page0)`. */
  readonly action: string;
  readonly rule: string;
  readonly text: string;
  /** What must be said of the step also where one row tells several. */
  readonly remark?: string;
  readonly event: TraceEvent | null;
  /** It only begins what its actor does next: if nothing comes between, both are told in one row, by the second. */
  readonly prelude?: true;
  readonly place: TracePlace | null;
  readonly source: Source | null;
  readonly changes: readonly Change[];
  /** What of the facts of the state the step changed; absent where it changed none. */
  readonly facts?: { readonly gone: readonly StateFact[]; readonly come: readonly StateFact[] };
}

/** What a trace ends in. */
export type TraceEnd =
  | {
      readonly kind: "violation";
      readonly property: string;
      readonly of: Exclude<Property["kind"], "goal">;
    }
  /** A step (or a property's condition, where `action` is null) that has no value in the last state. */
  | { readonly kind: "fault"; readonly action: string | null };

/** What makes a trace a lasso. */
export interface TraceCycle {
  /** They lead from the state after the trace's steps back to it. None: the run ends in that state. */
  readonly steps: readonly TraceStep[];
  /** Why weak fairness allows this for ever, in one sentence without a full stop. */
  readonly fairness: string;
}

/** Somebody who waits in the state that a trace ends in. Numbers of steps are counted from 1; 0 is the beginning. */
export interface TraceWait {
  readonly who: string;
  /** The step that it stands before, in its own words. */
  readonly step: string;
  readonly source: Source | null;
  /** What it waits for. */
  readonly for: string;
  /** The number of the step after which it waited for all of the time. */
  readonly since: number;
  readonly because: readonly TraceCause[];
}

export interface TraceCause {
  /** `kswapd holds it` */
  readonly text: string;
  /** The actor that has to do something about it, or null. */
  readonly by: string | null;
  /** The number of the step after which it was so all of the time. */
  readonly since: number;
}

export interface Trace {
  readonly end: TraceEnd;
  /** What the end means, in one sentence without a full stop. */
  readonly consequence: string;
  /** The initial values of the cells that may begin with several. */
  readonly initial: readonly { readonly cell: string; readonly value: string }[];
  readonly steps: readonly TraceStep[];
  /** Only of a liveness property's violation: what is repeated for ever after the steps. */
  readonly cycle?: TraceCycle;
  /** What is true where the property is violated: for an assertion, in the state before the violating step. */
  readonly state?: readonly StateFact[];
  /** Only of a run that ends where nothing must happen any more: who waits for what, as far as the model says. */
  readonly waits?: readonly TraceWait[];
  /** The model's columns, in its own order. */
  readonly places: readonly TracePlace[];
}
