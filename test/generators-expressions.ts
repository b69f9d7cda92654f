/**
 * Random expressions of a wanted type over given variables and parameters, and random cells to read and write.
 *
 * A *safe* expression has a value in every state; a raw one may index out of bounds. Safety is by construction:
 * a computed number is wrapped into the index range, and "none" is replaced by the first name.
 */
import fc from "fast-check";
import {
  boolDomain,
  codes,
  type Domain,
  indexSize,
  maxCode,
  minCode,
  valueType,
  type ValueType,
} from "../src/model/domain.ts";
import type { Cell, Expr, Parameter, Variable } from "../src/model/model.ts";

/** What an expression may mention. */
export interface Scope {
  readonly variables: readonly Variable[];
  readonly parameters: readonly Parameter[];
  /** Domains whose values may stand as constants, besides numbers and booleans. */
  readonly domains: readonly Domain[];
  /** Let accesses and assignments leave their bounds in some states. */
  readonly faults: boolean;
}

/** The widest domain that arithmetic reads: larger numbers are compared and copied only, lest 32 bits overflow. */
export const ARITHMETIC_SIZE = 16;

/** Small enough that products of `DEPTH` levels of them stay far within 32 bits. */
const SMALL = 5;

/** The largest number of the language. */
const LARGEST = 2 ** 31 - 1;

/** Levels of operators above the leaves. */
const DEPTH = 3;

export const constantOf = (domain: Domain, value: number): Expr => ({ kind: "constant", value, domain });

const integer = (value: number): Expr => constantOf({ kind: "range", min: value, max: value }, value);

/** Expressions in one scope. */
export class Expressions {
  readonly #scope: Scope;
  readonly #made = new Map<string, fc.Arbitrary<Expr>>();

  constructor(scope: Scope) {
    this.#scope = scope;
  }

  /** An expression of a type; the same arbitrary for the same question, so that building it stays cheap. */
  of(type: ValueType, depth = DEPTH): fc.Arbitrary<Expr> {
    const key = `${type} ${depth}`;
    const known = this.#made.get(key);
    if (known) return known;
    const made =
      depth === 0 ? this.#leaf(type) : fc.oneof(this.#leaf(type), ...this.#composite(type, depth - 1));
    this.#made.set(key, made);
    return made;
  }

  /** A value that is assigned to a cell of the domain: within it, or anything of its type where faults are wanted. */
  valueFor(domain: Domain): fc.Arbitrary<Expr> {
    const any = this.of(valueType(domain));
    const safe = any.map((expr) => wrapped(domain, expr, codes(domain).length));
    return this.#scope.faults
      ? fc.oneof({ weight: 4, arbitrary: safe }, { weight: 1, arbitrary: any })
      : safe;
  }

  /** A value for a cell that mostly differs from the one it has, so that behaviours go on for some steps. */
  changed(cell: Cell, domain: Domain): fc.Arbitrary<Expr> {
    const before: Expr = { kind: "read", ...cell };
    if (domain.kind === "bool") return fc.constant({ kind: "not", operand: before });
    if (domain.kind !== "range") {
      const [a, b] = [codes(domain)[0]!, codes(domain).at(-1)!].map((code) => constantOf(domain, code)) as [
        Expr,
        Expr,
      ];
      return fc.constant({
        kind: "if",
        condition: { kind: "equal", left: before, right: a },
        then: b,
        otherwise: a,
      });
    }
    const sum = (by: number): Expr => ({ kind: "add", left: before, right: integer(by) });
    const next = fc.integer({ min: 1, max: 2 }).map(sum);
    const safe = next.map((expr) => wrapped(domain, expr, codes(domain).length));
    return this.#scope.faults
      ? fc.oneof({ weight: 6, arbitrary: safe }, { weight: 1, arbitrary: next })
      : safe;
  }

