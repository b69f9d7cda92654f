/**
 * A model as a WebAssembly module in text: the runtime and, generated, `$expand` (the successors of a state) and
 * `$judge` (the properties of a state).
 */
import { indexSize, minCode } from "../model/domain.ts";
import { type Layout, layoutOf } from "../model/layout.ts";
import { livenessConditions } from "../model/fairness.ts";
import {
  assertNever,
  type Model,
  type Expr,
  type Parameter,
  type Property,
  type Rule,
  type Source,
  type Statement,
} from "../model/model.ts";
import { UNBOUND } from "../model/semantics.ts";
import { eachStatement, operands, propertyConditions } from "../model/walk.ts";
import { ActionCompiler, type ActionPlan, type ActionSettings, Locals } from "./actions.ts";
import { wordBits } from "./bit-test.ts";
import { CodeWriter } from "./code-writer.ts";
import { conjunctTexts, type Context, parameterLocal, valueText } from "./expressions.ts";
import { GROUP_RECORDS, type MemoryMap, memoryMap } from "./memory-map.ts";
import { instances, type Piece, piecesOf } from "./plans.ts";
import { runtimeText } from "./runtime-text.ts";
import { SharedEnds } from "./shared-ends.ts";
import { isConstant, mayFault, type Scope, simplify } from "./simplify.ts";
import { sourceLocal, StateWords, targetLocal } from "./state-words.ts";

export interface CompileOptions {
  /** The names of the properties to check; all of the model's unless given. */
  readonly properties?: readonly string[];
  /** Workers that will share the memory. 1 unless given. */
  readonly lanes?: number;
  /** log2 of the parts that successors are distributed to before they are inserted. 0 unless given. */
  readonly partBits?: number;
  /** For tests: a hash under which the states of small models collide. */
  readonly weakHash?: boolean;
}

export interface SearchModule {
  /** The whole module in WebAssembly's text format. */
  readonly text: string;
  readonly map: MemoryMap;
  readonly layout: Layout;
  /** Bits of a state outside of its first word: what an exact slot must hold besides the hash. */
  readonly restBits: number;
}

/** Actions that one function holds, so that none grows too large for the optimising compiler. */
const ACTIONS_A_FUNCTION = 96;

/**
 * Compiles a model. `template` is the text of `runtime.wat`.
 *
 * Throws a TlbcheckError TLB401 for a model that the engine cannot compile: arithmetic that leaves the 32-bit
 * integers.
 */
export function searchModule(model: Model, template: string, options: CompileOptions = {}): SearchModule {
  const layout = layoutOf(model);
  const bits = wordBits(layout);
  const checked = new Map(
    model.properties.flatMap((property, number) =>
      (options.properties?.includes(property.name) ?? true) ? [[property, number] as const] : [],
    ),
  );
  const map = memoryMap({
    words: layout.words,
    rules: model.rules.length,
    properties: model.properties.length,
    events: mostEvents(model),
    lanes: options.lanes ?? 1,
    partBits: options.partBits ?? 0,
  });
  const scope: Scope = {
    variables: new Map(model.variables.map((each) => [each.name, each])),
    layout,
    binding: UNBOUND,
  };
  const runtime = runtimeText(template, {
    map,
    rules: model.rules.length,
    wordBits: bits,
    ...(options.weakHash === undefined ? {} : { weakHash: options.weakHash }),
  });
  const out = new CodeWriter();
  new ModelWriter(model, checked, scope, map, out).write();
  return {
    text: `(module\n${runtime}\n${out.toString()})\n`,
    map,
    layout,
    restBits: bits.slice(1).reduce((sum, each) => sum + each, 0),
  };
}

/** How many reports one state can give rise to: each action a fault and its assertions, and the properties. */
function mostEvents(model: Model): number {
  return model.rules.reduce((sum, rule) => {
    let reports = 1;
    eachStatement(rule.body, ({ kind }) => (reports += Number(kind === "assert")));
    return sum + reports * instances(rule.parameters);
  }, model.properties.length + 1);
}

class ModelWriter {
  readonly #model: Model;
  readonly #checked: ReadonlyMap<Property, number>;
  readonly #scope: Scope;
  readonly #settings: ActionSettings;
  readonly #out: CodeWriter;

  constructor(
    model: Model,
    checked: ReadonlyMap<Property, number>,
    scope: Scope,
    map: MemoryMap,
    out: CodeWriter,
  ) {
    this.#model = model;
    this.#checked = checked;
    this.#scope = scope;
    this.#out = out;
    const kinds = [...checked.keys()].map(({ kind }) => kind);
    const ends = new SharedEnds(model.rules, (name, body) => this.#end(name, body));
    this.#settings = {
      assertions: new Map(
        [...checked].flatMap(([{ kind, name }, number]) => (kind === "assertion" ? [[name, number]] : [])),
      ),
      fault: model.properties.length,
      needsAlive: kinds.includes("deadlock"),
      recordBytes: map.record,
      split: (rule) => ends.split(rule),
    };
  }

