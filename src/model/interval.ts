/** Bounds on what an expression can compute, from the domains of what it reads. */
import { maxCode, minCode } from "./domain.ts";
import { assertNever, type Expr, type Variable } from "./model.ts";

export interface Interval {
  readonly min: number;
  readonly max: number;
}

const BOOLEAN: Interval = { min: 0, max: 1 };

/** The smallest interval that this analysis can show to hold every value of the expression. */
export function intervalOf(expr: Expr, variables: ReadonlyMap<string, Variable>): Interval {
  const of = (each: Expr): Interval => intervalOf(each, variables);
  switch (expr.kind) {
    case "constant":
      return { min: expr.value, max: expr.value };
    case "parameter":
      return { min: minCode(expr.domain), max: maxCode(expr.domain) };
    case "read": {
      const { domain } = variables.get(expr.variable)!;
      return { min: minCode(domain), max: maxCode(domain) };
    }
    case "not":
    case "and":
    case "or":
    case "equal":
    case "less":
      return BOOLEAN;
    case "add":
      return combine(of(expr.left), of(expr.right), (a, b) => a + b);
    case "subtract":
      return combine(of(expr.left), of(expr.right), (a, b) => a - b);
    case "multiply":
      return combine(of(expr.left), of(expr.right), (a, b) => a * b);
    case "remainder":
      return { min: 0, max: expr.divisor - 1 };
    case "if": {
      const then = of(expr.then);
      const otherwise = of(expr.otherwise);
      return { min: Math.min(then.min, otherwise.min), max: Math.max(then.max, otherwise.max) };
    }
    default:
      return assertNever(expr);
  }
}

/** Monotone in each operand, so the extremes lie at the corners. */
function combine(a: Interval, b: Interval, operation: (x: number, y: number) => number): Interval {
  const corners = [
    operation(a.min, b.min),
    operation(a.min, b.max),
    operation(a.max, b.min),
    operation(a.max, b.max),
  ];
  return { min: Math.min(...corners), max: Math.max(...corners) };
}
