/** A final state of a test, as a plain object, and what its condition says of it. */
import { assertNever } from "../model/model.ts";
import { own } from "../model/own.ts";
import {
  type Condition,
  type FaultPattern,
  type FaultType,
  type FinalCondition,
  labelsAt,
  type LitmusTest,
  type Place,
  type Quantifier,
} from "./ast.ts";
import { faultsOf, formatFaultPattern, placesOf } from "./mentions.ts";
import { formatPlace, formatValue, sameValue, type Value, valueOfText } from "./values.ts";

/** A fault that an instruction of a CPU took. */
export interface Fault {
  readonly thread: number;
  /** The labels of the instruction, none for most. */
  readonly labels: readonly string[];
  /** The page whose translation failed. */
  readonly page: string;
  readonly type: FaultType;
}

/** Only what is observed need be there: see `observedBy`. Both records are keyed by `formatPlace`. */
export interface FinalState {
  /** `{ "0:X1": value }` */
  readonly registers: Readonly<Record<string, Value>>;
  /** `{ "[x]": value, "[PTE(x)]": value }` */
  readonly memory: Readonly<Record<string, Value>>;
  readonly faults: readonly Fault[];
}

/** What tells two final states of a test apart. */
export interface Observed {
  /** Registers first, then memory. */
  readonly places: readonly Place[];
  /** Faults of any type that match one of these. */
  readonly faults: readonly FaultPattern[];
}

/** What the condition mentions and `locations` lists. */
export function observedBy(test: LitmusTest): Observed {
  return Object.freeze({ places: placesOf(test), faults: faultsOf(test) });
}

/** The fault of an instruction, by its position in the program of its CPU. */
export function faultOf(
  test: LitmusTest,
  thread: number,
  instruction: number,
  page: string,
  type: FaultType,
): Fault {
  return Object.freeze({ thread, labels: labelsAt(test.threads[thread]!, instruction), page, type });
}

export function matches({ thread, label, page, type }: FaultPattern, fault: Fault): boolean {
  return (
    fault.thread === thread &&
    (label === null || fault.labels.includes(label)) &&
    (page === null || fault.page === page) &&
    (type === null || fault.type === type)
  );
}

/** Whether a final state fulfils a condition; the quantifier is another matter (`verdictOf`). */
export function fulfils(condition: Condition, state: FinalState): boolean {
  switch (condition.kind) {
    case "constant":
      return condition.value;
    case "not":
      return !fulfils(condition.operand, state);
    case "and":
      return condition.operands.every((each) => fulfils(each, state));
    case "or":
      return condition.operands.some((each) => fulfils(each, state));
    case "equal": {
      const wanted = valueOfText(condition.value, condition.place);
      return wanted !== null && sameValue(valueAt(condition.place, state), wanted);
    }
    case "same":
      return sameValue(valueAt(condition.place, state), valueAt(condition.other, state));
    case "fault":
      return state.faults.some((fault) => matches(condition.fault, fault));
    default:
      return assertNever(condition);
  }
}

/** The value of a place; one that the state does not tell of is misuse. */
export function valueAt(place: Place, { registers, memory }: FinalState): Value {
  const value = own(place.kind === "register" ? registers : memory, formatPlace(place));
  if (!value) throw new Error(`the final state does not tell of ${formatPlace(place)}`);
  return value;
}

export type Observation = "Never" | "Sometimes" | "Always";

export interface Verdict {
  /** Final states that fulfil the condition, and those that do not. */
  readonly positive: number;
  readonly negative: number;
  readonly observation: Observation;
  /** Whether the quantifier is right. */
  readonly ok: boolean;
}

/** What all final states together say of the condition. Two states that look the same must be given once. */
export function verdictOf({ quantifier, condition }: FinalCondition, states: readonly FinalState[]): Verdict {
  const positive = states.filter((state) => fulfils(condition, state)).length;
  const negative = states.length - positive;
  return Object.freeze({
    positive,
    negative,
    observation: positive === 0 ? "Never" : negative === 0 ? "Always" : "Sometimes",
    ok: isRight(quantifier, positive, negative),
  });
}

function isRight(quantifier: Quantifier, positive: number, negative: number): boolean {
  switch (quantifier) {
    case "exists":
      return positive > 0;
    case "not exists":
      return positive === 0;
    case "forall":
      return negative === 0;
  }
}

/** `0:X2=1; [x]=0; fault(P0:L0,x,MMU:Translation); ~fault(P1:L1,x);`: a final state as herd prints it. */
export function formatState({ places, faults }: Observed, state: FinalState): string {
  const values = places.map((place) => `${formatPlace(place)}=${formatValue(valueAt(place, state))}`);
  return [...values, ...faults.flatMap((pattern) => formatFaults(pattern, state))]
    .map((item) => `${item};`)
    .join(" ");
}

function formatFaults(pattern: FaultPattern, { faults }: FinalState): readonly string[] {
  const matching = faults.filter((fault) => matches(pattern, fault));
  if (matching.length === 0) return [`~${formatFaultPattern(pattern)}`];
  const texts = matching.map(({ page, type }) => formatFaultPattern({ ...pattern, page, type }));
  return [...new Set(texts)].sort();
}

/** `exists (0:X1=0 /\ fault(P0:L0,x))` */
export function formatFinal({ quantifier, condition }: FinalCondition): string {
  return `${quantifier === "not exists" ? "~exists" : quantifier} (${formatCondition(condition)})`;
}

/** A condition with the parentheses that it needs. */
export function formatCondition(condition: Condition): string {
  switch (condition.kind) {
    case "constant":
      return String(condition.value);
    case "not":
      return `~${inParentheses(condition.operand, ["and", "or"])}`;
    case "and":
      return condition.operands.map((each) => inParentheses(each, ["and", "or"])).join(" /\\ ");
    case "or":
      return condition.operands.map((each) => inParentheses(each, ["or"])).join(" \\/ ");
    case "equal": {
      const { place, value } = condition;
      const known = valueOfText(value, place);
      const text = known ? formatValue(known) : value.kind === "other" ? value.text : "?";
      return `${formatPlace(place)}=${text}`;
    }
    case "same": {
      const { place, other } = condition;
      return `${formatPlace(place)}=${formatPlace(other)}`;
    }
    case "fault":
      return formatFaultPattern(condition.fault);
    default:
      return assertNever(condition);
  }
}

function inParentheses(condition: Condition, kinds: readonly Condition["kind"][]): string {
  const text = formatCondition(condition);
  return kinds.includes(condition.kind) ? `(${text})` : text;
}
