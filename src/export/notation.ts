/** Writes expressions of the model language in the notation of another language. */
import type { Domain } from "../model/domain.ts";
import { intervalOf } from "../model/interval.ts";
import { assertNever, type Cell, type Expr, type Variable } from "../model/model.ts";

/** How a language spells the model language's expressions. Operators are put between their operands. */
export interface Notation {
  readonly true: string;
  readonly false: string;
  readonly not: string;
  readonly and: string;
  readonly or: string;
  readonly equal: string;
  /** Whether the remainder of a negative number is never negative, as in the model language. */
  readonly remainderIsNatural: boolean;
  readonly constant: (value: number, domain: Domain) => string;
  readonly parameter: (name: string) => string;
  readonly cell: (variable: string, index: readonly string[]) => string;
  readonly choose: (condition: string, then: string, otherwise: string) => string;
}

/** How tightly an expression holds together: a looser one is put into parentheses inside a tighter one. */
const ATOM = 3;
const ARITHMETIC = 2;
const COMPARISON = 1;
const LOGIC = 0;

/** A whole number of 32 bits. The least is a difference, since its digits alone are a number too large. */
export function integerText(value: number): string {
  if (value === -(2 ** 31)) return "(-2147483647 - 1)";
  return value < 0 ? `(${value})` : String(value);
}

interface Written {
  readonly text: string;
  readonly hold: number;
}

/** Writes the expressions of one model. */
export class ExpressionWriter {
  readonly #notation: Notation;
  readonly #variables: ReadonlyMap<string, Variable>;

  constructor(notation: Notation, variables: readonly Variable[]) {
    this.#notation = notation;
    this.#variables = new Map(variables.map((variable) => [variable.name, variable]));
  }

  write(expr: Expr): string {
    return this.#write(expr).text;
  }

  /** All of the conditions, which are evaluated from the left. */
  conjunction(conditions: readonly Expr[]): string {
    const [only] = conditions;
    return conditions.length === 1 ? this.write(only!) : this.write({ kind: "and", operands: conditions });
  }

  cell({ variable, index }: Cell): string {
    return this.#notation.cell(
      variable,
      index.map((each) => this.write(each)),
    );
  }

  #write(expr: Expr): Written {
    const { not, and, or, equal } = this.#notation;
    switch (expr.kind) {
      case "constant":
        return { text: this.#notation.constant(expr.value, expr.domain), hold: ATOM };
      case "parameter":
        return { text: this.#notation.parameter(expr.name), hold: ATOM };
      case "read":
        return { text: this.cell(expr), hold: ATOM };
      case "not":
        return { text: `${not}${this.#within(ATOM, expr.operand)}`, hold: COMPARISON };
      case "and":
        return this.#junction(and, expr.operands, this.#notation.true);
      case "or":
        return this.#junction(or, expr.operands, this.#notation.false);
      case "equal":
        return this.#binary(equal, expr.left, expr.right, COMPARISON);
      case "less":
        return this.#binary("<", expr.left, expr.right, COMPARISON);
      case "add":
        return this.#binary("+", expr.left, expr.right, ARITHMETIC);
      case "subtract":
        return this.#binary("-", expr.left, expr.right, ARITHMETIC);
      case "multiply":
        return this.#binary("*", expr.left, expr.right, ARITHMETIC);
      case "remainder":
        return this.#remainder(expr.left, expr.divisor);
      case "if": {
        const { condition, then, otherwise } = expr;
        const parts = [condition, then, otherwise].map((each) => this.#within(COMPARISON, each));
        return { text: `(${this.#notation.choose(parts[0]!, parts[1]!, parts[2]!)})`, hold: ATOM };
      }
      default:
        return assertNever(expr);
    }
  }

  /** The expression as an operand that must hold together at least so tightly. */
  #within(hold: number, expr: Expr): string {
    const written = this.#write(expr);
    return written.hold >= hold ? written.text : `(${written.text})`;
  }

  #binary(operator: string, left: Expr, right: Expr, hold: number): Written {
    const operands = [left, right].map((each) => this.#within(hold + 1, each));
    return { text: operands.join(` ${operator} `), hold };
  }

  #junction(operator: string, operands: readonly Expr[], neutral: string): Written {
    const [only] = operands;
    if (!only) return { text: neutral, hold: ATOM };
    if (operands.length === 1) return this.#write(only);
    return {
      text: operands.map((each) => this.#within(COMPARISON, each)).join(` ${operator} `),
      hold: LOGIC,
    };
  }

  #remainder(left: Expr, divisor: number): Written {
    const operand = this.#within(ATOM, left);
    const isNatural = intervalOf(left, this.#variables).min >= 0;
    if (divisor === 2 ** 31)
      return isNatural
        ? this.#write(left)
        : this.#unlessNegative(operand, `(${operand} + 2147483647) + 1`, operand);
    const plain = `${operand} % ${divisor}`;
    if (isNatural || this.#notation.remainderIsNatural) return { text: plain, hold: ARITHMETIC };
    if (divisor <= 2 ** 30) return { text: `((${plain}) + ${divisor}) % ${divisor}`, hold: ARITHMETIC };
    // The sum of two such numbers may be too large.
    return this.#unlessNegative(`(${plain})`, `(${plain}) + ${divisor}`, plain);
  }

  #unlessNegative(value: string, ifNegative: string, otherwise: string): Written {
    return {
      text: `(${this.#notation.choose(`(${value} < 0)`, `(${ifNegative})`, `(${otherwise})`)})`,
      hold: ATOM,
    };
  }
}
