/** A rule's action as WebAssembly text: its guard, its body, and the record of the successor. */
import { contains, domainSize, minCode } from "../model/domain.ts";
import type { Field } from "../model/layout.ts";
import { assertNever, type Expr, type Rule, type Statement } from "../model/model.ts";
import type { Binding } from "../model/semantics.ts";
import { eachStatement } from "../model/walk.ts";
import { fieldMask } from "./bit-test.ts";
import type { CodeWriter } from "./code-writer.ts";
import {
  checkedText,
  conjunctTexts,
  type Context,
  hex,
  positionText,
  runMask,
  runShift,
  runsOf,
  valueText,
} from "./expressions.ts";
import { cellPosition, isConstant, mayFault, type Scope, simplify } from "./simplify.ts";
import type { SplitBody } from "./shared-ends.ts";
import { StateWords } from "./state-words.ts";

/** What the actions of a module share. */
export interface ActionSettings {
  /** Numbers of the assertions that are checked, by name. */
  readonly assertions: ReadonlyMap<string, number>;
  /** The number under which a fault is reported. */
  readonly fault: number;
  /** Whether it matters that a fair action was taken. */
  readonly needsAlive: boolean;
  readonly recordBytes: number;
  /** What of a rule's body is compiled with its actions, and what is a function of its own. */
  readonly split: (rule: Rule) => SplitBody;
}

/** An action to compile: a rule, what is known of its parameters, and its number. */
export interface ActionPlan {
  readonly rule: Rule;
  readonly ruleNumber: number;
  readonly binding: Binding;
  /** Text of the action's number, and that number where it is known. */
  readonly number: string;
  readonly constantNumber: number | null;
}

/** The locals of a function, which its actions share one after the other. */
export class Locals {
  readonly #types = new Map<string, "i32" | "i64">();
  #count = 0;

  temporary(type: "i32" | "i64"): string {
    return this.named(`$${type === "i32" ? "t" : "x"}${this.#count++}`, type);
  }

  named(name: string, type: "i32" | "i64"): string {
    this.#types.set(name, type);
    return name;
  }

  /** Lets the next action use the same temporaries. */
  reuse(): void {
    this.#count = 0;
  }

  /** Lets what comes behind use the temporaries that a statement has used. A function of V8's costs blocks times locals. */
  within(statement: () => void): void {
    const before = this.#count;
    statement();
    this.#count = before;
  }

  /** Those of one type stand together: the assembler looks types up by runs, one after the other. */
  declare(out: CodeWriter): void {
    for (const type of ["i32", "i64"] as const)
      for (const [name, each] of this.#types) if (each === type) out.line(`(local ${name} ${type})`);
  }
}

export class ActionCompiler {
  readonly #plan: ActionPlan;
  readonly #settings: ActionSettings;
  readonly #scope: Scope;
  readonly #locals: Locals;
  #faultUsed = false;

  constructor(plan: ActionPlan, settings: ActionSettings, scope: Scope, locals: Locals) {
    this.#plan = plan;
    this.#settings = settings;
    this.#scope = { ...scope, binding: plan.binding };
    this.#locals = locals;
  }

