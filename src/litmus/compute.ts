/**
 * What instructions compute, as functions of values. They are total: where the real machine would compute with
 * the bits of an address or a descriptor, the answer is that this cannot be expressed, and why.
 */
import { assertNever } from "../model/model.ts";
import {
  type Address,
  type ArithmeticOperation,
  type BranchTest,
  type ConditionCode,
  type InstructionOf,
  type Operand,
  type Register,
  ZERO_REGISTER,
} from "./instruction.ts";
import { type Computation, FLAGS, type MemoryInstruction } from "./registers.ts";
import { integer, MAX_INTEGER, PAGE_BYTES, sameValue, type Value, ZERO } from "./values.ts";

/** A result that there is no value for. */
export interface Inexpressible {
  readonly kind: "inexpressible";
  readonly reason: string;
}

export type Result = Value | Inexpressible;

/** The value of a register by its number, `FLAGS` included; the zero register is never asked for. */
export type ReadRegister = (register: number) => Value;

/** What a computation writes into its register. */
export function resultOf(instruction: Computation, read: ReadRegister): Result {
  switch (instruction.kind) {
    case "move":
      return operandValue(instruction.source, read, instruction.target.width);
    case "arithmetic": {
      const { operation, left, right, target } = instruction;
      return arithmetic(operation, registerValue(left, read), operandValue(right, read), target.width === 32);
    }
    case "compare": {
      const { left, right } = instruction;
      return compare(registerValue(left, read), operandValue(right, read), left.width === 32);
    }
    case "select": {
      const taken = fulfils(instruction.code, read(FLAGS));
      if (typeof taken !== "boolean") return taken;
      return half(registerValue(taken ? instruction.then : instruction.otherwise, read), instruction.target);
    }
  }
}

/** The address that an instruction accesses. */
export function addressOf({ base, offset }: Address, read: ReadRegister): Result {
  if (base.width === 32) return inexpressible("half a register as an address");
  const from = registerValue(base, read);
  // An offset that is written out may be negative, which no value is.
  const address =
    offset.kind === "immediate"
      ? plusImmediate(from, offset.value)
      : arithmetic("ADD", from, operandValue(offset, read), false);
  if (address.kind === "inexpressible") return address;
  if (address.kind === "address" || address.kind === "descriptor-address") return address;
  return inexpressible(
    `an access to the address ${address.kind === "integer" ? address.value : address.kind}`,
  );
}

/** What an instruction leaves in memory where `old` was; null for a load. */
export function storedBy(instruction: MemoryInstruction, read: ReadRegister, old: Value): Result | null {
  switch (instruction.kind) {
    case "load":
    case "load-exclusive":
      return null;
    case "store":
    case "store-exclusive":
      return half(registerValue(instruction.source, read), instruction.source);
    case "atomic":
      return storedByAtomic(instruction, read, old);
  }
}

/** What an instruction that reads memory puts into its register. */
export function loadedBy(instruction: MemoryInstruction, memory: Value): Result {
  return "target" in instruction ? half(memory, instruction.target) : memory;
}

/** Whether a branch is taken. */
export function isTaken(test: BranchTest, read: ReadRegister): boolean | Inexpressible {
  switch (test.kind) {
    case "always":
      return true;
    case "flags":
      return fulfils(test.code, read(FLAGS));
    case "zero":
    case "nonzero": {
      const value = half(registerValue(test.register, read), test.register);
      return value.kind === "inexpressible" ? value : sameValue(value, ZERO) === (test.kind === "zero");
    }
  }
}

function storedByAtomic(instruction: InstructionOf<"atomic">, read: ReadRegister, old: Value): Result {
  const { operation, source, target } = instruction;
  const operand = half(registerValue(source, read), source);
  if (operand.kind === "inexpressible") return operand;
  switch (operation) {
    case "swap":
      return operand;
    case "compare-and-swap":
      return sameValue(old, registerValue(target, read)) ? operand : old;
    case "add":
      return arithmetic("ADD", old, operand, source.width === 32);
    case "set":
      return arithmetic("ORR", old, operand, source.width === 32);
    case "clear":
      if (old.kind !== "integer" || operand.kind !== "integer") return onBits("LDCLR");
      return integer(old.value & ~operand.value);
    default:
      return assertNever(operation);
  }
}

