/** The instructions of AArch64 that tests about virtual memory are made of. */
import type { Cursor } from "./cursor.ts";
import {
  arithmeticOperations,
  type Address,
  type AtomicOperation,
  barrierOptions,
  type BranchTest,
  conditionCodes,
  type Instruction,
  type LoadOrder,
  type Operand,
  type Register,
  ZERO_REGISTER,
} from "./instruction.ts";
import { registerNumber } from "./parse-value.ts";

/** An instruction without its place and text. */
type Form = Instruction extends infer Each
  ? Each extends Instruction
    ? Omit<Each, "at" | "text">
    : never
  : never;
type Parse = (cursor: Cursor, mnemonic: string) => Form;

/** Operands that the architecture has and this parser has not: the instruction is kept as an unknown one. */
class NotModelled extends Error {}

/** Reads an instruction up to the end of its cell; one that is not known comes out as `unknown`. */
export function parseInstruction(cursor: Cursor): Instruction {
  const first = cursor.peek();
  const form = parseForm(cursor);
  const known = form !== null && seesEndOfCell(cursor);
  while (!cursor.atEnd && !seesEndOfCell(cursor)) cursor.take();
  const text = cursor.textFrom(first);
  return Object.freeze({ ...(known ? form : { kind: "unknown" as const }), at: first.at, text });
}

export function seesEndOfCell(cursor: Cursor): boolean {
  return cursor.sees("|") || cursor.sees(";");
}

function parseForm(cursor: Cursor): Form | null {
  const mnemonic = cursor.word("an instruction").toUpperCase();
  const parse = parserOf(mnemonic);
  if (!parse) return null;
  try {
    return parse(cursor, mnemonic);
  } catch (error) {
    if (error instanceof NotModelled) return null;
    throw error;
  }
}

function parserOf(mnemonic: string): Parse | undefined {
  const exact = Object.hasOwn(EXACT, mnemonic) ? EXACT[mnemonic] : undefined;
  return exact ?? PATTERNS.find(([pattern]) => pattern.test(mnemonic))?.[1];
}

const load =
  (order: LoadOrder, kind: "load" | "load-exclusive" = "load"): Parse =>
  (cursor) => {
    const target = register(cursor);
    return { kind, order, target, address: address(comma(cursor)) };
  };

const store =
  (order: "plain" | "release"): Parse =>
  (cursor) => {
    const source = register(cursor);
    return { kind: "store", order, source, address: address(comma(cursor)) };
  };

const storeExclusive =
  (order: "plain" | "release"): Parse =>
  (cursor) => {
    const status = register(cursor);
    const source = register(comma(cursor));
    return { kind: "store-exclusive", order, status, source, address: address(comma(cursor)) };
  };

const branch =
  (testOf: (cursor: Cursor) => BranchTest): Parse =>
  (cursor) => {
    const test = testOf(cursor);
    return { kind: "branch", test, label: cursor.word("a label") };
  };

const onRegister =
  (kind: "zero" | "nonzero") =>
  (cursor: Cursor): BranchTest => {
    const tested = register(cursor);
    comma(cursor);
    return { kind, register: tested };
  };

const barrier =
  (kind: "dsb" | "dmb"): Parse =>
  (cursor) => {
    if (cursor.peek().kind === "symbol" && !seesEndOfCell(cursor)) throw new NotModelled();
    const option = barrierOptions.find((each) => each === cursor.peek().text.toLowerCase());
    if (option === undefined)
      throw cursor.expected(`one of ${barrierOptions.map((each) => each.toUpperCase()).join(", ")}`);
    cursor.take();
    return { kind, option };
  };

