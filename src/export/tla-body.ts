/** The body of a rule as what each variable is after it. */
import { assertNever, type Model, type Statement } from "../model/model.ts";
import { commentText } from "./lines.ts";
import type { ExpressionWriter } from "./notation.ts";
import { assertRemarks } from "./remarks.ts";
import type { Vocabulary } from "./vocabulary.ts";

/** By which name a variable's value at some point of the body goes. */
type Names = ReadonlyMap<string, string>;

interface Definition {
  readonly name: string;
  readonly value: string;
}

export class TlaBody {
  readonly #model: Model;
  readonly #vocabulary: Vocabulary;
  readonly #asserts: boolean;
  readonly #writer: (names: Names) => ExpressionWriter;
  readonly #definitions: Definition[] = [];
  /** Conditions that TLC evaluates for what they assert. */
  readonly #assertions: string[] = [];

  constructor(
    model: Model,
    vocabulary: Vocabulary,
    asserts: boolean,
    writer: (names: Names) => ExpressionWriter,
  ) {
    this.#model = model;
    this.#vocabulary = vocabulary;
    this.#asserts = asserts;
    this.#writer = writer;
  }

  /** The conjuncts that say what is after the body, in lines. */
  write(body: readonly Statement[]): string[] {
    const after = this.#run(body, new Map(), "TRUE");
    const changed = this.#model.variables.filter(({ name }) => after.has(name));
    const unchanged = this.#model.variables.filter(({ name }) => !after.has(name));
    const same = unchanged.map(({ name }) => this.#vocabulary.variable(name)).join(", ");
    const conjuncts = [
      ...this.#assertions,
      ...changed.map(({ name }) => `${this.#vocabulary.variable(name)}' = ${after.get(name)}`),
      ...(unchanged.length > 0 ? [`UNCHANGED <<${same}>>`] : []),
    ].map((each) => `/\\ ${each}`);
    if (this.#definitions.length === 0) return conjuncts;
    const [first, ...more] = this.#definitions.map(({ name, value }) => `${name} == ${value}`);
    return [
      `/\\ LET ${first}`,
      ...more.map((each) => `       ${each}`),
      ...conjuncts.map((each, i) => `   ${i === 0 ? "IN" : "  "} ${each}`),
    ];
  }

  /** `under`: the condition on which this part of the body is run at all. */
  #run(body: readonly Statement[], before: Names, under: string): Names {
    let now = before;
    for (const statement of body) now = this.#statement(statement, now, under);
    return now;
  }

  #statement(statement: Statement, now: Names, under: string): Names {
    const writer = this.#writer(now);
    switch (statement.kind) {
      case "assign": {
        const { variable, index } = statement.target;
        const value = writer.write(statement.value);
        const place = index.map((each) => writer.write(each)).join(", ");
        const own = now.get(variable) ?? this.#vocabulary.variable(variable);
        const next = index.length === 0 ? value : `[${own} EXCEPT ![${place}] = ${value}]`;
        return this.#define(variable, next, now);
      }
      case "if": {
        const condition = this.#name("condition", writer.write(statement.condition));
        const then = this.#run(statement.then, now, `(${under} /\\ ${condition})`);
        const otherwise = this.#run(statement.otherwise, now, `(${under} /\\ ~${condition})`);
        return this.#merge(condition, now, then, otherwise);
      }
      case "assert":
        if (this.#asserts) {
          const holds = writer.write(statement.condition);
          const remark = commentText(assertRemarks(statement, writer).join(" "));
          const assertion = `(${under} => Assert(${holds}, ${JSON.stringify(statement.property)}))`;
          this.#assertions.push(remark === "" ? assertion : `${assertion} \\* ${remark}`);
        }
        return now;
      default:
        return assertNever(statement);
    }
  }

  #merge(condition: string, before: Names, then: Names, otherwise: Names): Names {
    let now = before;
    for (const { name } of this.#model.variables) {
      if (then.get(name) === otherwise.get(name)) continue;
      const [one, other] = [then, otherwise].map(
        (names) => names.get(name) ?? this.#vocabulary.variable(name),
      );
      now = this.#define(name, `IF ${condition} THEN ${one} ELSE ${other}`, now);
    }
    return now;
  }

  #define(variable: string, value: string, now: Names): Names {
    return new Map(now).set(variable, this.#name(variable, value));
  }

  #name(wanted: string, value: string): string {
    const name = this.#vocabulary.fresh(`new_${wanted}`);
    this.#definitions.push({ name, value });
    return name;
  }
}
