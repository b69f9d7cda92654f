/** Sets of values, by what is written for them. */
import { formatValue, type Value } from "./values.ts";

export type ValueSet = Map<string, Value>;

/** Values that one register or one place in memory may take at most; more make a test unsupported. */
export const MAX_VALUES = 64;

export function valueSet(values: readonly Value[]): ValueSet {
  return new Map(values.map((value) => [formatValue(value), value]));
}

/** Adds values, and tells whether one of them is new. */
export function addAll(set: ValueSet, values: Iterable<Value>): boolean {
  const before = set.size;
  for (const value of values) set.set(formatValue(value), value);
  return set.size > before;
}
