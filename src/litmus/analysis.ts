/**
 * Which values each register and each place in memory may hold: a fixpoint over all instructions of all CPUs, in
 * which memory has no order and each CPU follows its program. It takes in every value that some execution gives,
 * and perhaps some that none does.
 */
import type { LitmusTest, Place } from "./ast.ts";
import { type RegisterSets, ThreadFlow } from "./flow.ts";
import { MemoryValues, type PlaceValues } from "./memory-values.ts";
import { addAll, type ValueSet, valueSet } from "./value-set.ts";
import { compareValues, formatPlace, formatValue, type Value, ZERO } from "./values.ts";

export interface ThreadValues {
  /** The values that each register may hold at some time, by its number; `FLAGS` is one of them. */
  readonly registers: ReadonlyMap<number, readonly Value[]>;
  /**
   * The values before each instruction, and after the last; null where the program never comes. A register
   * that is not there holds the integer 0.
   */
  readonly before: readonly (ReadonlyMap<number, readonly Value[]> | null)[];
}

export interface TestValues {
  readonly kind: "values";
  /** Every page that the test names, sorted. */
  readonly pages: readonly string[];
  /** Every value of the test, each once; the integer 0 is the first. A value's position is its code. */
  readonly values: readonly Value[];
  readonly threads: readonly ThreadValues[];
  /** Memory that is accessed or mentioned, and the descriptor of each page. */
  readonly places: readonly PlaceValues[];
}

/** A test that needs something which values cannot express. */
export interface Unsupported {
  readonly kind: "unsupported";
  readonly reason: string;
}

export function analyse(test: LitmusTest): TestValues | Unsupported {
  const memory = new MemoryValues(test);
  const flows = test.threads.map((thread) => new ThreadFlow(test, thread, memory));
  let before = -1;
  for (let size = 0; size !== before;) {
    before = size;
    for (const flow of flows) flow.run();
    size = memory.size + flows.reduce((sum, flow) => sum + flow.size, 0);
    const objecting = [memory, ...flows].find(({ objection }) => objection !== null);
    if (objecting) return Object.freeze({ kind: "unsupported", reason: objecting.objection! });
  }
  const mixed = memory.overlap();
  if (mixed !== null) return Object.freeze({ kind: "unsupported", reason: mixed });
  const threads = flows.map(threadValues);
  const places = memory.places();
  return Object.freeze({
    kind: "values",
    pages: memory.pages,
    values: everyValue(threads, places),
    threads,
    places,
  });
}

/** The code of a value in a test's enumeration. */
export function codeOf({ values }: TestValues, value: Value): number {
  const text = formatValue(value);
  const code = values.findIndex((each) => formatValue(each) === text);
  if (code === -1) throw new Error(`the test has no value ${text}`);
  return code;
}

/** The values of a place in memory; only those that the test accesses or mentions have any. */
export function valuesAt({ places }: TestValues, place: Place): PlaceValues | undefined {
  return places.find((each) => formatPlace(each.place) === formatPlace(place));
}

function threadValues(flow: ThreadFlow): ThreadValues {
  const before = flow.states.map((state) => (state ? sorted(state) : null));
  const registers = new Map<number, ValueSet>();
  for (const state of before)
    for (const [register, values] of state ?? []) {
      const all = registers.get(register) ?? new Map<string, Value>();
      addAll(all, values);
      registers.set(register, all);
    }
  return Object.freeze({ registers: sorted(registers), before: Object.freeze(before) });
}

function sorted(state: RegisterSets): ReadonlyMap<number, readonly Value[]> {
  return new Map(
    [...state]
      .sort(([a], [b]) => a - b)
      .map(([register, values]) => [register, Object.freeze([...values.values()].sort(compareValues))]),
  );
}

function everyValue(threads: readonly ThreadValues[], places: readonly PlaceValues[]): readonly Value[] {
  const all = [
    ZERO,
    ...threads.flatMap(({ registers }) => [...registers.values()].flat()),
    ...places.flatMap(({ values }) => values),
  ];
  return Object.freeze([...valueSet(all).values()].sort(compareValues));
}
