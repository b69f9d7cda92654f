/**
 * Terms: what a model author writes expressions with. A term wraps an expression of the model language
 * together with its type, checks the types of what it is combined with, and refuses to be taken for a
 * JavaScript value: `if (pte.is("rw"))` would be decided once, while the model is built.
 */
import {
  boolDomain,
  describeDomain,
  type Domain,
  indexCodes,
  type Literal,
  literalCode,
  valueType,
  type ValueType,
} from "./domain.ts";
import { TlbcheckError } from "./diagnostic.ts";
import type { Cell, Expr, Statement } from "./model.ts";
import { requireSmall, requireUnrollable } from "./size-limits.ts";
import { callerSource } from "./source.ts";

/** What may stand where a term is expected. */
export type Operand = Term | Literal;

const ADVICE =
  "it has no value until a state is explored; write and(…), or(…), not(…), choose(condition, a, b), or k.if(condition, …) instead of if, &&, ||, ! and ?:, and x.is(y), x.isNot(y), x.lessThan(y) instead of ===, !== and <";

export class Term {
  readonly node: Expr;
  /** The domain whose values may be written as literals beside this term. */
  readonly domain: Domain;

  constructor(node: Expr, domain: Domain) {
    requireSmall(node);
    this.node = node;
    this.domain = domain;
  }

  get type(): ValueType {
    return valueType(this.domain);
  }

  is(other: Operand): Term {
    const right = operand(other, this.domain);
    if (typeof other === "number") this.#requirePossible(other);
    sameType(this, right, "compared with");
    if (this.node.kind === "constant" && right.node.kind === "constant")
      return this.node.value === right.node.value ? TRUE : FALSE;
    return bool({ kind: "equal", left: this.node, right: right.node });
  }

  isNot(other: Operand): Term {
    return this.is(other).not();
  }

  lessThan(other: Operand): Term {
    return bool({ kind: "less", left: integer(this).node, right: integer(other).node });
  }

  atMost(other: Operand): Term {
    return integer(other).lessThan(this).not();
  }

  greaterThan(other: Operand): Term {
    return integer(other).lessThan(this);
  }

  atLeast(other: Operand): Term {
    return this.lessThan(other).not();
  }

  plus(other: Operand): Term {
    return this.#arithmetic("add", other);
  }

  minus(other: Operand): Term {
    return this.#arithmetic("subtract", other);
  }

  times(other: Operand): Term {
    return this.#arithmetic("multiply", other);
  }

  /** The remainder in `0..divisor-1`; the divisor is a positive number known when the model is built. */
  mod(divisor: number): Term {
    if (!Number.isInteger(divisor) || divisor < 1)
      throw misuse("TLB102", `mod() takes a positive whole number, not ${String(divisor)}`);
    return int({ kind: "remainder", left: integer(this).node, divisor });
  }

  not(): Term {
    const inner = condition(this);
    if (inner.node.kind === "not") return bool(inner.node.operand);
    if (inner.node.kind === "constant") return inner.node.value === 0 ? TRUE : FALSE;
    return bool({ kind: "not", operand: inner.node });
  }

  and(...others: Operand[]): Term {
    return and(this, ...others);
  }

  or(...others: Operand[]): Term {
    return or(this, ...others);
  }

  implies(other: Operand): Term {
    return or(this.not(), other);
  }

  /** A variable is compared with numbers that it can have, as an enumeration is with its words. */
  #requirePossible(value: number): void {
    const isPlace = this.node.kind === "read" || this.node.kind === "parameter";
    if (isPlace && literalCode(this.domain, value) === undefined)
      throw misuse("TLB102", `${value} is never a value of ${describeDomain(this.domain)}`);
  }

  #arithmetic(kind: "add" | "subtract" | "multiply", other: Operand): Term {
    return int({ kind, left: integer(this).node, right: integer(other).node });
  }

  // A term is no JavaScript value. `if (term)` calls none of these: the loader of model files guards conditions.
  valueOf(): never {
    throw misuse("TLB101", `an expression of the model was used as a JavaScript value: ${ADVICE}`);
  }
  toString(): never {
    return this.valueOf();
  }
  [Symbol.toPrimitive](): never {
    return this.valueOf();
  }
  toJSON(): never {
    return this.valueOf();
  }
}

