/** Visits the parts of expressions and statements, so that an analysis names only the kinds it cares for. */
import {
  assertNever,
  type Expr,
  type Property,
  type Rule,
  type RunDescription,
  type Statement,
} from "./model.ts";

/** The direct operands of an expression, in the order of evaluation. */
export function operands(expr: Expr): readonly Expr[] {
  switch (expr.kind) {
    case "constant":
    case "parameter":
      return [];
    case "read":
      return expr.index;
    case "not":
      return [expr.operand];
    case "and":
    case "or":
      return expr.operands;
    case "equal":
    case "less":
    case "add":
    case "subtract":
    case "multiply":
      return [expr.left, expr.right];
    case "remainder":
      return [expr.left];
    case "if":
      return [expr.condition, expr.then, expr.otherwise];
    default:
      return assertNever(expr);
  }
}

/** Calls `visit` for an expression and everything in it. */
export function eachExpr(expr: Expr, visit: (expr: Expr) => void): void {
  visit(expr);
  for (const operand of operands(expr)) eachExpr(operand, visit);
}

/** Calls `visit` for each statement, branches included. */
export function eachStatement(body: readonly Statement[], visit: (statement: Statement) => void): void {
  for (const statement of body) {
    visit(statement);
    if (statement.kind === "if") {
      eachStatement(statement.then, visit);
      eachStatement(statement.otherwise, visit);
    }
  }
}

/** The expressions that stand directly in a statement; its branches are statements of their own. */
export function statementExprs(statement: Statement): readonly Expr[] {
  switch (statement.kind) {
    case "assign":
      return [...statement.target.index, statement.value];
    case "if":
    case "assert":
      return [statement.condition];
    default:
      return assertNever(statement);
  }
}

/** The expressions of a rule's guard and body that decide what it does, texts left out. */
export function ruleExprs(rule: Rule): Expr[] {
  const found = [...rule.guard];
  eachStatement(rule.body, (statement) => found.push(...statementExprs(statement)));
  return found;
}

/** The conditions of a property, each of which has a truth value in every reachable state. */
export function propertyConditions(property: Property): readonly Expr[] {
  switch (property.kind) {
    case "invariant":
    case "goal":
      return [property.condition];
    case "assertion":
      return [];
    case "deadlock":
      return [property.terminated];
    case "liveness":
      return property.runs.flatMap(runConditions);
    default:
      return assertNever(property);
  }
}

/** The conditions of the runs that a liveness property forbids, the one that stays true first. */
export function runConditions({ eventuallyAlways, infinitelyOften }: RunDescription): readonly Expr[] {
  return [
    eventuallyAlways,
    ...infinitelyOften.flatMap((each) => (each.kind === "state" ? [each.condition] : [])),
  ];
}
