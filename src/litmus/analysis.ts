/**
 * Which values each register and each place in memory may hold: a fixpoint over all instructions of all CPUs, in
 * which memory has no order and each CPU follows its program. It takes in every value that some execution gives,
 * and perhaps some that none does.
 */
import { type LitmusTest, loopHeads, type Place, type Thread } from "./ast.ts";
import { type RegisterSets, ThreadFlow } from "./flow.ts";
import type { Instruction } from "./instruction.ts";
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
  // What is read in the last round was written by a chain of as many stores as there are rounds before it.
  for (let stores = longestChain(test); stores >= 0; stores--) {
    follow(flows);
    const objecting = [memory, ...flows].find(({ objection }) => objection !== null);
    if (objecting) return Object.freeze({ kind: "unsupported", reason: objecting.objection! });
    if (stores > 0 && !memory.commit()) break;
  }
  const reason = memory.objection ?? memory.overlap();
  if (reason !== null) return Object.freeze({ kind: "unsupported", reason });
  const threads = flows.map(threadValues);
  const places = memory.places();
  const values = everyValue(threads, places, memory.stored);
  return Object.freeze({ kind: "values", pages: memory.pages, values, threads, places });
}

/** Follows each program until no register gets another value from what is in memory by now. */
function follow(flows: readonly ThreadFlow[]): void {
  const size = (): number => flows.reduce((sum, flow) => sum + flow.size, 0);
  let before = -1;
  while (size() !== before) {
    before = size();
    for (const flow of flows) flow.run();
  }
}

/**
 * Of how many stores a value can be the work, each of them storing what comes from the one before. Without loops
 * each is executed once at most; this is what ends the analysis of two CPUs that increment the same word.
 */
function longestChain({ threads }: LitmusTest): number {
  return threads.some(hasLoop)
    ? Infinity
    : threads.flatMap(({ instructions }) => instructions.filter(isStore)).length;
}

export function hasLoop(thread: Thread): boolean {
  return loopHeads(thread).size > 0 || thread.instructions.some(({ kind }) => kind === "exception-return");
}

function isStore({ kind }: Instruction): boolean {
  return kind === "store" || kind === "store-exclusive" || kind === "atomic";
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

/** Instructions are closed in these: what one computes or stores, of values that it may get, is among them. */
function everyValue(
  threads: readonly ThreadValues[],
  places: readonly PlaceValues[],
  stored: readonly Value[],
): readonly Value[] {
  const all = [
    ZERO,
    ...threads.flatMap(({ registers }) => [...registers.values()].flat()),
    ...places.flatMap(({ values }) => values),
    ...stored,
  ];
  return Object.freeze([...valueSet(all).values()].sort(compareValues));
}