/** A term that can be assigned to: a scalar variable or one cell of an array. */
export class Place extends Term {
  readonly cell: Cell;

  constructor(cell: Cell, domain: Domain) {
    super({ kind: "read", ...cell }, domain);
    this.cell = cell;
  }

  /** The statement that assigns to this cell. */
  set(value: Operand): Statement {
    const term = operand(value, this.domain);
    sameType(this, term, "assigned");
    return { kind: "assign", target: this.cell, value: term.node, source: callerSource() };
  }

  /** Adds a number, which may be negative. */
  increase(by = 1): Statement {
    return this.set(this.plus(by));
  }
}

/** Throws if its argument is a term: what the loader puts around JavaScript conditions of a model file. */
export function refuseTerm<T>(value: T): T {
  if (value instanceof Term)
    throw misuse("TLB101", `an expression of the model was used as a JavaScript condition: ${ADVICE}`);
  return value;
}

/** A function that decides for each member of a list, such as that of `every`: it must not return a term. */
export function refuseTermFrom<T>(decides: T): T {
  if (typeof decides !== "function") return decides;
  const call = decides as unknown as (...given: unknown[]) => unknown;
  const guarded = function (this: unknown, ...given: unknown[]): unknown {
    if (decides === (Boolean as unknown)) refuseTerm(given[0]);
    return refuseTerm(call.apply(this, given));
  };
  return guarded as unknown as T;
}

export const TRUE: Term = constant(boolDomain, 1);
export const FALSE: Term = constant(boolDomain, 0);

export function constant(domain: Domain, code: number): Term {
  return new Term({ kind: "constant", value: code, domain }, domain);
}

/** The term that stands for a rule's parameter in its guard and body. */
export function parameter(name: string, domain: Domain): Term {
  return new Term({ kind: "parameter", name, domain }, domain);
}

/** A literal of a domain as a term, such as `literal(page, "page0")`. */
export function literal(domain: Domain, value: Literal): Term {
  const code = literalCode(domain, value);
  if (code === undefined)
    throw misuse("TLB102", `${shown(value)} is not a value of ${describeDomain(domain)}`);
  return constant(domain, code);
}

/** All of them; true for none. */
export function and(...operands: Operand[]): Term {
  return junction("and", operands, TRUE, FALSE);
}

/** At least one of them; false for none. */
export function or(...operands: Operand[]): Term {
  return junction("or", operands, FALSE, TRUE);
}

export function not(operand: Operand): Term {
  return condition(operand).not();
}

/** `then` where the condition is true, else `otherwise`. */
export function choose(when: Operand, then: Term, otherwise: Operand): Term;
export function choose(when: Operand, then: Operand, otherwise: Term): Term;
export function choose(when: Operand, then: Operand, otherwise: Operand): Term {
  const model = then instanceof Term ? then : otherwise instanceof Term ? otherwise : undefined;
  if (!model)
    throw misuse("TLB103", "choose() needs at least one expression of the model among its two results");
  const a = operand(then, model.domain);
  const b = operand(otherwise, model.domain);
  sameType(a, b, "chosen instead of");
  return new Term({ kind: "if", condition: condition(when).node, then: a.node, otherwise: b.node }, a.domain);
}

/** True if the condition is true for every index value of the domain; unrolled here. */
export function forAll(domain: Domain, body: (each: Term) => Operand): Term {
  return and(...eachOf(domain).map(body));
}

/** True if the condition is true for some index value of the domain; unrolled here. */
export function exists(domain: Domain, body: (each: Term) => Operand): Term {
  return or(...eachOf(domain).map(body));
}

