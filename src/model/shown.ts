/** Values as messages print them: whatever an author passed, in a few words and on one line. */
import { describeDomain } from "./domain.ts";
import { handleOf } from "./handles.ts";
import { isStatement } from "./statement.ts";
import { Term } from "./term.ts";

/** The longest text that is printed whole. */
const LONGEST = 60;

/** A value as its author would recognise it: `"rx"`, `a page`, `a list of 2`, `an expression of bool`. */
export function shown(value: unknown): string {
  if (value instanceof Term) return `an expression of ${describeDomain(value.domain)}`;
  if (typeof value === "string") return JSON.stringify(cut(value));
  if (typeof value === "function") return "a function";
  if (typeof value === "bigint") return `${value}n`;
  if (typeof value !== "object" || value === null) return String(value);
  if (Array.isArray(value)) return value.length === 0 ? "an empty list" : `a list of ${value.length}`;
  const handle = handleOf(value);
  if (handle) return `the ${handle.kind} ${JSON.stringify(cut(handle.name))}`;
  if (isStatement(value)) return "a statement";
  if (value instanceof Promise) return "a promise";
  const keys = Object.keys(value);
  return keys.length === 0 ? "an object without keys" : `an object with ${cut(keys.join(", "))}`;
}

function cut(text: string): string {
  return text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text;
}
