/**
 * Loads and stores of user memory, in program order: an access is translated in one step and performed in a
 * later one. In between it is in flight, and what was translated stays so whatever happens to the entry
 * (HW-5). A CPU has one access in flight at most.
 */
import { type ArrayVariable, bool, type Body, type ModelBuilder, orNone } from "../model/builder.ts";
import { and, FALSE, not, type Term, TRUE } from "../model/term.ts";
import type { Scope } from "./architecture.ts";
import type { Machine } from "./machine.ts";

export type AccessKind = "load" | "store";

/** An access as observers see it: who, where, and through which translation. */
export interface Access {
  readonly cpu: Term;
  readonly space: Term;
  readonly page: Term;
  readonly frame: Term;
  /** True for a store. */
  readonly store: Term;
}

/** A TLB entry by its fields. */
export interface CachedTranslation {
  readonly asid: Term;
  readonly page: Term;
  readonly frame: Term;
  readonly writable: Term;
}

/** Called while the model is built; what it returns becomes a part of the step. */
export type AccessObserver = (access: Access) => Body;

export class Accesses {
  readonly #machine: Machine;
  readonly #asid: ArrayVariable;
  readonly #page: ArrayVariable;
  readonly #frame: ArrayVariable;
  readonly #store: ArrayVariable;
  readonly #onTranslate: AccessObserver[] = [];
  readonly #onPerform: AccessObserver[] = [];

  constructor(builder: ModelBuilder, machine: Machine) {
    this.#machine = machine;
    const { cpu, asid, page, frame } = machine.domains;
    this.#asid = builder.array("access.asid", [cpu], orNone(asid), null);
    this.#page = builder.array("access.page", [cpu], orNone(page), null);
    this.#frame = builder.array("access.frame", [cpu], orNone(frame), null);
    this.#store = builder.array("access.store", [cpu], bool, false);
  }

  /** Registers a property's view of accesses as they begin. */
  onTranslate(observer: AccessObserver): void {
    this.#onTranslate.push(observer);
  }

  /** Registers a property's view of accesses as they complete. */
  onPerform(observer: AccessObserver): void {
    this.#onPerform.push(observer);
  }

  idle(cpu: Term): Term {
    return this.#frame.at(cpu).is(null);
  }

  /** True if the CPU has an access in flight that was translated by an entry of the scope. */
  inFlight(cpu: Term, { asid, page }: Scope): Term {
    return and(
      not(this.idle(cpu)),
      asid === null ? true : this.#asid.at(cpu).is(asid),
      page === null ? true : this.#page.at(cpu).is(page),
    );
  }

  /** A cached translation allows the access. */
  hits(cpu: Term, kind: AccessKind, entry: CachedTranslation): Term[] {
    return [this.#machine.tlb.mayHit(cpu, entry), ...(kind === "store" ? [entry.writable] : [])];
  }

  /** A cached translation forbids a store (HW-6: it may do so whatever memory says by now). */
  storeFaults(cpu: Term, entry: CachedTranslation): Term[] {
    return [this.#machine.tlb.mayHit(cpu, entry), entry.writable.not()];
  }

  /** Nothing is cached for the page and a walk finds no valid descriptor. */
  faultsOnTranslation(cpu: Term, page: Term): Term[] {
    const space = this.#machine.context.at(cpu);
    return [this.#machine.tlb.misses(cpu, page), this.#machine.memory.descriptor(space, page).valid.not()];
  }

  /** Nothing is cached for the page, and a walk would find something. */
  misses(cpu: Term, page: Term): Term[] {
    return [this.#machine.tlb.misses(cpu, page), ...this.#machine.walker.mayWalkOnDemand(cpu, page)];
  }

  /** The effects of a fault on the translations of the page. */
  fault(cpu: Term, page: Term): Body {
    const { onFault } = this.#machine.architecture.rules;
    return onFault.choice(this.#machine, cpu, this.#machine.loadedAsid(cpu), page);
  }

  /** Translates by a cached entry: the access is in flight from now on. */
  translate(cpu: Term, kind: AccessKind, { asid, page, frame }: CachedTranslation): Body {
    const store = kind === "store" ? TRUE : FALSE;
    const access = { cpu, space: this.#machine.context.at(cpu), page, frame, store };
    return [
      this.#asid.at(cpu).set(asid),
      this.#page.at(cpu).set(page),
      this.#frame.at(cpu).set(frame),
      this.#store.at(cpu).set(store),
      this.#onTranslate.map((observe) => observe(access)),
    ];
  }

  /** Performs the access in flight at its frame. */
  perform(cpu: Term): Body {
    const space = this.#machine.context.at(cpu);
    const access = {
      cpu,
      space,
      page: this.#page.at(cpu),
      frame: this.#frame.at(cpu),
      store: this.#store.at(cpu),
    };
    return [
      this.#onPerform.map((observe) => observe(access)),
      this.#asid.at(cpu).set(null),
      this.#page.at(cpu).set(null),
      this.#frame.at(cpu).set(null),
      this.#store.at(cpu).set(false),
    ];
  }
}
