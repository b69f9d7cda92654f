/**
 * The page-table walker of each CPU, one level deep: it reads the descriptor of a page of the loaded context
 * and may cache what it read.
 *
 * With the detail `stepwise` the walk under way is part of the state, one a CPU; with `atomic` reading and
 * filling are one step. As an invalidation also reaches the walks under way (HW-5), `atomic` leaves out one
 * thing only: that a CPU takes a fault while a walk of its own still holds an older descriptor of the page.
 */
import { type ArrayVariable, bool, type Body, type ModelBuilder, orNone, when } from "../../model/builder.ts";
import { and, FALSE, parameter, type Term } from "../../model/term.ts";
import type { Descriptor, Scope } from "../architecture.ts";
import type { InvalidEntries } from "../invalid-entries.ts";
import type { Machine } from "../machine.ts";
import type { TableScope } from "./page-tables.ts";
import { present, type Reading, type ReadingChoices, walkerOf } from "./reading.ts";
import { joined, permission } from "../text.ts";

export type WalkDetail = "atomic" | "stepwise";

/** What the rest of a machine sees of its walkers. Table scopes are for tables of two levels. */
export interface PageWalker {
  /** What walks may find. */
  readonly readings: readonly Reading[];
  /** True if a walk of this CPU has read something in the scope and has not filled the TLB yet. */
  underWay(cpu: Term, scope: Scope, tables: TableScope | null): Term;
  /** Gives up the walk of a CPU if it is in the scope. */
  cancel(cpu: Term, scope: Scope, tables: TableScope | null): Body;
  /** When an access that misses can have its page walked, with this to be found. */
  mayWalkOnDemand(cpu: Term, page: Term, found: Descriptor): Term[];
  /** The walk that an access needs. Unlike speculative walks it is bound to happen. */
  walkOnDemand(cpu: Term, page: Term, found: Descriptor): Body;
  /** Has walks remember the context that they began in; gives that of the walk that fills, or has just begun. */
  rememberContext(): (cpu: Term) => Term;
  addRules(builder: ModelBuilder): void;
}

/** What a walk leaves in the TLB: a translation, or the entry of an invalid descriptor. */
interface Outcome {
  /** Distinguishes it; empty for a translation. */
  readonly name: string;
  /** Which descriptors lead to it. */
  readonly of: (found: Descriptor) => Term;
  readonly holds: (cpu: Term, page: Term, found: Descriptor) => Term;
  readonly fill: (cpu: Term, page: Term, found: Descriptor) => Body;
  readonly told: (found: Descriptor) => readonly (string | Term)[];
}

/** A rule by which a walker reads, for one reading and one outcome. */
interface WalkRule {
  readonly name: string;
  readonly reading: Reading;
  readonly outcome: Outcome;
  /** When the walker may read so, and may cache what it has read. */
  readonly mayRead: (cpu: Term, page: Term, choices: ReadingChoices) => readonly Term[];
}

export class Walker implements PageWalker {
  readonly readings: readonly Reading[];
  readonly #machine: Machine;
  readonly #partial: PartialWalk | null;

  constructor(builder: ModelBuilder, machine: Machine, detail: WalkDetail) {
    this.#machine = machine;
    this.readings = [present(machine), ...(machine.oldDescriptors?.readings() ?? [])];
    this.#partial = detail === "stepwise" ? new PartialWalk(builder, machine) : null;
  }

  underWay(cpu: Term, scope: Scope): Term {
    return this.#partial?.inScope(cpu, scope) ?? FALSE;
  }

  cancel(cpu: Term, scope: Scope): Body {
    return this.#partial?.cancel(cpu, scope) ?? [];
  }

