/**
 * What instructions compute, as functions of values. They are total: where the real machine would compute with
 * the bits of an address or a descriptor, the answer is that this cannot be expressed, and why.
 */
import { assertNever } from "../model/model.ts";
import {
  type Address,
  type ArithmeticOperation,
  type BranchTest,
  type Bytes,
  type CodeAddress,
  type ConditionCode,
  type InstructionOf,
  type Operand,
  type Register,
  ZERO_REGISTER,
} from "./instruction.ts";
import { bitOfDescriptor, hasBit, onDescriptor } from "./descriptor-bits.ts";
import { type Computation, FLAGS, type MemoryInstruction } from "./registers.ts";
import {
  type Descriptor,
  integer,
  MAX_INTEGER,
  PAGE_BYTES,
  sameValue,
  UNRESOLVED,
  type Value,
  ZERO,
} from "./values.ts";

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
    case "compare":
      return comparison(instruction, read);
    case "select":
      return selected(instruction, read);
    case "address-of-code":
      return instruction.code;
    default:
      return assertNever(instruction);
  }
}

function comparison({ by, left, right }: InstructionOf<"compare">, read: ReadRegister): Result {
  const isHalf = left.width === 32;
  const [value, other] = [registerValue(left, read), operandValue(right, read)];
  if (by === "SUB") return compare(value, other, isHalf);
  const masked = arithmetic(by, value, other, isHalf);
  return masked.kind === "inexpressible" ? masked : compare(masked, ZERO, isHalf);
}

function selected(instruction: InstructionOf<"select">, read: ReadRegister): Result {
  const { code, then, otherwise, target, plus } = instruction;
  const taken = fulfils(code, read(FLAGS));
  if (typeof taken !== "boolean") return taken;
  const value = half(registerValue(taken ? then : otherwise, read), target);
  if (taken || plus === 0 || value.kind === "inexpressible") return value;
  return arithmetic("ADD", value, integer(plus), target.width === 32);
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
      return narrow(registerValue(instruction.source, read), instruction.bytes, old);
    case "atomic":
      return storedByAtomic(instruction, read, old);
    default:
      return assertNever(instruction);
  }
}

/** What an instruction that reads memory puts into its register. */
export function loadedBy(instruction: MemoryInstruction, memory: Value): Result {
  if (!("target" in instruction)) return memory;
  const { bytes, target } = instruction;
  if (bytes < 4 && (memory.kind !== "integer" || memory.value >= limitOf(instruction)))
    return inexpressible(
      `a load of ${bytes} bytes where there is ${memory.kind === "integer" ? memory.value : memory.kind}`,
    );
  return half(memory, { ...target, width: bytes === 8 ? 64 : 32 });
}

/** Above this a value does not come out as it is. */
function limitOf(instruction: MemoryInstruction): number {
  const isSigned = "signed" in instruction && instruction.signed;
  return 2 ** (8 * instruction.bytes - (isSigned ? 1 : 0));
}

/** A value as a store of so many bytes leaves it. Other bytes stay as they are, so that there must be none. */
function narrow(value: Value, bytes: Bytes, old: Value): Result {
  if (bytes === 8 || (bytes === 4 && value.kind === "integer")) return value;
  if (value.kind !== "integer") return inexpressible(`half of ${nameOf(value)}`);
  if (old.kind !== "integer" || old.value >= 2 ** (8 * bytes))
    return inexpressible(
      `a store of ${bytes} bytes where there is ${old.kind === "integer" ? old.value : old.kind}`,
    );
  return integer(value.value % 2 ** (8 * bytes));
}

function nameOf({ kind }: Value): string {
  return kind === "address" || kind === "integer" ? `an ${kind}` : `a ${kind}`;
}

/** Whether a branch is taken. */
export function isTaken(test: BranchTest, read: ReadRegister): boolean | Inexpressible {
  switch (test.kind) {
    case "always":
      return true;
    case "flags":
      return fulfils(test.code, read(FLAGS));
    case "bit": {
      const value = registerValue(test.register, read);
      const bit = bitOf(value, test.bit);
      return bit === null ? onBits("a branch") : bit === test.set;
    }
    case "zero":
    case "nonzero": {
      const value = half(registerValue(test.register, read), test.register);
      return value.kind === "inexpressible" ? value : sameValue(value, ZERO) === (test.kind === "zero");
    }
    default:
      return assertNever(test);
  }
}

