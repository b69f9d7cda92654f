/** Puts values in the place of a rule's parameters. */
import { assertNever, type Cell, type Expr, type Rule, type Statement } from "./model.ts";
import type { Binding } from "./semantics.ts";

/** The rule with these values for its parameters: one without any, whose only action is that one. */
export function bindParameters(rule: Rule, binding: Binding): Rule {
  const expr = (each: Expr): Expr => bindExpr(each, binding);
  return {
    ...rule,
    parameters: [],
    guard: rule.guard.map(expr),
    body: bindBody(rule.body, expr),
    weaker: [],
    actor: { ...rule.actor, index: rule.actor.index && expr(rule.actor.index) },
    fairnessClass: rule.fairnessClass && {
      ...rule.fairnessClass,
      index: rule.fairnessClass.index && expr(rule.fairnessClass.index),
    },
    text: rule.text.map((part) => (typeof part === "string" ? part : expr(part))),
    event: rule.event && {
      ...rule.event,
      text: rule.event.text.map((part) => (typeof part === "string" ? part : expr(part))),
    },
    place: rule.place && expr(rule.place),
  };
}

function bindBody(body: readonly Statement[], expr: (each: Expr) => Expr): Statement[] {
  const cell = ({ variable, index }: Cell): Cell => ({ variable, index: index.map(expr) });
  return body.map((statement): Statement => {
    switch (statement.kind) {
      case "assign":
        return { ...statement, target: cell(statement.target), value: expr(statement.value) };
      case "if":
        return {
          ...statement,
          condition: expr(statement.condition),
          then: bindBody(statement.then, expr),
          otherwise: bindBody(statement.otherwise, expr),
        };
      case "assert":
        return {
          ...statement,
          condition: expr(statement.condition),
          consequence:
            statement.consequence?.map((part) => (typeof part === "string" ? part : expr(part))) ?? null,
        };
      default:
        return assertNever(statement);
    }
  });
}

/** The expression with these values for the parameters in it. */
export function bindExpr(expr: Expr, binding: Binding): Expr {
  const bound = (each: Expr): Expr => bindExpr(each, binding);
  switch (expr.kind) {
    case "constant":
      return expr;
    case "parameter":
      return { kind: "constant", value: binding.get(expr.name)!, domain: expr.domain };
    case "read":
      return { ...expr, index: expr.index.map(bound) };
    case "not":
      return { ...expr, operand: bound(expr.operand) };
    case "and":
    case "or":
      return { ...expr, operands: expr.operands.map(bound) };
    case "equal":
    case "less":
    case "add":
    case "subtract":
    case "multiply":
      return { ...expr, left: bound(expr.left), right: bound(expr.right) };
    case "remainder":
      return { ...expr, left: bound(expr.left) };
    case "if":
      return {
        ...expr,
        condition: bound(expr.condition),
        then: bound(expr.then),
        otherwise: bound(expr.otherwise),
      };
    default:
      return assertNever(expr);
  }
}
