/** Makes a model: what a model file, the hardware and the kernel's vocabulary all write into. */
import { describeDomain, type Domain, domainSize, indexSize, literalCode } from "./domain.ts";
import { type DiagnosticCode, suggest, TlbcheckError } from "./diagnostic.ts";
import type {
  Body,
  DeadlockOptions,
  GoalOptions,
  Initial,
  Occurrence,
  PropertyOptions,
  RuleOptions,
  TermText,
  UnwantedRun,
} from "./declarations.ts";
import type {
  Actor,
  Expr,
  FairnessClass,
  Fact,
  InitialCodes,
  Model,
  Place as ModelPlace,
  Property,
  Recurrence,
  RunDescription,
  Rule,
  RuleEvent,
  Statement,
  Variable,
  WeakerForm,
} from "./model.ts";
import { type Arguments, argumentsOf } from "./rule-arguments.ts";
import { saturated } from "./saturate.ts";
import { addCells, requireFewInstances, requireShallow } from "./size-limits.ts";
import { callerSource } from "./source.ts";
import { textOf } from "./text.ts";
import { waitingOf } from "./waiting.ts";
import { condition, FALSE, type Operand, operand, Place, Term } from "./term.ts";

export type {
  AwaitedOptions,
  Body,
  CauseOptions,
  GoalOptions,
  Initial,
  Occurrence,
  PropertyOptions,
  RuleOptions,
  TermText,
  UnwantedRun,
} from "./declarations.ts";
export type { Arguments } from "./rule-arguments.ts";
export { bool, enumeration, names, orNone, range } from "./make-domain.ts";

/** An array variable: `at` gives a cell. */
export class ArrayVariable {
  readonly name: string;
  readonly index: readonly Domain[];
  readonly domain: Domain;

  constructor(name: string, index: readonly Domain[], domain: Domain) {
    this.name = name;
    this.index = index;
    this.domain = domain;
  }

  at(...index: Operand[]): Place {
    if (index.length !== this.index.length)
      throw new TlbcheckError(
        "TLB106",
        `${this.name} has ${this.index.length} indices, not ${index.length}`,
        {
          source: callerSource(),
        },
      );
    const terms = index.map((each, i) => this.#indexTerm(each, i));
    return new Place({ variable: this.name, index: terms.map((term) => term.node) }, this.domain);
  }

  #indexTerm(value: Operand, dimension: number): Term {
    const domain = this.index[dimension]!;
    const term = operand(value, domain);
    const of = new Term({ kind: "constant", value: 0, domain }, domain);
    if (term.type !== of.type)
      throw new TlbcheckError(
        "TLB103",
        `index ${dimension + 1} of ${this.name} ranges over ${describeDomain(domain)}, not ${describeDomain(term.domain)}`,
        { source: callerSource() },
      );
    return term;
  }
}

export class ModelBuilder {
  readonly name: string;
  readonly #variables: Variable[] = [];
  readonly #initially: Expr[] = [];
  readonly #rules: Rule[] = [];
  readonly #properties: Property[] = [];
  readonly #places: ModelPlace[] = [];
  readonly #facts: Fact[] = [];
  readonly #assumptions: string[] = [];
  readonly #saturation: (readonly Statement[])[] = [];
  #unsaturable: string | null = null;
  #cells = 0;
  readonly #names = new Map<string, string>();

  constructor(name: string) {
    this.name = name;
  }

  /** Declares a scalar variable. */
  variable(name: string, domain: Domain, initial: Initial): Place {
    this.#declare(name, [], domain, initialCodes(name, domain, initial));
    return new Place({ variable: name, index: [] }, domain);
  }

  /** Declares an array with one dimension a domain of `index`; `initial` holds for every cell. */
  array(name: string, index: readonly Domain[], domain: Domain, initial: Initial): ArrayVariable {
    this.#declare(name, index, domain, initialCodes(name, domain, initial));
    return new ArrayVariable(name, index, domain);
  }

  /** Declares an array whose cells begin with values of their own, last index fastest. */
  arrayOf(
    name: string,
    index: readonly Domain[],
    domain: Domain,
    initial: readonly Initial[],
  ): ArrayVariable {
    const cells = index.reduce((product, each) => product * indexSize(each), 1);
    if (initial.length !== cells)
      throw fail("TLB106", `${name} has ${cells} cells, but ${initial.length} initial values are given`);
    const codes = initial.map((each) => initialCodes(name, domain, each).codes);
    this.#declare(name, index, domain, { kind: "each", codes });
    return new ArrayVariable(name, index, domain);
  }

  /** Restricts the initial states to those in which the condition is true. */
  initially(...conditions: Operand[]): void {
    this.#initially.push(...conditions.map((each) => condition(each).node));
  }