function bitOf(value: Value, bit: number): boolean | null {
  if (value.kind === "integer") return hasBit(value.value, bit);
  return value.kind === "descriptor" ? bitOfDescriptor(value, bit) : null;
}

function storedByAtomic(instruction: InstructionOf<"atomic">, read: ReadRegister, old: Value): Result {
  const { operation, source, target, bytes } = instruction;
  const operand = narrow(registerValue(source, read), bytes, old);
  if (operand.kind === "inexpressible") return operand;
  switch (operation) {
    case "swap":
      return operand;
    case "compare-and-swap":
      return sameValue(old, registerValue(target, read)) ? operand : old;
    case "add":
    case "set":
    case "clear":
    case "exclusive-or": {
      const result = arithmetic(OPERATION_OF[operation], old, operand, source.width === 32);
      return result.kind === "inexpressible" ? result : narrow(result, bytes, old);
    }
    case "maximum":
    case "minimum":
      if (old.kind !== "integer" || operand.kind !== "integer") return onBits("an atomic");
      return (operation === "maximum") === old.value > operand.value ? old : operand;
    default:
      return assertNever(operation);
  }
}

const OPERATION_OF = { add: "ADD", set: "ORR", clear: "BIC", "exclusive-or": "EOR" } as const;

function arithmetic(operation: ArithmeticOperation, left: Value, right: Result, isHalf: boolean): Result {
  if (right.kind === "inexpressible") return right;
  if (left.kind === "integer" && right.kind === "integer")
    return onIntegers(operation, left.value, right.value);
  // Dependencies are made of these: a register with itself is zero whatever it holds.
  if (["EOR", "SUB", "BIC"].includes(operation) && sameValue(left, right)) return ZERO;
  if (operation === "AND" && (sameValue(left, ZERO) || sameValue(right, ZERO))) return ZERO;
  if (isHalf) return inexpressible(`half of ${left.kind === "integer" ? right.kind : left.kind}`);
  if (sameValue(right, ZERO)) return left;
  if (sameValue(left, ZERO) && ["ADD", "ORR", "EOR"].includes(operation)) return right;
  if (operation === "ADD" && left.kind === "integer") return addressPlus(right, left.value);
  if (right.kind !== "integer") return onBits(operation);
  if (left.kind === "descriptor") return onDescriptorBits(operation, left, right.value);
  if (left.kind === "code" && operation === "ADD") return codePlus(left, right.value);
  if (operation === "ADD") return addressPlus(left, right.value);
  if (operation === "SUB") return addressPlus(left, -right.value);
  return operation === "LSR" && right.value === 12 ? pageNumber(left) : onBits(operation);
}

function onDescriptorBits(operation: ArithmeticOperation, descriptor: Descriptor, mask: number): Result {
  if (operation !== "AND" && operation !== "ORR" && operation !== "BIC" && operation !== "EOR")
    return onBits(operation);
  const result = onDescriptor(operation, descriptor, mask);
  if (result === null) return onBits(operation);
  return typeof result === "number" ? inRange(result) : result;
}

/** Instructions have four bytes. */
function codePlus(code: CodeAddress, bytes: number): Result {
  if (bytes % 4 !== 0 || code.instruction === UNRESOLVED)
    return inexpressible("a number added to the address of an instruction");
  return Object.freeze({ ...code, label: null, instruction: code.instruction + bytes / 4 });
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
  BIC: (left, right) => left & ~right,
  LSR: (left, right) => (right >= 31 ? 0 : left >> right),
  LSL: (left, right) => left * 2 ** right,
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
    const { shift } = operand;
    const whole = width === undefined ? value : half(value, operand.register);
    if (!shift || whole.kind === "inexpressible") return whole;
    return arithmetic(shift.right ? "LSR" : "LSL", whole, integer(shift.by), false);
  }
  return inRange(operand.value);
}

function registerValue({ number }: Register, read: ReadRegister): Value {
  return number === ZERO_REGISTER ? ZERO : read(number);
}

/** A value as it comes through a register of a width: only integers have lower halves to speak of. */
function half(value: Value, { width, number }: Register): Result {
  if (width === 64 || value.kind === "integer" || number === ZERO_REGISTER) return value;
  return inexpressible(`half of ${nameOf(value)}`);
}

function onBits(what: string): Inexpressible {
  return inexpressible(`${what} on the bits of an address or a descriptor`);
}

function inexpressible(reason: string): Inexpressible {
  return { kind: "inexpressible", reason };
}
