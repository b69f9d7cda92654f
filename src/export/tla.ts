/**
 * A model in TLA+, for TLC.
 *
 * An action is a conjunction: its guard, and what every variable is after it. Statements in a row become definitions
 * one inside the other, each of what a variable holds from there on. A guard is compared with TRUE, since TLC would
 * take each true part of a bare disjunction for a step of its own.
 */
import { type Domain, indexCodes } from "../model/domain.ts";
import type { Model, Rule, Variable } from "../model/model.ts";
import { cellsOf } from "./initial.ts";
import { commentText, Lines } from "./lines.ts";
import { ExpressionWriter, integerText } from "./notation.ts";
import type { Exported, ExportOptions } from "./options.ts";
import { propertyRemarks, ruleRemarks } from "./remarks.ts";
import { TlaBody } from "./tla-body.ts";
import { valuesOf, Vocabulary } from "./vocabulary.ts";

const RESERVED =
  "action assert assume assumption axiom bags boolean by case choose constant constants corollary define domain else enabled except extends finitesets have hide if in init inner instance integers lambda let lemma local module naturals new next obvious of omitted only other pick proof proposition prove qed recursive reals sequences sf_ spec state string subset suffices take temporal then theorem tlc true false type unchanged union use variable variables vars wf_ with witness".split(
    " ",
  );

export function tla(model: Model, options: ExportOptions): Exported {
  return new TlaWriter(model, options).write();
}

class TlaWriter {
  readonly #out = new Lines();
  readonly #model: Model;
  readonly #options: ExportOptions;
  readonly #names: Vocabulary;

  constructor(model: Model, options: ExportOptions) {
    this.#model = model;
    this.#options = options;
    this.#names = new Vocabulary(model, RESERVED);
  }

