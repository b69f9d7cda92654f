/** Makes domains, and refuses what is none. */
import { boolDomain, describeDomain, type Domain, NONE } from "./domain.ts";
import { type DiagnosticCode, TlbcheckError } from "./diagnostic.ts";
import { callerSource } from "./source.ts";

/** How many interchangeable names a domain may have. */
const MAX_NAMES = 10_000;

export const bool: Domain = boolDomain;

/** The integers from `min` to `max`, both included. */
export function range(min: number, max: number): Domain {
  if (!Number.isInteger(min) || !Number.isInteger(max) || max < min)
    throw fail("TLB110", `range(${min}, ${max}) is empty or not of whole numbers`);
  if (min < -(2 ** 31) || max >= 2 ** 31)
    throw fail("TLB110", `range(${min}, ${max}) leaves the 32-bit integers`);
  return { kind: "range", min, max };
}

export function enumeration(name: string, values: readonly string[]): Domain {
  return { kind: "enum", name, values: distinct(name, values) };
}

/** Interchangeable names, such as `names("cpu", 2)`: cpu0 and cpu1; or given one by one. */
export function names(name: string, members: number | readonly string[]): Domain {
  if (typeof members === "number" && members > MAX_NAMES)
    throw fail("TLB110", `names("${name}", ${members}) has more than ${MAX_NAMES} members`);
  const list =
    typeof members === "number" ? Array.from({ length: members }, (_, i) => `${name}${i}`) : members;
  if (list.includes(NONE))
    throw fail("TLB105", `${name} has a member "${NONE}", which is how traces print null`);
  return { kind: "names", name, members: distinct(name, list), none: false };
}

/** The same names, or none of them; write `null` for none. */
export function orNone(domain: Domain): Domain {
  if (domain.kind !== "names")
    throw fail("TLB103", `orNone() takes a domain of names, not ${describeDomain(domain)}`);
  return { ...domain, none: true };
}

function distinct(name: string, values: readonly string[]): readonly string[] {
  if (values.length === 0) throw fail("TLB110", `${name} has no values`);
  if (new Set(values).size < values.length)
    throw fail("TLB105", `${name} has a value twice: ${values.join(", ")}`);
  return values;
}

function fail(code: DiagnosticCode, message: string): TlbcheckError {
  return new TlbcheckError(code, message, { source: callerSource() });
}
