/**
 * A judged test as herd prints it. Herd counts executions after `Positive` and `Negative` and at the end of the
 * observation; here these are counts of final states, since a search of states does not tell executions apart.
 */
import type { LitmusTest, Quantifier } from "./ast.ts";
import {
  formatFinal,
  formatState,
  fulfils,
  type Observed,
  observedBy,
  type Verdict,
  verdictOf,
} from "./outcome.ts";
import type { LitmusOutcome, LitmusResult } from "./result.ts";
import { strengthLine } from "./stronger.ts";

/** A test with what judging it gave, put in order for telling. */
export interface Judged {
  readonly test: LitmusTest;
  readonly result: LitmusResult;
  /** Null where there is none to give: the test is unsupported, or a limit ended the search. */
  readonly verdict: Verdict | null;
  readonly states: readonly JudgedState[];
}

export interface JudgedState {
  readonly outcome: LitmusOutcome;
  /** The observed values and faults, as herd prints them. */
  readonly text: string;
  readonly fulfils: boolean;
}

/** The final states of a result, each once, in the order of their texts. */
export function judged(test: LitmusTest, result: LitmusResult): Judged {
  const observed = observedBy(test);
  const states = result.unsupported === null ? distinctStates(test, result.outcomes, observed) : [];
  const isComplete = result.unsupported === null && result.stopped === null;
  const verdict = isComplete
    ? verdictOf(
        test.final,
        states.map(({ outcome }) => outcome),
      )
    : null;
  return Object.freeze({ test, result, verdict, states });
}

function distinctStates(
  test: LitmusTest,
  outcomes: readonly LitmusOutcome[],
  observed: Observed,
): JudgedState[] {
  const states = outcomes.map((outcome) => ({
    outcome,
    text: formatState(observed, outcome),
    fulfils: fulfils(test.final.condition, outcome),
  }));
  return [...new Map(states.map((state) => [state.text, state])).values()].sort((a, b) =>
    a.text < b.text ? -1 : 1,
  );
}

/** What is printed below a state: the lines of its witness, if witnesses are wanted. */
export type TellWitness = (state: JudgedState) => readonly string[];

export function herdReport(
  { test, result, verdict, states }: Judged,
  tellWitness: TellWitness = () => [],
): string[] {
  const { name, final } = test;
  if (result.unsupported !== null) return [`Test ${name} ${KIND[final.quantifier]}`, result.unsupported];
  return [
    `Test ${name} ${KIND[final.quantifier]}`,
    `States ${states.length}`,
    ...states.flatMap((state) => [state.text, ...tellWitness(state)]),
    ...(verdict
      ? verdictLines(test, verdict, result)
      : [`Inconclusive: ${result.stopped} after ${result.states} states of the search`]),
    `Time ${name} ${result.seconds.toFixed(2)}`,
  ];
}

function verdictLines(
  { name, final }: LitmusTest,
  verdict: Verdict,
  { bbm, stronger }: LitmusResult,
): string[] {
  const { positive, negative, observation, ok } = verdict;
  // For `~exists`, a witness is a state that the condition is false in.
  const witnesses = final.quantifier === "not exists" ? [negative, positive] : [positive, negative];
  return [
    ok ? "Ok" : "No",
    "Witnesses",
    `Positive: ${witnesses[0]} Negative: ${witnesses[1]}`,
    ...(bbm ? [`Flag ${BBM_FLAG}`] : []),
    `Condition ${formatFinal(final)}`,
    `Observation ${name} ${observation} ${positive} ${negative}`,
    // What is sometimes seen needs no excuse; what is never seen may be an outcome that Arm allows.
    ...(observation === "Sometimes" || stronger.length === 0 ? [] : [strengthLine(stronger)]),
  ];
}

/** Herd's name of the flag for a break without an invalid descriptor and a completed invalidation. */
export const BBM_FLAG = "Warning-BBM-expected";

const KIND: Readonly<Record<Quantifier, string>> = {
  exists: "Allowed",
  "not exists": "Forbidden",
  forall: "Required",
};
