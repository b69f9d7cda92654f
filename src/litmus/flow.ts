/** The values of one CPU's registers before each of its instructions. */
import { behind, instructionAt, isInHandler, type LitmusTest, targetOf, type Thread } from "./ast.ts";
import {
  addressOf,
  type Inexpressible,
  isTaken,
  loadedBy,
  type ReadRegister,
  resultOf,
  storedBy,
} from "./compute.ts";
import { ELR, type Instruction } from "./instruction.ts";
import type { MemoryValues } from "./memory-values.ts";
import { placesOf } from "./mentions.ts";
import {
  FLAGS,
  isComputation,
  isMemoryInstruction,
  type MemoryInstruction,
  registersRead,
  registerWritten,
} from "./registers.ts";
import { type FaultHandling, faultHandlingOf } from "./settings.ts";
import { addAll, MAX_VALUES, type ValueSet, valueSet } from "./value-set.ts";
import {
  addressOfInstruction,
  CLEAR_FLAGS,
  formatValue,
  integer,
  type Value,
  valueOfText,
  ZERO,
} from "./values.ts";

/** The values of each register that the CPU uses. */
export type RegisterSets = ReadonlyMap<number, ValueSet>;

/** Combinations of register values that one instruction may have at most. */
const MAX_COMBINATIONS = 4096;

export class ThreadFlow {
  /** Before each instruction and after the last; null where the program has not come. */
  readonly states: (Map<number, ValueSet> | null)[];
  readonly #thread: Thread;
  readonly #memory: MemoryValues;
  readonly #faultHandling: FaultHandling;
  #objection: string | null = null;

  constructor(test: LitmusTest, thread: Thread, memory: MemoryValues) {
    this.#faultHandling = faultHandlingOf(test);
    this.#thread = thread;
    this.#memory = memory;
    this.states = [initialRegisters(test, thread), ...thread.instructions.map(() => null)];
  }

  /** Why the test cannot be expressed, once something came up. */
  get objection(): string | null {
    return this.#objection;
  }

  /** How many values there are; grows with each run in which anything is added. */
  get size(): number {
    const sizes = this.states.flatMap((state) => [...(state?.values() ?? [])].map((values) => values.size));
    // A state that is reached counts, even one without registers.
    return sizes.reduce((sum, size) => sum + size, this.states.filter((state) => state !== null).length);
  }

  /** Follows the program once, with what memory may hold by now; a loop may take several runs. */
  run(): void {
    this.#thread.instructions.forEach((instruction, at) => {
      const state = this.states[at];
      if (state && this.#objection === null) this.#step(instruction, at, state);
    });
  }

  #step(instruction: Instruction, at: number, state: RegisterSets): void {
    const written = new Map<string, Value>();
    const successors = new Set<number>();
    for (const read of this.#combinations(instruction, state)) {
      if (instruction.kind === "exception-return") this.#returnTo(instruction, read(ELR), successors);
      else if (isMemoryInstruction(instruction)) {
        this.#mayFault(at, state);
        this.#access(instruction, read, written, () => successors.add(at + 1));
      } else if (instruction.kind !== "end") successors.add(this.#advance(instruction, at, read, written));
    }
    const register = registerWritten(instruction);
    const after = register === null ? state : new Map(state).set(register, written);
    if (written.size > MAX_VALUES) this.#object(instruction, `more than ${MAX_VALUES} values`);
    for (const successor of successors) this.#join(successor, after);
  }

  /** A handler begins with the registers as they were. It has no handler itself. */
  #mayFault(at: number, state: RegisterSets): void {
    const { handler } = this.#thread;
    if (isInHandler(this.#thread, at)) return;
    if (handler !== null) {
      const link = addressOfInstruction(this.#thread, at);
      this.#join(handler, new Map(state).set(ELR, valueSet([link])));
    } else if (this.#faultHandling === "skip") this.#join(behind(this.#thread, at), state);
  }

  #returnTo(instruction: Instruction, link: Value, successors: Set<number>): void {
    const target = instructionAt(this.#thread, link);
    if (target !== null) successors.add(target);
    else this.#object(instruction, `a return to ${formatValue(link)}`);
  }

  /** The instruction that comes next, after one that does not access memory. */
  #advance(instruction: Instruction, at: number, read: ReadRegister, written: ValueSet): number {
    if (isComputation(instruction)) this.#add(instruction, written, resultOf(instruction, read));
    if (instruction.kind !== "branch") return at + 1;
    const taken = isTaken(instruction.test, read);
    if (typeof taken !== "boolean") this.#object(instruction, taken.reason);
    return taken === true ? targetOf(this.#thread, instruction) : at + 1;
  }

  /** Goes on only where there is something to access: where all descriptors are invalid, the CPU stops. */
  #access(instruction: MemoryInstruction, read: ReadRegister, written: ValueSet, goOn: () => void): void {
    const address = addressOf(instruction.address, read);
    if (address.kind === "inexpressible") return this.#object(instruction, address.reason);
    for (const place of this.#memory.placesAt(address, instruction.bytes)) {
      goOn();
      for (const old of this.#memory.read(place)) {
        const stored = storedBy(instruction, read, old);
        if (stored?.kind === "inexpressible") this.#object(instruction, stored.reason);
        else if (stored) this.#memory.write(place, stored);
        if (instruction.kind === "store-exclusive") addAll(written, [integer(0), integer(1)]);
        else if (instruction.kind !== "store") this.#add(instruction, written, loadedBy(instruction, old));
      }
    }
  }

  #combinations(instruction: Instruction, state: RegisterSets): readonly ReadRegister[] {
    const registers = registersRead(instruction);
    const sets = registers.map((register) => [...state.get(register)!.values()]);
    if (sets.reduce((product, { length }) => product * length, 1) > MAX_COMBINATIONS) {
      this.#object(instruction, "too many combinations of values");
      return [];
    }
    const rows = sets.reduce<Value[][]>(
      (all, values) => all.flatMap((row) => values.map((value) => [...row, value])),
      [[]],
    );
    return rows.map((row) => (register) => row[registers.indexOf(register)]!);
  }

  #join(at: number, state: RegisterSets): void {
    const known = this.states[at];
    const joined = known ?? new Map<number, ValueSet>();
    for (const [register, values] of state) {
      const all = joined.get(register) ?? new Map<string, Value>();
      addAll(all, values.values());
      joined.set(register, all);
    }
    if (!known) this.states[at] = joined;
  }

  #add(instruction: Instruction, written: ValueSet, value: Value | Inexpressible): void {
    if (value.kind === "inexpressible") this.#object(instruction, value.reason);
    else addAll(written, [value]);
  }

  #object({ text }: Instruction, reason: string): void {
    this.#objection ??= `${reason} (P${this.#thread.number}: ${text})`;
  }
}

/** Every register that the CPU's program, the initial state or the condition names. */
function initialRegisters(test: LitmusTest, { number, instructions }: Thread): Map<number, ValueSet> {
  const used = instructions.flatMap((each) => [...registersRead(each), registerWritten(each) ?? []].flat());
  const places = [...test.init.map(({ place }) => place), ...placesOf(test)];
  const named = places.flatMap((place) =>
    place.kind === "register" && place.thread === number ? [place.register] : [],
  );
  const sets = new Map<number, ValueSet>();
  for (const register of [...used, ...named])
    sets.set(register, valueSet([register === FLAGS ? CLEAR_FLAGS : ZERO]));
  for (const { place, value } of test.init)
    if (place.kind === "register" && place.thread === number)
      sets.set(place.register, valueSet([valueOfText(value, place) ?? ZERO]));
  return sets;
}
