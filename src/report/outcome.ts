/** What is told of one explored configuration: the search's answer in the model's words. */
import type { Diagnostic } from "../model/diagnostic.ts";
import type { Configuration, ExpectedVerdict } from "../model/family.ts";
import { printableLine } from "../model/printable.ts";
import type { Property, Source, StepKind } from "../model/model.ts";
import type { Trace } from "../trace/trace.ts";

/**
 * - holds: no reachable state and no step violates the property, and every goal that it depends on was reached
 * - violated: a trace leads to a state or step that violates the property, or to a fair cycle that does
 * - vacuous: not violated, but some goal that it depends on was never reached, so that this proves nothing
 * - inconclusive: a limit was reached before every state was seen, or every fair cycle
 */
export type Verdict = "holds" | "violated" | "vacuous" | "inconclusive";

/** Why a search ended early, in the engines' words. */
export type Stop =
  | "decided"
  | "first-violation"
  | "strategy"
  | "max-states"
  | "max-memory"
  | "engine-memory"
  | "timeout"
  | "interrupted"
  | "model-fault";

/** In which order states were searched. */
export type Strategy = "bfs" | "dfs" | "random";

export interface PropertyOutcome {
  /** Null stands for the whole state space, of a model that declares no property. */
  readonly property: string | null;
  readonly kind: Property["kind"] | null;
  readonly verdict: Verdict;
  /** What the model file expects; null where it says nothing. */
  readonly expected: ExpectedVerdict | null;
  /** Why the author expects it, if the model file says so of this property. */
  readonly reason: string | null;
  /** Steps of the trace to the violation, without those of a cycle; null for another verdict. See `Outcome.closed`, `Outcome.strategy`. */
  readonly steps: number | null;
  /** Null for another verdict than violated, and where a limit ended the search for it: see `tracesStopped`. */
  readonly trace: Trace | null;
}

export interface RuleOutcome {
  readonly rule: string;
  readonly firings: number;
  /** The kind of a kernel step; null for a rule that is none. */
  readonly step: StepKind | null;
  readonly source: Source | null;
}

export interface GoalOutcome {
  readonly goal: string;
  readonly reached: boolean;
  /** The properties that prove nothing without it, by name; null: all. */
  readonly of: readonly string[] | null;
  readonly source: Source | null;
}

export interface FaultOutcome {
  readonly diagnostic: Diagnostic;
  /** Null where a limit ended the search for it. */
  readonly trace: Trace | null;
}

export interface Outcome {
  readonly model: string;
  /** The model file, as the command line names it. */
  readonly file: string;
  readonly configuration: Configuration;
  /** The variant's short identifier, if it has one. */
  readonly id: string | null;
  readonly about: string;
  readonly properties: readonly PropertyOutcome[];
  readonly goals: readonly GoalOutcome[];
  readonly rules: readonly RuleOutcome[];
  readonly assumptions: readonly string[];
  /**
   * Whether closed hardware was searched. A trace is then a run of the enumerated hardware that follows a shortest run
   * of the closed one, and may be longer than the shortest; without a trace the steps are those of the closed run.
   */
  readonly closed: boolean;
  /** In which order states were searched: only breadth first a trace is the shortest. */
  readonly strategy: Strategy;
  readonly states: number;
  readonly transitions: number;
  readonly depth: number;
  readonly seconds: number;
  /** Bytes taken for states, or null where the engine cannot tell. */
  readonly bytes: number | null;
  readonly engine: string;
  readonly threads: number;
  readonly stopped: Stop | null;
  /** What ended the search for fair cycles, which follows a complete exploration; null: liveness is decided. */
  readonly livenessStopped: Stop | null;
  /** What ended the search for traces, which follows that for violations; null: every violation has its trace. */
  readonly tracesStopped: Stop | null;
  readonly fault: FaultOutcome | null;
  /** The command that explores this configuration alone. */
  readonly command: string;
}

/** Whether a verdict is what the model file says; true where it says nothing and the verdict is no failure. */
export function asExpected({ verdict, expected }: PropertyOutcome): boolean {
  return verdict === (expected ?? "holds");
}

/** `reclaim-mprotect · arm64 · barrier-only (000-A3)` */
export function titleOf({ model, configuration, id }: Outcome): string {
  const { arch, variant } = configuration;
  const parts = [model, ...(arch === null ? [] : [arch]), ...(variant === "default" ? [] : [variant])];
  return printableLine(parts.join(" · ") + (id === null ? "" : ` (${id})`));
}

/** The goals that no reachable state fulfils, if every state was seen. */
export function unreachedGoals(outcome: Outcome): readonly GoalOutcome[] {
  return outcome.stopped === null ? outcome.goals.filter(({ reached }) => !reached) : [];
}

/** The goals that make a verdict vacuous, by name. */
export function missingGoals({ goals }: Outcome, { property }: PropertyOutcome): readonly string[] {
  return goals
    .filter(({ goal, reached, of }) => !reached && (goal === property || concerns(of, property)))
    .map(({ goal }) => goal);
}

/** Whether a goal of some properties, null for all, is one of a property. */
export function concerns(of: readonly string[] | null, property: string | null): boolean {
  return of === null || (property !== null && of.includes(property));
}
