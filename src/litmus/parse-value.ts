/** Places and values as they are written in initial states and conditions. */
import {
  type DescriptorField,
  descriptorFields,
  type DescriptorText,
  type Place,
  type ValueText,
} from "./ast.ts";
import type { Cursor } from "./cursor.ts";
import type { Token } from "./lexer.ts";
import { ELR } from "./instruction.ts";

/** The bytes of an element of each array that is declared, by its name. */
export type ElementSizes = Map<string, number>;

/** Of an array whose declaration says nothing else: `int`. */
export const DEFAULT_ELEMENT_SIZE = 4;

const PLACE = "a register (0:X1), a page (x or [x]) or a descriptor (PTE(x) or pte_x)";

/** `0:X1`, `P0:X1`, `x`, `[x]`, `x[1]`, `[x+8]`, `PTE(x)`, `TTD(x)`, `[PTE(x)]`, `pte_x` */
export function parsePlace(cursor: Cursor, sizes: ElementSizes): Place {
  if (seesRegister(cursor)) return parseRegisterPlace(cursor);
  if (cursor.accept("*")) {
    cursor.beyond.push("a place named by a pointer");
    return parsePlace(cursor, sizes);
  }
  if (!cursor.accept("[")) return parseNamedPlace(cursor, sizes);
  const place = parseNamedPlace(cursor, sizes);
  cursor.expect("]");
  return place;
}

/** `0:` or `P0:`, the CPU of a register. */
export function seesRegister(cursor: Cursor): boolean {
  return cursor.peek(1).text === ":" && threadNumber(cursor.peek()) !== undefined;
}

function threadNumber({ kind, text }: Token): number | undefined {
  const [, digits] = (kind === "word" && /^P(\d+)$/.exec(text)) || [];
  return digits === undefined ? (kind === "number" ? Number(text) : undefined) : Number(digits);
}

/** Registers that are none of X0 to X30, as herd spells them. */
const OTHER_REGISTERS = /^(W?SP|[XW]ZR|NZCV|PC|\w+_EL\d|[VBHSDQZ]\d+(\.\w+)?|ZA\w*|C\d+|CSP|CZR|[XW])$/i;

function parseRegisterPlace(cursor: Cursor): Place {
  const thread = threadNumber(cursor.take())!;
  cursor.expect(":", " and a register");
  const first = cursor.peek();
  const register = registerNumber(first.text) ?? (/^ELR_EL1$/i.test(first.text) ? ELR : undefined);
  if (register === undefined && !OTHER_REGISTERS.test(first.text) && !cursor.sees("%"))
    throw cursor.expected("a register, X0 to X30 or W0 to W30");
  cursor.take();
  const isSymbolic = register === undefined && (first.text === "%" || cursor.accept("%"));
  if (isSymbolic) cursor.word("the name of a register");
  if (register === undefined) cursor.beyond.push(`the register ${cursor.textFrom(first)}`);
  return Object.freeze({ kind: "register", thread, register: register ?? 0 });
}

function parseNamedPlace(cursor: Cursor, sizes: ElementSizes): Place {
  const { kind, page, offset } = parseSymbol(cursor, sizes, PLACE);
  return Object.freeze(kind === "pte" ? { kind: "descriptor", page } : { kind: "memory", page, offset });
}

/** The number of a general register by its name, in either case; undefined for other names. */
export function registerNumber(name: string): number | undefined {
  const [, digits] = /^[xw](\d|[12]\d|30)$/i.exec(name) ?? [];
  return digits === undefined ? undefined : Number(digits);
}

interface SymbolText {
  readonly kind: "page" | "pte";
  readonly page: string;
  readonly offset: number;
}

/** What herd writes with a name in parentheses and is not modelled here. */
const OTHER_SYMBOLS: Readonly<Record<string, string>> = {
  PA: "a physical address",
  TAG: "memory tags",
  SS: "a shadow stack",
  SSCAP: "a shadow stack",
  INTID: "an interrupt controller",
};

