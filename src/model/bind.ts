/** Puts values in the place of a rule's parameters, or other expressions in the place of what an expression reads. */
import {
  assertNever,
  type Cell,
  type Expr,
  type Rule,
  type Statement,
  type Text,
  type Waiting,
} from "./model.ts";
import type { Binding } from "./semantics.ts";

/** The rule with these values for its parameters: one without any, whose only action is that one. */
export function bindParameters(rule: Rule, binding: Binding): Rule {
  const expr = (each: Expr): Expr => bindExpr(each, binding);
  return {
    ...rule,
    parameters: [],
    guard: rule.guard.map(expr),
    body: rewriteBody(rule.body, { expr }),
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
    ...(rule.waiting ? { waiting: bindWaiting(rule.waiting, expr) } : {}),
  };
}

function bindWaiting({ stands, step, awaits }: Waiting, expr: (each: Expr) => Expr): Waiting {
  const text = (parts: Text): Text => parts.map((part) => (typeof part === "string" ? part : expr(part)));
  return {
    stands: expr(stands),
    step,
    awaits: awaits.map((each) => ({
      until: expr(each.until),
      text: text(each.text),
      because: each.because.map((cause) => ({
        ...cause,
        during: expr(cause.during),
        text: text(cause.text),
      })),
    })),
  };
}

/** What becomes of the expressions in statements, and of the names of the variables that they assign. */
export interface Rewriting {
  readonly expr: (expr: Expr) => Expr;
  readonly variable?: (name: string) => string;
}

/** The same statements with other expressions and variables in them. */
export function rewriteBody(body: readonly Statement[], rewriting: Rewriting): Statement[] {
  const { expr, variable: renamed = (name) => name } = rewriting;
  const cell = ({ variable, index }: Cell): Cell => ({ variable: renamed(variable), index: index.map(expr) });
  return body.map((statement): Statement => {
    switch (statement.kind) {
      case "assign":
        return { ...statement, target: cell(statement.target), value: expr(statement.value) };
      case "if":
        return {
          ...statement,
          condition: expr(statement.condition),
          then: rewriteBody(statement.then, rewriting),
          otherwise: rewriteBody(statement.otherwise, rewriting),
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
  return rewriteExpr(expr, (each) =>
    each.kind === "parameter"
      ? { kind: "constant", value: binding.get(each.name)!, domain: each.domain }
      : each,
  );
}

/** The expression with each part of it replaced, the inner ones first. */
export function rewriteExpr(expr: Expr, replace: (expr: Expr) => Expr): Expr {
  const inner = (each: Expr): Expr => rewriteExpr(each, replace);
  switch (expr.kind) {
    case "constant":
    case "parameter":
      return replace(expr);
    case "read":
      return replace({ ...expr, index: expr.index.map(inner) });
    case "not":
      return replace({ ...expr, operand: inner(expr.operand) });
    case "and":
    case "or":
      return replace({ ...expr, operands: expr.operands.map(inner) });
    case "equal":
    case "less":
    case "add":
    case "subtract":
    case "multiply":
      return replace({ ...expr, left: inner(expr.left), right: inner(expr.right) });
    case "remainder":
      return replace({ ...expr, left: inner(expr.left) });
    case "if":
      return replace({
        ...expr,
        condition: inner(expr.condition),
        then: inner(expr.then),
        otherwise: inner(expr.otherwise),
      });
    default:
      return assertNever(expr);
  }
}