function arithmetic(operation: ArithmeticOperation, left: Value, right: Result, isHalf: boolean): Result {
  if (right.kind === "inexpressible") return right;
  if (left.kind === "integer" && right.kind === "integer")
    return onIntegers(operation, left.value, right.value);
  // Dependencies are made of these: a register with itself is zero whatever it holds.
  if ((operation === "EOR" || operation === "SUB") && sameValue(left, right)) return ZERO;
  if (operation === "AND" && (sameValue(left, ZERO) || sameValue(right, ZERO))) return ZERO;
  if (isHalf) return inexpressible(`half of ${left.kind === "integer" ? right.kind : left.kind}`);
  if (sameValue(right, ZERO)) return left;
  if (sameValue(left, ZERO) && ["ADD", "ORR", "EOR"].includes(operation)) return right;
  if (operation === "ADD" && left.kind === "integer") return addressPlus(right, left.value);
  if (right.kind !== "integer") return onBits(operation);
  if (operation === "ADD") return addressPlus(left, right.value);
  if (operation === "SUB") return addressPlus(left, -right.value);
  return operation === "LSR" && right.value === 12 ? pageNumber(left) : onBits(operation);
}

function onIntegers(operation: ArithmeticOperation, left: number, right: number): Result {
  return inRange(INTEGER_OPERATIONS[operation](left, right));
}

function inRange(value: number): Result {
  if (value >= 0 && value <= MAX_INTEGER) return integer(value);
  return inexpressible(`the integer ${value}, which is not in 0..${MAX_INTEGER}`);
}

const INTEGER_OPERATIONS: Readonly<Record<ArithmeticOperation, (left: number, right: number) => number>> = {
  ADD: (left, right) => left + right,
  SUB: (left, right) => left - right,
  EOR: (left, right) => left ^ right,
  AND: (left, right) => left & right,
  ORR: (left, right) => left | right,
  LSR: (left, right) => (right >= 31 ? 0 : left >> right),
};

function plusImmediate(value: Value, bytes: number): Result {
  return bytes === 0 ? value : addressPlus(value, bytes);
}

function addressPlus(value: Value, bytes: number): Result {
  if (value.kind !== "address") return onBits("ADD");
  const offset = value.offset + bytes;
  if (offset < 0 || offset >= PAGE_BYTES)
    return inexpressible(`an address outside of the page ${value.page}`);
  return Object.freeze({ ...value, offset });
}

function pageNumber(value: Value): Result {
  if (value.kind === "address") return Object.freeze({ kind: "page-number", of: "page", page: value.page });
  if (value.kind === "descriptor-address")
    return Object.freeze({ kind: "page-number", of: "descriptor", page: value.page });
  return onBits("LSR");
}

function compare(left: Value, right: Result, isHalf: boolean): Result {
  if (right.kind === "inexpressible") return right;
  const flags = (result: "less" | "equal" | "greater" | "different"): Value =>
    Object.freeze({ kind: "flags", result });
  if (sameValue(left, right)) return flags("equal");
  if (left.kind === "integer" && right.kind === "integer")
    return flags(left.value < right.value ? "less" : "greater");
  return isHalf ? onBits("CMP") : flags("different");
}

/** Of small non-negative integers, signed and unsigned comparison agree, and nothing overflows. */
const FULFILLED: Readonly<Record<ConditionCode, readonly string[]>> = {
  EQ: ["equal"],
  NE: ["less", "greater", "different"],
  LT: ["less"],
  LO: ["less"],
  CC: ["less"],
  MI: ["less"],
  GE: ["equal", "greater"],
  HS: ["equal", "greater"],
  CS: ["equal", "greater"],
  PL: ["equal", "greater"],
  GT: ["greater"],
  HI: ["greater"],
  LE: ["less", "equal"],
  LS: ["less", "equal"],
};

function fulfils(code: ConditionCode, flags: Value): boolean | Inexpressible {
  if (flags.kind !== "flags") return inexpressible("a condition on what are no flags");
  if (flags.result === "different" && code !== "EQ" && code !== "NE")
    return inexpressible(`the condition ${code} without an order of what was compared`);
  return FULFILLED[code].includes(flags.result);
}

function operandValue(operand: Operand, read: ReadRegister, width?: number): Result {
  if (operand.kind === "register") {
    const value = registerValue(operand.register, read);
    return width === undefined ? value : half(value, operand.register);
  }
  return inRange(operand.value);
}

function registerValue({ number }: Register, read: ReadRegister): Value {
  return number === ZERO_REGISTER ? ZERO : read(number);
}

/** A value as it comes through a register of a width: only integers have lower halves to speak of. */
function half(value: Value, { width, number }: Register): Result {
  if (width === 64 || value.kind === "integer" || number === ZERO_REGISTER) return value;
  return inexpressible(`half of ${value.kind === "address" ? "an address" : `a ${value.kind}`}`);
}

function onBits(what: string): Inexpressible {
  return inexpressible(`${what} on the bits of an address or a descriptor`);
}

function inexpressible(reason: string): Inexpressible {
  return { kind: "inexpressible", reason };
}
