/**
 * A model in the Murphi language, for rumur.
 *
 * A rule is a rule, its parameters are rulesets, and a value that is a word is a constant with its position: two
 * domains of the same names can then be compared, which two Murphi enumerations cannot.
 */
import { type Domain, indexSize, maxCode, minCode } from "../model/domain.ts";
import { assertNever, type Model, type Rule, type Statement } from "../model/model.ts";
import { cellsOf, type InitialCell, initialStates, type InitialStates } from "./initial.ts";
import { commentText, Lines } from "./lines.ts";
import { ExpressionWriter, type Notation } from "./notation.ts";
import { numberedWords } from "./numbered-words.ts";
import type { Exported, ExportOptions } from "./options.ts";
import { assertRemarks, propertyRemarks, ruleRemarks } from "./remarks.ts";
import { valuesOf, Vocabulary } from "./vocabulary.ts";

/** Words that are no names in Murphi or rumur, in small letters: rumur does not tell capitals apart in them. */
const RESERVED =
  "alias aliasstmt array assert assume begin boolean by case clear const cover do else elseif elsif end endalias endexists endfor endforall endfunction endif endprocedure endrecord endrule endruleset endstartstate endswitch endwhile enum error exists export false for forall from function if import in interleaved invariant isundefined ismember liveness multiset multisetadd multisetcount multisetremove multisetremovepred of print procedure process program property put real record return rule ruleset scalarset startstate switch then to traceuntil true type undefine undefined union var while".split(
    " ",
  );

export function murphi(model: Model, options: ExportOptions): Exported {
  return { text: new MurphiWriter(model, options).write(), companion: null };
}

class MurphiWriter {
  readonly #out = new Lines();
  readonly #model: Model;
  readonly #options: ExportOptions;
  readonly #names: Vocabulary;
  readonly #notation: Notation;
  readonly #expressions: ExpressionWriter;
  readonly #initial: InitialStates;

