/** Words for values that traces show. */
import { enumeration } from "../model/builder.ts";
import { choose, literal, type Term } from "../model/term.ts";

const PERMISSION = enumeration("permission", ["RO", "RW"]);

/** `RW` or `RO`. */
export function permission(writable: Term): Term {
  return choose(writable, literal(PERMISSION, "RW"), literal(PERMISSION, "RO"));
}

/** One of two words, by a condition in the state before the step. */
export function word(condition: Term, yes: string, no: string): Term {
  const domain = enumeration(`${yes}|${no}`, [yes, no]);
  return choose(condition, literal(domain, yes), literal(domain, no));
}

/** The parts of a name or a line with spaces between them, those that are empty left out. */
export function joined(...parts: readonly string[]): string {
  return parts.filter((part) => part !== "").join(" ");
}
