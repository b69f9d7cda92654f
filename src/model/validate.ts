/** Checks that a model is well formed; what passes here has a meaning in `semantics.ts`. */
import { contains, describeDomain, type Domain, indexSize, maxCode, minCode, valueType } from "./domain.ts";
import type { Diagnostic, DiagnosticCode } from "./diagnostic.ts";
import { intervalOf } from "./interval.ts";
import { validateDomains } from "./validate-domains.ts";
import {
  assertNever,
  type Cell,
  type Expr,
  type Model,
  type Parameter,
  type Property,
  type Rule,
  type Source,
  type Statement,
  type Text,
  type Variable,
} from "./model.ts";
import { propertyConditions } from "./walk.ts";

/** Every fault of a model, in its own order; empty for a well-formed one. */
export function validate(model: Model): Diagnostic[] {
  const domains = validateDomains(model);
  // Codes mean nothing where a domain has none, or two meanings.
  if (domains.length > 0) return domains;
  const checker = new Checker(model);
  checker.check();
  return checker.found;
}

class Checker {
  readonly found: Diagnostic[] = [];
  readonly #model: Model;
  readonly #variables: ReadonlyMap<string, Variable>;
  readonly #properties: ReadonlySet<string>;

  constructor(model: Model) {
    this.#model = model;
    this.#variables = new Map(model.variables.map((variable) => [variable.name, variable]));
    this.#properties = new Set(
      model.properties.filter(({ kind }) => kind === "assertion").map(({ name }) => name),
    );
  }

  check(): void {
    const { variables, rules, properties, initially } = this.#model;
    if (rules.length === 0) this.#error("TLB113", "a model without rules", null);
    this.#unique("variable", variables);
    this.#unique("rule", rules);
    this.#unique(
      "property",
      properties.flatMap(({ name, aliases, source }) =>
        [name, ...aliases].map((each) => ({ name: each, source })),
      ),
    );
    for (const variable of variables) this.#variable(variable);
    for (const expr of initially) this.#condition(expr, [], null);
    for (const rule of rules) this.#rule(rule);
    for (const property of properties) {
      for (const condition of propertyConditions(property)) this.#condition(condition, [], property.source);
      if (property.kind === "liveness") this.#recurrences(property);
      if (property.kind === "goal") this.#concerned(property);
      this.#text(property.consequence, [], property.source);
    }
  }

  /** A recurrence of no rule that is there would never occur, and the property so hold for nothing. */
  #recurrences({ name, runs, source }: Property & { kind: "liveness" }): void {
    const known = this.#model.rules.map((rule) => rule.name);
    for (const { consequence } of runs) if (consequence) this.#text(consequence, [], source);
    for (const each of runs.flatMap(({ infinitelyOften }) => infinitelyOften)) {
      if (each.kind !== "taken") continue;
      if (each.rules.length === 0) this.#error("TLB104", `${name} waits for steps of no rule`, source);
      for (const rule of each.rules)
        if (!known.includes(rule))
          this.#error("TLB104", `${name} names ${rule}, which is no rule of the model`, source);
    }
  }

  /** A goal of no property that is there would never make anything vacuous. */
  #concerned({ name, of, source }: Property & { kind: "goal" }): void {
    const known = this.#model.properties.filter(({ kind }) => kind !== "goal").map((each) => each.name);
    for (const each of of ?? [])
      if (!known.includes(each))
        this.#error(
          "TLB104",
          `the goal ${name} is one of ${each}, which is no property of the model`,
          source,
        );
  }

  #variable({ name, domain, index, initial, source }: Variable): void {
    const cells = index.reduce((product, each) => product * indexSize(each), 1);
    const lists = initial.kind === "every" ? [initial.codes] : initial.codes;
    if (initial.kind === "each" && lists.length !== cells)
      this.#error(
        "TLB106",
        `${name} has ${cells} cells, but ${lists.length} lists of initial values`,
        source,
      );
    for (const codes of lists) {
      if (codes.length === 0) this.#error("TLB109", `${name} has a cell without an initial value`, source);
      for (const code of codes)
        if (!contains(domain, code))
          this.#error(
            "TLB102",
            `${name} cannot begin as ${code}: it ranges over ${describeDomain(domain)}`,
            source,
          );
    }
  }

  #rule(rule: Rule): void {
    this.#unique(
      `parameter of ${rule.name}`,
      rule.parameters.map(({ name }) => ({ name, source: rule.source })),
    );
    for (const conjunct of rule.guard) this.#condition(conjunct, rule.parameters, rule.source);
    this.#body(rule.body, rule);
    for (const form of rule.weaker) {
      for (const conjunct of form.guard) this.#condition(conjunct, rule.parameters, rule.source);
      this.#body(form.body, rule);
    }
    for (const text of [rule.text, rule.event?.text ?? []]) this.#text(text, rule.parameters, rule.source);
    this.#whoAndWhere(rule);
    this.#waiting(rule);
  }

  #waiting({ waiting, parameters, source }: Rule): void {
    if (!waiting) return;
    this.#condition(waiting.stands, parameters, source);
    for (const { until, text, because } of waiting.awaits) {
      this.#condition(until, parameters, source);
      for (const cause of because) this.#condition(cause.during, parameters, source);
      for (const each of [text, ...because.map((cause) => cause.text)]) this.#text(each, parameters, source);
    }
  }

  #whoAndWhere({ name, actor, fairnessClass, place, parameters, source }: Rule): void {
    const fixed = [
      { what: "actor", index: actor.index },
      { what: "fairness class", index: fairnessClass?.index ?? null },
    ];
    for (const { what, index } of fixed) {
      if (!index) continue;
      this.#type(index, parameters, source);
      if (index.kind !== "constant" && index.kind !== "parameter")
        this.#error(
          "TLB103",
          `the ${what} of ${name} depends on the state; its index is a constant or a parameter`,
          source,
        );
    }
    const where = place && this.#type(place, parameters, source);
    if (where === "bool" || where?.startsWith("enum "))
      this.#error("TLB103", `the place of ${name} is of type ${where}, not a number or a name`, source);
  }

  #text(text: Text, parameters: readonly Parameter[], source: Source | null): void {
    for (const part of text) if (typeof part !== "string") this.#type(part, parameters, source);
  }

  #body(body: readonly Statement[], rule: Rule): void {
    for (const statement of body) {
      switch (statement.kind) {
        case "assign":
          this.#assignment(statement, rule);
          break;
        case "if":
          this.#condition(statement.condition, rule.parameters, rule.source);
          this.#body(statement.then, rule);
          this.#body(statement.otherwise, rule);
          break;
        case "assert":
          if (!this.#properties.has(statement.property))
            this.#error(
              "TLB104",
              `${rule.name} asserts ${statement.property}, which is no assertion of the model`,
              statement.source,
            );
          this.#condition(statement.condition, rule.parameters, statement.source);
          this.#text(statement.consequence ?? [], rule.parameters, statement.source);
          break;
        default:
          assertNever(statement);
      }
    }
  }

  #assignment({ target, value, source }: Statement & { kind: "assign" }, rule: Rule): void {
    const where = source ?? rule.source;
    const to = this.#cell(target, rule.parameters, where);
    const from = this.#type(value, rule.parameters, where);
    if (to === undefined || from === undefined) return;
    const { domain } = this.#variables.get(target.variable)!;
    if (to !== from)
      this.#error(
        "TLB103",
        `${rule.name} assigns a value of type ${from} to ${target.variable}, which is of type ${to}`,
        where,
      );
    const { min, max } = intervalOf(value, this.#variables);
    if (max < minCode(domain) || min > maxCode(domain))
      this.#error(
        "TLB108",
        `${rule.name} assigns to ${target.variable} a value that ${describeDomain(domain)} never holds`,
        where,
      );
  }

  #condition(expr: Expr, parameters: readonly Parameter[], source: Source | null): void {
    const type = this.#type(expr, parameters, source);
    if (type !== undefined && type !== "bool")
      this.#error("TLB103", `a condition is of type ${type}, not bool`, source);
  }

  /** The type of an expression, or undefined where a fault inside it was already reported. */
  #type(expr: Expr, parameters: readonly Parameter[], source: Source | null): string | undefined {
    const all = (type: string, ...operands: readonly Expr[]): string | undefined => {
      const types = operands.map((each) => this.#type(each, parameters, source));
      if (types.includes(undefined)) return undefined;
      const wrong = types.find((each) => each !== type);
      if (wrong !== undefined)
        this.#error("TLB103", `${expr.kind} is applied to a value of type ${wrong}, not ${type}`, source);
      return wrong === undefined ? type : undefined;
    };
    switch (expr.kind) {
      case "constant":
        if (!contains(expr.domain, expr.value))
          this.#error("TLB102", `${expr.value} is not a value of ${describeDomain(expr.domain)}`, source);
        return valueType(expr.domain);
      case "parameter":
        return this.#parameter(expr, parameters, source);
      case "read":
        return this.#cell(expr, parameters, source);
      case "not":
        return all("bool", expr.operand);
      case "and":
      case "or":
        return all("bool", ...expr.operands);
      case "less":
        return all("int", expr.left, expr.right) && "bool";
      case "add":
      case "subtract":
      case "multiply":
        return all("int", expr.left, expr.right) && this.#fits(expr, source);
      case "remainder":
        if (!Number.isInteger(expr.divisor) || expr.divisor < 1)
          this.#error("TLB102", `the divisor ${expr.divisor} is not a positive whole number`, source);
        return all("int", expr.left);
      case "equal":
        return this.#same(expr.left, expr.right, parameters, source) && "bool";
      case "if":
        this.#condition(expr.condition, parameters, source);
        return this.#same(expr.then, expr.otherwise, parameters, source);
      default:
        return assertNever(expr);
    }
  }

  #parameter(
    expr: Expr & { kind: "parameter" },
    parameters: readonly Parameter[],
    source: Source | null,
  ): string | undefined {
    const declared = parameters.find(({ name }) => name === expr.name);
    if (!declared) {
      this.#error("TLB104", `${expr.name} is not a parameter of the rule`, source);
      return undefined;
    }
    if (!sameDomain(declared.domain, expr.domain)) {
      const [is, not] = [declared.domain, expr.domain].map(describeDomain);
      this.#error("TLB103", `the parameter ${expr.name} ranges over ${is}, not ${not}`, source);
    }
    return valueType(expr.domain);
  }

  #same(
    left: Expr,
    right: Expr,
    parameters: readonly Parameter[],
    source: Source | null,
  ): string | undefined {
    const a = this.#type(left, parameters, source);
    const b = this.#type(right, parameters, source);
    if (a === undefined || b === undefined || a === b) return a;
    this.#error("TLB103", `a value of type ${a} meets one of type ${b}`, source);
    return undefined;
  }

  #fits(expr: Expr, source: Source | null): string {
    const { min, max } = intervalOf(expr, this.#variables);
    if (min < -(2 ** 31) || max >= 2 ** 31)
      this.#error(
        "TLB111",
        `an expression may reach ${min} or ${max}, outside of the 32-bit integers`,
        source,
      );
    return "int";
  }

  #cell(cell: Cell, parameters: readonly Parameter[], source: Source | null): string | undefined {
    const variable = this.#variables.get(cell.variable);
    if (!variable) {
      this.#error("TLB104", `${cell.variable} is not a variable of the model`, source);
      return undefined;
    }
    if (cell.index.length !== variable.index.length) {
      this.#error(
        "TLB106",
        `${cell.variable} has ${variable.index.length} indices, not ${cell.index.length}`,
        source,
      );
      return undefined;
    }
    cell.index.forEach((expr, dimension) => this.#index(cell, expr, dimension, variable, parameters, source));
    return valueType(variable.domain);
  }

  #index(
    cell: Cell,
    expr: Expr,
    dimension: number,
    variable: Variable,
    parameters: readonly Parameter[],
    source: Source | null,
  ): void {
    const domain = variable.index[dimension]!;
    const type = this.#type(expr, parameters, source);
    if (type === undefined) return;
    if (type !== valueType(domain)) {
      this.#error(
        "TLB103",
        `index ${dimension + 1} of ${cell.variable} is of type ${type}, not ${valueType(domain)}`,
        source,
      );
      return;
    }
    const { min, max } = intervalOf(expr, this.#variables);
    if (max < minCode(domain) || min >= minCode(domain) + indexSize(domain))
      this.#error(
        "TLB107",
        `index ${dimension + 1} of ${cell.variable} is never within ${describeDomain(domain)}`,
        source,
      );
  }

  #unique(what: string, named: readonly { name: string; source: Source | null }[]): void {
    const seen = new Set<string>();
    for (const { name, source } of named) {
      if (seen.has(name)) this.#error("TLB105", `there are two of the same name: ${what} ${name}`, source);
      seen.add(name);
    }
  }

  #error(code: DiagnosticCode, message: string, source: Source | null): void {
    this.found.push({ code, severity: "error", message, hint: null, source });
  }
}

/** Equal domains; the values of one name are known to be the same. */
function sameDomain(a: Domain, b: Domain): boolean {
  return valueType(a) === valueType(b) && minCode(a) === minCode(b) && maxCode(a) === maxCode(b);
}
