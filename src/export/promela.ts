/**
 * A model in Promela, the language of SPIN.
 *
 * One process does everything: its loop has an option for each action, a `d_step` that begins with the guard. A
 * process whose loop is its only place adds nothing to the state. Several initial states are options before the
 * loop; then SPIN counts one state more, the one before them.
 *
 * With properties the loop has two steps: one that judges the state, which never changes it, and an action. A
 * violation after n actions is therefore the end of a path of 2n or 2n + 1 steps.
 */
import { bindExpr } from "../model/bind.ts";
import { indexSize, minCode } from "../model/domain.ts";
import { assertNever, type Model, type Rule, type Statement, type Variable } from "../model/model.ts";
import { bindings } from "../model/semantics.ts";
import { type InitialCell, initialStates, type InitialStates } from "./initial.ts";
import { commentText, Lines } from "./lines.ts";
import { ExpressionWriter, integerText } from "./notation.ts";
import { numberedWords } from "./numbered-words.ts";
import type { Exported, ExportOptions } from "./options.ts";
import { assertRemarks, propertyRemarks, ruleRemarks } from "./remarks.ts";
import { unreadVariables } from "./unread.ts";
import { valuesOf, Vocabulary } from "./vocabulary.ts";
import { promelaHeader } from "./promela-header.ts";
import { awkwardCells, hasStepBefore, typeOf } from "./promela-types.ts";
import { RESERVED } from "./promela-words.ts";

export function promela(model: Model, options: ExportOptions): Exported {
  return { text: new PromelaWriter(model, options).write(), companion: null };
}

class PromelaWriter {
  readonly #out = new Lines();
  readonly #model: Model;
  readonly #options: ExportOptions;
  readonly #names: Vocabulary;
  readonly #expressions: ExpressionWriter;
  readonly #initial: InitialStates;
  /** The arrays whose cells are a computed place in a plain array. */
  readonly #flattened = new Map<string, string>();

  constructor(model: Model, options: ExportOptions) {
    this.#model = model;
    this.#options = options;
    this.#initial = initialStates(model);
    this.#names = new Vocabulary(model, RESERVED);
    for (const { name, index } of model.variables)
      if (index.length > 1 || (index.length === 1 && minCode(index[0]!) !== 0))
        this.#flattened.set(name, this.#names.fresh(`${name}_cells`));
    this.#expressions = new ExpressionWriter(
      {
        ...numberedWords(this.#names),
        and: "&&",
        or: "||",
        equal: "==",
        cell: (variable, index) => this.#readCell(variable, index),
        choose: (condition, then, otherwise) => `${condition} -> ${then} : ${otherwise}`,
      },
      model.variables,
    );
  }

  write(): string {
    this.#out.lines(promelaHeader(this.#model, this.#options));
    this.#constants();
    this.#variables();
    for (const rule of this.#model.rules) if (rule.parameters.length > 0) this.#inline(rule);
    this.#process();
    return this.#out.toString();
  }

  #constants(): void {
    for (const domain of this.#names.domains) {
      this.#out.line(`/* ${commentText(domain.name)} */`);
      valuesOf(domain).forEach((_, code) =>
        this.#out.line(`#define ${this.#names.value(domain, code)} ${code}`),
      );
      this.#out.line();
    }
  }

  #variables(): void {
    const awkward = awkwardCells(this.#initial);
    for (const variable of this.#model.variables) {
      const name = this.#flattened.get(variable.name) ?? this.#names.variable(variable.name);
      const cells = this.#initial.cells.filter((each) => each.variable === variable);
      const first = cells.map(({ codes }) => codes[0]!);
      const size = variable.index.length === 0 ? "" : `[${cells.length}]`;
      const same = first.every((code) => code === first[0]) || cells.some((cell) => awkward.includes(cell));
      const value = same ? integerText(first[0]!) : `{ ${first.map(integerText).join(", ")} }`;
      this.#out.line(`${typeOf(variable)} ${name}${size} = ${value};`);
      if (this.#flattened.has(variable.name)) this.#out.line(this.#access(variable, name));
    }
    this.#out.line();
  }

  /** `#define tlb(i, j) tlb_cells[(i) * 2 + (j)]` */
  #access({ name, index }: Variable, cells: string): string {
    const letters = index.map((_, i) => `i${i}`);
    const place = index.reduce((offset, domain, i) => {
      const min = minCode(domain);
      const own = min === 0 ? `(${letters[i]})` : `((${letters[i]}) - ${integerText(min)})`;
      return offset === "" ? own : `(${offset} * ${indexSize(domain)} + ${own})`;
    }, "");
    return `#define ${this.#names.variable(name)}(${letters.join(", ")}) ${cells}[${place}]`;
  }