  constructor(model: Model, options: ExportOptions) {
    this.#model = model;
    this.#options = options;
    this.#initial = initialStates(model);
    const names = new Vocabulary(model, RESERVED);
    this.#names = names;
    this.#notation = {
      ...numberedWords(names),
      and: "&",
      or: "|",
      equal: "=",
      cell: (variable, index) => names.variable(variable) + index.map((each) => `[${each}]`).join(""),
      choose: (condition, then, otherwise) => `${condition} ? ${then} : ${otherwise}`,
    };
    this.#expressions = new ExpressionWriter(this.#notation, model.variables);
  }

  write(): string {
    this.#header();
    this.#constants();
    this.#variables();
    this.#startStates();
    for (const rule of this.#model.rules) this.#rule(rule);
    if (this.#options.properties) this.#properties();
    return this.#out.toString();
  }

  #header(): void {
    const { counts, origin, properties } = this.#options;
    const numbers =
      counts === null ? "not counted" : `${counts.states} states, ${counts.transitions} rules fired`;
    this.#out.lines([
      `-- ${commentText(origin)}`,
      "--",
      "-- To run: rumur --deadlock-detection=off --symmetry-reduction=off --value-type=int32_t --output model.c FILE",
      "--         gcc -O2 -std=c11 -mcx16 -o model model.c -lpthread -latomic && ./model",
      properties
        ? "-- To expect: no error if every property holds; else the shortest violation."
        : `-- To expect: ${numbers}.`,
      "",
    ]);
  }

  #constants(): void {
    const { domains } = this.#names;
    if (domains.length === 0) return;
    this.#out.block("const", () => {
      for (const domain of domains)
        valuesOf(domain).forEach((_, code) => this.#out.line(`${this.#names.value(domain, code)}: ${code};`));
    });
    this.#out.line();
  }

  #variables(): void {
    this.#out.block("var", () => {
      for (const { name, index, domain } of this.#model.variables) {
        const dimensions = index.map((each) => `array [${indexType(each)}] of `).join("");
        this.#out.line(`${this.#names.variable(name)}: ${dimensions}${typeOf(domain)};${wordsOf(domain)}`);
      }
    });
    this.#out.line();
  }

  /** One start state for each initial state, or a ruleset over them where their values are ranges. */
  #startStates(): void {
    const { varying, states } = this.#initial;
    const isFree = this.#model.initially.length === 0;
    if (states.length > 1 && isFree && varying.every(({ codes }) => isRange(codes))) {
      const parameters = varying.map((cell) => this.#names.fresh(`${cell.variable.name}_${cell.position}`));
      const quantified = varying.map(({ codes, variable: { domain } }, i) =>
        domain.kind === "bool"
          ? `${parameters[i]}: boolean`
          : `${parameters[i]}: ${codes[0]} .. ${codes.at(-1)}`,
      );
      this.#out.block(
        `ruleset ${quantified.join("; ")} do`,
        () => this.#startState("start", parameters),
        "end;",
      );
    } else
      states.forEach((codes, i) =>
        this.#startState(
          states.length === 1 ? "start" : `start ${i + 1}`,
          codes.map((code, at) => this.#notation.constant(code, varying[at]!.variable.domain)),
        ),
      );
    this.#out.line();
  }

  #startState(name: string, values: readonly string[]): void {
    this.#out.block(
      `startstate "${name}" begin`,
      () => {
        const { varying } = this.#initial;
        for (const variable of this.#model.variables) {
          const cells = cellsOf(variable);
          const value = ({ position, codes }: InitialCell): string => {
            const at = varying.findIndex((each) => each.variable === variable && each.position === position);
            return at < 0 ? this.#notation.constant(codes[0]!, variable.domain) : values[at]!;
          };
          const written = cells.map(value);
          const place = this.#names.variable(variable.name);
          if (cells.length > 1 && written.every((each) => each === written[0])) {
            const loops = variable.index.map((domain, i) => `for i${i}: ${indexType(domain)} do `).join("");
            const index = variable.index.map((_, i) => `[i${i}]`).join("");
            this.#out.line(
              `${loops}${place}${index} := ${written[0]};${" end;".repeat(variable.index.length)}`,
            );
          } else
            cells.forEach(({ index }, i) => {
              const indices = index
                .map((code, at) => `[${this.#notation.constant(code, variable.index[at]!)}]`)
                .join("");
              this.#out.line(`${place}${indices} := ${written[i]};`);
            });
        }
      },
      "end;",
    );
  }

  #rule(rule: Rule): void {
    this.#remarks(ruleRemarks(rule, this.#expressions));
    const parameters = this.#quantified(rule);
    if (parameters.length > 0) this.#out.line(`ruleset ${parameters.join("; ")} do`);
    this.#out.block(
      `rule "${stringText(rule.name)}" ${this.#expressions.conjunction(rule.guard)} ==> begin`,
      () => this.#statements(rule.body),
      "end;",
    );
    if (parameters.length > 0) this.#out.line("end;");
    this.#out.line();
  }

  #statements(body: readonly Statement[]): void {
    for (const statement of body) this.#statement(statement);
  }

  #statement(statement: Statement): void {
    switch (statement.kind) {
      case "assign": {
        const { target, value } = statement;
        this.#out.line(`${this.#expressions.cell(target)} := ${this.#expressions.write(value)};`);
        return;
      }
      case "if": {
        const { condition, then, otherwise } = statement;
        const end = otherwise.length > 0 ? undefined : "end;";
        this.#out.block(`if ${this.#expressions.write(condition)} then`, () => this.#statements(then), end);
        if (otherwise.length > 0) this.#out.block("else", () => this.#statements(otherwise), "end;");
        return;
      }
      case "assert": {
        if (!this.#options.properties) return;
        const condition = this.#expressions.write(statement.condition);
        this.#remarks(assertRemarks(statement, this.#expressions));
        this.#out.line(`assert "${stringText(statement.property)}" ${condition};`);
        return;
      }
      default:
        assertNever(statement);
    }
  }

  #properties(): void {
    for (const property of this.#model.properties) {
      const name = stringText(property.name);
      const invariant = (condition: string): void => this.#out.line(`invariant "${name}" ${condition};`);
      this.#remarks(propertyRemarks(property, this.#expressions));
      if (property.kind === "goal") this.#remarks(["left out: goals are not asked for"]);
      if (property.kind === "invariant") invariant(this.#expressions.write(property.condition));
      if (property.kind === "deadlock")
        invariant(
          [`(${this.#expressions.write(property.terminated)})`, ...this.#fairlyEnabled()].join("\n  | "),
        );
    }
  }

  /** For each weakly fair rule whether an action of it is enabled. */
  #fairlyEnabled(): string[] {
    return this.#model.rules
      .filter(({ fair }) => fair)
      .map((rule) => {
        const parameters = this.#quantified(rule);
        const open = parameters.map((each) => `exists ${each} do `).join("");
        return `(${open}${this.#expressions.conjunction(rule.guard)}${" end".repeat(parameters.length)})`;
      });
  }

  #quantified(rule: Rule): string[] {
    return rule.parameters.map(({ name, domain }) => `${this.#names.parameter(name)}: ${indexType(domain)}`);
  }

  #remarks(lines: readonly string[]): void {
    this.#out.lines(lines.map((line) => `-- ${commentText(line)}`));
  }
}

function typeOf(domain: Domain): string {
  return domain.kind === "bool" ? "boolean" : `${minCode(domain)} .. ${maxCode(domain)}`;
}

function indexType(domain: Domain): string {
  return domain.kind === "bool"
    ? "boolean"
    : `${minCode(domain)} .. ${minCode(domain) + indexSize(domain) - 1}`;
}

/** A comment that tells which words a variable's numbers stand for. */
function wordsOf(domain: Domain): string {
  return domain.kind === "enum" || domain.kind === "names" ? ` -- ${commentText(domain.name)}` : "";
}

function isRange(codes: readonly number[]): boolean {
  return codes.every((code, i) => code === codes[0]! + i);
}

function stringText(name: string): string {
  return commentText(name).replaceAll('"', "'").replaceAll("\\", "/");
}
