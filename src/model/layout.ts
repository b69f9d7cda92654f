/**
 * The packed form of a state: 64-bit words with one field a cell. The packed words are a state's identity,
 * in the visited set of every engine.
 *
 * Fields lie in the order of the variables, lowest bits first, and never straddle two words. A cell that no
 * rule writes and that begins with one value takes no bits: it is a constant.
 */
import { List, Map as ImmutableMap } from "immutable";
import { domainSize, indexSize, minCode } from "./domain.ts";
import type { Model, Variable } from "./model.ts";
import type { State } from "./semantics.ts";
import { eachStatement } from "./walk.ts";

export interface Field {
  /** Which word, and at which bit of it the field begins. */
  readonly word: number;
  readonly shift: number;
  /** 0 to 32; a field of 0 bits always holds `min`. */
  readonly bits: number;
  /** The code that is stored as 0. */
  readonly min: number;
}

export interface Layout {
  /** 64-bit words a state, at least 1. */
  readonly words: number;
  /** Bits in use. */
  readonly bits: number;
  /** The fields of each variable's cells, last index fastest. */
  readonly fields: ReadonlyMap<string, readonly Field[]>;
}

const WORD_BITS = 64;

export function layoutOf(model: Model): Layout {
  const written = writtenVariables(model);
  const fields = new Map<string, readonly Field[]>();
  let word = 0;
  let shift = 0;
  let bits = 0;
  const place = (variable: Variable, cell: number): Field => {
    const fixed = written.has(variable.name) ? undefined : fixedCode(variable, cell);
    if (fixed !== undefined) return { word: 0, shift: 0, bits: 0, min: fixed };
    const width = bitsFor(domainSize(variable.domain));
    if (shift + width > WORD_BITS) {
      word += 1;
      shift = 0;
    }
    const field = { word, shift, bits: width, min: minCode(variable.domain) };
    shift += width;
    bits += width;
    return field;
  };
  for (const variable of model.variables) {
    const cells = variable.index.reduce((product, domain) => product * indexSize(domain), 1);
    fields.set(
      variable.name,
      Array.from({ length: cells }, (_, cell) => place(variable, cell)),
    );
  }
  return { words: word + 1, bits, fields };
}

/** Packs a state into `layout.words` words. */
export function pack(layout: Layout, state: State): BigUint64Array {
  const words = new BigUint64Array(layout.words);
  for (const [name, fields] of layout.fields) {
    const cells = state.get(name)!;
    fields.forEach((field, cell) => {
      if (field.bits > 0) words[field.word]! |= BigInt(cells.get(cell)! - field.min) << BigInt(field.shift);
    });
  }
  return words;
}

/** The state that `words` stand for. */
export function unpack(layout: Layout, words: BigUint64Array): State {
  return ImmutableMap<string, List<number>>().withMutations((state) => {
    for (const [name, fields] of layout.fields)
      state.set(name, List(fields.map((field) => fieldValue(field, words))));
  });
}

/** Reads one cell of a variable from packed states, without unpacking the rest. */
export function cellReader(layout: Layout, name: string, cell = 0): (words: BigUint64Array) => number {
  const field = layout.fields.get(name)?.[cell];
  if (!field) throw new Error(`the layout has no cell ${cell} of ${name}`);
  return (words) => fieldValue(field, words);
}

function fieldValue({ word, shift, bits, min }: Field, words: BigUint64Array): number {
  return Number(BigInt.asUintN(bits, words[word]! >> BigInt(shift))) + min;
}

/** How many bits tell `size` values apart. */
function bitsFor(size: number): number {
  return size <= 1 ? 0 : 32 - Math.clz32(size - 1);
}

function writtenVariables(model: Model): Set<string> {
  const written = new Set<string>();
  for (const rule of model.rules)
    eachStatement(rule.body, (statement) => {
      if (statement.kind === "assign") written.add(statement.target.variable);
    });
  return written;
}

/** The one code that a cell begins with, or undefined if there are several. */
function fixedCode(variable: Variable, cell: number): number | undefined {
  const codes = variable.initial.kind === "every" ? variable.initial.codes : variable.initial.codes[cell]!;
  return codes.length === 1 ? codes[0] : undefined;
}