  mayWalkOnDemand(cpu: Term, _page: Term, found: Descriptor): Term[] {
    const { mayCache } = this.#machine.architecture.rules;
    return [mayCache.choice(found), ...(this.#partial ? [this.#partial.idle(cpu)] : [])];
  }

  walkOnDemand(cpu: Term, page: Term, found: Descriptor): Body {
    return (
      this.#partial?.read(cpu, page, found) ??
      this.#machine.tlb.fill(cpu, this.#machine.translationBy(cpu, page, found))
    );
  }

  rememberContext(): (cpu: Term) => Term {
    return this.#partial?.rememberContext() ?? ((cpu) => this.#machine.context.at(cpu));
  }

  addRules(builder: ModelBuilder): void {
    const rules = this.#rules();
    if (this.#partial) this.#partial.addRules(builder, rules);
    else for (const each of rules) this.#addAtomicRule(builder, each);
  }

  /** Each reading with each outcome that it can have. */
  #rules(): WalkRule[] {
    const { mayWalk } = this.#machine.architecture.rules;
    const outcomes = outcomesOf(this.#machine);
    return this.readings.flatMap((reading) =>
      outcomes
        .filter((outcome) => this.#isPossible(reading, outcome))
        .map((outcome) => ({
          name: joined(reading.name, outcome.name),
          reading,
          outcome,
          mayRead: (cpu, page, choices) => [
            this.#machine.walkMatters(cpu, page),
            mayWalk.choice(this.#machine, cpu, page),
            ...reading.possible(cpu, page, choices),
            outcome.of(reading.descriptor(cpu, page, choices)),
          ],
        })),
    );
  }

  #isPossible(reading: Reading, outcome: Outcome): boolean {
    const { cpu, page } = this.#machine.domains;
    const choices = Object.entries(reading.choices).map(([name, domain]) => [name, parameter(name, domain)]);
    const found = reading.descriptor(
      parameter("cpu", cpu),
      parameter("page", page),
      Object.fromEntries(choices) as ReadingChoices,
    );
    return outcome.of(found).node !== FALSE.node;
  }

  #addAtomicRule(builder: ModelBuilder, { name, reading, outcome, mayRead }: WalkRule): void {
    const { domains } = this.#machine;
    builder.rule(joined("walk", name), {
      ...walkerOf,
      parameters: { cpu: domains.cpu, page: domains.page, ...reading.choices },
      guard: ({ cpu, page, ...choices }) => [
        ...mayRead(cpu, page, choices),
        outcome.holds(cpu, page, reading.descriptor(cpu, page, choices)).not(),
      ],
      body: ({ cpu, page, ...choices }) => outcome.fill(cpu, page, reading.descriptor(cpu, page, choices)),
      fair: false,
      text: ({ cpu, page, ...choices }) => [
        "[walk: ",
        page,
        " ",
        ...outcome.told(reading.descriptor(cpu, page, choices)),
        reading.told ? ` into the TLB, from ${reading.told}]` : " into the TLB]",
      ],
    });
  }
}

function outcomesOf(machine: Machine): Outcome[] {
  const { tlb, architecture } = machine;
  const { invalid } = tlb;
  const translation: Outcome = {
    name: "",
    of: (found) => architecture.rules.mayCache.choice(found),
    holds: (cpu, page, found) => tlb.holds(cpu, machine.translationBy(cpu, page, found)),
    fill: (cpu, page, found) => tlb.fill(cpu, machine.translationBy(cpu, page, found)),
    told: ({ writable }) => [permission(writable)],
  };
  if (!invalid) return [translation];
  const asInvalid: Outcome = {
    name: "invalid",
    of: ({ valid }) => valid.not(),
    holds: (cpu, page) => invalid.holds(cpu, { asid: machine.loadedAsid(cpu), page }),
    fill: (cpu, page) => invalid.fill(cpu, { asid: machine.loadedAsid(cpu), page }),
    told: () => ["invalid"],
  };
  return [translation, asInvalid];
}

/** A walk that has read its descriptor and has not filled the TLB yet. */
class PartialWalk {
  readonly #machine: Machine;
  readonly #builder: ModelBuilder;
  /** The context that the walk began in; only if somebody asks. */
  #context: ArrayVariable | null = null;
  readonly #asid: ArrayVariable;
  /** None while no walk is under way. */
  readonly #page: ArrayVariable;
  /** None if the descriptor was invalid. */
  readonly #frame: ArrayVariable;
  readonly #writable: ArrayVariable;
  /** Whether the descriptor permits stores once it is marked as dirty; null where the hardware marks none. */
  readonly #clean: ArrayVariable | null;

  constructor(builder: ModelBuilder, machine: Machine) {
    this.#machine = machine;
    this.#builder = builder;
    const { cpu, asid, page, frame } = machine.domains;
    this.#asid = builder.array("walk.asid", [cpu], orNone(asid), null);
    this.#page = builder.array("walk.page", [cpu], orNone(page), null);
    this.#frame = builder.array("walk.frame", [cpu], orNone(frame), null);
    this.#writable = builder.array("walk.writable", [cpu], bool, false);
    this.#clean = machine.flags && builder.array("walk.clean", [cpu], bool, false);
  }

  rememberContext(): (cpu: Term) => Term {
    const { cpu: cpus, space } = this.#machine.domains;
    const context = (this.#context ??= this.#builder.array("walk.context", [cpus], orNone(space), null));
    return (cpu) => context.at(cpu);
  }

  inScope(cpu: Term, scope: Scope): Term {
    const { globals } = this.#machine;
    return and(this.#underWay(cpu), globals.inScope(scope, this.#page.at(cpu), this.#asid.at(cpu)));
  }

  addRules(builder: ModelBuilder, rules: readonly WalkRule[]): void {
    for (const each of rules) this.#addReadRule(builder, each);
    this.#addFillRule(builder);
    const { invalid } = this.#machine.tlb;
    if (invalid) this.#addFillInvalidRule(builder, invalid);
    this.#addDropRule(builder);
  }

  #addReadRule(builder: ModelBuilder, { name, reading, mayRead }: WalkRule): void {
    const { domains } = this.#machine;
    builder.rule(joined("walk.read", name), {
      ...walkerOf,
      parameters: { cpu: domains.cpu, page: domains.page, ...reading.choices },
      guard: ({ cpu, page, ...choices }) => [this.idle(cpu), ...mayRead(cpu, page, choices)],
      body: ({ cpu, page, ...choices }) => this.read(cpu, page, reading.descriptor(cpu, page, choices)),
      fair: false,
      prelude: true,
      text: ({ page }) => [`[walk: reads ${reading.told || "the descriptor"} of `, page, "]"],
    });
  }

  // A walk once begun comes to an end, so filling is fair: an access may depend on it.
  #addFillRule(builder: ModelBuilder): void {
    const { domains, tlb, invalidation } = this.#machine;
    builder.rule("walk.fill", {
      ...walkerOf,
      parameters: { cpu: domains.cpu },
      guard: ({ cpu }) => [this.#frame.at(cpu).isNot(null)],
      body: ({ cpu }) => [
        tlb.fill(cpu, this.#result(cpu), this.#clean?.at(cpu) ?? null),
        invalidation.inheritWalk(cpu, this.#result(cpu)),
        this.#forget(cpu),
      ],
      fair: true,
      text: ({ cpu }) => [
        "[walk: ",
        this.#page.at(cpu),
        " ",
        permission(this.#writable.at(cpu)),
        " into the TLB]",
      ],
    });
  }

  #addFillInvalidRule(builder: ModelBuilder, invalid: InvalidEntries): void {
    builder.rule("walk.fill invalid", {
      ...walkerOf,
      parameters: { cpu: this.#machine.domains.cpu },
      guard: ({ cpu }) => [this.#underWay(cpu), this.#frame.at(cpu).is(null)],
      body: ({ cpu }) => [
        invalid.fill(cpu, { asid: this.#asid.at(cpu), page: this.#page.at(cpu) }),
        this.#forget(cpu),
      ],
      fair: true,
      text: ({ cpu }) => ["[walk: ", this.#page.at(cpu), " invalid into the TLB]"],
    });
  }

  #addDropRule(builder: ModelBuilder): void {
    builder.rule("walk.drop", {
      ...walkerOf,
      parameters: { cpu: this.#machine.domains.cpu },
      guard: ({ cpu }) => [this.#underWay(cpu)],
      body: ({ cpu }) => this.#forget(cpu),
      fair: false,
      text: ({ cpu }) => ["[walk: ", this.#page.at(cpu), " not cached]"],
    });
  }

  cancel(cpu: Term, scope: Scope): Body {
    return when(this.inScope(cpu, scope), this.#forget(cpu));
  }

  idle(cpu: Term): Term {
    return this.#page.at(cpu).is(null);
  }

  #underWay(cpu: Term): Term {
    return this.idle(cpu).not();
  }

  #result(cpu: Term) {
    const page = this.#page.at(cpu);
    return {
      asid: this.#machine.globals.tag(page, this.#asid.at(cpu)),
      page,
      frame: this.#frame.at(cpu),
      writable: this.#writable.at(cpu),
    };
  }

  read(cpu: Term, page: Term, { frame, writable }: Descriptor): Body {
    const { flags } = this.#machine;
    return [
      this.#context?.at(cpu).set(this.#machine.context.at(cpu)) ?? [],
      this.#asid.at(cpu).set(this.#machine.loadedAsid(cpu)),
      this.#page.at(cpu).set(page),
      this.#frame.at(cpu).set(frame),
      this.#writable.at(cpu).set(writable),
      this.#clean && flags
        ? this.#clean.at(cpu).set(flags.isClean(this.#machine.spaceOf(cpu, page), page))
        : [],
    ];
  }

  #forget(cpu: Term): Body {
    return [
      this.#context?.at(cpu).set(null) ?? [],
      this.#asid.at(cpu).set(null),
      this.#page.at(cpu).set(null),
      this.#frame.at(cpu).set(null),
      this.#writable.at(cpu).set(false),
      this.#clean?.at(cpu).set(false) ?? [],
      this.#machine.invalidation.forgetWalk(cpu),
    ];
  }
}
