/** Places and values as they are written in initial states and conditions. */
import {
  type DescriptorField,
  descriptorFields,
  type DescriptorText,
  type Place,
  type ValueText,
} from "./ast.ts";
import type { Cursor } from "./cursor.ts";

/** The bytes of an element of each array that is declared, by its name. */
export type ElementSizes = Map<string, number>;

/** Of an array whose declaration says nothing else: `int`. */
export const DEFAULT_ELEMENT_SIZE = 4;

const PLACE = "a register (0:X1), a page (x or [x]) or a descriptor (PTE(x) or pte_x)";

/** `0:X1`, `x`, `[x]`, `x[1]`, `[x+8]`, `PTE(x)`, `[PTE(x)]`, `pte_x` */
export function parsePlace(cursor: Cursor, sizes: ElementSizes): Place {
  if (cursor.peek().kind === "number") return parseRegisterPlace(cursor);
  if (!cursor.accept("[")) return parseNamedPlace(cursor, sizes);
  const place = parseNamedPlace(cursor, sizes);
  cursor.expect("]");
  return place;
}

function parseRegisterPlace(cursor: Cursor): Place {
  const thread = cursor.integer("the number of a CPU");
  cursor.expect(":", " and a register");
  const register = registerNumber(cursor.peek().text);
  if (register === undefined) throw cursor.expected("a register, X0 to X30 or W0 to W30");
  cursor.take();
  return Object.freeze({ kind: "register", thread, register });
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

/** `x`, `x+8`, `x[1]`, `PTE(x)`, `pte_x` */
function parseSymbol(cursor: Cursor, sizes: ElementSizes, expected: string): SymbolText {
  const name = cursor.word(expected);
  if (/^pte$/i.test(name) && cursor.accept("(")) {
    const page = cursor.word("the name of a page");
    cursor.expect(")");
    return { kind: "pte", page, offset: 0 };
  }
  if (name.startsWith("pte_")) return { kind: "pte", page: name.slice("pte_".length), offset: 0 };
  return { kind: "page", page: name, offset: parseOffset(cursor, sizes.get(name) ?? DEFAULT_ELEMENT_SIZE) };
}

function parseOffset(cursor: Cursor, elementSize: number): number {
  if (cursor.accept("+")) return cursor.integer("a number of bytes");
  if (!cursor.accept("[")) return 0;
  const index = cursor.integer("the number of an element");
  cursor.expect("]");
  return index * elementSize;
}

/** `1`, `-1`, `x`, `PTE(x)`, `(oa:PA(x), valid:0)` */
export function parseValue(cursor: Cursor, sizes: ElementSizes): ValueText {
  const first = cursor.peek();
  if (cursor.sees("(")) return Object.freeze({ kind: "descriptor", descriptor: parseDescriptor(cursor) });
  if (first.kind === "number" || cursor.sees("-"))
    return Object.freeze({ kind: "integer", value: cursor.integer("a number") });
  if (first.kind === "word" && cursor.peek(1).text === ":") return parseOther(cursor);
  if (/^(PA|phy)$/i.test(first.text) || first.text.startsWith("phy_")) return parseOther(cursor);
  const expected = "a value: a number, a page, PTE(page) or a descriptor (oa:PA(page), valid:0, …)";
  return Object.freeze(parseSymbol(cursor, sizes, expected));
}

/** A value that this tool does not know, such as `label:"P0:L1"`: up to what may follow a value. */
function parseOther(cursor: Cursor): ValueText {
  const first = cursor.peek();
  while (!cursor.atEnd && ![";", "}", ")", "/\\", "\\/"].some((end) => cursor.sees(end))) {
    if (cursor.take().text === "PA" && cursor.accept("(")) {
      cursor.word("the name of a page");
      cursor.expect(")");
    }
  }
  return Object.freeze({ kind: "other", text: cursor.textFrom(first) });
}

/** `(oa:PA(x), valid:0, db:0)`; fields may be left out, and so may be what stands between two commas. */
function parseDescriptor(cursor: Cursor): DescriptorText {
  let oa: string | null = null;
  const fields: Partial<Record<DescriptorField, number>> = {};
  const other: string[] = [];
  cursor.expect("(");
  do {
    if (cursor.sees(",") || cursor.sees(")")) continue;
    const name = cursor.peek().text;
    const field = descriptorFields.find((each) => each === name);
    if (cursor.sees("oa", ":")) oa = parseOutputAddress(cursor, other) ?? oa;
    else if (field !== undefined) fields[field] = parseField(cursor, field);
    else other.push(parseUnknownField(cursor));
  } while (cursor.accept(","));
  cursor.expect(")", " or another field of the descriptor");
  return Object.freeze({ oa, fields: Object.freeze(fields), other: Object.freeze(other) });
}

/** `oa:PA(y)`, `oa:phy_y`; null for the memory that descriptors lie in, which `other` is told of. */
function parseOutputAddress(cursor: Cursor, other: string[]): string | null {
  const first = cursor.take();
  cursor.expect(":");
  const expected = "the memory of a page, PA(x) or phy_x";
  if (!/^(phy_\w+|PA|PTE)$/.test(cursor.peek().text)) throw cursor.expected(expected);
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

/** A field or an attribute that is not known here: its text, parentheses included. */
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
