/** The names of a model as identifiers of another language: as they are where that is possible. */
import { type Domain, valueType } from "../model/domain.ts";
import type { Expr, Model, Rule, Text } from "../model/model.ts";
import { eachExpr, eachStatement, propertyConditions, ruleExprs } from "../model/walk.ts";

/** An enumeration, or names with "none" where the model uses it anywhere. */
export type WordDomain = Exclude<Domain, { kind: "bool" } | { kind: "range" }>;

export class Vocabulary {
  /** The domains whose values are words, each once, in the order in which the model mentions them. */
  readonly domains: readonly WordDomain[];
  readonly #taken: Set<string>;
  readonly #given = new Map<string, string>();

  /** `reserved`: words, in lower case, that are no identifiers in the language, or that its tool uses itself. */
  constructor(model: Model, reserved: readonly string[]) {
    this.#taken = new Set(reserved);
    for (const { name } of model.variables) this.#give(`variable ${name}`, name);
    this.domains = wordDomains(model);
    for (const domain of this.domains) this.#giveValues(domain);
    for (const { parameters } of model.rules)
      for (const { name } of parameters) this.#give(`parameter ${name}`, name);
    for (const { name } of model.rules) this.#give(`rule ${name}`, name);
    for (const { name } of model.properties) this.#give(`property ${name}`, name);
    for (const domain of this.domains) this.#give(`domain ${valueType(domain)}`, domain.name);
  }

  variable(name: string): string {
    return this.#given.get(`variable ${name}`)!;
  }

  parameter(name: string): string {
    return this.#given.get(`parameter ${name}`)!;
  }

  rule(name: string): string {
    return this.#given.get(`rule ${name}`)!;
  }

  property(name: string): string {
    return this.#given.get(`property ${name}`)!;
  }

  domain(domain: WordDomain): string {
    return this.#given.get(`domain ${valueType(domain)}`)!;
  }

  /** A value of an enumeration or a name. */
  value(domain: WordDomain, code: number): string {
    return this.#given.get(`${valueType(domain)} ${code}`)!;
  }

  /** An identifier that nothing else has, like `wanted`. */
  fresh(wanted: string): string {
    const plain = identifier(wanted);
    for (let count = 1; ; count++) {
      const name = count === 1 ? plain : `${plain}_${count}`;
      // Some languages and tools do not tell capitals from small letters.
      if (this.#taken.has(name.toLowerCase())) continue;
      this.#taken.add(name.toLowerCase());
      return name;
    }
  }

  #giveValues(domain: WordDomain): void {
    const words = valuesOf(domain);
    // Values of two domains may have one name; then the later ones tell whose they are.
    const clash = words.some((word) => this.#taken.has(identifier(word).toLowerCase()));
    words.forEach((word, code) =>
      this.#give(`${valueType(domain)} ${code}`, clash ? `${domain.name}_${word}` : word),
    );
  }

  #give(what: string, name: string): void {
    if (!this.#given.has(what)) this.#given.set(what, this.fresh(name));
  }
}

/** The words of a domain's values, in the order of their codes. */
export function valuesOf(domain: WordDomain): readonly string[] {
  if (domain.kind === "enum") return domain.values;
  return domain.none ? [...domain.members, `no_${domain.name}`] : domain.members;
}

function wordDomains(model: Model): WordDomain[] {
  const found = new Map<string, WordDomain>();
  for (const domain of mentionedDomains(model)) {
    if (domain.kind === "bool" || domain.kind === "range") continue;
    const key = valueType(domain);
    const known = found.get(key);
    if (!known || (domain.kind === "names" && domain.none)) found.set(key, domain);
  }
  return [...found.values()];
}

function mentionedDomains(model: Model): Domain[] {
  const domains = model.variables.flatMap(({ index, domain }) => [...index, domain]);
  for (const expr of everyExpr(model))
    eachExpr(expr, (each) => {
      if (each.kind === "constant" || each.kind === "parameter") domains.push(each.domain);
    });
  for (const { parameters } of model.rules) domains.push(...parameters.map(({ domain }) => domain));
  return domains;
}

function everyExpr(model: Model): Expr[] {
  return [
    ...model.initially,
    ...model.rules.flatMap((rule) => [...ruleExprs(rule), ...toldBy(rule)]),
    ...model.properties.flatMap((property) => {
      const told = property.consequence.filter(isExpr);
      return [...propertyConditions(property), ...told];
    }),
  ];
}

/** The values in a rule's texts, which become comments. */
function toldBy({ text, event, body }: Rule): Expr[] {
  const texts: Text[] = [text, event?.text ?? []];
  eachStatement(body, (statement) => {
    if (statement.kind === "assert") texts.push(statement.consequence ?? []);
  });
  return texts.flat().filter(isExpr);
}

function isExpr(part: string | Expr): part is Expr {
  return typeof part !== "string";
}

function identifier(name: string): string {
  const word = name.replaceAll(/\W/g, "_").replace(/^_+/, "");
  return /^[A-Za-z]/.test(word) ? word : `v_${word}`;
}
