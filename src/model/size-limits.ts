/**
 * Limits on the size of a model's parts, checked where they are made, so that the error has the line. Everything that
 * reads a model goes down its expressions and statements by recursion, and holds all of its cells at once.
 */
import { TlbcheckError } from "./diagnostic.ts";
import { type Domain, domainSize, indexSize } from "./domain.ts";
import type { Expr, Statement } from "./model.ts";
import { callerSource } from "./source.ts";
import { operands } from "./walk.ts";

/** How deep expressions and statements may be nested. The recursion of every engine has room for some more. */
export const MAX_DEPTH = 1000;
/** How many operands an `and` or `or` may have, and over how many values a quantifier may run. */
export const MAX_OPERANDS = 20_000;
/** How many cells the arrays of a model may have, all together. */
export const MAX_CELLS = 20_000;

/** How many instances a rule may have: engines list them, and a million is searched. */
const MAX_INSTANCES = 2_000_000;

/** Of expressions and statements with parts. What is not here has none. */
const depths = new WeakMap<object, number>();

/** Refuses, with TLB116, an expression that is nested too deeply or has too many operands. */
export function requireSmall(expr: Expr): void {
  const parts = operands(expr);
  requireFew(parts.length, "an expression has");
  if (parts.length > 0) noteDepth(expr, parts, "an expression");
}

/** Refuses, with TLB116, branches that are nested too deeply. */
export function requireShallow(statement: Statement & { kind: "if" }): void {
  noteDepth(statement, [statement.condition, ...statement.then, ...statement.otherwise], "a statement");
}

/** Refuses, with TLB116, to unroll something over too many values. */
export function requireUnrollable(domain: Domain): void {
  requireFew(indexSize(domain), "what is unrolled over a domain has");
}

/** The sum of the cells that a model has and those of one more variable; refuses too many, with TLB116. */
export function addCells(before: number, name: string, index: readonly Domain[]): number {
  const cells = index.reduce((product, each) => product * indexSize(each), 1);
  if (before + cells > MAX_CELLS)
    throw tooLarge(
      `with ${name}, which has ${cells}, the model has ${before + cells} cells; at most ${MAX_CELLS} are taken`,
      "a state holds every cell: model fewer elements, which are often enough to show what goes wrong",
    );
  return before + cells;
}

/** Refuses, with TLB116, a rule of too many instances: each choice of its parameters is one. */
export function requireFewInstances(rule: string, parameters: readonly Domain[]): void {
  const instances = parameters.reduce((product, each) => product * domainSize(each), 1);
  if (instances > MAX_INSTANCES)
    throw tooLarge(
      `the rule ${rule} has ${instances} instances; at most ${MAX_INSTANCES} are taken`,
      "each choice of its parameters is an instance: use smaller domains",
    );
}

/** Whether an error says that the call stack is full. */
export function isStackOverflow(error: unknown): boolean {
  return error instanceof RangeError && /call stack/i.test(error.message);
}

/** The error of a model whose building fills the call stack. */
export function stackOverflow(cause: unknown, source = callerSource()): TlbcheckError {
  return new TlbcheckError("TLB116", "building the model fills the call stack", {
    hint:
      "a function calls itself too often, a call is given too many arguments by ...list, a program has too many steps, " +
      "or something is nested too deeply",
    source,
    cause,
  });
}

function requireFew(count: number, what: string): void {
  if (count > MAX_OPERANDS)
    throw tooLarge(
      `${what} ${count} operands; at most ${MAX_OPERANDS} are taken`,
      "split it into several invariants or conditions, or use a smaller domain",
    );
}

function noteDepth(whole: object, parts: readonly object[], what: string): void {
  let deepest = 0;
  for (const part of parts) deepest = Math.max(deepest, depths.get(part) ?? 0);
  if (deepest >= MAX_DEPTH)
    throw tooLarge(
      `${what} is nested more than ${MAX_DEPTH} levels deep`,
      "give and(…) and or(…) all operands at once, add up in a balanced tree as count() does, or keep a part in a variable",
    );
  depths.set(whole, deepest + 1);
}

function tooLarge(message: string, hint: string): TlbcheckError {
  return new TlbcheckError("TLB116", message, { hint, source: callerSource() });
}