  rule<P extends Record<string, Domain> = Record<never, never>>(name: string, options: RuleOptions<P>): void {
    this.#claim(name, "rule");
    const parameters = Object.entries(options.parameters ?? {}).map(([key, domain]) => ({
      name: key,
      domain,
    }));
    requireFewInstances(
      name,
      parameters.map(({ domain }) => domain),
    );
    const args = argumentsOf<P>(name, parameters);
    this.#rules.push({
      name,
      actor: actorOf(options.actor, args),
      parameters,
      guard: (options.guard?.(args) ?? []).flatMap((each) => conjuncts(condition(each).node)),
      body: flatten(options.body(args)),
      fair: options.fair !== false,
      fairnessClass: fairnessClassOf(options.fair, args),
      text: textOf(options.text?.(args) ?? name),
      ...remarkOf(options.remark?.(args)),
      event: options.event ? eventOf(options.event, args) : null,
      ...(options.waiting ? { waiting: waitingOf(options.waiting(args)) } : {}),
      ...(options.prelude ? { prelude: true } : {}),
      place: options.place?.(args).node ?? null,
      step: options.step ?? null,
      ...(options.stepName === undefined ? {} : { stepName: options.stepName }),
      ...(options.section === undefined ? {} : { section: options.section }),
      weaker: (options.weaker?.(args) ?? []).map(weakerForm),
      source: callerSource(),
    });
  }

  /** A condition that holds in every reachable state. */
  invariant(name: string, holds: Operand, options: PropertyOptions = {}): void {
    this.#property({ ...this.#base(name, options), kind: "invariant", condition: condition(holds).node });
  }

  /** Declares a property that `assert` statements of rules refer to. */
  assertion(name: string, options: PropertyOptions = {}): void {
    this.#property({ ...this.#base(name, options), kind: "assertion" });
  }

  /** A condition that some reachable state fulfils: without it verdicts would be vacuous, all or those of some properties. */
  goal(name: string, reached: Operand, options: GoalOptions = {}): void {
    const of = options.of === undefined ? null : [options.of].flat();
    this.#property({ ...this.#base(name, options), kind: "goal", condition: condition(reached).node, of });
  }

  /**
   * In every state some weakly fair action is enabled, or `terminated` is true. There may be several such properties,
   * for ends of different kinds, each under a name of its own.
   */
  deadlock(terminated: Operand, options: DeadlockOptions = {}): void {
    const base = this.#base(options.name ?? "deadlock", options);
    this.#property({ ...base, kind: "deadlock", terminated: condition(terminated).node });
  }

  /**
   * No weakly fair run is as described: from some point on one condition is true in every state, and something
   * occurs again and again. Of several descriptions, no run is as any of them.
   */
  liveness(name: string, runs: UnwantedRun | readonly UnwantedRun[], options: PropertyOptions = {}): void {
    const list = [runs].flat();
    this.#property({ ...this.#base(name, options), kind: "liveness", runs: list.map(runDescription) });
  }

  /**
   * Adds statements that run after every step, as a part of it, behind those that were added before. They must be such
   * that run again they change nothing, and depend on no step: they bring the state into a normal form.
   */
  saturate(body: Body): void {
    this.#saturation.push(flatten(body));
  }

  /** Something in the model looks at the steps that a saturation takes away, for this reason. */
  refuseSaturation(why: string): void {
    this.#unsaturable ??= why;
  }

  /** Names a column of the traces. */
  place(number: number, name: string): void {
    this.#places.push({ number, name });
  }

  /** Something to print of states in which the condition is true, beside traces. */
  fact(subject: string, holds: Operand, text: TermText, notable = false): void {
    const when = condition(holds).node;
    if (when !== FALSE.node) this.#facts.push({ subject, when, text: textOf(text), notable });
  }

  /** Adds a line to what a verdict rests on. */
  assume(assumption: string): void {
    this.#assumptions.push(assumption);
  }

  build(): Model {
    if (this.#rules.length === 0)
      throw new TlbcheckError(
        "TLB113",
        `the model ${this.name} has no rules, so there is nothing to explore`,
        {
          source: callerSource(),
        },
      );
    const model = {
      name: this.name,
      variables: this.#variables,
      initially: this.#initially,
      rules: this.#rules,
      properties: this.#properties,
      places: this.#places,
      facts: this.#facts,
      assumptions: this.#assumptions,
    };
    if (this.#saturation.length === 0) return model;
    if (this.#unsaturable !== null) return { ...model, unsaturable: this.#unsaturable };
    return saturated(model, this.#saturation);
  }

  #declare(name: string, index: readonly Domain[], domain: Domain, initial: InitialCodes): void {
    this.#claim(name, "variable");
    for (const each of [...index, domain])
      if (domainSize(each) < 1) throw fail("TLB110", `${name} uses the empty domain ${describeDomain(each)}`);
    this.#cells = addCells(this.#cells, name, index);
    this.#variables.push({ name, index, domain, initial, source: callerSource() });
  }

  #base(name: string, options: PropertyOptions): Omit<Property, "kind"> & { name: string } {
    return {
      name,
      aliases: options.aliases ?? [],
      consequence: textOf(options.consequence ?? ""),
      source: callerSource(),
    };
  }

  #property(property: Property): void {
    this.#claim(property.name, "property");
    this.#properties.push(property);
  }

  #claim(name: string, as: string): void {
    const key = `${as} ${name}`;
    if (this.#names.has(key))
      throw fail("TLB105", `there are two of the same name: ${key}`, "give one of them another name");
    this.#names.set(key, as);
  }
}

