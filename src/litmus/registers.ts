/** Which registers an instruction reads and writes. */
import { assertNever } from "../model/model.ts";
import {
  type Address,
  type BranchTest,
  ELR,
  type Instruction,
  type InstructionOf,
  type Operand,
  ZERO_REGISTER,
} from "./instruction.ts";

/** The number that stands for the condition flags among the registers. */
export const FLAGS = 32;

/** An instruction that reads or writes memory. */
export type MemoryInstruction = InstructionOf<
  "load" | "store" | "load-exclusive" | "store-exclusive" | "atomic"
>;

/** An instruction that computes one register from others. */
export type Computation = InstructionOf<(typeof computations)[number]>;

const computations = ["move", "arithmetic", "compare", "select", "address-of-code"] as const;

export function isMemoryInstruction(instruction: Instruction): instruction is MemoryInstruction {
  return "address" in instruction;
}

export function isComputation(instruction: Instruction): instruction is Computation {
  return computations.some((kind) => kind === instruction.kind);
}

/** The registers that an instruction reads, each once, in ascending order, `FLAGS` last. */
export function registersRead(instruction: Instruction): readonly number[] {
  const address = isMemoryInstruction(instruction) ? [...addressRegisters(instruction.address)] : [];
  return distinct([...address, ...ownRegisters(instruction)]);
}

/** The registers that an address is computed from, each once, in ascending order. */
export function addressRegisters({ base, offset }: Address): readonly number[] {
  return distinct([base.number, ...operandRegisters(offset)]);
}

/** The register that an instruction writes; null for none, and for the zero register. */
export function registerWritten(instruction: Instruction): number | null {
  const number = targetOf(instruction);
  return number === ZERO_REGISTER ? null : number;
}

function ownRegisters(instruction: Instruction): readonly number[] {
  switch (instruction.kind) {
    case "store":
    case "store-exclusive":
      return [instruction.source.number];
    case "atomic": {
      const { operation, source, target } = instruction;
      return operation === "compare-and-swap" ? [source.number, target.number] : [source.number];
    }
    case "move":
      return operandRegisters(instruction.source);
    case "arithmetic":
    case "compare":
      return [instruction.left.number, ...operandRegisters(instruction.right)];
    case "select":
      return [instruction.then.number, instruction.otherwise.number, FLAGS];
    case "branch":
      return testRegisters(instruction.test);
    case "exception-return":
      return [ELR];
    case "tlbi":
      return instruction.operand === null ? [] : [instruction.operand.number];
    case "load":
    case "load-exclusive":
    case "dsb":
    case "dmb":
    case "isb":
    case "nop":
    case "address-of-code":
    case "end":
    case "unknown":
      return [];
    default:
      return assertNever(instruction);
  }
}

function operandRegisters(operand: Operand): readonly number[] {
  return operand.kind === "register" ? [operand.register.number] : [];
}

function testRegisters(test: BranchTest): readonly number[] {
  if (test.kind === "flags") return [FLAGS];
  return test.kind === "always" ? [] : [test.register.number];
}

function targetOf(instruction: Instruction): number | null {
  if (instruction.kind === "compare") return FLAGS;
  if (instruction.kind === "store-exclusive") return instruction.status.number;
  return "target" in instruction ? instruction.target.number : null;
}

function distinct(registers: readonly number[]): readonly number[] {
  return [...new Set(registers)].filter((each) => each !== ZERO_REGISTER).sort((a, b) => a - b);
}
