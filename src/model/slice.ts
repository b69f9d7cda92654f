/**
 * Slicing: leaves out of a model the variables on which no guard, no assertion and no property depends, not
 * even by way of other variables (the cone of influence). Two states that differ in these alone have the same
 * behaviours and verdicts, so that fewer states say as much. Rules keep their names, order and parameters: a
 * path of the slice is a path of the model.
 *
 * Liveness is preserved, too: a state of the model and its state in the slice enable the same actions, and every step of
 * the one is a step of the other by the same action, one that now changes nothing included. Runs therefore
 * correspond, the fair ones to the fair ones.
 */
import { maxCode, minCode } from "./domain.ts";
import { intervalOf } from "./interval.ts";
import type { Expr, Model, Property, Rule, Statement, Variable } from "./model.ts";
import { eachExpr, eachStatement, propertyConditions, ruleExprs, statementExprs } from "./walk.ts";

export interface SliceOptions {
  /** The properties that are asked for, by name; all unless given. */
  readonly properties?: readonly string[];
  /** Variables to keep in any case, because somebody looks at them. */
  readonly keep?: readonly string[];
}

/** The model without what its properties do not depend on. Properties that are not asked for are left out. */
export function slice(model: Model, { properties, keep = [] }: SliceOptions = {}): Model {
  const asked = model.properties.filter(({ name }) => properties?.includes(name) ?? true);
  const relevant = cone(model, asked, keep);
  const isKept = ({ name }: { name: string }): boolean => relevant.has(name);
  const assertions = new Set(asked.map(({ name }) => name));
  return {
    ...model,
    variables: model.variables.filter(isKept),
    properties: asked,
    rules: model.rules.map((rule) => ({
      ...rule,
      body: sliceBody(rule.body, relevant, assertions),
      weaker: [],
      text: [rule.name],
      event: null,
      place: null,
    })),
  };
}

function cone(model: Model, asked: readonly Property[], keep: readonly string[]): ReadonlySet<string> {
  const variables = new Map(model.variables.map((variable) => [variable.name, variable]));
  const assertions = new Set(asked.map(({ name }) => name));
  const relevant = new Set(keep);
  const add = (expr: Expr): void =>
    eachExpr(expr, (each) => {
      if (each.kind === "read") relevant.add(each.variable);
    });
  for (const expr of [...model.initially, ...asked.flatMap(propertyConditions)]) add(expr);
  for (const rule of model.rules) {
    rule.guard.forEach(add);
    eachStatement(rule.body, (statement) => {
      if (statement.kind === "assert" && assertions.has(statement.property)) add(statement.condition);
      if (statement.kind === "assign" && mayFail(statement, variables))
        relevant.add(statement.target.variable);
    });
    // An index out of bounds is a fault of the model: whatever decides it stays.
    for (const expr of ruleExprs(rule))
      eachExpr(expr, (each) => failingIndices(each, variables).forEach(add));
  }
  for (let before = -1; before !== relevant.size;) {
    before = relevant.size;
    for (const rule of model.rules) addSources(rule, relevant, add);
  }
  return relevant;
}

/** What an assignment to a relevant variable depends on: its operands, and the conditions that it stands under. */
function addSources({ body }: Rule, relevant: ReadonlySet<string>, add: (expr: Expr) => void): void {
  const visit = (statements: readonly Statement[], under: readonly Expr[]): void => {
    for (const statement of statements) {
      if (statement.kind === "if") {
        visit(statement.then, [...under, statement.condition]);
        visit(statement.otherwise, [...under, statement.condition]);
      } else if (statement.kind === "assert" || relevant.has(statement.target.variable)) {
        if (statement.kind === "assign") statementExprs(statement).forEach(add);
        under.forEach(add);
      }
    }
  };
  visit(body, []);
}

function sliceBody(
  body: readonly Statement[],
  relevant: ReadonlySet<string>,
  assertions: ReadonlySet<string>,
): readonly Statement[] {
  return body.flatMap((statement): readonly Statement[] => {
    if (statement.kind === "assign") return relevant.has(statement.target.variable) ? [statement] : [];
    if (statement.kind === "assert")
      return assertions.has(statement.property) ? [{ ...statement, consequence: null }] : [];
    const then = sliceBody(statement.then, relevant, assertions);
    const otherwise = sliceBody(statement.otherwise, relevant, assertions);
    return then.length + otherwise.length === 0 ? [] : [{ ...statement, then, otherwise }];
  });
}

/** Whether an assignment may be out of range: then it decides whether the model has a meaning. */
function mayFail(
  { target, value }: Statement & { readonly kind: "assign" },
  variables: ReadonlyMap<string, Variable>,
): boolean {
  const { domain } = variables.get(target.variable)!;
  const { min, max } = intervalOf(value, variables);
  return min < minCode(domain) || max > maxCode(domain);
}

/** The indices of a read that may be out of bounds. */
function failingIndices(expr: Expr, variables: ReadonlyMap<string, Variable>): readonly Expr[] {
  if (expr.kind !== "read") return [];
  const { index } = variables.get(expr.variable)!;
  return expr.index.filter((each, dimension) => {
    const { min, max } = intervalOf(each, variables);
    const domain = index[dimension]!;
    return (
      min < minCode(domain) || max > (domain.kind === "names" ? domain.members.length - 1 : maxCode(domain))
    );
  });
}