const EXACT: Readonly<Record<string, Parse>> = {
  LDR: load("plain"),
  LDAR: load("acquire"),
  LDAPR: load("acquire-pc"),
  LDXR: load("plain", "load-exclusive"),
  LDAXR: load("acquire", "load-exclusive"),
  STR: store("plain"),
  STLR: store("release"),
  STXR: storeExclusive("plain"),
  STLXR: storeExclusive("release"),
  MOV: (cursor) => {
    const target = register(cursor);
    return { kind: "move", target, source: operand(comma(cursor)) };
  },
  CMP: (cursor) => {
    const left = register(cursor);
    return { kind: "compare", left, right: operand(comma(cursor)) };
  },
  CSEL: (cursor) => {
    const target = register(cursor);
    const then = register(comma(cursor));
    const otherwise = register(comma(cursor));
    comma(cursor);
    const code = conditionCodes.find((each) => each === cursor.peek().text.toUpperCase());
    if (code === undefined) throw cursor.expected(`one of ${conditionCodes.join(", ")}`);
    cursor.take();
    return { kind: "select", target, then, otherwise, code };
  },
  B: branch(() => ({ kind: "always" })),
  CBZ: branch(onRegister("zero")),
  CBNZ: branch(onRegister("nonzero")),
  DSB: barrier("dsb"),
  DMB: barrier("dmb"),
  ISB: (cursor) => {
    cursor.accept("SY");
    return { kind: "isb" };
  },
  NOP: () => ({ kind: "nop" }),
  ERET: () => ({ kind: "exception-return", to: null }),
  TLBI: (cursor) => {
    const operation = cursor.word("an operation such as VAAE1IS").toUpperCase();
    return { kind: "tlbi", operation, operand: cursor.accept(",") ? register(cursor) : null };
  },
};

const ATOMICS: Readonly<Record<string, AtomicOperation>> = {
  SWP: "swap",
  CAS: "compare-and-swap",
  LDADD: "add",
  LDSET: "set",
  LDCLR: "clear",
};

/** SWP, LDADD and their like name what is stored first and where the old value goes second; CAS the reverse. */
function atomic(cursor: Cursor, mnemonic: string): Form {
  const [, name, suffix] = /^(SWP|CAS|LDADD|LDSET|LDCLR)(A?L?)$/.exec(mnemonic)!;
  const operation = ATOMICS[name!]!;
  const first = register(cursor);
  const second = register(comma(cursor));
  const [source, target] = operation === "compare-and-swap" ? [second, first] : [first, second];
  return {
    kind: "atomic",
    operation,
    acquire: suffix!.includes("A"),
    release: suffix!.includes("L"),
    source,
    target,
    address: address(comma(cursor)),
  };
}

function arithmetic(cursor: Cursor, mnemonic: string): Form {
  const operation = arithmeticOperations.find((each) => each === mnemonic)!;
  const target = register(cursor);
  const left = register(comma(cursor));
  return { kind: "arithmetic", operation, target, left, right: operand(comma(cursor)) };
}

const PATTERNS: readonly (readonly [RegExp, Parse])[] = [
  [/^(SWP|CAS|LDADD|LDSET|LDCLR)(A|L|AL)?$/, atomic],
  [new RegExp(`^(${arithmeticOperations.join("|")})$`), arithmetic],
  [
    new RegExp(`^B\\.(${conditionCodes.join("|")})$`),
    (cursor, mnemonic) => {
      const code = conditionCodes.find((each) => mnemonic === `B.${each}`)!;
      return branch(() => ({ kind: "flags", code }))(cursor, mnemonic);
    },
  ],
];

function comma(cursor: Cursor): Cursor {
  cursor.expect(",");
  return cursor;
}

/** `X0` to `X30`, `XZR`, and the same with W. */
function register(cursor: Cursor): Register {
  const { kind, text } = cursor.peek();
  const number = /^[xw]zr$/i.test(text) ? ZERO_REGISTER : registerNumber(text);
  if (number === undefined) {
    if (kind === "word" || text === "=") throw new NotModelled();
    throw cursor.expected("a register, X0 to X30 or W0 to W30");
  }
  cursor.take();
  return Object.freeze({ number, width: /^w/i.test(text) ? 32 : 64 });
}

/** A register, `#12` or `12`. */
function operand(cursor: Cursor): Operand {
  if (cursor.accept("#") || cursor.peek().kind === "number")
    return Object.freeze({ kind: "immediate", value: cursor.integer("a number") });
  return Object.freeze({ kind: "register", register: register(cursor) });
}

function address(cursor: Cursor): Address {
  if (cursor.peek().kind === "word" || cursor.sees("=")) throw new NotModelled();
  cursor.expect("[");
  const base = register(cursor);
  const offset: Operand = cursor.accept(",") ? operand(cursor) : { kind: "immediate", value: 0 };
  // An index of half a register is extended; without a shift that changes no small number.
  if (cursor.accept(",") && !(cursor.accept("SXTW") || cursor.accept("UXTW"))) throw new NotModelled();
  cursor.expect("]");
  return Object.freeze({ base, offset: Object.freeze(offset) });
}