  /** A cell of a variable, its indices computed. */
  cell(variable: Variable, depth = 1): fc.Arbitrary<Cell> {
    const index = variable.index.map((domain) => this.#index(domain, depth));
    return fc.tuple(...index).map((exprs) => ({ variable: variable.name, index: exprs }));
  }

  #index(domain: Domain, depth: number): fc.Arbitrary<Expr> {
    if (isWide(domain)) return this.#wideValues(domain);
    const any = this.of(valueType(domain), depth);
    const safe = any.map((expr) => wrapped(domain, expr, indexSize(domain)));
    return this.#scope.faults
      ? fc.oneof({ weight: 6, arbitrary: safe }, { weight: 1, arbitrary: any })
      : safe;
  }

  #leaf(type: ValueType): fc.Arbitrary<Expr> {
    const { variables, parameters } = this.#scope;
    const scalars = variables.filter(
      (variable) => variable.index.length === 0 && this.#readable(variable, type),
    );
    const reads = scalars.map(({ name }): Expr => ({ kind: "read", variable: name, index: [] }));
    const arguments_ = parameters
      .filter(({ domain }) => valueType(domain) === type && !isWide(domain))
      .map(({ name, domain }): Expr => ({ kind: "parameter", name, domain }));
    const choices = [...reads, ...arguments_].map((expr) => fc.constant(expr));
    return fc.oneof(this.#constant(type), ...choices);
  }

  #constant(type: ValueType): fc.Arbitrary<Expr> {
    if (type === "bool") return fc.constantFrom(0, 1).map((value) => constantOf(boolDomain, value));
    if (type === "int") return fc.integer({ min: -SMALL, max: SMALL }).map(integer);
    const domains = this.#scope.domains.filter((domain) => valueType(domain) === type);
    return fc.constantFrom(
      ...domains.flatMap((domain) => codes(domain).map((code) => constantOf(domain, code))),
    );
  }

  #composite(type: ValueType, depth: number): fc.Arbitrary<Expr>[] {
    const either = fc
      .record({
        condition: this.of("bool", depth),
        then: this.of(type, depth),
        otherwise: this.of(type, depth),
      })
      .map((parts): Expr => ({ kind: "if", ...parts }));
    const arrays = this.#scope.variables
      .filter((variable) => variable.index.length > 0 && this.#readable(variable, type))
      .map((variable) =>
        this.cell(variable, Math.min(depth, 1)).map((cell): Expr => ({ kind: "read", ...cell })),
      );
    const own = type === "bool" ? this.#logic(depth) : type === "int" ? this.#arithmetic(depth) : [];
    return [either, ...arrays, ...own];
  }

  #logic(depth: number): fc.Arbitrary<Expr>[] {
    const operand = this.of("bool", depth);
    const number = this.of("int", depth);
    const pair = (type: ValueType): fc.Arbitrary<Expr> =>
      fc
        .record({ left: this.of(type, depth), right: this.of(type, depth) })
        .map((parts): Expr => ({ kind: "equal", ...parts }));
    return [
      operand.map((each): Expr => ({ kind: "not", operand: each })),
      fc
        .record({ kind: fc.constantFrom("and", "or"), operands: fc.array(operand, { maxLength: 3 }) })
        .map(({ kind, operands }): Expr => ({ kind, operands })),
      ...this.#types().map(pair),
      fc.record({ left: number, right: number }).map((parts): Expr => ({ kind: "less", ...parts })),
      ...this.#wide(),
    ];
  }

  /** A value for a wide variable: of its pool, of another one of its domain, or a number beyond its end. */
  wideValue(domain: Domain): fc.Arbitrary<Expr> {
    const values = this.#wideValues(domain);
    const beyond = maxCode(domain) + 1;
    if (!this.#scope.faults || beyond > LARGEST) return values;
    return fc.oneof({ weight: 6, arbitrary: values }, { weight: 1, arbitrary: fc.constant(integer(beyond)) });
  }

  #wideValues(domain: Domain): fc.Arbitrary<Expr> {
    const same = this.#wideTerms().filter((each) => each.domain === domain);
    const pool = widePool(domain).map((code) => constantOf(domain, code));
    return fc.constantFrom(...pool, ...same.map(({ expr }) => expr));
  }

  /** The variables and parameters that are too wide to calculate with. */
  #wideTerms(): { readonly expr: Expr; readonly domain: Domain }[] {
    const { variables, parameters } = this.#scope;
    return [
      ...variables
        .filter(({ index, domain }) => index.length === 0 && isWide(domain))
        .map(({ name, domain }) => ({ expr: { kind: "read", variable: name, index: [] } as const, domain })),
      ...parameters
        .filter(({ domain }) => isWide(domain))
        .map(({ name, domain }) => ({ expr: { kind: "parameter", name, domain } as const, domain })),
    ];
  }

  /** Comparisons of wide numbers, of their neighbours, and of their remainders by large divisors. */
  #wide(): fc.Arbitrary<Expr>[] {
    return this.#wideTerms().flatMap(({ expr, domain }) => {
      const sums = [1, -1]
        .filter((by) => minCode(domain) + by >= -LARGEST - 1 && maxCode(domain) + by <= LARGEST)
        .map((by): Expr => ({ kind: "add", left: expr, right: integer(by) }));
      const remainders = [3, 2 ** 30, 2 ** 30 + 1, LARGEST, 2 ** 31].map((divisor): Expr => ({
        kind: "remainder",
        left: expr,
        divisor,
      }));
      return [compared([expr, ...sums], widePool(domain)), compared(remainders, [0, 1, 2, 2 ** 30, LARGEST])];
    });
  }

  #arithmetic(depth: number): fc.Arbitrary<Expr>[] {
    const number = this.of("int", depth);
    return [
      fc
        .record({ kind: fc.constantFrom("add", "subtract", "multiply"), left: number, right: number })
        .map(({ kind, left, right }): Expr => ({ kind, left, right })),
      fc
        .record({ left: number, divisor: fc.integer({ min: 1, max: SMALL }) })
        .map((parts): Expr => ({ kind: "remainder", ...parts })),
    ];
  }

  #types(): ValueType[] {
    return [...new Set<ValueType>(["bool", "int", ...this.#scope.domains.map(valueType)])];
  }

  #readable(variable: Variable, type: ValueType): boolean {
    return valueType(variable.domain) === type && !isWide(variable.domain);
  }
}

