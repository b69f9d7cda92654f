/** Instructions that compute registers from registers. */
import type { Cursor } from "../cursor.ts";
import {
  type ArithmeticOperation,
  arithmeticOperations,
  type ConditionCode,
  type Operand,
  type Register,
} from "../instruction.ts";
import { type Form, type Forms, NotModelled, type Parse } from "./form.ts";
import { comma, conditionCode, immediate, operand, register, zeroRegister } from "./operands.ts";

const move: Parse = (cursor) => {
  const target = register(cursor);
  return [{ kind: "move", target, source: operand(comma(cursor)) }];
};

/** SXTW and UXTW: of a number from 0 to 2^31-1 they change nothing. */
const extend: Parse = (cursor) => {
  const target = register(cursor);
  const source = register(comma(cursor));
  return [{ kind: "move", target, source: { kind: "register", register: { ...source, width: 32 } } }];
};

const arithmetic: Parse = (cursor, mnemonic) => {
  const operation = arithmeticOperations.find((each) => each === mnemonic)!;
  const target = register(cursor);
  const left = register(comma(cursor));
  return [{ kind: "arithmetic", operation, target, left, right: operand(comma(cursor)) }];
};

/** SUBS, ANDS and BICS set the flags, and then their target. */
const withFlags: Parse = (cursor, mnemonic) => {
  const target = register(cursor);
  const left = register(comma(cursor));
  const right = operand(comma(cursor));
  const operation = mnemonic.slice(0, -1) as "SUB" | "AND" | "BIC";
  const set: Form = { kind: "compare", by: operation, left, right };
  return [set, { kind: "arithmetic", operation, target, left, right }];
};

const compare: Parse = (cursor, mnemonic) => {
  const left = register(cursor);
  return [{ kind: "compare", by: mnemonic === "TST" ? "AND" : "SUB", left, right: operand(comma(cursor)) }];
};

/** UBFX and LSR of what it masks: `UBFX Xd,Xn,#lsb,#width`. */
const bitField: Parse = (cursor) => {
  const target = register(cursor);
  const left = register(comma(cursor));
  const lowest = immediate(comma(cursor));
  const width = immediate(comma(cursor));
  if (lowest + width > 31) throw new NotModelled();
  const mask: Operand = { kind: "immediate", value: (2 ** width - 1) * 2 ** lowest };
  return [
    { kind: "arithmetic", operation: "AND", target, left, right: mask },
    {
      kind: "arithmetic",
      operation: "LSR",
      target,
      left: target,
      right: { kind: "immediate", value: lowest },
    },
  ];
};

const INVERSE: Readonly<Record<ConditionCode, ConditionCode>> = {
  EQ: "NE",
  NE: "EQ",
  LT: "GE",
  GE: "LT",
  LO: "HS",
  HS: "LO",
  CC: "CS",
  CS: "CC",
  MI: "PL",
  PL: "MI",
  GT: "LE",
  LE: "GT",
  HI: "LS",
  LS: "HI",
};

/** CSEL and CSINC, which adds 1 to the second register. */
const select: Parse = (cursor, mnemonic) => {
  const target = register(cursor);
  const then = register(comma(cursor));
  const otherwise = register(comma(cursor));
  const code = conditionCode(comma(cursor));
  return [{ kind: "select", target, then, otherwise, plus: mnemonic === "CSINC" ? 1 : 0, code }];
};

/** CSET and CINC are CSINC with the inverse condition. */
const increment: Parse = (cursor, mnemonic) => {
  const target = register(cursor);
  const source: Register = mnemonic === "CINC" ? register(comma(cursor)) : zeroRegister(target.width);
  const code = INVERSE[conditionCode(comma(cursor))];
  return [{ kind: "select", target, then: source, otherwise: source, plus: 1, code }];
};

function addressOfCode(cursor: Cursor): readonly Form[] {
  const target = register(cursor);
  const label = comma(cursor).word("a label");
  return [{ kind: "address-of-code", target, code: { kind: "code", thread: 0, label, instruction: 0 } }];
}

const operations: readonly ArithmeticOperation[] = arithmeticOperations;

export const computationForms: Forms = [
  [/^MOVZ?$/, move],
  [/^[SU]XTW$/, extend],
  [/^UBFX$/, bitField],
  [new RegExp(`^(${operations.join("|")})$`), arithmetic],
  [/^(SUBS|ANDS|BICS)$/, withFlags],
  [/^(CMP|TST)$/, compare],
  [/^(CSEL|CSINC)$/, select],
  [/^(CSET|CINC)$/, increment],
  [/^ADR$/, addressOfCode],
];