  #cell(variable: string, index: readonly string[]): string {
    const name = this.#names.variable(variable);
    if (index.length === 0) return name;
    return this.#flattened.has(variable) ? `${name}(${index.join(", ")})` : `${name}[${index.join(", ")}]`;
  }

  /** SPIN takes no array within its own index: a cell read so is chosen among all that the index may name. */
  #readCell(variable: string, index: readonly string[]): string {
    const own = this.#ownIndex(variable, index);
    if (!own) return this.#cell(variable, index);
    const cells = own.codes.map((code) =>
      this.#readCell(variable, index.with(own.dimension, integerText(code))),
    );
    const chosen = cells.reduceRight(
      (others, cell, i) =>
        `((${index[own.dimension]!}) == ${integerText(own.codes[i]!)} -> ${cell} : ${others})`,
    );
    return chosen;
  }

  /** Assigns to a cell, named likewise by one of the values that its index may have. */
  #assign(variable: string, index: readonly string[], value: string): string[] {
    const own = this.#ownIndex(variable, index);
    if (!own) return [`${this.#cell(variable, index)} = ${value}`];
    const options = own.codes.flatMap((code) =>
      option(
        `((${index[own.dimension]!}) == ${integerText(code)})`,
        this.#assign(variable, index.with(own.dimension, integerText(code)), value),
      ),
    );
    return ["if", ...options, "fi"];
  }

  /** The first dimension whose index reads the array itself, with the codes that it may have. */
  #ownIndex(variable: string, index: readonly string[]): { dimension: number; codes: number[] } | null {
    const itself = new RegExp(`\\b${this.#names.variable(variable)}\\b`);
    const dimension = index.findIndex((text) => itself.test(text));
    if (dimension < 0) return null;
    const domain = this.#model.variables.find(({ name }) => name === variable)!.index[dimension]!;
    return { dimension, codes: Array.from({ length: indexSize(domain) }, (_, i) => minCode(domain) + i) };
  }

  #inline(rule: Rule): void {
    const parameters = rule.parameters.map(({ name }) => this.#names.parameter(name)).join(", ");
    this.#remarks(ruleRemarks(rule, this.#expressions));
    this.#out.block(
      `inline ${this.#names.rule(rule.name)}(${parameters}) {`,
      () => this.#step("d_step {", rule),
      "}",
    );
    this.#out.line();
  }

  #step(head: string, rule: Rule): void {
    this.#out.block(
      head,
      () => {
        const body = this.#statements(rule.body);
        this.#out.line(`${this.#expressions.conjunction(rule.guard)};`);
        this.#out.lines(body.length === 0 ? ["skip"] : body);
      },
      "}",
    );
  }

  #statements(body: readonly Statement[]): string[] {
    return body
      .map((statement) => this.#statement(statement))
      .filter((lines) => lines.length > 0)
      .flatMap((lines, i, all) =>
        i === all.length - 1 ? lines : [...lines.slice(0, -1), `${lines.at(-1)};`],
      );
  }

  #statement(statement: Statement): string[] {
    switch (statement.kind) {
      case "assign":
        return this.#assign(
          statement.target.variable,
          statement.target.index.map((each) => this.#expressions.write(each)),
          this.#expressions.write(statement.value),
        );
      case "if": {
        const then = this.#statements(statement.then);
        const otherwise = this.#statements(statement.otherwise);
        if (then.length + otherwise.length === 0) return [];
        const condition = this.#expressions.write(statement.condition);
        return ["if", ...option(`(${condition})`, then), ...option("else", otherwise), "fi"];
      }
      case "assert": {
        if (!this.#options.properties) return [];
        const condition = this.#expressions.write(statement.condition);
        const remarks = assertRemarks(statement, this.#expressions).map(note);
        return [...remarks, `assert(${condition}) ${note(statement.property)}`];
      }
      default:
        return assertNever(statement);
    }
  }

  #process(): void {
    this.#out.block(
      "active proctype model() {",
      () => {
        if (hasStepBefore(this.#initial)) this.#initialOptions();
        this.#out.block("end: do", () => this.#loop(), "od");
      },
      "}",
    );
  }

  #loop(): void {
    if (!this.#options.properties) return this.#actions();
    this.#judge();
    this.#out.block("if", () => this.#actions(), "fi");
  }

  #initialOptions(): void {
    const { varying, states } = this.#initial;
    const fixed = awkwardCells(this.#initial).filter((cell) => !varying.includes(cell));
    const assign = ({ variable, index }: InitialCell, code: number): string =>
      `${this.#cell(variable.name, index.map(integerText))} = ${integerText(code)}`;
    const always = fixed.map((cell) => assign(cell, cell.codes[0]!));
    this.#out.line("if");
    for (const codes of states) {
      const assigned = [...always, ...varying.map((cell, i) => assign(cell, codes[i]!))];
      this.#out.line(`:: d_step { ${assigned.join("; ")} }`);
    }
    this.#out.line("fi;");
  }

  #actions(): void {
    for (const rule of this.#model.rules) {
      if (rule.parameters.length > 0) {
        this.#out.lines(this.#calls(rule).map((call) => `:: ${call}`));
        continue;
      }
      this.#remarks(ruleRemarks(rule, this.#expressions));
      this.#step(`:: d_step { ${note(rule.name)}`, rule);
    }
    const unread = unreadVariables(this.#model);
    if (unread.length === 0) return;
    const cell = ({ name, index }: Variable): string =>
      this.#cell(
        name,
        index.map((domain) => integerText(minCode(domain))),
      );
    this.#out.line("/* Never taken: SPIN would leave what nothing reads out of the state. */");
    const read = unread.map((variable) => `${cell(variable)} != ${cell(variable)}`).join(" || ");
    this.#out.line(`:: d_step { (${read}) -> skip }`);
  }

  /** The calls of a rule's inline, one an action. */
  #calls(rule: Rule): string[] {
    return bindings(rule).map((binding) => {
      const values = rule.parameters.map(({ name, domain }) =>
        this.#expressions.write({ kind: "constant", value: binding.get(name)!, domain }),
      );
      return `${this.#names.rule(rule.name)}(${values.join(", ")})`;
    });
  }

  /** The step that decides the properties of states. */
  #judge(): void {
    this.#out.block(
      ":: d_step {",
      () => {
        for (const property of this.#model.properties) {
          const { name } = property;
          this.#remarks(propertyRemarks(property, this.#expressions));
          if (property.kind === "invariant")
            this.#out.line(`assert(${this.#expressions.write(property.condition)}); ${note(name)}`);
          if (property.kind === "goal") this.#remarks(["left out: goals are not asked for"]);
          if (property.kind === "deadlock") {
            this.#out.line("if");
            for (const guard of this.#fairGuards()) this.#out.line(`:: (${guard}) -> skip`);
            this.#out.line(
              `:: else -> assert(${this.#expressions.write(property.terminated)}) ${note(name)}`,
            );
            this.#out.line("fi;");
          }
        }
        this.#out.line("skip");
      },
      "};",
    );
  }

  /** The guards of the weakly fair actions. */
  #fairGuards(): string[] {
    return this.#model.rules
      .filter(({ fair }) => fair)
      .flatMap((rule) =>
        bindings(rule).map((binding) =>
          this.#expressions.conjunction(rule.guard.map((each) => bindExpr(each, binding))),
        ),
      );
  }

  #remarks(lines: readonly string[]): void {
    this.#out.lines(lines.map(note));
  }
}

function option(condition: string, body: readonly string[]): string[] {
  if (body.length === 0) return [`:: ${condition} -> skip`];
  return [`:: ${condition} ->`, ...body.map((line) => `   ${line}`)];
}

function note(name: string): string {
  return `/* ${commentText(name)} */`;
}
