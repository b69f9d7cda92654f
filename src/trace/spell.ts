/** Puts a condition into words, with the values that it depends on. */
import { assertNever, type Expr } from "../model/model.ts";
import { type Binding, type Semantics, type State } from "../model/semantics.ts";
import { formatValue } from "../model/domain.ts";
import { operands } from "../model/walk.ts";

/** A condition that takes more characters is not spelled. */
const LONGEST = 80;
/** Cells whose values are told. */
const MOST_CELLS = 4;

/** `count is 0 (count = 2)`: a condition, and the values of what it reads in a state. */
export function spellCondition(semantics: Semantics, expr: Expr, state: State, binding: Binding): string {
  const spelled = new Spelling(semantics, state, binding);
  const text = spelled.condition(expr);
  const values = [...spelled.values].map(([cell, value]) => `${cell} = ${value}`);
  const more = values.length - MOST_CELLS;
  const told = [...values.slice(0, MOST_CELLS), ...(more > 0 ? [`${more} more`] : [])].join(", ");
  const shown = text.length > LONGEST ? "its condition is true" : text;
  return told === "" ? shown : `${shown} (${told})`;
}

class Spelling {
  /** The values of the cells that were spelled, by name. */
  readonly values = new Map<string, string>();
  readonly #semantics: Semantics;
  readonly #state: State;
  readonly #binding: Binding;

  constructor(semantics: Semantics, state: State, binding: Binding) {
    this.#semantics = semantics;
    this.#state = state;
    this.#binding = binding;
  }

  condition(expr: Expr): string {
    if (expr.kind === "not") return this.#negated(expr.operand);
    if (expr.kind === "equal") return `${this.#value(expr.left)} is ${this.#value(expr.right)}`;
    return this.#isCondition(expr) ? this.#value(expr) : `${this.#value(expr)} is true`;
  }

  #negated(expr: Expr): string {
    if (expr.kind === "equal") return `${this.#value(expr.left)} is not ${this.#value(expr.right)}`;
    return this.#isCondition(expr) ? `not (${this.condition(expr)})` : `${this.#value(expr)} is false`;
  }

  #isCondition({ kind }: Expr): boolean {
    return ["not", "and", "or", "equal", "less"].includes(kind);
  }

  #value(expr: Expr): string {
    switch (expr.kind) {
      case "constant":
        return formatValue(expr.domain, expr.value);
      case "parameter":
        return formatValue(expr.domain, this.#binding.get(expr.name)!);
      case "read":
        return this.#cell(expr);
      case "and":
      case "or":
        return expr.operands.map((each) => this.#part(each)).join(` ${expr.kind} `);
      case "not":
      case "equal":
        return this.condition(expr);
      case "less":
        return `${this.#value(expr.left)} < ${this.#value(expr.right)}`;
      case "add":
        return `${this.#value(expr.left)} + ${this.#value(expr.right)}`;
      case "subtract":
        return `${this.#value(expr.left)} - ${this.#value(expr.right)}`;
      case "multiply":
        return `${this.#value(expr.left)} * ${this.#value(expr.right)}`;
      case "remainder":
        return `${this.#value(expr.left)} mod ${expr.divisor}`;
      case "if": {
        const [condition, then, otherwise] = operands(expr).map((each) => this.#value(each));
        return `(${condition} ? ${then} : ${otherwise})`;
      }
      default:
        return assertNever(expr);
    }
  }

  #part(expr: Expr): string {
    const text = this.condition(expr);
    return expr.kind === "and" || expr.kind === "or" ? `(${text})` : text;
  }

  #cell(expr: Expr & { kind: "read" }): string {
    const index = expr.index.map((each) => this.#told(each));
    const name = index.length === 0 ? expr.variable : `${expr.variable}[${index.join(",")}]`;
    this.values.set(name, this.#told(expr));
    return name;
  }

  #told(expr: Expr): string {
    return this.#semantics.text([expr], this.#state, this.#binding);
  }
}