  write(): void {
    const parts = partsOf(piecesOf(this.#model));
    parts.forEach((part, i) => this.#actions(`$actions${i}`, part));
    const judges = [...this.#checked.keys()].some(({ kind }) => kind !== "assertion");
    if (judges) this.#judge();
    this.#livenessConditions();
    this.#expand(parts.length, judges);
  }

  /** The successors of a state, appended to the batch at $record: the batch's new end, or 0 to break off. */
  #expand(parts: number, judges: boolean): void {
    const out = this.#out;
    out.nest("func $expand (param $state i32) (param $record i32) (result i32)", () => {
      if (this.#settings.needsAlive) out.line("(global.set $alive (i32.const 0))");
      for (let part = 0; part < parts; part++) {
        out.line(`(local.set $record (call $actions${part} (local.get $state) (local.get $record)))`);
        if (part < parts - 1) out.line("(if (i32.eqz (local.get $record)) (then (return (i32.const 0))))");
      }
      if (judges) out.line("(if (local.get $record) (then (call $judge (local.get $state))))");
      out.line("(local.get $record)");
    });
  }

  #actions(name: string, pieces: readonly Piece[]): void {
    this.#function(`${name} (param $state i32) (param $record i32) (result i32)`, (body, locals) => {
      // The pieces without loops leave room in the batch for each other; a loop looks again in each round.
      flushIfFull(body);
      for (const piece of pieces) this.#piece(piece, body, locals);
      body.line("(local.get $record)");
    });
  }

  /** The end of several bodies, done to the successor at $state. */
  #end(name: string, body: readonly Statement[]): void {
    const rule = { ...this.#model.rules[0]!, guard: [], body };
    const plan: ActionPlan = { rule, ruleNumber: 0, binding: UNBOUND, number: "", constantNumber: 0 };
    this.#function(`${name} (param $state i32) (result i32)`, (out, locals) =>
      new ActionCompiler(plan, this.#settings, this.#scope, locals).compileInPlace(out),
    );
  }

  /** The actions of a rule, behind the part of its guard that is the same for all of them. */
  #piece(piece: Piece, out: CodeWriter, locals: Locals): void {
    const first = piece.actions[0];
    if (!first) return;
    const shared = this.#shared(first.rule);
    if (shared.length === 0 || (piece.actions.length === 1 && piece.loops.length === 0))
      return this.#loops(piece, out, locals);
    const rule = { ...first.rule, guard: first.rule.guard.filter((each) => !shared.includes(each)) };
    const rest = { ...piece, actions: piece.actions.map((action) => ({ ...action, rule })) };
    const words = new StateWords(this.#scope.layout.words, out);
    const context = this.#context(words, locals, first.rule.source);
    out.nest("block $rule", () => {
      const simple = shared.map((each) => simplify(each, this.#scope));
      for (const text of conjunctTexts(simple, context)) out.line(`(br_if $rule (i32.eqz ${text}))`);
      this.#loops(rest, out, locals);
    });
  }

  /** Conjuncts that no parameter occurs in and that have a value in every state, as have all before them. */
  #shared({ guard }: Rule): Expr[] {
    const faulty = guard.findIndex((each) => mayFault(each, this.#scope));
    return guard.slice(0, faulty < 0 ? guard.length : faulty).filter((each) => !hasParameter(each));
  }

  #context(words: StateWords, locals: Locals, source: Source | null): Context {
    return {
      scope: this.#scope,
      words,
      temporary: (type) => locals.temporary(type),
      fault: () => "$fault",
      source,
    };
  }

  #loops({ loops, actions }: Piece, out: CodeWriter, locals: Locals): void {
    if (loops.length === 0) return this.#plans(actions, out, locals);
    const open = ([loop, ...inner]: readonly Parameter[]): void => {
      if (loop === undefined) {
        flushIfFull(out);
        this.#plans(actions, out, locals);
        return;
      }
      const local = locals.named(parameterLocal(loop.name), "i32");
      const label = `$loop.${local.slice(1)}`;
      // Wraps where the domain ends at the largest number, as the local then does.
      const end = (minCode(loop.domain) + indexSize(loop.domain)) | 0;
      out.line(`(local.set ${local} (i32.const ${minCode(loop.domain)}))`);
      out.nest(`loop ${label}`, () => {
        open(inner);
        out.line(`(local.set ${local} (i32.add (local.get ${local}) (i32.const 1)))`);
        out.line(`(br_if ${label} (i32.ne (local.get ${local}) (i32.const ${end})))`);
      });
    };
    open(loops);
    flushIfFull(out);
  }

  #plans(plans: readonly ActionPlan[], out: CodeWriter, locals: Locals): void {
    for (const plan of plans)
      new ActionCompiler(plan, this.#settings, this.#scope, locals).compile(out, () => new CodeWriter());
  }

  /** Reports which properties a state decides. */
  #judge(): void {
    this.#function("$judge (param $state i32)", (body, locals) => {
      const words = new StateWords(this.#scope.layout.words, body);
      body.nest("block $fault", () => {
        for (const [property, number] of this.#checked) this.#property(property, number, words, body, locals);
        body.line("(return)");
      });
      body.line(`(call $report (i32.const ${this.#settings.fault}) (i32.const -1))`);
    });
  }

  #property(property: Property, number: number, words: StateWords, out: CodeWriter, locals: Locals): void {
    const context = this.#context(words, locals, property.source);
    const report = `(then (call $report (i32.const ${number}) (i32.const -1)))`;
    const unless = (condition: string): string => `(if (i32.eqz ${condition}) ${report})`;
    switch (property.kind) {
      case "assertion":
        return;
      case "invariant":
        return out.line(unless(this.#condition(property.condition, context)));
      case "goal":
        return out.line(`(if ${this.#condition(property.condition, context)} ${report})`);
      case "deadlock": {
        const ended = this.#condition(property.terminated, context);
        return out.line(`(if (i32.eqz (global.get $alive)) (then ${unless(ended)}))`);
      }
      case "liveness":
        return this.#withValue(property, context, out);
      default:
        assertNever(property);
    }
  }

  /** A search does not ask whether the conditions of a liveness property are true, but they must have a value. */
  #withValue(property: Property, context: Context, out: CodeWriter): void {
    for (const condition of propertyConditions(property)) {
      const simple = simplify(condition, this.#scope);
      if (mayFault(simple, this.#scope)) out.line(`(drop ${valueText(simple, context)})`);
    }
  }

  /** Whether a state fulfils a condition of the liveness properties, by its number; it has a value in the state. */
  #livenessConditions(): void {
    const conditions = livenessConditions(this.#model);
    this.#function("$condition (param $state i32) (param $number i32) (result i32)", (body, locals) => {
      const words = new StateWords(this.#scope.layout.words, body);
      body.nest("block $fault", () => {
        conditions.forEach(({ condition, property }, number) => {
          const text = this.#condition(condition, this.#context(words, locals, property.source));
          body.nest(`if (i32.eq (local.get $number) (i32.const ${number}))`, () =>
            body.line(`(then (return ${text}))`),
          );
        });
      });
      body.line("(i32.const 0)");
    });
  }

  #condition(expr: Parameters<typeof simplify>[0], context: Context): string {
    const simple = simplify(expr, this.#scope);
    return isConstant(simple) ? `(i32.const ${Number(simple.value !== 0)})` : valueText(simple, context);
  }

  /** A function that begins with the words of $state in locals. */
  #function(head: string, write: (body: CodeWriter, locals: Locals) => void): void {
    const { words } = this.#scope.layout;
    const body = new CodeWriter();
    const locals = new Locals();
    for (let word = 0; word < words; word++) {
      locals.named(targetLocal(word), "i64");
      body.line(
        `(local.set ${locals.named(sourceLocal(word), "i64")} (i64.load offset=${8 * word} (local.get $state)))`,
      );
    }
    write(body, locals);
    this.#out.nest(`func ${head}`, () => {
      locals.declare(this.#out);
      this.#out.append(body);
    });
  }
}

function hasParameter(expr: Expr): boolean {
  return expr.kind === "parameter" || operands(expr).some(hasParameter);
}

/** Makes room in the batch for GROUP_RECORDS records. */
function flushIfFull(out: CodeWriter): void {
  out.nest("if (i32.ge_u (local.get $record) (global.get $full))", () =>
    out.nest("then", () => {
      out.line("(if (call $flush (local.get $record)) (then (return (i32.const 0))))");
      out.line("(local.set $record (global.get $batch))");
    }),
  );
}

/** Pieces in parts of a function's size; a loop stands alone, and so does each large rule. */
function partsOf(pieces: readonly Piece[]): Piece[][] {
  const parts: Piece[][] = [];
  let size = Infinity;
  for (const piece of pieces) {
    const { length } = piece.actions;
    if (length > GROUP_RECORDS) throw new Error(`a part of ${length} actions`);
    if (size + length > ACTIONS_A_FUNCTION || piece.loops.length > 0) {
      parts.push([]);
      size = 0;
    }
    parts.at(-1)!.push(piece);
    size = piece.loops.length > 0 ? Infinity : size + length;
  }
  return parts;
}
