/** Checks the domains of a model: each has values that fit, and one name means one list of values. */
import { describeDomain, type Domain, domainSize, maxCode, minCode } from "./domain.ts";
import type { Diagnostic, DiagnosticCode } from "./diagnostic.ts";
import type { Expr, Model, Rule, Source } from "./model.ts";
import { eachExpr, eachStatement, propertyConditions, statementExprs } from "./walk.ts";

/** The largest domain of a variable: its values must fit the fast engine's fields. */
const MAX_DOMAIN = 2 ** 31;

/** A domain with the place where it is used, and what uses it. */
interface Use {
  readonly domain: Domain;
  readonly by: string;
  readonly source: Source | null;
}

export function validateDomains(model: Model): Diagnostic[] {
  const found: Diagnostic[] = [];
  const error = (code: DiagnosticCode, message: string, { source }: Use): void => {
    found.push({ code, severity: "error", message, hint: null, source });
  };
  const declared = declaredDomains(model);
  for (const use of declared)
    if (!fits(use.domain))
      error(
        "TLB110",
        `${use.by} ranges over ${describeDomain(use.domain)}, which is empty or too large`,
        use,
      );
  const known = new Map<string, string>();
  for (const use of [...declared, ...mentionedDomains(model)]) {
    const { domain } = use;
    if (domain.kind !== "enum" && domain.kind !== "names") continue;
    // With "none" and without are the same names.
    const values = JSON.stringify(domain.kind === "enum" ? domain.values : domain.members);
    const key = `${domain.kind} ${domain.name}`;
    const before = known.get(key);
    if (before === undefined) known.set(key, values);
    else if (before !== values)
      error("TLB105", `two domains are named ${domain.name}: one of ${before}, one of ${values}`, use);
  }
  return found;
}

function fits(domain: Domain): boolean {
  const size = domainSize(domain);
  return size >= 1 && size <= MAX_DOMAIN && minCode(domain) >= -(2 ** 31) && maxCode(domain) < 2 ** 31;
}

function declaredDomains({ variables, rules }: Model): Use[] {
  return [
    ...variables.flatMap(({ name, index, domain, source }) =>
      [domain, ...index].map((each) => ({ domain: each, by: name, source })),
    ),
    ...rules.flatMap(({ name, parameters, source }) =>
      parameters.map((parameter) => ({
        domain: parameter.domain,
        by: `${parameter.name} of ${name}`,
        source,
      })),
    ),
  ];
}

/** The domains of constants and parameters in expressions. */
function mentionedDomains({ initially, rules, properties }: Model): Use[] {
  const found: Use[] = [];
  const visit = (exprs: readonly Expr[], by: string, source: Source | null): void => {
    for (const expr of exprs)
      eachExpr(expr, (each) => {
        if (each.kind === "constant" || each.kind === "parameter")
          found.push({ domain: each.domain, by, source });
      });
  };
  visit(initially, "the initial states", null);
  for (const rule of rules) visit(exprsOf(rule), rule.name, rule.source);
  for (const property of properties) visit(propertyConditions(property), property.name, property.source);
  return found;
}

function exprsOf(rule: Rule): Expr[] {
  const found: Expr[] = [];
  for (const { guard, body } of [rule, ...rule.weaker]) {
    found.push(...guard);
    eachStatement(body, (statement) => found.push(...statementExprs(statement)));
  }
  return found;
}
