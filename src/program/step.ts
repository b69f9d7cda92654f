/**
 * What a program is made of, as types: steps, the ways in which they may be taken, what touches registers alone, control
 * flow. Kernel primitives and the instructions of litmus tests are both written so. What a step reads and writes follows
 * from its guard and body.
 */
import type { Arguments, AwaitedOptions, Body, TermText } from "../model/builder.ts";
import type { Domain } from "../model/domain.ts";
import type { Source, StepKind } from "../model/model.ts";
import type { Operand, Term } from "../model/term.ts";

/** What a step may have to wait for. */
export interface Awaited extends AwaitedOptions {
  /** It is memory: where no frame can become free any more, that is `out-of-memory` and no deadlock. */
  readonly memory?: boolean;
}

/** Values that a step chooses: any for which its guard is true. */
export type Choices = Record<string, Domain>;

/** A weaker form of a step, put in its place by analyses. What is left out is as if it were not there. */
export interface WeakerStep {
  readonly name: string;
  readonly guard?: () => readonly Operand[];
  readonly body?: () => Body;
}

/** One way in which a step may be taken. Guards and bodies are asked for after all programs were written. */
export interface Way {
  /** Distinguishes the ways of one step; empty for the only one. */
  readonly name?: string;
  readonly choices?: Readonly<Choices>;
  readonly guard?: (choices: Arguments<Choices>) => readonly Operand[];
  readonly body?: (choices: Arguments<Choices>) => Body;
  /** Which exit of the step it takes, instead of the next step. */
  readonly exit?: string;
  /** One line for a trace that shows every transition. */
  readonly text?: (choices: Arguments<Choices>) => TermText;
  /** What the event is told as if it begins in this way, instead of the event's own text. */
  readonly told?: (choices: Arguments<Choices>) => TermText;
}

export interface StepOptions {
  readonly label: string;
  readonly kind: StepKind;
  readonly ways: readonly Way[];
  /**
   * False for a plain store, which comes behind earlier stores in the queue in any case. Other steps read memory, but
   * for barriers, flushes and control, and so may have to wait for stores that a barrier separates from them.
   */
  readonly reads?: boolean;
  /** What may keep a thread from the step, for the report of a deadlock. Asked for as guards are. */
  readonly awaits?: () => readonly Awaited[];
  /** Whether the thread leaves its CPU while it cannot take the step: a lock for whose holder it sleeps. */
  readonly sleeps?: boolean;
  readonly weaker?: readonly WeakerStep[];
  /** The critical section that the step opens or closes, as `ThreadProgram.opens()` and `closes()` name it. */
  readonly section?: string;
  /** Code for the exits that ways name, and where it goes on. */
  readonly exits?: Readonly<
    Record<string, { readonly block: readonly Op[]; readonly then: "next" | "again" | "end" }>
  >;
}

export interface Event {
  readonly id: string;
  readonly text: () => TermText;
}

/** One atomic step. */
export interface Step {
  readonly kind: "step";
  readonly options: StepOptions;
  readonly event: Event | null;
  /** It only begins a call: a trace prints it with the call's first event if nothing comes between. */
  readonly prelude: boolean;
  readonly source: Source | null;
}

/**
 * An operation of a program. A branch whose condition reads only registers of the thread, and what is private, are part
 * of the step before them: nobody can observe when they happen.
 */
export type Op =
  | Step
  /** Touches nothing but registers of the thread. */
  | { readonly kind: "private"; readonly body: () => Body }
  | {
      readonly kind: "if";
      readonly condition: Term;
      readonly then: readonly Op[];
      readonly otherwise: readonly Op[];
    }
  | {
      readonly kind: "while";
      readonly condition: Term;
      readonly body: readonly Op[];
      readonly source: Source | null;
    }
  /** Where jumps of the same program go to. */
  | { readonly kind: "label"; readonly name: string }
  /** Goes to a label, or to the end for null; `condition` absent: always. */
  | { readonly kind: "jump"; readonly to: string | null; readonly condition?: Term };

/** A step outside of any event. */
export function stepOf(options: StepOptions, source: Source | null = null): Step {
  return { kind: "step", options, event: null, prelude: false, source };
}
