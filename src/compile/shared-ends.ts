/**
 * What several rules do alike at the end of their bodies, as functions of their own. Rules share such statements where
 * they are the same objects: the saturation of a model is a part of every rule, and would be compiled with each of
 * their actions otherwise.
 */
import type { Rule, Statement } from "../model/model.ts";
import { eachStatement } from "../model/walk.ts";

/** A body in two parts: what is the rule's own, and the function that does the rest; null for nothing. */
export interface SplitBody {
  readonly own: readonly Statement[];
  readonly end: string | null;
}

export class SharedEnds {
  readonly #uses = new Map<Statement, number>();
  readonly #numbers = new Map<Statement, number>();
  readonly #known = new Map<string, string>();
  readonly #write: (name: string, body: readonly Statement[]) => void;

  /** @param write writes the function of this name, for statements without assertions */
  constructor(rules: readonly Rule[], write: (name: string, body: readonly Statement[]) => void) {
    this.#write = write;
    for (const statement of rules.flatMap(({ body }) => [...new Set(body)]))
      this.#uses.set(statement, (this.#uses.get(statement) ?? 0) + 1);
  }

  /** What of the body of a rule is its own. */
  split({ body }: Rule): SplitBody {
    const begin = body.findLastIndex((each) => this.#uses.get(each)! < 2) + 1;
    const shared = body.slice(begin);
    if (shared.length === 0 || hasAssertion(shared)) return { own: body, end: null };
    return { own: body.slice(0, begin), end: this.#functionOf(shared) };
  }

  #functionOf(body: readonly Statement[]): string {
    const key = body.map((each) => this.#numberOf(each)).join(" ");
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const name = `$end${this.#known.size}`;
    this.#known.set(key, name);
    this.#write(name, body);
    return name;
  }

  #numberOf(statement: Statement): number {
    if (!this.#numbers.has(statement)) this.#numbers.set(statement, this.#numbers.size);
    return this.#numbers.get(statement)!;
  }
}

function hasAssertion(body: readonly Statement[]): boolean {
  let found = false;
  eachStatement(body, ({ kind }) => (found ||= kind === "assert"));
  return found;
}
