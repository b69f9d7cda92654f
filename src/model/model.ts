/**
 * A model as a value: plain data that can be written to JSON and read back, with no function in it.
 *
 * Everything else is a reader of this data: the reference semantics (`semantics.ts`), the packed layout
 * (`layout.ts`), the compiler, the exporters and the analyses. Authors do not write it by hand; the builder
 * (`builder.ts`) makes it.
 */
import type { Domain } from "./domain.ts";

/** A place in a model file, lines and columns counted from 1. */
export interface Source {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/**
 * Expressions compute an integer code (see `domain.ts`). Few kinds, on purpose: each is a case in every back
 * end, and the rest (`implies`, `at most`, quantifiers, counting) is spelled in these by the builder.
 */
export type Expr =
  | { readonly kind: "constant"; readonly value: number; readonly domain: Domain }
  | { readonly kind: "parameter"; readonly name: string; readonly domain: Domain }
  | { readonly kind: "read"; readonly variable: string; readonly index: readonly Expr[] }
  | { readonly kind: "not"; readonly operand: Expr }
  /** Operands are evaluated from the left, and no further than the answer needs. */
  | { readonly kind: "and" | "or"; readonly operands: readonly Expr[] }
  | { readonly kind: "equal" | "less"; readonly left: Expr; readonly right: Expr }
  | { readonly kind: "add" | "subtract" | "multiply"; readonly left: Expr; readonly right: Expr }
  /** The non-negative remainder by a positive constant. */
  | { readonly kind: "remainder"; readonly left: Expr; readonly divisor: number }
  | { readonly kind: "if"; readonly condition: Expr; readonly then: Expr; readonly otherwise: Expr };

export type ExprKind = Expr["kind"];

/** A cell that is read or written: a variable with one index a dimension. */
export interface Cell {
  readonly variable: string;
  readonly index: readonly Expr[];
}

/** Statements of a rule run in order, each seeing what those before it wrote, as one atomic step. */
export type Statement =
  | { readonly kind: "assign"; readonly target: Cell; readonly value: Expr; readonly source: Source | null }
  | {
      readonly kind: "if";
      readonly condition: Expr;
      readonly then: readonly Statement[];
      readonly otherwise: readonly Statement[];
    }
  /** Violates `property` (an assertion of the model) where the condition is false; the step goes on. */
  | {
      readonly kind: "assert";
      readonly property: string;
      readonly condition: Expr;
      /** What this violation means, in one sentence; the property's own sentence where null. */
      readonly consequence: Text | null;
      /** The sentence is followed by the place in the model file: what is wrong is what stands there. */
      readonly located?: true;
      readonly source: Source | null;
    };

/**
 * A variable, or an array of them: one dimension a domain in `index`, none for a scalar. `initial` lists the
 * codes that a cell may have at first: one list for all cells, or one list a cell (last index fastest).
 */
export interface Variable {
  readonly name: string;
  readonly index: readonly Domain[];
  readonly domain: Domain;
  readonly initial: InitialCodes;
  readonly source: Source | null;
}

export type InitialCodes =
  | { readonly kind: "every"; readonly codes: readonly number[] }
  | { readonly kind: "each"; readonly codes: readonly (readonly number[])[] };

export interface Parameter {
  readonly name: string;
  readonly domain: Domain;
}

/** Text with values in it, which are read in the state before the step. */
export type Text = readonly (string | Expr)[];

/** Who takes a step: a name such as `kswapd` or `walker`, with an index where there is one a CPU. */
export interface Actor {
  readonly name: string;
  /** A constant or a parameter of the rule: who acts does not depend on the state. */
  readonly index: Expr | null;
}

/** What a kernel step is for; analyses take steps of a kind out, or put a weaker form in their place. */
export type StepKind = "lock" | "flush" | "barrier" | "wait" | "re-check" | "counter" | "data" | "control";

/** A weaker form of a step, such as a local TLBI for a broadcast one: it replaces guard and body. */
export interface WeakerForm {
  readonly name: string;
  readonly guard: readonly Expr[];
  readonly body: readonly Statement[];
}

/** The name of the weaker form that is as if the step were not there. */
export const OMITTED = "omitted";

/** The event that a step is a part of: consecutive steps of one event are told as one. */
export interface RuleEvent {
  /** Equal for the steps of one event, different for any two events of a model. */
  readonly id: string;
  readonly text: Text;
  /**
   * Evaluated in the state after a step: whether the actor stands before another step of the event. Without it a trace
   * takes the last step that it has of the event for the end of the event.
   */
  readonly goesOn?: Expr;
}

/** What an actor waits for, in words: it counts for nothing but the report of a deadlock. */
export interface Waiting {
  /** True while the actor stands before the step, whether it can take it or not. */
  readonly stands: Expr;
  /** What the step is called before it is taken, when it has chosen nothing; the rule's text where null. */
  readonly step: string | null;
  /** What may keep it from the step. Where nothing of this does, the guard itself is told. */
  readonly awaits: readonly Awaited[];
}

export interface Awaited {
  /** True once this is no reason to wait. */
  readonly until: Expr;
  /** What it waits for: `mm.ptl`. */
  readonly text: Text;
  /** Why it is not so. */
  readonly because: readonly Cause[];
}

/** Something that keeps somebody waiting, for as long as a condition is true. */
export interface Cause {
  readonly during: Expr;
  /** `kswapd holds it` */
  readonly text: Text;
  /** The actor that has to do something about it, if it is one. */
  readonly by: string | null;
}

/**
 * What weak fairness takes as one. Two actions are of one class if its name and the value of its index are the
 * same: a thread, for instance, of whose steps the program counter enables one at a time.
 */
export interface FairnessClass {
  readonly name: string;
  /** A constant or a parameter of the rule, as the index of an actor. */
  readonly index: Expr | null;
}

/** A guarded command. With values for its parameters it is an *action*, one atomic transition. */
export interface Rule {
  readonly name: string;
  readonly actor: Actor;
  readonly parameters: readonly Parameter[];
  /** Conjuncts, evaluated from the left, and no further than the first that is false. */
  readonly guard: readonly Expr[];
  readonly body: readonly Statement[];
  /** Weakly fair: not postponed for ever while it stays enabled. */
  readonly fair: boolean;
  /**
   * The class whose actions are weakly fair together: one of them is taken if at every moment some of them is enabled.
   * Null: each action is fair for itself. It means nothing where the rule is not fair.
   */
  readonly fairnessClass: FairnessClass | null;
  /** One line on what the step does. */
  readonly text: Text;
  /** What a trace must not leave out where it prints several steps in one row. */
  readonly remark?: string;
  readonly event: RuleEvent | null;
  readonly waiting?: Waiting;
  /** It only begins what its actor does next: if nothing comes between, both are told in one row, by the second. */
  readonly prelude?: true;
  /** Where it happens, to choose a column of a trace: the number of a CPU, or null. */
  readonly place: Expr | null;
  readonly step: StepKind | null;
  /** The step of a program that this rule is one way to take: equal for all its ways. */
  readonly stepName?: string;
  /** The critical section that the step opens or closes, equal for the steps at both of its ends. */
  readonly section?: string;
  readonly weaker: readonly WeakerForm[];
  readonly source: Source | null;
}

/** What is checked. `name` is what users type; `aliases` are other names for it. */
export type Property =
  /** Must be true in every reachable state. */
  | (PropertyBase & { readonly kind: "invariant"; readonly condition: Expr })
  /** Must be true wherever an `assert` statement of this name is executed. */
  | (PropertyBase & { readonly kind: "assertion" })
  /**
   * Must be true in some reachable state; else what holds proves nothing ("vacuous"): the properties in `of`, by name,
   * or all properties where `of` is null.
   */
  | (PropertyBase & {
      readonly kind: "goal";
      readonly condition: Expr;
      readonly of: readonly string[] | null;
    })
  /** In every reachable state some weakly fair action is enabled, or `terminated` is true. */
  | (PropertyBase & { readonly kind: "deadlock"; readonly terminated: Expr })
  /**
   * There is no weakly fair run on which, for one of `runs`, from some point on `eventuallyAlways` is true in every
   * state, and each of `infinitelyOften` occurs again and again. A run may end where no weakly fair action is enabled, and then stays
   * in its last state for ever.
   */
  | (PropertyBase & {
      readonly kind: "liveness";
      readonly runs: readonly RunDescription[];
    });

/** Runs that a liveness property forbids. */
export interface RunDescription {
  readonly eventuallyAlways: Expr;
  readonly infinitelyOften: readonly Recurrence[];
  /** Told instead of the property's consequence, where it says more. */
  readonly consequence: Text | null;
}

/** What may occur again and again: a state that fulfils a condition, or a step of one of the rules named. */
export type Recurrence =
  | { readonly kind: "state"; readonly condition: Expr }
  | { readonly kind: "taken"; readonly rules: readonly string[] };

export interface PropertyBase {
  readonly name: string;
  readonly aliases: readonly string[];
  /** The consequence in one sentence, told of the violating step. */
  readonly consequence: Text;
  readonly source: Source | null;
  /** It is checked without being asked for, so that a report names it only where it is violated, or was to be. */
  readonly standing?: boolean;
}

/** A column of a trace: who lives at a place. */
export interface Place {
  readonly number: number;
  readonly name: string;
}

/** What is printed of a state beside a trace, where its condition is true. It changes no behaviour. */
export interface Fact {
  /** What it is about: `page0`, `TLB of CPU1`. */
  readonly subject: string;
  readonly when: Expr;
  readonly text: Text;
  /** Whether it is printed of the state in which a property is violated; else only where all of a state is wanted. */
  readonly notable: boolean;
}

export interface Model {
  readonly name: string;
  readonly variables: readonly Variable[];
  /** Conjuncts that an initial state fulfils, besides each variable's initial codes. */
  readonly initially: readonly Expr[];
  readonly rules: readonly Rule[];
  readonly properties: readonly Property[];
  readonly places: readonly Place[];
  /** In the order in which they are printed; none unless given. */
  readonly facts?: readonly Fact[];
  /** What a verdict rests on, besides the rules: printed with it. */
  readonly assumptions: readonly string[];
  /**
   * Its states are saturated (`saturate.ts`): they say what may have happened of itself. Counterexamples are then runs
   * of another model, in which that is steps.
   */
  readonly saturated?: true;
  /** Why its states cannot be saturated though they were to be. It is to be built again, with steps in its place. */
  readonly unsaturable?: string;
}

/** Makes a `switch` over a union total: a new kind does not compile until each back end has a case for it. */
export function assertNever(value: never): never {
  throw new Error(`not a kind of the model language: ${JSON.stringify(value)}`);
}