/** `x`, `x+8`, `x[1]`, `PTE(x)`, `TTD(x)`, `pte_x` */
function parseSymbol(cursor: Cursor, sizes: ElementSizes, expected: string): SymbolText {
  const name = cursor.word(expected);
  if (/^(pte|ttd)$/i.test(name) && cursor.accept("(")) return parseDescriptorOf(cursor);
  if (Object.hasOwn(OTHER_SYMBOLS, name.toUpperCase()) && cursor.accept("(")) {
    cursor.beyond.push(OTHER_SYMBOLS[name.toUpperCase()]!);
    const { page } = parseSymbol(cursor, sizes, expected);
    cursor.expect(")");
    return { kind: "page", page, offset: 0 };
  }
  if (name.startsWith("pte_")) return { kind: "pte", page: name.slice("pte_".length), offset: 0 };
  if (cursor.accept(":")) {
    cursor.beyond.push(`the tag or capability ${name}:${cursor.take().text}`);
    return { kind: "page", page: name, offset: 0 };
  }
  return { kind: "page", page: name, offset: parseOffset(cursor, sizes.get(name) ?? DEFAULT_ELEMENT_SIZE) };
}

/** What stands in the parentheses of `PTE(`, and the one that closes them. */
function parseDescriptorOf(cursor: Cursor): SymbolText {
  const name = cursor.word("the name of a page");
  const nested = /^(pte|ttd)$/i.test(name) && cursor.accept("(");
  const page = nested ? parseDescriptorOf(cursor).page : name;
  if (nested) cursor.beyond.push(`the descriptor PTE(PTE(${page})) of a page of descriptors`);
  cursor.expect(")");
  return { kind: "pte", page, offset: 0 };
}

function parseOffset(cursor: Cursor, elementSize: number): number {
  if (cursor.accept("+")) return cursor.integer("a number of bytes");
  if (!cursor.accept("[")) return 0;
  const index = cursor.integer("the number of an element");
  cursor.expect("]");
  return index * elementSize;
}

/** `1`, `-1`, `x`, `&x`, `PTE(x)`, `(oa:PA(x), valid:0)`, `label:"P0:L1"`, `P0:L1` */
export function parseValue(cursor: Cursor, sizes: ElementSizes): ValueText {
  const first = cursor.peek();
  if (cursor.sees("(")) return Object.freeze({ kind: "descriptor", descriptor: parseDescriptor(cursor) });
  if (cursor.accept("&")) return parseValue(cursor, sizes);
  if (seesRegister(cursor)) return parseLabel(cursor);
  if (first.kind === "number" || cursor.sees("-"))
    return Object.freeze({ kind: "integer", value: cursor.integer("a number") });
  if (cursor.sees("label", ":")) return parseQuotedLabel(cursor);
  if ((first.kind === "word" && cursor.peek(1).text === ":") || isOther(first)) return parseOther(cursor);
  const expected = "a value: a number, a page, PTE(page) or a descriptor (oa:PA(page), valid:0, …)";
  return Object.freeze(parseSymbol(cursor, sizes, expected));
}

/** Physical addresses, instructions, vectors, and what stands in backquotes. */
function isOther({ text }: Token): boolean {
  return /^(PA|phy|NOP)$/i.test(text) || text.startsWith("phy_") || text === "{" || text === "`";
}

/** `P0:L1`, the address of an instruction. */
function parseLabel(cursor: Cursor): ValueText {
  const first = cursor.peek();
  const thread = threadNumber(cursor.take())!;
  cursor.take();
  if (cursor.peek().kind !== "word") return parseOther(cursor, first);
  return Object.freeze({ kind: "code", thread, label: cursor.take().text });
}

/** `label:"P0:L1"`, the same. */
function parseQuotedLabel(cursor: Cursor): ValueText {
  const first = cursor.take();
  cursor.take();
  const [, thread, label] = /^P?(\d+):(\w+)$/.exec(cursor.peek().text) ?? [];
  if (label === undefined) return parseOther(cursor, first);
  cursor.take();
  return Object.freeze({ kind: "code", thread: Number(thread), label });
}

/** A value that this tool does not know, such as `instr:"NOP"`: up to what may follow a value. */
function parseOther(cursor: Cursor, first: Token = cursor.peek()): ValueText {
  for (let depth = 0; !cursor.atEnd && (depth > 0 || !ends(cursor)); cursor.take()) {
    if (cursor.sees("(") || cursor.sees("{")) depth++;
    if (cursor.sees(")") || cursor.sees("}")) depth--;
  }
  return Object.freeze({ kind: "other", text: cursor.textFrom(first) });
}

