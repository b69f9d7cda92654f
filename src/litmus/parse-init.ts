/** The initial state: `{ x=1; 0:X1=x; int y[2]={0,1}; pte_x=(valid:0); }` */
import type { InitItem, Place, ValueText } from "./ast.ts";
import type { Cursor } from "./cursor.ts";
import { DEFAULT_ELEMENT_SIZE, type ElementSizes, parsePlace, parseValue } from "./parse-value.ts";
import { formatPlace } from "./values.ts";

export interface InitialState {
  readonly items: readonly InitItem[];
  readonly sizes: ElementSizes;
}

export function parseInit(cursor: Cursor): InitialState {
  const sizes: ElementSizes = new Map();
  const items: InitItem[] = [];
  const known = new Set<string>();
  cursor.expect("{", ", the initial state");
  while (!cursor.sees("}")) {
    if (cursor.accept(";")) continue;
    for (const item of parseItem(cursor, sizes)) {
      const place = formatPlace(item.place);
      if (known.has(place)) cursor.beyond.push(`two initial values of ${place}`);
      known.add(place);
      items.push(item);
    }
    if (!cursor.sees("}")) cursor.expect(";", " after an item of the initial state");
  }
  cursor.expect("}");
  return { items: Object.freeze(items), sizes };
}

/** One item; none for a declaration without a value, several for an array. */
function parseItem(cursor: Cursor, sizes: ElementSizes): InitItem[] {
  const { at } = cursor;
  const elementSize = parseType(cursor);
  const name = cursor.peek().text;
  if (elementSize !== null) sizes.set(name, elementSize);
  const place = parsePlace(cursor, sizes);
  // A place by itself, as in `x;`, is 0 or, of a descriptor, as usual: as if it were not there.
  if (cursor.sees(";") || cursor.sees("}")) return [];
  cursor.expect("=", " and a value");
  if (cursor.sees("{")) return parseArray(cursor, place, sizes);
  return [Object.freeze({ place, value: parseInitialValue(cursor, sizes), at })];
}

/** A value, or `ATOMIC_INIT(value)`. */
function parseInitialValue(cursor: Cursor, sizes: ElementSizes): ValueText {
  if (!cursor.accept("ATOMIC_INIT")) return parseValue(cursor, sizes);
  cursor.expect("(");
  const value = parseValue(cursor, sizes);
  cursor.expect(")");
  return value;
}

/** `int`, `uint64_t`, `int *`, `volatile unsigned int`: the bytes of an element, or null if no type is there. */
function parseType(cursor: Cursor): number | null {
  // A pointer to what is not said.
  if (cursor.sees("*") && cursor.accept("*")) return 8;
  let size: number | null = null;
  while (isTypeWord(cursor)) size = sizeOf(cursor.take().text);
  while (size !== null && cursor.accept("*")) size = 8;
  return size;
}

/** A word is a type where the name of what it declares follows. */
function isTypeWord(cursor: Cursor): boolean {
  const next = cursor.peek(1);
  if (cursor.peek().kind !== "word") return false;
  return next.kind === "word" || next.kind === "number" || next.text === "*" || isBracketedPlace(cursor);
}

/** `pteval_t [PTE(x)]`, as against the element `x[1]`. */
function isBracketedPlace(cursor: Cursor): boolean {
  return cursor.peek(1).text === "[" && cursor.peek(2).kind === "word";
}

function sizeOf(type: string): number {
  const [, bits] = /(8|16|32|64)_t$/.exec(type) ?? [];
  if (bits !== undefined) return Number(bits) / 8;
  return /^(pteval_t|long|intptr_t|uintptr_t)$/.test(type) ? 8 : DEFAULT_ELEMENT_SIZE;
}

/** `{1,2,3}`, an element each; what stands in the brackets of `place` is their number, not an element. */
function parseArray(cursor: Cursor, place: Place, sizes: ElementSizes): InitItem[] {
  if (place.kind !== "memory") throw cursor.expected("a single value");
  const size = sizes.get(place.page) ?? DEFAULT_ELEMENT_SIZE;
  const items: InitItem[] = [];
  const add = (value: ValueText, at: InitItem["at"]): void => {
    const element: Place = Object.freeze({ ...place, offset: items.length * size });
    items.push(Object.freeze({ place: element, value, at }));
  };
  cursor.expect("{");
  while (!cursor.sees("}")) {
    const { at } = cursor;
    add(parseValue(cursor, sizes), at);
    if (!cursor.sees("}")) cursor.expect(",", ' or "}"');
  }
  cursor.expect("}");
  return items;
}
