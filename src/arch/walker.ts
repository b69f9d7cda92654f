/**
 * The page-table walker of each CPU, one level deep: it reads the descriptor of a page of the loaded context
 * and may cache what it read.
 *
 * With the detail `stepwise` the walk under way is part of the state, one a CPU; with `atomic` reading and
 * filling are one step. As an invalidation also reaches the walks under way (HW-5), `atomic` leaves out one
 * thing only: that a CPU takes a fault while a walk of its own still holds an older descriptor of the page.
 */
import { type ArrayVariable, bool, type Body, type ModelBuilder, orNone, when } from "../model/builder.ts";
import { and, FALSE, type Term } from "../model/term.ts";
import type { Scope } from "./architecture.ts";
import type { Machine } from "./machine.ts";
import type { TableScope } from "./page-tables.ts";
import { permission } from "./text.ts";

export type WalkDetail = "atomic" | "stepwise";

/** What the rest of a machine sees of its walkers. Table scopes are for tables of two levels. */
export interface PageWalker {
  /** True if a walk of this CPU has read something in the scope and has not filled the TLB yet. */
  underWay(cpu: Term, scope: Scope, tables: TableScope | null): Term;
  /** Gives up the walk of a CPU if it is in the scope. */
  cancel(cpu: Term, scope: Scope, tables: TableScope | null): Body;
  /** When an access that misses can have its page walked. */
  mayWalkOnDemand(cpu: Term, page: Term): Term[];
  /** The walk that an access needs. Unlike speculative walks it is bound to happen. */
  walkOnDemand(cpu: Term, page: Term): Body;
  addRules(builder: ModelBuilder): void;
}

export class Walker implements PageWalker {
  readonly #machine: Machine;
  readonly #partial: PartialWalk | null;

  constructor(builder: ModelBuilder, machine: Machine, detail: WalkDetail) {
    this.#machine = machine;
    this.#partial = detail === "stepwise" ? new PartialWalk(builder, machine) : null;
  }

  underWay(cpu: Term, scope: Scope): Term {
    return this.#partial?.inScope(cpu, scope) ?? FALSE;
  }

  cancel(cpu: Term, scope: Scope): Body {
    return this.#partial?.cancel(cpu, scope) ?? [];
  }