function ends(cursor: Cursor): boolean {
  return [";", "}", ")", "/\\", "\\/", "=>"].some((end) => cursor.sees(end));
}

/** `(oa:PA(x), valid:0, db:0)`; fields may be left out, and so may be what stands between two commas. */
function parseDescriptor(cursor: Cursor): DescriptorText {
  let oa: string | null = null;
  const fields: Partial<Record<DescriptorField, number>> = {};
  const attributes: string[] = [];
  const other: string[] = [];
  cursor.expect("(");
  do {
    if (cursor.sees(",") || cursor.sees(")")) continue;
    const name = cursor.peek().text;
    const field = descriptorFields.find((each) => each === name);
    if (cursor.sees("oa", ":")) oa = parseOutputAddress(cursor, other) ?? oa;
    else if (field !== undefined) fields[field] = parseField(cursor, field);
    else if (/^attrs$/i.test(name) && cursor.peek(1).text === ":")
      attributes.push(...parseAttributes(cursor));
    else if (seesBareAttribute(cursor)) attributes.push(parseAttribute(cursor));
    else other.push(parseUnknownField(cursor));
  } while (cursor.accept(","));
  cursor.expect(")", " or another field of the descriptor");
  return Object.freeze({
    oa,
    fields: Object.freeze(fields),
    attributes: Object.freeze([...new Set(attributes)].sort()),
    other: Object.freeze(other),
  });
}

/** `oa:PA(y)`, `oa:phy_y`, `oa:y`; null for the memory that descriptors lie in, which `other` is told of. */
function parseOutputAddress(cursor: Cursor, other: string[]): string | null {
  const first = cursor.take();
  cursor.expect(":");
  const expected = "the memory of a page, PA(x) or phy_x";
  if (!/^(phy_\w+|PA|PTE|TTD)$/.test(cursor.peek().text)) throw cursor.expected(expected);
  const name = cursor.word(expected);
  if (name.startsWith("phy_")) return name.slice("phy_".length);
  cursor.expect("(");
  const page = cursor.word("the name of a page");
  const nested = cursor.accept("(");
  if (nested) cursor.word("the name of a page");
  if (nested) cursor.expect(")");
  cursor.expect(")");
  if (name === "PA" && !nested) return page;
  other.push(cursor.textFrom(first));
  return null;
}

function parseField(cursor: Cursor, field: DescriptorField): number {
  cursor.take();
  cursor.expect(":");
  const value = cursor.peek();
  if (value.kind !== "number" || !["0", "1"].includes(value.text))
    throw cursor.expected(`0 or 1 for ${field}`);
  return Number(cursor.take().text);
}

/** `attrs:(Device-GRE, OSH)` */
function parseAttributes(cursor: Cursor): string[] {
  cursor.take();
  cursor.take();
  cursor.expect("(", " and the attributes");
  const attributes: string[] = [];
  do attributes.push(parseAttribute(cursor));
  while (cursor.accept(","));
  cursor.expect(")", " or another attribute");
  return attributes;
}

/** A name that a comma or the end follows, such as `Device-GRE` by itself. */
function seesBareAttribute(cursor: Cursor): boolean {
  return cursor.peek().kind === "word" && [",", ")", "-"].includes(cursor.peek(1).text);
}

/** `OSH`, `Device-nGnRnE`, `Normal-iWB-oWB` */
function parseAttribute(cursor: Cursor): string {
  let text = cursor.word("the name of an attribute");
  while (cursor.accept("-")) text += `-${cursor.take().text}`;
  return text;
}

/** A field that is not known here: its text, parentheses included. */
function parseUnknownField(cursor: Cursor): string {
  const first = cursor.peek();
  if (first.kind !== "word")
    throw cursor.expected(`a field of a descriptor: oa, ${descriptorFields.join(", ")}`);
  for (
    let depth = 0;
    !cursor.atEnd && (depth > 0 || !(cursor.sees(",") || cursor.sees(")")));
    cursor.take()
  ) {
    if (cursor.sees("(")) depth++;
    if (cursor.sees(")")) depth--;
  }
  return cursor.textFrom(first);
}