  /** Writes the action; `blank` gives a writer for a part whose place is not known yet. */
  compile(out: CodeWriter, blank: () => CodeWriter): void {
    const guard = this.#plan.rule.guard
      .map((each) => simplify(each, this.#scope))
      .filter((each) => !isConstant(each) || each.value === 0);
    if (guard[0] && isConstant(guard[0])) return;
    this.#locals.reuse();
    const inner = blank();
    this.#guardAndBody(guard, inner);
    out.line(`;; ${commentOf(this.#plan)}`);
    out.nest("block $next", () => {
      if (!this.#faultUsed) return out.append(inner);
      out.nest("block $fault", () => {
        out.append(inner);
        out.line("(br $next)");
      });
      // An action without a meaning is not one that cannot be taken: its fault is told, and no deadlock.
      this.#setAlive(out);
      out.line(`(call $report (i32.const ${this.#settings.fault}) ${this.#plan.number})`);
    });
  }

  /** Writes the body of a rule alone, done to the state at $state itself: gives 1 if it has a fault, and else 0. */
  compileInPlace(out: CodeWriter): void {
    out.nest("block $fault", () => {
      const words = new StateWords(this.#scope.layout.words, out);
      this.#body(this.#plan.rule.body, words, out);
      for (const word of writtenWords(this.#plan.rule.body, this.#scope))
        out.line(`(i64.store offset=${8 * word} (local.get $state) ${words.text(word)})`);
      out.line("(return (i32.const 0))");
    });
    out.line("(i32.const 1)");
  }

  #guardAndBody(guard: readonly Expr[], out: CodeWriter): void {
    const words = new StateWords(this.#scope.layout.words, out);
    for (const text of conjunctTexts(guard, this.#context(words)))
      out.line(`(br_if $next (i32.eqz ${text}))`);
    const flags = this.#assertionFlags();
    for (const flag of flags.values()) out.line(`(local.set ${flag} (i32.const 0))`);
    const { own, end } = this.#settings.split(this.#plan.rule);
    this.#body(own, words, out);
    this.#store(words, end, out);
    for (const [property, flag] of flags)
      out.line(`(if (local.get ${flag}) (then (call $report (i32.const ${property}) ${this.#plan.number})))`);
    this.#emit(words, out);
  }

  /** A local for each checked assertion of the body: a violation counts only if no fault follows it. */
  #assertionFlags(): Map<number, string> {
    const flags = new Map<number, string>();
    eachStatement(this.#plan.rule.body, (statement) => {
      const property =
        statement.kind === "assert" ? this.#settings.assertions.get(statement.property) : undefined;
      if (property !== undefined) flags.set(property, this.#locals.named(flagLocal(property), "i32"));
    });
    return flags;
  }

  /** Writes the successor behind the records that count so far, and has the end of the body done to it. */
  #store(words: StateWords, end: string | null, out: CodeWriter): void {
    for (let word = 0; word < words.count; word++)
      out.line(`(i64.store offset=${8 * word} (local.get $record) ${words.text(word)})`);
    if (end === null) return;
    this.#faultUsed = true;
    out.line(`(br_if $fault (call ${end} (local.get $record)))`);
  }

  #emit(words: StateWords, out: CodeWriter): void {
    out.line(`(i64.store offset=${8 * words.count} (local.get $record) ${this.#mark()})`);
    out.line(`(local.set $record (i32.add (local.get $record) (i32.const ${this.#settings.recordBytes})))`);
    this.#setAlive(out);
  }

  #setAlive(out: CodeWriter): void {
    if (this.#settings.needsAlive && this.#plan.rule.fair) out.line("(global.set $alive (i32.const 1))");
  }

  /** The action's number with its rule's in the high half. */
  #mark(): string {
    const { constantNumber, ruleNumber, number } = this.#plan;
    const rule = BigInt(ruleNumber) << 32n;
    if (constantNumber !== null) return `(i64.const ${hex(rule | BigInt(constantNumber))})`;
    return `(i64.or (i64.extend_i32_u ${number}) (i64.const ${hex(rule)}))`;
  }

  #context(words: StateWords): Context {
    return {
      scope: this.#scope,
      words,
      temporary: (type) => this.#locals.temporary(type),
      fault: () => {
        this.#faultUsed = true;
        return "$fault";
      },
      source: this.#plan.rule.source,
    };
  }

  #body(body: readonly Statement[], words: StateWords, out: CodeWriter): void {
    for (const statement of body) this.#locals.within(() => this.#statement(statement, words, out));
  }

  #statement(statement: Statement, words: StateWords, out: CodeWriter): void {
    switch (statement.kind) {
      case "assign":
        return this.#assign(statement, words, out);
      case "if":
        return this.#branches(statement, words, out);
      case "assert":
        return this.#assert(statement, words, out);
      default:
        assertNever(statement);
    }
  }

  #assert(statement: Statement & { kind: "assert" }, words: StateWords, out: CodeWriter): void {
    const condition = simplify(statement.condition, this.#scope);
    const property = this.#settings.assertions.get(statement.property);
    if (property === undefined) {
      if (mayFault(condition, this.#scope)) out.line(`(drop ${valueText(condition, this.#context(words))})`);
    } else if (!isConstant(condition) || condition.value === 0) {
      const text = valueText(condition, this.#context(words));
      out.line(`(if (i32.eqz ${text}) (then (local.set ${flagLocal(property)} (i32.const 1))))`);
    }
  }

  #branches(statement: Statement & { kind: "if" }, words: StateWords, out: CodeWriter): void {
    const condition = simplify(statement.condition, this.#scope);
    if (isConstant(condition)) {
      this.#body(condition.value === 0 ? statement.otherwise : statement.then, words, out);
      return;
    }
    const text = valueText(condition, this.#context(words));
    const written = writtenWords([...statement.then, ...statement.otherwise], this.#scope);
    words.settleForBranches(written);
    const branch = (body: readonly Statement[]): void => {
      const inner = words.branch(out);
      this.#body(body, inner, out);
      for (const word of written) inner.settle(word);
    };
    out.nest(`if ${text}`, () => {
      out.nest("then", () => branch(statement.then));
      if (statement.otherwise.length > 0) out.nest("else", () => branch(statement.otherwise));
    });
  }

  #assign({ target, value }: Statement & { kind: "assign" }, words: StateWords, out: CodeWriter): void {
    const variable = this.#scope.variables.get(target.variable)!;
    const fields = this.#scope.layout.fields.get(target.variable)!;
    const index = target.index.map((each) => simplify(each, this.#scope));
    const position = cellPosition(variable, index);
    const code = simplify(value, this.#scope);
    const context = this.#context(words);
    if (position !== null && isConstant(code) && contains(variable.domain, code.value)) {
      words.assignConstant(fields[position]!, code.value);
      return;
    }
    const stored = checkedText(code, minCode(variable.domain), domainSize(variable.domain), context);
    if (stored === null) out.line(`(drop ${valueText(code, context)})`);
    const place = position ?? positionText(variable, index, context);
    if (stored === null || place === null) out.line(`(br ${context.fault()})`);
    else if (typeof place === "number") this.#storeField(fields[place]!, stored, words, out);
    else this.#storeAt(fields, stored, place, words, out);
  }

  /** Stores into a field at a known place. */
  #storeField(field: Field, stored: string, words: StateWords, out: CodeWriter): void {
    if (field.bits === 0) {
      out.line(`(drop ${stored})`);
      return;
    }
    const bits = `(i64.shl (i64.extend_i32_u ${stored}) (i64.const ${field.shift}))`;
    words.assign(field.word, `(i64.const ${hex(~fieldMask(field))})`, bits);
  }

  /** Stores into the cell at a computed position. */
  #storeAt(
    fields: readonly Field[],
    stored: string,
    position: string,
    words: StateWords,
    out: CodeWriter,
  ): void {
    const value = this.#locals.temporary("i32");
    const at = this.#locals.temporary("i32");
    const shift = this.#locals.temporary("i64");
    out.line(`(local.set ${value} ${stored})`);
    out.line(`(local.set ${at} ${position})`);
    const runs = runsOf(fields);
    if (runs.length > 1) words.settleForBranches(new Set(fields.map(({ word }) => word)));
    for (const { first, count } of runs) {
      const field = fields[first]!;
      if (runMask(fields, first, count) === 0n) continue;
      const write = (target: StateWords): void => {
        out.line(`(local.set ${shift} (i64.extend_i32_u ${runShift(field, first, `(local.get ${at})`)}))`);
        const cleared = `(i64.xor (i64.shl (i64.const ${2 ** field.bits - 1}) (local.get ${shift})) (i64.const -1))`;
        target.assign(
          field.word,
          cleared,
          `(i64.shl (i64.extend_i32_u (local.get ${value})) (local.get ${shift}))`,
        );
      };
      if (runs.length === 1) write(words);
      else {
        const within = `(i32.lt_u (i32.sub (local.get ${at}) (i32.const ${first})) (i32.const ${count}))`;
        out.nest(`if ${within}`, () => out.nest("then", () => write(words.branch(out))));
      }
    }
  }
}

function flagLocal(property: number): string {
  return `$violated${property}`;
}

/** The words that statements may change. */
function writtenWords(body: readonly Statement[], { layout }: Scope): Set<number> {
  const written = new Set<number>();
  eachStatement(body, (statement) => {
    if (statement.kind !== "assign") return;
    for (const field of layout.fields.get(statement.target.variable)!) written.add(field.word);
  });
  return written;
}

function commentOf({ rule, constantNumber, binding }: ActionPlan): string {
  const values = [...binding].map(([name, value]) => `${name}=${value}`);
  const place = constantNumber === null ? "in a loop" : `action ${constantNumber}`;
  return [rule.name, ...values, `(${place})`].join(" ").replace(/[^\x20-\x7e]/g, "?");
}