  mayWalkOnDemand(cpu: Term, page: Term): Term[] {
    return [this.#mayCache(cpu, page), ...(this.#partial ? [this.#partial.idle(cpu)] : [])];
  }

  walkOnDemand(cpu: Term, page: Term): Body {
    return (
      this.#partial?.read(cpu, page) ??
      this.#machine.tlb.fill(cpu, this.#machine.translationInMemory(cpu, page))
    );
  }

  addRules(builder: ModelBuilder): void {
    if (this.#partial) this.#partial.addRules(builder, (cpu, page) => this.#mayRead(cpu, page));
    else this.#addAtomicRule(builder);
  }

  /** The walker may start, and what it would read may be cached. */
  #mayRead(cpu: Term, page: Term): Term[] {
    const { mayWalk } = this.#machine.architecture.rules;
    return [
      this.#machine.walkMatters(cpu, page),
      mayWalk.choice(this.#machine, cpu),
      this.#mayCache(cpu, page),
    ];
  }

  #mayCache(cpu: Term, page: Term): Term {
    const { mayCache } = this.#machine.architecture.rules;
    return mayCache.choice(this.#machine.memory.descriptor(this.#machine.context.at(cpu), page));
  }

  #addAtomicRule(builder: ModelBuilder): void {
    const { domains, tlb } = this.#machine;
    const found = (cpu: Term, page: Term) => this.#machine.translationInMemory(cpu, page);
    builder.rule("walk", {
      actor: ({ cpu }) => ({ name: "walker", index: cpu }),
      parameters: { cpu: domains.cpu, page: domains.page },
      guard: ({ cpu, page }) => [...this.#mayRead(cpu, page), tlb.holds(cpu, found(cpu, page)).not()],
      body: ({ cpu, page }) => tlb.fill(cpu, found(cpu, page)),
      fair: false,
      text: ({ cpu, page }) => [
        "[walk: ",
        page,
        " ",
        permission(found(cpu, page).writable),
        " into the TLB]",
      ],
      place: ({ cpu }) => cpu,
    });
  }
}

/** A walk that has read its descriptor and has not filled the TLB yet. */
class PartialWalk {
  readonly #machine: Machine;
  readonly #asid: ArrayVariable;
  readonly #page: ArrayVariable;
  readonly #frame: ArrayVariable;
  readonly #writable: ArrayVariable;

  constructor(builder: ModelBuilder, machine: Machine) {
    this.#machine = machine;
    const { cpu, asid, page, frame } = machine.domains;
    this.#asid = builder.array("walk.asid", [cpu], orNone(asid), null);
    this.#page = builder.array("walk.page", [cpu], orNone(page), null);
    this.#frame = builder.array("walk.frame", [cpu], orNone(frame), null);
    this.#writable = builder.array("walk.writable", [cpu], bool, false);
  }

  inScope(cpu: Term, { asid, page }: Scope): Term {
    return and(
      this.#underWay(cpu),
      asid === null ? true : this.#asid.at(cpu).is(asid),
      page === null ? true : this.#page.at(cpu).is(page),
    );
  }

  addRules(builder: ModelBuilder, mayRead: (cpu: Term, page: Term) => Term[]): void {
    const { domains, tlb, invalidation } = this.#machine;
    const actor = ({ cpu }: { cpu: Term }) => ({ name: "walker", index: cpu });
    const place = ({ cpu }: { cpu: Term }): Term => cpu;
    builder.rule("walk.read", {
      actor,
      parameters: { cpu: domains.cpu, page: domains.page },
      guard: ({ cpu, page }) => [this.idle(cpu), ...mayRead(cpu, page)],
      body: ({ cpu, page }) => this.read(cpu, page),
      fair: false,
      text: ({ page }) => ["[walk: reads the descriptor of ", page, "]"],
      place,
    });
    builder.rule("walk.fill", {
      actor,
      parameters: { cpu: domains.cpu },
      guard: ({ cpu }) => [this.#underWay(cpu)],
      body: ({ cpu }) => [
        tlb.fill(cpu, this.#result(cpu)),
        invalidation.inheritWalk(cpu, this.#result(cpu)),
        this.#forget(cpu),
      ],
      // A walk once begun comes to an end: an access may depend on it.
      fair: true,
      text: ({ cpu }) => [
        "[walk: ",
        this.#page.at(cpu),
        " ",
        permission(this.#writable.at(cpu)),
        " into the TLB]",
      ],
      place,
    });
    builder.rule("walk.drop", {
      actor,
      parameters: { cpu: domains.cpu },
      guard: ({ cpu }) => [this.#underWay(cpu)],
      body: ({ cpu }) => this.#forget(cpu),
      fair: false,
      text: ({ cpu }) => ["[walk: ", this.#page.at(cpu), " not cached]"],
      place,
    });
  }

  cancel(cpu: Term, scope: Scope): Body {
    return when(this.inScope(cpu, scope), this.#forget(cpu));
  }

  idle(cpu: Term): Term {
    return this.#frame.at(cpu).is(null);
  }

  #underWay(cpu: Term): Term {
    return this.idle(cpu).not();
  }

  #result(cpu: Term) {
    return {
      asid: this.#asid.at(cpu),
      page: this.#page.at(cpu),
      frame: this.#frame.at(cpu),
      writable: this.#writable.at(cpu),
    };
  }

  read(cpu: Term, page: Term): Body {
    const { asid, frame, writable } = this.#machine.translationInMemory(cpu, page);
    return [
      this.#asid.at(cpu).set(asid),
      this.#page.at(cpu).set(page),
      this.#frame.at(cpu).set(frame),
      this.#writable.at(cpu).set(writable),
    ];
  }

  #forget(cpu: Term): Body {
    return [
      this.#asid.at(cpu).set(null),
      this.#page.at(cpu).set(null),
      this.#frame.at(cpu).set(null),
      this.#writable.at(cpu).set(false),
      this.#machine.invalidation.forgetWalk(cpu),
    ];
  }
}
