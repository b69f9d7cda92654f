/** Variables that are part of a state though nothing looks at them. */
import type { Expr, Model, Variable } from "../model/model.ts";
import { eachExpr, eachStatement, statementExprs } from "../model/walk.ts";

/** The variables that no guard and no assignment reads. Assertions do not count: they may be left out. */
export function unreadVariables(model: Model): Variable[] {
  const read = new Set<string>();
  const note = (expr: Expr): void =>
    eachExpr(expr, (each) => {
      if (each.kind === "read") read.add(each.variable);
    });
  for (const { guard, body } of model.rules) {
    guard.forEach(note);
    eachStatement(body, (statement) => {
      if (statement.kind !== "assert") statementExprs(statement).forEach(note);
    });
  }
  return model.variables.filter(({ name }) => !read.has(name));
}
