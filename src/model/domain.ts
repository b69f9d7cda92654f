/**
 * Domains: the finite sets that variables, parameters and array indices range over.
 *
 * Every value of every domain is stored as an integer, its *code*: a range holds its own numbers, false and
 * true are 0 and 1, an enumeration and a set of names use the position in their list. The codes are what the
 * reference semantics computes with, what a state is packed from and what the compiler sees; only reading and
 * printing turn them back into words.
 */

export type Domain = BoolDomain | RangeDomain | EnumDomain | NamesDomain;

export interface BoolDomain {
  readonly kind: "bool";
}

/** The integers `min..max`, both included. */
export interface RangeDomain {
  readonly kind: "range";
  readonly min: number;
  readonly max: number;
}

/** Named values that differ in meaning, such as the states of a lock. */
export interface EnumDomain {
  readonly kind: "enum";
  readonly name: string;
  readonly values: readonly string[];
}

/**
 * Interchangeable names: CPUs, pages, address-space identifiers. A model may compare two of them and use one
 * as an array index, and nothing else, so that renaming them maps behaviours onto behaviours (Murphi calls
 * this a scalarset; Ip and Dill, "Better verification through symmetry", 1993).
 */
export interface NamesDomain {
  readonly kind: "names";
  readonly name: string;
  readonly members: readonly string[];
  /** True if "none of them" is a value too; its code is `members.length`. It is no valid array index. */
  readonly none: boolean;
}

/** What an expression computes; ranges are one type whatever their bounds. */
export type ValueType = "bool" | "int" | `enum ${string}` | `names ${string}`;

export const boolDomain: BoolDomain = Object.freeze({ kind: "bool" });

/** How a "none" value is written in traces and in JSON. */
export const NONE = "none";

export function valueType(domain: Domain): ValueType {
  switch (domain.kind) {
    case "bool":
      return "bool";
    case "range":
      return "int";
    case "enum":
      return `enum ${domain.name}`;
    case "names":
      return `names ${domain.name}`;
  }
}

/** The smallest code of a domain. */
export function minCode(domain: Domain): number {
  return domain.kind === "range" ? domain.min : 0;
}

/** A value for what has none yet: "none" where there is that, else the first value. */
export function lowestValue(domain: Domain): Literal {
  if (domain.kind === "bool") return false;
  if (domain.kind === "range") return domain.min;
  return domain.kind === "names" && domain.none ? null : formatValue(domain, minCode(domain));
}

/** The largest code of a domain. */
export function maxCode(domain: Domain): number {
  switch (domain.kind) {
    case "bool":
      return 1;
    case "range":
      return domain.max;
    case "enum":
      return domain.values.length - 1;
    case "names":
      return domain.members.length - (domain.none ? 0 : 1);
  }
}

/** How many values a domain has. */
export function domainSize(domain: Domain): number {
  return maxCode(domain) - minCode(domain) + 1;
}

/** How many values of a domain may be used as an index into an array dimension over it: "none" may not. */
export function indexSize(domain: Domain): number {
  return domain.kind === "names" ? domain.members.length : domainSize(domain);
}

export function contains(domain: Domain, code: number): boolean {
  return Number.isInteger(code) && code >= minCode(domain) && code <= maxCode(domain);
}

/** All codes of a domain, ascending. */
export function codes(domain: Domain): number[] {
  return Array.from({ length: domainSize(domain) }, (_, i) => minCode(domain) + i);
}

/** The codes that are valid indices, ascending. */
export function indexCodes(domain: Domain): number[] {
  return codes(domain).slice(0, indexSize(domain));
}

/** The values that a domain has as an index, in words. */
export function indexNames(domain: Domain): string[] {
  return indexCodes(domain).map((code) => formatValue(domain, code));
}

/** A code in words: `true`, `3`, `locked`, `cpu1`, `none`. A code outside of the domain is shown as itself. */
export function formatValue(domain: Domain, code: number): string {
  switch (domain.kind) {
    case "bool":
      return code === 0 ? "false" : code === 1 ? "true" : String(code);
    case "range":
      return String(code);
    case "enum":
      return domain.values[code] ?? String(code);
    case "names":
      return domain.members[code] ?? (domain.none && code === domain.members.length ? NONE : String(code));
  }
}

/** A domain in words, for messages: `0..3`, `bool`, `{free, held}`, `cpu (3 names)`. */
export function describeDomain(domain: Domain): string {
  switch (domain.kind) {
    case "bool":
      return "bool";
    case "range":
      return `${domain.min}..${domain.max}`;
    case "enum":
      return `${domain.name} {${domain.values.join(", ")}}`;
    case "names":
      return `${domain.name} {${[...domain.members, ...(domain.none ? [NONE] : [])].join(", ")}}`;
  }
}

/** What a model author may write for a value of a domain. */
export type Literal = boolean | number | string | null;

/**
 * The code of a literal, or undefined if the domain has no such value. `null` means "none"; names and
 * enumeration values are given by name, names also by position.
 */
export function literalCode(domain: Domain, literal: Literal): number | undefined {
  switch (domain.kind) {
    case "bool":
      return typeof literal === "boolean" ? Number(literal) : undefined;
    case "range":
      return typeof literal === "number" && contains(domain, literal) ? literal : undefined;
    case "enum":
      return typeof literal === "string" ? positionOf(domain.values, literal) : undefined;
    case "names":
      if (literal === null || literal === NONE) return domain.none ? domain.members.length : undefined;
      if (typeof literal === "number") return Object.hasOwn(domain.members, literal) ? literal : undefined;
      return typeof literal === "string" ? positionOf(domain.members, literal) : undefined;
  }
}

function positionOf(list: readonly string[], item: string): number | undefined {
  const at = list.indexOf(item);
  return at < 0 ? undefined : at;
}
