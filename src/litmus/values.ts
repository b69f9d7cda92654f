/**
 * The values of a litmus test. A test is small, and what it computes with is few: small integers, addresses and
 * descriptors, taken as they are and never as their bits.
 */
import type { DescriptorField, DescriptorText, Place, Thread, ValueText } from "./ast.ts";
import { type CodeAddress, ELR } from "./instruction.ts";

export type Value =
  /** From 0 to `MAX_INTEGER`, so that both widths and both signs agree on it. */
  | { readonly kind: "integer"; readonly value: number }
  /** A virtual address: so many bytes after the beginning of a page. */
  | { readonly kind: "address"; readonly page: string; readonly offset: number }
  /** The virtual address of a page's descriptor. */
  | { readonly kind: "descriptor-address"; readonly page: string }
  /** An address shifted right by 12, as TLBI takes it: of a page, or of the memory of its descriptor. */
  | { readonly kind: "page-number"; readonly of: "page" | "descriptor"; readonly page: string }
  | Descriptor
  | CodeAddress
  /** What a comparison leaves in the flags; `different` where there is no order to speak of. */
  | { readonly kind: "flags"; readonly result: "less" | "equal" | "greater" | "different" };

/** A leaf descriptor, field by field as in the manual; `oa` is the page whose memory it leads to. */
export type Descriptor = {
  readonly kind: "descriptor";
  /** Null: nowhere. Only an invalid descriptor may be so where a walk can read it. */
  readonly oa: string | null;
  /** Of the memory, such as `Device-GRE`; sorted. Nothing that a walk or an access does depends on them. */
  readonly attributes: readonly string[];
} & Readonly<Record<DescriptorField, number>>;

export const MAX_INTEGER = 2 ** 31 - 1;
export const PAGE_BYTES = 4096;

export const ZERO: Value = integer(0);

/** What the flags are before the first comparison: all clear. */
export const CLEAR_FLAGS: Value = Object.freeze({ kind: "flags", result: "different" });

/** The descriptor of a page that nothing is said of: its own memory, readable and writable. */
export function plainDescriptor(oa: string | null): Descriptor {
  return Object.freeze({ kind: "descriptor", oa, attributes: [], af: 1, db: 1, dbm: 0, valid: 1, el0: 1 });
}

export function integer(value: number): Value {
  return Object.freeze({ kind: "integer", value });
}

/**
 * The value of a text that stands at a place; null for a text that has none here. A descriptor that does not
 * say where it leads to leads to its own page, and nowhere while it is in a register.
 */
export function valueOfText(text: ValueText, place: Place): Value | null {
  switch (text.kind) {
    case "integer":
      return text.value >= 0 && text.value <= MAX_INTEGER ? integer(text.value) : null;
    case "page":
      return Object.freeze({ kind: "address", page: text.page, offset: text.offset });
    case "pte":
      return Object.freeze({ kind: "descriptor-address", page: text.page });
    case "descriptor":
      return descriptorOfText(text.descriptor, place.kind === "descriptor" ? place.page : null);
    case "code":
      return Object.freeze({ ...text, instruction: UNRESOLVED });
    case "other":
      return null;
  }
}

/** Of an address of code that is only compared: by its label. */
export const UNRESOLVED = -1;

function descriptorOfText(
  { oa, fields, attributes, other }: DescriptorText,
  ownPage: string | null,
): Value | null {
  return other.length > 0
    ? null
    : Object.freeze({ ...plainDescriptor(oa ?? ownPage), ...fields, attributes });
}

/** The address of an instruction, named by the first of its labels if it has any. */
export function addressOfInstruction({ number, labels }: Thread, instruction: number): CodeAddress {
  const [label = null] = labels.filter((each) => each.instruction === instruction).map(({ name }) => name);
  return Object.freeze({ kind: "code", thread: number, label, instruction });
}

/** The page that a TLBI with this operand is about; null where it is about nothing that can be cached. */
export function pageOfOperand(operand: Value): string | null {
  return operand.kind === "page-number" && operand.of === "page" ? operand.page : null;
}

export function sameValue(a: Value, b: Value): boolean {
  return formatValue(a) === formatValue(b);
}

/** As herd prints it. Two values are equal if and only if they are written the same. */
export function formatValue(value: Value): string {
  switch (value.kind) {
    case "integer":
      return String(value.value);
    case "address":
      return value.offset === 0 ? value.page : `${value.page}+${value.offset}`;
    case "descriptor-address":
      return `PTE(${value.page})`;
    case "page-number":
      return `${value.of === "page" ? value.page : `PTE(${value.page})`}>>12`;
    case "descriptor":
      return formatDescriptor(value);
    case "code":
      return value.label === null
        ? `P${value.thread}+${value.instruction}`
        : `label:"P${value.thread}:${value.label}"`;
    case "flags":
      return `flags:${value.result}`;
  }
}

/** Herd's order of the fields; those with their default values are left out. */
function formatDescriptor(descriptor: Descriptor): string {
  const usual = plainDescriptor(null);
  const fields = (["af", "db", "dbm", "valid", "el0"] as const)
    .filter((field) => descriptor[field] !== usual[field])
    .map((field) => `${field}:${descriptor[field]}`);
  const { oa, attributes } = descriptor;
  const attrs = attributes.length === 0 ? [] : [`attrs:(${attributes.join(", ")})`];
  return `(${[`oa:${oa === null ? "none" : `PA(${oa})`}`, ...fields, ...attrs].join(", ")})`;
}

/** `0:X1`, `[x]`, `[x+8]`, `[PTE(x)]`. Two places are the same if and only if they are written the same. */
export function formatPlace(place: Place): string {
  switch (place.kind) {
    case "register":
      return `${place.thread}:${formatRegister(place.register)}`;
    case "memory":
      return `[${place.page}${place.offset === 0 ? "" : `+${place.offset}`}]`;
    case "descriptor":
      return `[PTE(${place.page})]`;
  }
}

function formatRegister(register: number): string {
  return register === ELR ? "ELR_EL1" : `X${register}`;
}

/** Integers first and in their order, then the rest by kind and by what is written. */
export function compareValues(a: Value, b: Value): number {
  if (a.kind === "integer" && b.kind === "integer") return a.value - b.value;
  const order = KINDS.indexOf(a.kind) - KINDS.indexOf(b.kind);
  return order === 0 ? compareText(formatValue(a), formatValue(b)) : order;
}

const KINDS: readonly Value["kind"][] = [
  "integer",
  "address",
  "descriptor-address",
  "page-number",
  "descriptor",
  "code",
  "flags",
];

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