  write(): Exported {
    const variables = this.#model.variables.map(({ name }) => this.#names.variable(name)).join(", ");
    this.#out.line("---- MODULE model ----");
    this.#header();
    this.#out.line("EXTENDS Integers, TLC");
    this.#out.line(`VARIABLES ${variables}`);
    this.#out.line();
    this.#out.line(`vars == <<${variables}>>`);
    this.#initial();
    for (const rule of this.#model.rules) this.#rule(rule);
    this.#out.block("Next ==", () =>
      this.#out.lines(this.#model.rules.map((rule) => `\\/ ${this.#call(rule)}`)),
    );
    this.#out.line();
    const invariants = this.#options.properties ? this.#properties() : [];
    this.#out.line("====");
    const config = ["INIT Init", "NEXT Next", ...invariants.map((name) => `INVARIANT ${name}`)];
    return { text: this.#out.toString(), companion: `${config.join("\n")}\n` };
  }

  #header(): void {
    const { counts, origin, properties } = this.#options;
    const numbers =
      counts === null
        ? "not counted"
        : `${counts.states} distinct states; states generated: ${counts.transitions} and one for each initial state`;
    this.#out.lines([
      `\\* ${commentText(origin)}`,
      "\\* Untested: this form is not compared with TLC by the tests.",
      "\\* To run, as model.tla with its model.cfg: java -jar tla2tools.jar -deadlock -workers 1 model.tla",
      properties
        ? "\\* To expect: no error if every property holds; else the shortest violation."
        : `\\* To expect: ${numbers}.`,
    ]);
  }

  #initial(): void {
    const writer = this.#expressions();
    this.#out.block("Init ==", () => {
      for (const variable of this.#model.variables) this.#out.line(`/\\ ${this.#begin(variable)}`);
      for (const condition of this.#model.initially) this.#out.line(`/\\ ${writer.write(condition)}`);
    });
    this.#out.line();
  }

  /** What a variable begins with. Cells with values of their own are bound one by one. */
  #begin(variable: Variable): string {
    const name = this.#names.variable(variable.name);
    const { domain, index, initial } = variable;
    const set = (list: readonly number[]): string =>
      `{${list.map((code) => constant(code, domain)).join(", ")}}`;
    if (initial.kind === "every") {
      const [only, ...more] = initial.codes;
      if (index.length === 0) return `${name} \\in ${set(initial.codes)}`;
      const places = index.map(indexSet).join(" \\X ");
      if (more.length > 0) return `${name} \\in [${places} -> ${set(initial.codes)}]`;
      return `${name} = [at \\in ${places} |-> ${constant(only!, domain)}]`;
    }
    const cells = cellsOf(variable);
    const bound = cells.map((_, i) => `v${i} \\in ${set(initial.codes[i]!)}`).join(", ");
    const pairs = cells.map(({ index: at }, i) => {
      const key = at.map((code, dimension) => constant(code, index[dimension]!)).join(", ");
      return `(${index.length > 1 ? `<<${key}>>` : key} :> v${i})`;
    });
    return `\\E ${bound} : ${name} = ${index.length === 0 ? "v0" : pairs.join(" @@ ")}`;
  }

  #rule(rule: Rule): void {
    const parameters = rule.parameters.map(({ name }) => this.#names.parameter(name));
    const head = this.#names.rule(rule.name) + (parameters.length > 0 ? `(${parameters.join(", ")})` : "");
    this.#remarks(ruleRemarks(rule, this.#expressions()));
    this.#out.block(`${head} ==`, () => {
      this.#out.line(`/\\ (${this.#expressions().conjunction(rule.guard)}) = TRUE`);
      const body = new TlaBody(this.#model, this.#names, this.#options.properties, (names) =>
        this.#expressions(names),
      );
      this.#out.lines(body.write(rule.body));
    });
    this.#out.line();
  }

  #call(rule: Rule): string {
    if (rule.parameters.length === 0) return this.#names.rule(rule.name);
    const parameters = rule.parameters.map(({ name }) => this.#names.parameter(name));
    const bound = rule.parameters.map(({ domain }, i) => `${parameters[i]} \\in ${indexSet(domain)}`);
    return `\\E ${bound.join(", ")} : ${this.#names.rule(rule.name)}(${parameters.join(", ")})`;
  }

  /** Defines the invariants, and gives their names. */
  #properties(): string[] {
    const writer = this.#expressions();
    return this.#model.properties.flatMap((property) => {
      this.#remarks(propertyRemarks(property, writer));
      if (property.kind === "goal") this.#remarks(["left out: goals are not asked for"]);
      if (property.kind !== "invariant" && property.kind !== "deadlock") return [];
      const name = this.#names.property(property.name);
      if (property.kind === "invariant") this.#out.line(`${name} == ${writer.write(property.condition)}`);
      else {
        const fair = this.#model.rules.filter((rule) => rule.fair).map((rule) => this.#enabled(rule));
        const ways = [`(${writer.write(property.terminated)})`, ...fair];
        this.#out.line(`${name} == ${ways.join(" \\/ ")}`);
      }
      return [name];
    });
  }

  #enabled(rule: Rule): string {
    const bound = rule.parameters.map(
      ({ name, domain }) => `${this.#names.parameter(name)} \\in ${indexSet(domain)}`,
    );
    const guard = this.#expressions().conjunction(rule.guard);
    return bound.length === 0 ? `(${guard})` : `(\\E ${bound.join(", ")} : ${guard})`;
  }

  /** Writes expressions in which variables go by the names given, and by their own where there is none. */
  #expressions(current: ReadonlyMap<string, string> = new Map()): ExpressionWriter {
    return new ExpressionWriter(
      {
        true: "TRUE",
        false: "FALSE",
        not: "~",
        and: "/\\",
        or: "\\/",
        equal: "=",
        remainderIsNatural: true,
        constant,
        parameter: (name) => this.#names.parameter(name),
        cell: (variable, index) => {
          const name = current.get(variable) ?? this.#names.variable(variable);
          return index.length === 0 ? name : `${name}[${index.join(", ")}]`;
        },
        choose: (condition, then, otherwise) => `IF ${condition} THEN ${then} ELSE ${otherwise}`,
      },
      this.#model.variables,
    );
  }

  #remarks(lines: readonly string[]): void {
    this.#out.lines(lines.map((line) => `\\* ${commentText(line)}`));
  }
}

/** Words are strings. */
function constant(value: number, domain: Domain): string {
  if (domain.kind === "bool") return value === 0 ? "FALSE" : "TRUE";
  if (domain.kind === "range") return integerText(value);
  const word =
    domain.kind === "names" && value === domain.members.length
      ? `no_${domain.name}`
      : valuesOf(domain)[value]!;
  return JSON.stringify(word);
}

function indexSet(domain: Domain): string {
  if (domain.kind === "bool") return "BOOLEAN";
  // TLC counts through an interval beyond its end, which must be a number too.
  if (domain.kind === "range" && domain.max < 2 ** 31 - 1)
    return `(${integerText(domain.min)}..${integerText(domain.max)})`;
  return `{${indexCodes(domain)
    .map((code) => constant(code, domain))
    .join(", ")}}`;
}
