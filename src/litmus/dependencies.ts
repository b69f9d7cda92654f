/**
 * On which loads an instruction of a CPU depends, by registers alone: what Arm's model calls address and control
 * dependencies. A value depends on the loads that it was computed from, even where it is the same whatever they give.
 */
import { targetOf, type Thread } from "./ast.ts";
import type { Instruction } from "./instruction.ts";
import {
  addressRegisters,
  FLAGS,
  isComputation,
  isMemoryInstruction,
  registersRead,
  registerWritten,
} from "./registers.ts";

/** The loads, as positions in the program, that an instruction depends on. */
export interface Dependencies {
  /** Its address was computed from them. */
  readonly address: readonly number[];
  /** The same, with those by which a conditional select has picked what the address was computed from. */
  readonly pickedAddress: readonly number[];
  /** Whether it is taken, of a branch; what was picked included. */
  readonly branch: readonly number[];
}

/** What a register was computed from, and what it was computed from or picked by. */
interface Origin {
  readonly data: ReadonlySet<number>;
  readonly picked: ReadonlySet<number>;
}

type Origins = ReadonlyMap<number, Origin>;

const NOWHERE: Origin = { data: new Set(), picked: new Set() };
const NONE: Dependencies = Object.freeze({ address: [], pickedAddress: [], branch: [] });

/** The dependencies of each instruction; of one that several ways lead to, those of all of them. */
export function dependenciesOf(thread: Thread): readonly Dependencies[] {
  const before = originsBefore(thread);
  return thread.instructions.map((instruction, at) => {
    const origins = before[at];
    if (!origins) return NONE;
    if (isMemoryInstruction(instruction)) {
      const { data, picked } = originOf(origins, addressRegisters(instruction.address));
      return { ...NONE, address: [...data], pickedAddress: [...picked] };
    }
    if (instruction.kind !== "branch") return NONE;
    return { ...NONE, branch: [...originOf(origins, registersRead(instruction)).picked] };
  });
}

/** The loads on which something depends, in the order of the program. */
export function loadsDependedOn(dependencies: readonly Dependencies[]): readonly number[] {
  const all = dependencies.flatMap(({ pickedAddress, branch }) => [...pickedAddress, ...branch]);
  return [...new Set(all)].sort((a, b) => a - b);
}

/** A fixpoint over the program; undefined where it never comes. */
function originsBefore(thread: Thread): readonly (Origins | undefined)[] {
  const states: (Origins | undefined)[] = [new Map()];
  const pending = [0];
  for (let at = pending.pop(); at !== undefined; at = pending.pop()) {
    const instruction = thread.instructions[at];
    if (!instruction) continue;
    const after = originsAfter(states[at]!, instruction, at);
    for (const [next, state] of successors(thread, instruction, at, states[at]!, after)) {
      const known = states[next];
      const joined = known ? join(known, state) : state;
      if (known && sizeOf(known) === sizeOf(joined)) continue;
      states[next] = joined;
      pending.push(next);
    }
  }
  return states;
}

function originsAfter(before: Origins, instruction: Instruction, at: number): Origins {
  const register = registerWritten(instruction);
  return register === null ? before : new Map(before).set(register, written(before, instruction, at));
}

function written(before: Origins, instruction: Instruction, at: number): Origin {
  if (isComputation(instruction)) return computed(before, instruction);
  // The status of a store-exclusive depends on no load, as far as ordering goes.
  if (!isMemoryInstruction(instruction) || instruction.kind === "store-exclusive") return NOWHERE;
  return { data: new Set([at]), picked: new Set([at]) };
}

/** Of the flags, a computation other than a comparison reads which of its operands to pick. */
function computed(before: Origins, instruction: Instruction): Origin {
  const read = registersRead(instruction);
  const operands = read.filter((register) => register !== FLAGS);
  return { data: originOf(before, operands).data, picked: originOf(before, read).picked };
}

function successors(
  thread: Thread,
  instruction: Instruction,
  at: number,
  before: Origins,
  after: Origins,
): [number, Origins][] {
  if (instruction.kind === "end") return [];
  if (instruction.kind === "exception-return") return returnsOf(thread).map((to) => [to, after]);
  if (instruction.kind === "branch") {
    const target: [number, Origins] = [targetOf(thread, instruction), after];
    return instruction.test.kind === "always" ? [target] : [target, [at + 1, after]];
  }
  const { handler } = thread;
  const mayFault = handler !== null && at < handler && isMemoryInstruction(instruction);
  return [[at + 1, after], ...(mayFault ? [[handler, before] as [number, Origins]] : [])];
}

/** Where a handler may return to: what may fault, what comes behind it, and what has a label. */
function returnsOf({ instructions, labels, handler }: Thread): readonly number[] {
  const end = handler ?? 0;
  const faulting = instructions.flatMap((each, i) =>
    i < end && isMemoryInstruction(each) ? [i, i + 1] : [],
  );
  return [...faulting, ...labels.map(({ instruction }) => instruction).filter((each) => each < end)];
}

function originOf(origins: Origins, registers: readonly number[]): Origin {
  return registers.map((register) => origins.get(register) ?? NOWHERE).reduce(united, NOWHERE);
}

function join(one: Origins, other: Origins): Origins {
  const registers = new Set([...one.keys(), ...other.keys()]);
  const origin = (register: number) => united(one.get(register) ?? NOWHERE, other.get(register) ?? NOWHERE);
  return new Map([...registers].map((register) => [register, origin(register)]));
}

function united(one: Origin, other: Origin): Origin {
  return {
    data: new Set([...one.data, ...other.data]),
    picked: new Set([...one.picked, ...other.picked]),
  };
}

function sizeOf(origins: Origins): number {
  return [...origins.values()].reduce((sum, { data, picked }) => sum + data.size + picked.size, 0);
}