/** For how many index values of the domain the condition is true; unrolled here. */
export function count(domain: Domain, body: (each: Term) => Operand): Term {
  const zero = number(0);
  return sumOf(
    eachOf(domain).map((each) => choose(body(each), number(1), zero)),
    zero,
  );
}

/** The sum as a balanced tree, so that a long one is not a deep one. */
function sumOf(terms: readonly Term[], zero: Term): Term {
  if (terms.length < 2) return terms[0] ?? zero;
  const middle = terms.length >> 1;
  return sumOf(terms.slice(0, middle), zero).plus(sumOf(terms.slice(middle), zero));
}

/** The values of a domain as terms, "none" left out: what quantifiers and unrolled statements run over. */
export function eachOf(domain: Domain): Term[] {
  requireUnrollable(domain);
  return indexCodes(domain).map((code) => constant(domain, code));
}

export function number(value: number): Term {
  if (!Number.isInteger(value)) throw misuse("TLB102", `${value} is not a whole number`);
  return constant({ kind: "range", min: value, max: value }, value);
}

/** A literal or a term as a term of the given domain's type. */
export function operand(value: Operand, domain: Domain): Term {
  if (value instanceof Term) return value;
  if (domain.kind === "range") {
    if (typeof value !== "number")
      throw misuse("TLB102", `${shown(value)} is not a value of ${describeDomain(domain)}`);
    return number(value);
  }
  return literal(domain, value);
}

/** Checks that an operand is a condition. */
export function condition(value: Operand): Term {
  const term = value instanceof Term ? value : operand(value, boolDomain);
  if (term.type !== "bool")
    throw misuse("TLB103", `a condition is needed here, not a value of ${describeDomain(term.domain)}`);
  return term;
}

function integer(value: Operand): Term {
  const term = value instanceof Term ? value : operand(value, { kind: "range", min: 0, max: 0 });
  if (term.type !== "int")
    throw misuse(
      "TLB103",
      `a number is needed here, not a value of ${describeDomain(term.domain)}`,
      term.type.startsWith("names")
        ? "names are interchangeable: they can be compared with is() and used as an index, nothing else"
        : undefined,
    );
  return term;
}

function bool(node: Expr): Term {
  return new Term(node, boolDomain);
}

function int(node: Expr): Term {
  return new Term(node, { kind: "range", min: -(2 ** 31), max: 2 ** 31 - 1 });
}

function sameType(left: Term, right: Term, verb: string): void {
  if (left.type !== right.type)
    throw misuse(
      "TLB103",
      `a value of ${describeDomain(right.domain)} cannot be ${verb} one of ${describeDomain(left.domain)}`,
    );
}

function junction(kind: "and" | "or", operands: readonly Operand[], neutral: Term, absorbing: Term): Term {
  const flat = operands
    .map((each) => condition(each).node)
    .flatMap((node) => (node.kind === kind ? node.operands : [node]));
  const neutralCode = Number(kind === "and");
  const nodes = flat.filter((node) => !(node.kind === "constant" && node.value === neutralCode));
  const cut = nodes.findIndex((node) => node.kind === "constant");
  if (cut === 0) return absorbing;
  const kept = cut < 0 ? nodes : nodes.slice(0, cut + 1);
  if (kept.length === 0) return neutral;
  const [only] = kept;
  return kept.length === 1 && only ? bool(only) : bool({ kind, operands: kept });
}

/** A value that is none of the language, as its author would recognise it. */
function shown(value: unknown): string {
  return typeof value === "object" && value !== null
    ? `an object with ${Object.keys(value).join(", ")}`
    : JSON.stringify(value);
}

function misuse(code: "TLB101" | "TLB102" | "TLB103", message: string, hint?: string): TlbcheckError {
  return new TlbcheckError(code, message, {
    source: callerSource(),
    ...(hint === undefined ? {} : { hint }),
  });
}
