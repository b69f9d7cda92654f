/**
 * Conditions on one cell at a place known while compiling, as tests of bits of one word. Several of them on the
 * same word are one test: "every queue is empty" costs as much as "this queue is empty".
 */
import type { Field, Layout } from "../model/layout.ts";
import type { Expr } from "../model/model.ts";
import { cellPosition, isConstant, type Scope } from "./simplify.ts";

/** Compares the bits of a word under a mask: equal, not equal, below, or at least (unsigned). */
export interface BitTest {
  readonly word: number;
  readonly mask: bigint;
  readonly relation: "eq" | "ne" | "lt_u" | "ge_u";
  readonly value: bigint;
}

const OPPOSITE = { eq: "ne", ne: "eq", lt_u: "ge_u", ge_u: "lt_u" } as const;

/** The bits of a field in its word. */
export function fieldMask({ bits, shift }: Field): bigint {
  return ((1n << BigInt(bits)) - 1n) << BigInt(shift);
}

/** What a field holds for a code, in its place in the word. */
export function fieldValue(field: Field, code: number): bigint {
  return BigInt(code - field.min) << BigInt(field.shift);
}

/** The field of a cell that is read at a place known while compiling, or null. */
export function fieldOf(expr: Expr, { variables, layout }: Scope): Field | null {
  if (expr.kind !== "read") return null;
  const position = cellPosition(variables.get(expr.variable)!, expr.index);
  return position === null ? null : layout.fields.get(expr.variable)![position]!;
}

/** The test that a simplified condition is, or null if it is none of this kind. */
export function bitTest(expr: Expr, scope: Scope): BitTest | null {
  switch (expr.kind) {
    case "not": {
      const test = bitTest(expr.operand, scope);
      return test && { ...test, relation: OPPOSITE[test.relation] };
    }
    case "read":
      return compareField(fieldOf(expr, scope), "eq", 1);
    case "equal": {
      const [cell, code] = isConstant(expr.left) ? [expr.right, expr.left] : [expr.left, expr.right];
      return isConstant(code) ? compareField(fieldOf(cell, scope), "eq", code.value) : null;
    }
    case "less":
      if (isConstant(expr.right)) return compareField(fieldOf(expr.left, scope), "lt_u", expr.right.value);
      if (isConstant(expr.left)) return compareField(fieldOf(expr.right, scope), "ge_u", expr.left.value + 1);
      return null;
    default:
      return null;
  }
}

function compareField(field: Field | null, relation: BitTest["relation"], code: number): BitTest | null {
  if (!field || field.bits === 0) return null;
  return { word: field.word, mask: fieldMask(field), relation, value: fieldValue(field, code) };
}

/**
 * Tests joined by "and": the equalities on each word become one. Null if two of them contradict each other.
 */
export function conjunction(tests: readonly BitTest[]): BitTest[] | null {
  const joined = new Map<number, BitTest>();
  const rest: BitTest[] = [];
  for (const test of tests) {
    if (test.relation !== "eq") {
      rest.push(test);
      continue;
    }
    const other = joined.get(test.word);
    if (other && (other.value & test.mask) !== (test.value & other.mask)) return null;
    joined.set(test.word, {
      ...test,
      mask: test.mask | (other?.mask ?? 0n),
      value: test.value | (other?.value ?? 0n),
    });
  }
  return [...joined.values(), ...rest];
}

/** The opposite of a test. */
export function opposite(test: BitTest): BitTest {
  return { ...test, relation: OPPOSITE[test.relation] };
}

/** The words that a layout uses, with the bits in use of each. */
export function wordBits(layout: Layout): number[] {
  const bits = Array.from({ length: layout.words }, () => 0);
  for (const fields of layout.fields.values())
    for (const field of fields) bits[field.word] = Math.max(bits[field.word]!, field.shift + field.bits);
  return bits;
}
