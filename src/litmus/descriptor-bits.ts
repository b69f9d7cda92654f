/** The fields of a descriptor as the bits of the manual (D8.3, a page descriptor of stage 1), where code computes with them. */
import type { DescriptorField } from "./ast.ts";
import type { Descriptor } from "./values.ts";

/** What a bit does when it is set; AP[2] makes a page read-only. */
const BITS: readonly { readonly field: DescriptorField; readonly bit: number; readonly set: number }[] = [
  { field: "valid", bit: 0, set: 1 },
  { field: "el0", bit: 6, set: 1 },
  { field: "db", bit: 7, set: 0 },
  { field: "af", bit: 10, set: 1 },
  { field: "dbm", bit: 51, set: 1 },
];

export type BitOperation = "AND" | "ORR" | "BIC" | "EOR";

/**
 * A descriptor after an operation with a number; of AND the number that is left. Null where other bits are asked
 * for than those that a descriptor of a test has.
 */
export function onDescriptor(
  operation: BitOperation,
  descriptor: Descriptor,
  mask: number,
): Descriptor | number | null {
  const known = BITS.filter(({ bit }) => hasBit(mask, bit));
  if (known.reduce((sum, { bit }) => sum + 2 ** bit, 0) !== mask) return null;
  if (operation === "AND")
    return known.reduce((sum, { field, bit, set }) => sum + (descriptor[field] === set ? 2 ** bit : 0), 0);
  const changed = known.map(({ field, set }) => [field, changedField(operation, descriptor[field], set)]);
  return Object.freeze({ ...descriptor, ...(Object.fromEntries(changed) as Partial<Descriptor>) });
}

/** Whether a bit of a descriptor is set; null for one that is part of its address or unknown. */
export function bitOfDescriptor(descriptor: Descriptor, bit: number): boolean | null {
  const known = BITS.find((each) => each.bit === bit);
  return known ? descriptor[known.field] === known.set : null;
}

export function hasBit(number: number, bit: number): boolean {
  return Math.floor(number / 2 ** bit) % 2 === 1;
}

function changedField(operation: Exclude<BitOperation, "AND">, value: number, set: number): number {
  if (operation === "ORR") return set;
  return operation === "BIC" ? 1 - set : 1 - value;
}
