/**
 * Partial evaluation: an expression of a rule with the values of its parameters put in and everything folded
 * that is then known. What remains means the same, faults included.
 */
import { indexSize, minCode } from "../model/domain.ts";
import { type Interval, intervalOf } from "../model/interval.ts";
import type { Layout } from "../model/layout.ts";
import { assertNever, type Expr, type Variable } from "../model/model.ts";
import type { Binding } from "../model/semantics.ts";
import { operands } from "../model/walk.ts";

export interface Scope {
  readonly variables: ReadonlyMap<string, Variable>;
  readonly layout: Layout;
  /** The parameters whose values are known. */
  readonly binding: Binding;
}

/** What is compiled: a constant's domain does not matter any more. */
export function constantOf(value: number): Expr & { kind: "constant" } {
  return { kind: "constant", value, domain: { kind: "range", min: value, max: value } };
}

export function isConstant(expr: Expr): expr is Expr & { kind: "constant" } {
  return expr.kind === "constant";
}

export function simplify(expr: Expr, scope: Scope): Expr {
  const simple = (each: Expr): Expr => simplify(each, scope);
  switch (expr.kind) {
    case "constant":
      return expr;
    case "parameter": {
      const value = scope.binding.get(expr.name);
      return value === undefined ? expr : constantOf(value);
    }
    case "read":
      return simplifyRead({ ...expr, index: expr.index.map(simple) }, scope);
    case "not":
      return negation(simple(expr.operand));
    case "and":
    case "or":
      return junction(expr.kind, expr.operands.map(simple), scope);
    case "equal":
    case "less":
      return comparison({ kind: expr.kind, left: simple(expr.left), right: simple(expr.right) }, scope);
    case "add":
    case "subtract":
    case "multiply":
      return arithmetic(expr.kind, simple(expr.left), simple(expr.right));
    case "remainder": {
      const left = simple(expr.left);
      return isConstant(left) ? constantOf(remainder(left.value, expr.divisor)) : { ...expr, left };
    }
    case "if": {
      const condition = simple(expr.condition);
      if (isConstant(condition)) return simple(condition.value === 0 ? expr.otherwise : expr.then);
      return { kind: "if", condition, then: simple(expr.then), otherwise: simple(expr.otherwise) };
    }
    default:
      return assertNever(expr);
  }
}

/** Whether evaluating the expression may run into an index out of bounds. */
export function mayFault(expr: Expr, scope: Scope): boolean {
  if (operands(expr).some((each) => mayFault(each, scope))) return true;
  if (expr.kind !== "read") return false;
  const { index } = scope.variables.get(expr.variable)!;
  return expr.index.some((each, dimension) => {
    const { min, max } = intervalIn(each, scope);
    const domain = index[dimension]!;
    return min < minCode(domain) || max >= minCode(domain) + indexSize(domain);
  });
}

export function intervalIn(expr: Expr, scope: Scope): Interval {
  return intervalOf(expr, scope.variables);
}

/** The position of a cell in its variable's list, or null if an index is computed or out of bounds. */
export function cellPosition(variable: Variable, index: readonly Expr[]): number | null {
  let position = 0;
  for (const [dimension, domain] of variable.index.entries()) {
    const expr = index[dimension]!;
    if (!isConstant(expr)) return null;
    const code = expr.value - minCode(domain);
    if (code < 0 || code >= indexSize(domain)) return null;
    position = position * indexSize(domain) + code;
  }
  return position;
}

function simplifyRead(expr: Expr & { kind: "read" }, { variables, layout }: Scope): Expr {
  const position = cellPosition(variables.get(expr.variable)!, expr.index);
  if (position === null) return expr;
  const field = layout.fields.get(expr.variable)![position]!;
  return field.bits === 0 ? constantOf(field.min) : expr;
}

function negation(operand: Expr): Expr {
  if (isConstant(operand)) return constantOf(operand.value === 0 ? 1 : 0);
  return operand.kind === "not" ? operand.operand : { kind: "not", operand };
}

/** Operands behind the one that decides are dropped, those before it only where they cannot fault. */
function junction(kind: "and" | "or", operandList: readonly Expr[], scope: Scope): Expr {
  const neutral = kind === "and" ? 1 : 0;
  const flat = operandList.flatMap((each) => (each.kind === kind ? each.operands : [each]));
  const kept = flat.filter((each) => !(isConstant(each) && Number(each.value !== 0) === neutral));
  const cut = kept.findIndex(isConstant);
  if (cut >= 0 && !kept.slice(0, cut).some((each) => mayFault(each, scope))) return constantOf(1 - neutral);
  const reached = cut < 0 ? kept : kept.slice(0, cut + 1);
  if (reached.length === 0) return constantOf(neutral);
  return reached.length === 1 ? reached[0]! : { kind, operands: reached };
}

/** Decided by the intervals of the two sides where these do not overlap. */
function comparison(expr: Expr & { kind: "equal" | "less" }, scope: Scope): Expr {
  if (mayFault(expr, scope)) return expr;
  const left = intervalIn(expr.left, scope);
  const right = intervalIn(expr.right, scope);
  if (expr.kind === "less") {
    if (left.max < right.min) return constantOf(1);
    return left.min >= right.max ? constantOf(0) : expr;
  }
  if (left.max < right.min || right.max < left.min) return constantOf(0);
  return isConstant(expr.left) && isConstant(expr.right) ? constantOf(1) : expr;
}

function arithmetic(kind: "add" | "subtract" | "multiply", left: Expr, right: Expr): Expr {
  if (isConstant(left) && isConstant(right)) return constantOf(compute(kind, left.value, right.value));
  if (isConstant(right) && right.value === 0 && kind !== "multiply") return left;
  if (isConstant(left) && left.value === 0 && kind === "add") return right;
  return { kind, left, right };
}

function compute(kind: "add" | "subtract" | "multiply", left: number, right: number): number {
  return kind === "add" ? left + right : kind === "subtract" ? left - right : left * right;
}

function remainder(value: number, divisor: number): number {
  return ((value % divisor) + divisor) % divisor;
}
