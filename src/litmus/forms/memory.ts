/** Loads and stores, exclusive ones included, with their ways to address memory. */
import type { Cursor } from "../cursor.ts";
import type { Address, Bytes, LoadOrder, Operand, Register, StoreOrder } from "../instruction.ts";
import { type Form, type Forms, NotModelled, type Parse } from "./form.ts";
import { comma, immediate, index, register } from "./operands.ts";

/** `[Xn]`, `[Xn,#8]`, `[Xn,Wm,SXTW]`; what the base becomes by `[Xn,#8]!` and `[Xn],#8` is another form. */
interface Addressing {
  readonly address: Address;
  readonly update: readonly Form[];
}

export function addressing(cursor: Cursor): Addressing {
  if (cursor.peek().kind === "word" || cursor.sees("=")) throw new NotModelled();
  cursor.expect("[");
  const base = register(cursor);
  const offset: Operand = cursor.accept(",") ? index(cursor) : NO_OFFSET;
  cursor.expect("]");
  const address = Object.freeze({ base, offset });
  if (cursor.accept("!")) return { address, update: [advance(base, offset)] };
  if (!cursor.sees(",") || !isImmediateNext(cursor)) return { address, update: [] };
  cursor.take();
  const by: Operand = Object.freeze({ kind: "immediate", value: immediate(cursor) });
  return { address, update: [advance(base, by)] };
}

const NO_OFFSET: Operand = Object.freeze({ kind: "immediate", value: 0 });

function isImmediateNext(cursor: Cursor): boolean {
  return cursor.sees(",", "#") || cursor.peek(1).kind === "number";
}

function advance(base: Register, by: Operand): Form {
  return { kind: "arithmetic", operation: "ADD", target: base, left: base, right: by };
}

/** The bytes of an access by the last letters of its mnemonic: of a byte, of two, or of the register. */
export function bytesOf(suffix: string | undefined, { width }: Register): Bytes {
  return suffix?.endsWith("B") === true ? 1 : suffix?.endsWith("H") === true ? 2 : width === 32 ? 4 : 8;
}

const LOAD_ORDERS: Readonly<Record<string, LoadOrder>> = {
  LDR: "plain",
  LDUR: "plain",
  LDXR: "plain",
  LDAR: "acquire",
  LDAXR: "acquire",
  LDAPR: "acquire-pc",
  LDAPUR: "acquire-pc",
};

const STORE_ORDERS: Readonly<Record<string, StoreOrder>> = {
  STR: "plain",
  STUR: "plain",
  STXR: "plain",
  STLR: "release",
  STLUR: "release",
  STLXR: "release",
};

const load: Parse = (cursor, mnemonic) => {
  const [, name, isSigned, size] = /^(LDR|LDUR|LDX?R|LDAX?R|LDAPU?R)(S?)([BHW]?)$/.exec(mnemonic)!;
  const target = register(cursor);
  const { address, update } = addressing(comma(cursor));
  const kind = name!.includes("X") ? "load-exclusive" : "load";
  const bytes = size === "W" ? 4 : bytesOf(size, target);
  return [{ kind, order: LOAD_ORDERS[name!]!, target, bytes, signed: isSigned !== "", address }, ...update];
};

const store: Parse = (cursor, mnemonic) => {
  const [, name, size] = /^(STR|STUR|STLU?R)([BH]?)$/.exec(mnemonic)!;
  const source = register(cursor);
  const { address, update } = addressing(comma(cursor));
  return [
    { kind: "store", order: STORE_ORDERS[name!]!, source, bytes: bytesOf(size, source), address },
    ...update,
  ];
};

const storeExclusive: Parse = (cursor, mnemonic) => {
  const [, name, size] = /^(STL?XR)([BH]?)$/.exec(mnemonic)!;
  const status = register(cursor);
  const source = register(comma(cursor));
  const { address } = addressing(comma(cursor));
  const order = STORE_ORDERS[name!]!;
  return [{ kind: "store-exclusive", order, status, source, bytes: bytesOf(size, source), address }];
};

/** Two accesses, side by side; each is single-copy atomic for itself. */
const pair: Parse = (cursor, mnemonic) => {
  const first = register(cursor);
  const second = register(comma(cursor));
  const { address, update } = addressing(comma(cursor));
  const { base, offset } = address;
  if (offset.kind !== "immediate") throw new NotModelled();
  // The second load would find the base overwritten by the first.
  const isLoad = mnemonic.startsWith("LD");
  if (isLoad && first.number === base.number) throw new NotModelled();
  const next: Operand = Object.freeze({ kind: "immediate", value: offset.value + first.width / 8 });
  const access = (each: Register, at: Address): Form => {
    const common = { bytes: bytesOf("", each), address: at, order: "plain" as const };
    return isLoad
      ? { kind: "load", target: each, signed: false, ...common }
      : { kind: "store", source: each, ...common };
  };
  return [access(first, address), access(second, Object.freeze({ base, offset: next })), ...update];
};

export const memoryForms: Forms = [
  [/^(LDU?R|LDAR|LDAPU?R|LDXR|LDAXR)[BH]?$/, load],
  [/^LD(U|APU)?RS[BHW]$/, load],
  [/^(STU?R|STLU?R)[BH]?$/, store],
  [/^STL?XR[BH]?$/, storeExclusive],
  [/^(LDN?P|STN?P)$/, pair],
];
