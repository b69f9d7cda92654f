/** The final states of an explored litmus test, told by what its condition and `locations` speak of. */
import { cellReader, layoutOf } from "../model/layout.ts";
import { formatValue as formatCode } from "../model/domain.ts";
import type { Model } from "../model/model.ts";
import { and, type Place as Variable, type Term } from "../model/term.ts";
import { eachExpr } from "../model/walk.ts";
import type { TestValues } from "./analysis.ts";
import type { LitmusTest, Place } from "./ast.ts";
import type { LitmusModel } from "./machine-model.ts";
import { type Fault, faultOf, type FinalState, matches, observedBy } from "./outcome.ts";
import { type FaultRecord, formatFault } from "./faults.ts";
import { formatPlace, type Value, ZERO } from "./values.ts";

/** One final state, with the condition that is true in the states of the model that it stands for. */
export interface ObservedState {
  readonly state: FinalState;
  readonly is: Term;
}

/** Each final state once, among the packed states of a model (the test's own, or a slice that keeps `watched`). */
export function finalStates(
  litmus: LitmusModel,
  observers: readonly Observer[],
  model: Model,
  states: Iterable<BigUint64Array>,
): ObservedState[] {
  const layout = layoutOf(model);
  const readers = observers.map(({ variable }) => cellReader(layout, variable.cell.variable));
  const ended = endedIn(litmus, model);
  const found = new Map<string, readonly number[]>();
  for (const words of states) {
    if (!ended(words)) continue;
    const codes = readers.map((read) => read(words));
    found.set(codes.map((code, i) => observers[i]!.key(code)).join(), codes);
  }
  return [...found.values()].map((codes) => ({
    state: stateOf(observers, codes),
    is: and(litmus.ended, ...observers.map((observer, i) => observer.is(codes[i]!))),
  }));
}

/** The variables that telling the final states looks at. */
export function watched(litmus: LitmusModel, observers: readonly Observer[]): string[] {
  const ended: string[] = [];
  eachExpr(litmus.ended.node, (expr) => {
    if (expr.kind === "read") ended.push(expr.variable);
  });
  return [...ended, ...observers.map(({ variable }) => variable.cell.variable)];
}

/** A variable of the model, and what it says of a final state. */
export interface Observer {
  readonly variable: Variable;
  /** Equal for values that are not told apart. */
  readonly key: (code: number) => string;
  /** True where the variable has a value that is not told apart from this one. */
  readonly is: (code: number) => Term;
  readonly tell: (code: number) => Partial<FinalState>;
}

/** What the condition of a test and its `locations` look at. */
export function observersOf(test: LitmusTest, values: TestValues, litmus: LitmusModel): Observer[] {
  const places = observedBy(test).places.flatMap((place) => {
    const variable = variableOf(place, values, litmus);
    return variable ? [placeObserver(place, variable, values)] : [];
  });
  const faults = litmus.threads.flatMap(({ number, faults }) =>
    faults.map((record) => faultObserver(test, number, record)),
  );
  return [...places, ...faults];
}

/** Null for a register that is 0 throughout. */
function variableOf(place: Place, values: TestValues, { threads, memory }: LitmusModel): Variable | null {
  if (place.kind === "register") return threads[place.thread]?.register(place.register) ?? null;
  const known = values.places.find((each) => formatPlace(each.place) === formatPlace(place));
  return known ? memory.cell(known) : null;
}

function placeObserver(place: Place, variable: Variable, { values }: TestValues): Observer {
  const valueOf = (code: number): Value => values[code] ?? ZERO;
  const record = (code: number): Record<string, Value> => ({ [formatPlace(place)]: valueOf(code) });
  return {
    variable,
    key: String,
    is: (code) => variable.is(formatCode(variable.domain, code)),
    tell: (code) => (place.kind === "register" ? { registers: record(code) } : { memory: record(code) }),
  };
}

/** A fault is told only if the test speaks of it; any other is as none. */
function faultObserver(test: LitmusTest, number: number, fault: FaultRecord): Observer {
  const { faults: patterns } = observedBy(test);
  const faults = fault.possible.map((each) => faultOf(test, number, each.instruction, each.page, each.type));
  const faultAt = (code: number): Fault | null => {
    const found = faults[code - 1];
    return found && patterns.some((pattern) => matches(pattern, found)) ? found : null;
  };
  const key = (code: number): string => (faultAt(code) ? formatFault(fault.possible[code - 1]!) : "");
  return {
    variable: fault.variable,
    key,
    is: (code) => {
      const alike = [0, ...faults.map((_, i) => i + 1)].filter((each) => key(each) === key(code));
      return orOf(alike.map((each) => fault.variable.is(formatCode(fault.variable.domain, each))));
    },
    tell: (code) => {
      const found = faultAt(code);
      return { faults: found ? [found] : [] };
    },
  };
}

function orOf([first, ...rest]: readonly Term[]): Term {
  return first!.or(...rest);
}

function stateOf(observers: readonly Observer[], codes: readonly number[]): FinalState {
  const told = observers.map(({ tell }, i) => tell(codes[i]!));
  return {
    registers: joined(told.map(({ registers }) => registers)),
    memory: joined(told.map(({ memory }) => memory)),
    faults: told.flatMap(({ faults }) => faults ?? []),
  };
}

/** One record of several; not by assignment, which does not take `__proto__` for a name. */
function joined<Value>(
  records: readonly (Readonly<Record<string, Value>> | undefined)[],
): Record<string, Value> {
  return Object.fromEntries(records.flatMap((record) => Object.entries(record ?? {})));
}

/**
 * Whether a packed state is final: by the counters and, where there are store buffers and late updates, their first
 * slots and who is to make them.
 */
function endedIn(litmus: LitmusModel, model: Model): (words: BigUint64Array) => boolean {
  const layout = layoutOf(model);
  const counters = model.variables.flatMap(({ name, domain }) =>
    domain.kind === "enum" && litmus.threads.some(({ number }) => name === `P${number}.pc`)
      ? [{ read: cellReader(layout, name), end: domain.values.length - 1 }]
      : [],
  );
  const slots = layout.fields.get("store buffer");
  const depth = (slots?.length ?? 0) / litmus.threads.length;
  const oldest = slots
    ? litmus.threads.map(({ number }) => cellReader(layout, "store buffer", number * depth))
    : [];
  // The code of "none" among CPUs.
  const nobody = litmus.threads.length;
  const updates = (layout.fields.get("flag update") ?? []).map((_, at) =>
    cellReader(layout, "flag update", at),
  );
  return (words) =>
    counters.every(({ read, end }) => read(words) === end) &&
    oldest.every((read) => read(words) === 0) &&
    updates.every((read) => read(words) === nobody);
}