function compared(terms: readonly Expr[], bounds: readonly number[]): fc.Arbitrary<Expr> {
  return fc
    .record({
      kind: fc.constantFrom("equal", "less"),
      operands: fc.tuple(fc.constantFrom(...terms), fc.constantFrom(...bounds).map(integer)),
      swapped: fc.boolean(),
    })
    .map(({ kind, operands: [term, bound], swapped }): Expr => {
      return swapped ? { kind, left: bound, right: term } : { kind, left: term, right: bound };
    });
}

/** Whether numbers of a domain are compared and copied, and little else. */
export function isWide(domain: Domain): boolean {
  if (domain.kind !== "range") return false;
  return Math.max(domain.max - domain.min, -domain.min, domain.max) >= ARITHMETIC_SIZE;
}

/** The few values that a wide variable is ever given, so that its reachable values stay few. */
export function widePool(domain: Domain): number[] {
  return domain.kind === "range" ? [domain.min, domain.min + 1, domain.max] : [];
}

/** The expression, made to stay among the first `size` codes of a domain. */
function wrapped(domain: Domain, expr: Expr, size: number): Expr {
  if (domain.kind === "range") {
    const min = minCode(domain);
    const positive: Expr = {
      kind: "remainder",
      left: min === 0 ? expr : { kind: "subtract", left: expr, right: integer(min) },
      divisor: size,
    };
    return min === 0 ? positive : { kind: "add", left: positive, right: integer(min) };
  }
  if (domain.kind !== "names" || size > domain.members.length) return expr;
  const none = constantOf({ ...domain, none: true }, domain.members.length);
  const first = constantOf({ ...domain, none: false }, 0);
  return { kind: "if", condition: { kind: "equal", left: expr, right: none }, then: first, otherwise: expr };
}