/** Assigns only where the condition is true. */
export function when(holds: Operand, then: Body, otherwise: Body = []): Statement {
  const made = {
    kind: "if",
    condition: condition(holds).node,
    then: flatten(then),
    otherwise: flatten(otherwise),
  } as const;
  requireShallow(made);
  return made;
}

/**
 * Violates the assertion `property` where the condition is false; the step goes on all the same. The
 * consequence, one sentence with values of the state before the step, is told instead of the property's.
 */
export function assert(
  property: string,
  holds: Operand,
  consequence?: TermText,
): Extract<Statement, { kind: "assert" }> {
  return {
    kind: "assert",
    property,
    condition: condition(holds).node,
    consequence: consequence === undefined ? null : textOf(consequence),
    source: callerSource(),
  };
}

/** The same of a step that must not be where it is in the model file: the sentence ends with that place. */
export function assertHere(property: string, holds: Operand, consequence: TermText): Statement {
  return { ...assert(property, holds, consequence), located: true };
}

/** Steps of any of these rules, as something that occurs again and again. */
export function taken(...rules: string[]): Extract<Recurrence, { kind: "taken" }> {
  return { kind: "taken", rules };
}

function initialCodes(
  name: string,
  domain: Domain,
  initial: Initial,
): { kind: "every"; codes: readonly number[] } {
  const literals = initial !== null && typeof initial === "object" ? initial.oneOf : [initial];
  const codes = literals.map((each) => {
    const code = literalCode(domain, each);
    if (code !== undefined) return code;
    const known = domain.kind === "enum" ? domain.values : domain.kind === "names" ? domain.members : [];
    throw fail(
      "TLB102",
      `${name} cannot begin as ${JSON.stringify(each)}: it ranges over ${describeDomain(domain)}`,
      typeof each === "string" && known.length > 0 ? suggest(each, known) : undefined,
    );
  });
  if (codes.length === 0) throw fail("TLB109", `${name} has no initial value`);
  return { kind: "every", codes: [...new Set(codes)].sort((a, b) => a - b) };
}

function conjuncts(node: Expr): readonly Expr[] {
  return node.kind === "and" ? node.operands : [node];
}

export function flatten(body: Body): Statement[] {
  return isList(body) ? body.flatMap(flatten) : [body];
}

function isList(body: Body): body is readonly Body[] {
  return Array.isArray(body);
}

function weakerForm(form: { name: string; guard?: readonly Operand[]; body: Body }): WeakerForm {
  return {
    name: form.name,
    guard: (form.guard ?? []).flatMap((each) => conjuncts(condition(each).node)),
    body: flatten(form.body),
  };
}

function actorOf<P extends Record<string, Domain>>(
  actor: RuleOptions<P>["actor"],
  parameters: Arguments<P>,
): Actor {
  if (actor === undefined || typeof actor === "string") return { name: actor ?? "system", index: null };
  const { name, index } = actor(parameters);
  return { name, index: index.node };
}

function fairnessClassOf<P extends Record<string, Domain>>(
  fair: RuleOptions<P>["fair"],
  parameters: Arguments<P>,
): FairnessClass | null {
  if (fair === undefined || typeof fair === "boolean") return null;
  if (typeof fair === "string") return { name: fair, index: null };
  const { name, index } = fair(parameters);
  return { name, index: index.node };
}

function runDescription({ eventuallyAlways, infinitelyOften, consequence }: UnwantedRun): RunDescription {
  return {
    eventuallyAlways: condition(eventuallyAlways ?? true).node,
    infinitelyOften: recurrences(infinitelyOften ?? []),
    consequence: consequence === undefined ? null : textOf(consequence),
  };
}

function recurrences(given: Occurrence | readonly Occurrence[]): Recurrence[] {
  const list: readonly Occurrence[] = Array.isArray(given) ? given : [given as Occurrence];
  return list.map((each) => (isTaken(each) ? each : { kind: "state", condition: condition(each).node }));
}

function isTaken(given: Occurrence): given is Extract<Recurrence, { kind: "taken" }> {
  return typeof given === "object" && given !== null && "kind" in given;
}

function fail(code: DiagnosticCode, message: string, hint?: string): TlbcheckError {
  return new TlbcheckError(code, message, {
    source: callerSource(),
    ...(hint === undefined ? {} : { hint }),
  });
}

function eventOf<P extends Record<string, Domain>>(
  { id, text, goesOn }: NonNullable<RuleOptions<P>["event"]>,
  args: Arguments<P>,
): RuleEvent {
  return { id, text: textOf(text(args)), ...(goesOn ? { goesOn: goesOn().node } : {}) };
}

function remarkOf(remark: string | null | undefined): { remark?: string } {
  return remark ? { remark } : {};
}
