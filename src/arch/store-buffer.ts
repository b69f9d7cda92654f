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
import { type Domain, lowestValue } from "../model/domain.ts";
import {
  and,
  choose,
  eachOf,
  FALSE,
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

/**
 * In which order the stores of a CPU reach memory: at once, or through a queue of its own. In both all CPUs see
 * one order, and no CPU executes its own instructions out of order.
 */
export const memoryOrders = ["sc", "tso"] as const;
export type MemoryOrder = (typeof memoryOrders)[number];

/** What a store holds, by the names of the fields that it writes at once. */
export type Fields<Value = Term> = Readonly<Record<string, Value>>;

/** Where a store goes, and what happens when it gets there. */
export interface StoreTarget {
  readonly name: string;
  readonly write: (value: Fields) => Body;
}

export interface StoreBufferOptions {
  /** All locations that are stored to. */
  readonly targets: readonly StoreTarget[];
  /** The fields that stores have; each location uses some. */
  readonly fields: Fields<Domain>;
  /** How many stores a CPU's buffer holds. */
  readonly depth: number;
  /** Whether stores of translated accesses wait in it too, for whose completion invalidations wait (HW-5). */
  readonly translated: boolean;
}

export class StoreBuffer {
  readonly #machine: Machine;
  readonly #targets: readonly StoreTarget[];
  readonly #depth: number;
  readonly #slot: Domain;
  readonly #location: Domain;
  readonly #at: ArrayVariable;
  readonly #holds: Fields<ArrayVariable>;
  /** The page through which a store was translated; none for stores to memory that is not translated. */
  readonly #page: ArrayVariable | null;

  constructor(builder: ModelBuilder, machine: Machine, options: StoreBufferOptions) {
    const { cpu } = machine.domains;
    const { targets, fields, depth, translated } = options;
    this.#machine = machine;
    this.#targets = targets;
    this.#depth = depth;
    this.#slot = range(0, depth - 1);
    this.#location = enumeration("location", [EMPTY, ...targets.map(({ name }) => name)]);
    this.#at = builder.array("store buffer", [cpu, this.#slot], this.#location, EMPTY);
    this.#holds = mapFields(fields, (domain, name) =>
      builder.array(`store buffer.${name}`, [cpu, this.#slot], domain, lowestValue(domain)),
    );
    this.#page = translated
      ? builder.array("store buffer.page", [cpu, this.#slot], orNone(machine.domains.page), null)
      : null;
  }

  get slot(): Domain {
    return this.#slot;
  }

  /** Whether stores of translated accesses wait in it. */
  get translated(): boolean {
    return this.#page !== null;
  }

  /** True if a slot holds a store that was translated by an entry of the scope (HW-5). */
  translatedBy(cpu: Term, slot: Term, { page }: Scope): Term {
    const through = this.#page?.at(cpu, slot);
    if (!through) return FALSE;
    return page === null ? through.isNot(null) : through.is(page);
  }

  /** True once every store of the CPU has reached memory. */
  drained(cpu: Term): Term {
    return this.#at.at(cpu, 0).is(EMPTY);
  }

  /** True if so many more stores fit in. */
  hasRoom(cpu: Term, stores = 1): Term {
    return stores > this.#depth ? FALSE : this.#at.at(cpu, this.#depth - stores).is(EMPTY);
  }

  /**
   * Puts a store to the named location behind those that are waiting: of the access in flight through a page,
   * or, with null, of an access that is not translated.
   */
  push(cpu: Term, location: string, value: Fields<Operand>, page: Term | null = null): Body {
    const name = literal(this.#location, location);
    return this.#slots()
      .reverse()
      .map((slot) => {
        const free = this.#at.at(cpu, slot).is(EMPTY);
        const first = slot === 0 ? free : and(free, not(this.#at.at(cpu, slot - 1).is(EMPTY)));
        return when(first, [
          Object.entries(value).map(([field, held]) => this.#holds[field]!.at(cpu, slot).set(held)),
          this.#at.at(cpu, slot).set(name),
          page ? this.#translatedThrough(cpu, slot, page) : [],
        ]);
      });
  }

  /** True if a store to the named location waits. */
  holdsStoreTo(cpu: Term, location: string): Term {
    return or(...this.#slots().map((slot) => this.#at.at(cpu, slot).is(location)));
  }

  /** True if a store to the named location waits in the buffer of another CPU. */
  othersHoldStoreTo(cpu: Term, location: string): Term {
    const others = this.#machine
      .cpus()
      .map((each) => and(cpu.isNot(each), this.holdsStoreTo(each, location)));
    return or(...others);
  }

  /** What a load of the CPU finds in a field of a location, given what memory holds. */
  forward(cpu: Term, location: string, field: string, memory: Term): Term {
    const held = this.#holds[field]!;
    return this.#slots().reduce<Term>(
      (found, slot) => choose(this.#at.at(cpu, slot).is(location), held.at(cpu, slot), found),
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

  #translatedThrough(cpu: Term, slot: number, page: Term): Body {
    if (!this.#page) throw new Error("this store buffer holds no stores of translated accesses");
    return [this.#page.at(cpu, slot).set(page), this.#machine.invalidation.inheritStore(cpu, number(slot))];
  }

  #writeOldest(cpu: Term): Body {
    const value = mapFields(this.#holds, (held) => held.at(cpu, 0));
    return this.#targets.map(({ name, write }) => when(this.#at.at(cpu, 0).is(name), write(value)));
  }

  #shift(cpu: Term): Body {
    const last = this.#depth - 1;
    const held = Object.values(this.#holds);
    const { invalidation } = this.#machine;
    return [
      this.#slots()
        .slice(0, last)
        .map((slot) => [
          [this.#at, ...held].map((array) => array.at(cpu, slot).set(array.at(cpu, slot + 1))),
          this.#page?.at(cpu, slot).set(this.#page.at(cpu, slot + 1)) ?? [],
          this.#page ? invalidation.moveStore(cpu, number(slot + 1), number(slot)) : [],
        ]),
      this.#at.at(cpu, last).set(EMPTY),
      held.map((array) => array.at(cpu, last).set(lowestValue(array.domain))),
      this.#page?.at(cpu, last).set(null) ?? [],
      this.#page ? invalidation.forgetStore(cpu, number(last)) : [],
    ];
  }

  #slots(): number[] {
    return eachOf(this.#slot).map((_, slot) => slot);
  }
}

const EMPTY = "empty";

/** The same fields with other values. */
export function mapFields<Field extends string, From, To>(
  fields: Readonly<Record<Field, From>>,
  each: (value: From, field: Field) => To,
): Readonly<Record<Field, To>> {
  const mapped = fieldsOf(fields).map(([field, value]) => [field, each(value, field)]);
  return Object.fromEntries(mapped) as Record<Field, To>;
}

export function fieldsOf<Field extends string, Value>(
  fields: Readonly<Record<Field, Value>>,
): [Field, Value][] {
  return Object.entries(fields) as [Field, Value][];
}
