/**
 * A FIFO store buffer for each CPU (ARM-2, X86-11): a store waits in it while later loads execute, and goes to
 * memory at any later moment, in order. Walkers read memory and never the buffer; the CPU's own loads see the
 * newest store to their location that is in it.
 */
import {
  type ArrayVariable,
  type Body,
  enumeration,
  type ModelBuilder,
  orNone,
  range,
  when,
} from "../model/builder.ts";
import { type Domain, formatValue, minCode } from "../model/domain.ts";
import {
  and,
  choose,
  constant,
  eachOf,
  literal,
  not,
  number,
  type Operand,
  or,
  type Term,
  TRUE,
} from "../model/term.ts";
import type { Scope } from "./architecture.ts";
import type { Machine } from "./machine.ts";

/** Where a store goes, and what happens when it gets there. */
export interface StoreTarget {
  readonly name: string;
  readonly write: (value: Term) => Body;
}

export interface StoreBufferOptions {
  /** All locations that are stored to. */
  readonly targets: readonly StoreTarget[];
  /** What a store holds. */
  readonly value: Domain;
  /** How many stores a CPU's buffer holds: not less than the software ever has in it. */
  readonly depth: number;
}

export class StoreBuffer {
  readonly #machine: Machine;
  readonly #targets: readonly StoreTarget[];
  readonly #value: Domain;
  readonly #depth: number;
  readonly #slot: Domain;
  readonly #location: Domain;
  readonly #at: ArrayVariable;
  readonly #holds: ArrayVariable;
  /** The page through which a store was translated; none for stores to memory that is not translated. */
  readonly #page: ArrayVariable;

  constructor(builder: ModelBuilder, machine: Machine, { targets, value, depth }: StoreBufferOptions) {
    const { cpu } = machine.domains;
    this.#machine = machine;
    this.#targets = targets;
    this.#value = value;
    this.#depth = depth;
    this.#slot = range(0, depth - 1);
    this.#location = enumeration("location", [EMPTY, ...targets.map(({ name }) => name)]);
    this.#at = builder.array("store buffer", [cpu, this.#slot], this.#location, EMPTY);
    this.#holds = builder.array("store buffer.value", [cpu, this.#slot], value, formatLowest(value));
    this.#page = builder.array("store buffer.page", [cpu, this.#slot], orNone(machine.domains.page), null);
  }

  get slot(): Domain {
    return this.#slot;
  }

  /** True if a slot holds a store that was translated by an entry of the scope (HW-5). */
  translatedBy(cpu: Term, slot: Term, { page }: Scope): Term {
    const through = this.#page.at(cpu, slot);
    return page === null ? through.isNot(null) : through.is(page);
  }

  /** True once every store of the CPU has reached memory. */
  drained(cpu: Term): Term {
    return this.#at.at(cpu, 0).is(EMPTY);
  }

  hasRoom(cpu: Term): Term {
    return this.#at.at(cpu, this.#depth - 1).is(EMPTY);
  }

  /**
   * Puts a store to the named location behind those that are waiting: of the access in flight through a page,
   * or, with null, of an access that is not translated.
   */
  push(cpu: Term, location: string, value: Operand, page: Term | null): Body {
    const name = literal(this.#location, location);
    return this.#slots()
      .reverse()
      .map((slot) => {
        const free = this.#at.at(cpu, slot).is(EMPTY);
        const first = slot === 0 ? free : and(free, not(this.#at.at(cpu, slot - 1).is(EMPTY)));
        return when(first, [
          this.#holds.at(cpu, slot).set(value),
          this.#at.at(cpu, slot).set(name),
          this.#page.at(cpu, slot).set(page),
          page ? this.#machine.invalidation.inheritStore(cpu, number(slot)) : [],
        ]);
      });
  }

  /** True if a store to the named location waits. */
  holdsStoreTo(cpu: Term, location: string): Term {
    return or(...this.#slots().map((slot) => this.#at.at(cpu, slot).is(location)));
  }

  /** What a load of the CPU finds at a location, given what memory holds. */
  forward(cpu: Term, location: string, memory: Term): Term {
    return this.#slots().reduce<Term>(
      (found, slot) => choose(this.#at.at(cpu, slot).is(location), this.#holds.at(cpu, slot), found),
      memory,
    );
  }

  addRules(builder: ModelBuilder): void {
    builder.rule("drain", {
      actor: ({ cpu }) => ({ name: "store buffer", index: cpu }),
      parameters: { cpu: this.#machine.domains.cpu },
      guard: ({ cpu }) => [this.drained(cpu).not()],
      body: ({ cpu }) => [
        this.#writeOldest(cpu),
        this.#shift(cpu),
        this.#machine.walkAhead.overtakenBy(cpu, "store", TRUE),
      ],
      text: ({ cpu }) => ["[store to ", this.#at.at(cpu, 0), " reaches memory]"],
      place: ({ cpu }) => cpu,
    });
  }

  #writeOldest(cpu: Term): Body {
    const value = this.#holds.at(cpu, 0);
    return this.#targets.map(({ name, write }) => when(this.#at.at(cpu, 0).is(name), write(value)));
  }

  #shift(cpu: Term): Body {
    const last = this.#depth - 1;
    return [
      this.#slots()
        .slice(0, last)
        .map((slot) => [
          this.#at.at(cpu, slot).set(this.#at.at(cpu, slot + 1)),
          this.#holds.at(cpu, slot).set(this.#holds.at(cpu, slot + 1)),
          this.#page.at(cpu, slot).set(this.#page.at(cpu, slot + 1)),
          this.#machine.invalidation.moveStore(cpu, number(slot + 1), number(slot)),
        ]),
      this.#at.at(cpu, last).set(EMPTY),
      this.#page.at(cpu, last).set(null),
      this.#machine.invalidation.forgetStore(cpu, number(last)),
      this.#holds.at(cpu, last).set(constant(this.#value, minCode(this.#value))),
    ];
  }

  #slots(): number[] {
    return eachOf(this.#slot).map((_, slot) => slot);
  }
}

const EMPTY = "empty";

/** The first value of a domain as a literal: what unused slots hold. */
function formatLowest(domain: Domain) {
  if (domain.kind === "bool") return false;
  return domain.kind === "range" ? domain.min : formatValue(domain, minCode(domain));
}
