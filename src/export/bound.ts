/** Puts values in the place of a rule's parameters. */
import { assertNever, type Expr } from "../model/model.ts";
import type { Binding } from "../model/semantics.ts";

export function bound(guard: readonly Expr[], binding: Binding): Expr[] {
  return guard.map((each) => boundExpr(each, binding));
}

function boundExpr(expr: Expr, binding: Binding): Expr {
  const of = (each: Expr): Expr => boundExpr(each, binding);
  switch (expr.kind) {
    case "constant":
      return expr;
    case "parameter":
      return { kind: "constant", value: binding.get(expr.name)!, domain: expr.domain };
    case "read":
      return { ...expr, index: expr.index.map(of) };
    case "not":
      return { ...expr, operand: of(expr.operand) };
    case "and":
    case "or":
      return { ...expr, operands: expr.operands.map(of) };
    case "equal":
    case "less":
    case "add":
    case "subtract":
    case "multiply":
      return { ...expr, left: of(expr.left), right: of(expr.right) };
    case "remainder":
      return { ...expr, left: of(expr.left) };
    case "if":
      return {
        ...expr,
        condition: of(expr.condition),
        then: of(expr.then),
        otherwise: of(expr.otherwise),
      };
    default:
      return assertNever(expr);
  }
}
