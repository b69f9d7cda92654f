/** What declarations of the language take, as types: bodies, texts, first values, rules, properties. */
import type { Domain, Literal } from "./domain.ts";
import type { Recurrence, Statement, StepKind } from "./model.ts";
import type { Arguments } from "./rule-arguments.ts";
import type { Operand, Term } from "./term.ts";

/** Statements may be nested in lists; the builder flattens them, so that words can return several. */
export type Body = Statement | readonly Body[];

/** Text with terms in it, such as `["fills ", page]`. */
export type TermText = string | readonly (string | Term)[];

/** What a cell may hold at first: a value, or one of several. */
export type Initial = Literal | { readonly oneOf: readonly Literal[] };

/** Something that keeps somebody waiting, for as long as a condition is true. */
export interface CauseOptions {
  readonly during: Operand;
  /** `kswapd holds it` */
  readonly text: TermText;
  /** The actor that has to do something about it, by name. */
  readonly by?: string;
}

/** What a step may have to wait for; a report of a deadlock prints it. */
export interface AwaitedOptions {
  /** True once this is no reason to wait. */
  readonly until: Operand;
  /** What is waited for: `mm.ptl`. */
  readonly text: TermText;
  readonly because?: readonly CauseOptions[];
}

export interface WaitingOptions {
  readonly stands: Operand;
  /** What the step is called before it is taken; the rule's text unless given. */
  readonly step?: string;
  readonly awaits?: readonly AwaitedOptions[];
}

export interface RuleOptions<P extends Record<string, Domain>> {
  /** Who acts; an index tells the actors of one name apart. */
  readonly actor?: string | ((parameters: Arguments<P>) => { name: string; index: Term });
  readonly parameters?: P;
  readonly guard?: (parameters: Arguments<P>) => readonly Operand[];
  readonly body: (parameters: Arguments<P>) => Body;
  /**
   * Weakly fair, each action for itself, unless said otherwise. A name, perhaps with an index, is that of a class whose
   * actions are weakly fair together: write that of the thread for the steps of its program.
   */
  readonly fair?: boolean | string | ((parameters: Arguments<P>) => { name: string; index: Term });
  readonly text?: (parameters: Arguments<P>) => TermText;
  readonly event?: {
    readonly id: string;
    readonly text: (parameters: Arguments<P>) => TermText;
    /** In the state after the step: whether the actor stands before another step of the event. */
    readonly goesOn?: () => Term;
  };
  /**
   * When the actor stands before this step, and what may keep it from taking it: what a report of a deadlock prints of
   * it. It changes no verdict.
   */
  readonly waiting?: (parameters: Arguments<P>) => WaitingOptions;
  /** A few words on the step that a trace prints in brackets, also where it prints several steps in one row. */
  readonly remark?: (parameters: Arguments<P>) => string | null;
  /** Only begins what its actor does next: if nothing comes between, a trace tells both in one row, by the second. */
  readonly prelude?: boolean;
  /** The number of the place (a CPU) where it happens: an integer or a name. */
  readonly place?: (parameters: Arguments<P>) => Term;
  readonly step?: StepKind;
  /** The step of a program that the rule is one way to take. */
  readonly stepName?: string;
  /** The critical section that the step opens or closes. */
  readonly section?: string | undefined;
  readonly weaker?: (
    parameters: Arguments<P>,
  ) => readonly { name: string; guard?: readonly Operand[]; body: Body }[];
}

export interface PropertyOptions {
  readonly aliases?: readonly string[];
  /** One sentence on what a violation means. */
  readonly consequence?: TermText;
}

export interface DeadlockOptions extends PropertyOptions {
  /** `deadlock` unless given. */
  readonly name?: string;
}

export interface GoalOptions extends PropertyOptions {
  /** The properties that prove nothing if the goal is never reached, by name; all unless given. */
  readonly of?: string | readonly string[];
}

/** Something that occurs again and again: a condition that becomes or stays true, or steps of rules. */
export type Occurrence = Operand | Extract<Recurrence, { kind: "taken" }>;

/** What must not be found of a weakly fair run; each part that is not given is fulfilled. */
export interface UnwantedRun {
  /** One sentence on what such a run means, where it says more than the property's. */
  readonly consequence?: TermText;
  /** True in every state from some point on. */
  readonly eventuallyAlways?: Operand;
  /** What occurs again and again, each of it if there are several. */
  readonly infinitelyOften?: Occurrence | readonly Occurrence[];
}
