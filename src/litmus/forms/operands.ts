/** Operands of instructions: registers, numbers, shifted and extended registers, condition codes. */
import type { Cursor } from "../cursor.ts";
import {
  type ConditionCode,
  conditionCodes,
  type Operand,
  type Register,
  type Shift,
  type Width,
  ZERO_REGISTER,
} from "../instruction.ts";
import { registerNumber } from "../parse-value.ts";
import { NotModelled } from "./form.ts";

export function seesEndOfCell(cursor: Cursor): boolean {
  return cursor.sees("|") || cursor.sees(";");
}

export function comma(cursor: Cursor): Cursor {
  cursor.expect(",");
  return cursor;
}

/** `X0` to `X30`, `XZR`, and the same with W. */
export function register(cursor: Cursor): Register {
  const { kind, text } = cursor.peek();
  const number = /^[xw]zr$/i.test(text) ? ZERO_REGISTER : registerNumber(text);
  if (number === undefined) {
    if (kind === "word" || ["=", "%", "{", "^", "`"].includes(text)) throw new NotModelled();
    throw cursor.expected("a register, X0 to X30 or W0 to W30");
  }
  cursor.take();
  return Object.freeze({ number, width: /^w/i.test(text) ? 32 : 64 });
}

export function zeroRegister(width: Width): Register {
  return Object.freeze({ number: ZERO_REGISTER, width });
}

/** A register with a shift or an extension or without, `#12` or `12`, `#1,LSL #12`. */
export function operand(cursor: Cursor): Operand {
  if (seesImmediate(cursor)) {
    const value = immediate(cursor);
    const shift = cursor.accept(",") ? parseShift(cursor) : null;
    if (shift?.right === true) throw new NotModelled();
    return Object.freeze({ kind: "immediate", value: value * 2 ** (shift?.by ?? 0) });
  }
  return registerOperand(cursor, true);
}

/** The index of an address: a register that may be shifted or extended, or a number. */
export function index(cursor: Cursor): Operand {
  if (seesImmediate(cursor)) return Object.freeze({ kind: "immediate", value: immediate(cursor) });
  return registerOperand(cursor, false);
}

function registerOperand(cursor: Cursor, mayShiftRight: boolean): Operand {
  const found = register(cursor);
  if (!cursor.accept(",")) return Object.freeze({ kind: "register", register: found });
  const shift = parseShift(cursor);
  if (shift.right && !mayShiftRight) throw new NotModelled();
  return Object.freeze({ kind: "register", register: found, ...(shift.by === 0 ? {} : { shift }) });
}

/** Extensions change no value that there is: all are from 0 to 2^31-1. A shift may come with them. */
function parseShift(cursor: Cursor): Shift {
  const name = cursor.peek().text.toUpperCase();
  if (!["LSL", "LSR", "SXTW", "UXTW", "SXTX", "UXTX"].includes(name)) throw new NotModelled();
  cursor.take();
  const isExtension = name.endsWith("X") || name.endsWith("W");
  const by = !isExtension || seesImmediate(cursor) ? immediate(cursor) : 0;
  if (by < 0 || by > 63) throw cursor.expected("a shift from 0 to 63");
  return Object.freeze({ right: name === "LSR", by });
}

export function seesImmediate(cursor: Cursor): boolean {
  return cursor.sees("#") || cursor.peek().kind === "number";
}

/** `#12`, `12`, `#-1` */
export function immediate(cursor: Cursor): number {
  cursor.accept("#");
  const { kind, text } = cursor.peek();
  if (kind === "word" || [":", "(", "`", "'"].includes(text)) throw new NotModelled();
  return cursor.integer("a number");
}

/** `EQ`, `NE`, …; the other codes depend on more than what a comparison of small numbers gives. */
export function conditionCode(cursor: Cursor): ConditionCode {
  const code = conditionCodes.find((each) => each === cursor.peek().text.toUpperCase());
  if (code === undefined) {
    if (cursor.peek().kind === "word") throw new NotModelled();
    throw cursor.expected(`one of ${conditionCodes.join(", ")}`);
  }
  cursor.take();
  return code;
}
