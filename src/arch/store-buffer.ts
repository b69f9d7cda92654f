/**
 * A FIFO store buffer for each CPU (ARM-2, X86-11): a store waits in it while later loads execute, and goes to
 * memory at any later moment, in order. Walkers read memory and never the buffer; the CPU's own loads see the
 * newest store to their location that is in it.
 *
 * The store of an atomic may wait there too. Until it is in memory no store of another CPU to its location gets
 * there; it enters only when no such store waits, so that of two that wait for each other the older one goes first.
 */
import {
  type ArrayVariable,
  bool,
  type Body,
  enumeration,
  flatten,
  type ModelBuilder,
  orNone,
  range,
  when,
} from "../model/builder.ts";
import { type Domain, lowestValue } from "../model/domain.ts";
import { TlbcheckError } from "../model/diagnostic.ts";
import type { Statement } from "../model/model.ts";
import { callerSource } from "../model/source.ts";
import {
  and,
  choose,
  eachOf,
  FALSE,
  literal,
  not,
  number,
  type Operand,
  operand,
  or,
  type Term,
  TRUE,
} from "../model/term.ts";
import type { Scope } from "./architecture.ts";
import type { DescriptorAt } from "./flag-updates.ts";
import type { Machine } from "./machine.ts";
import { type LaterEffect, Separators } from "./separators.ts";

/**
 * In which order the stores of a CPU reach memory: at once, or through a queue of its own. In both all CPUs see
 * one order, and no CPU executes its own instructions out of order.
 */
export const memoryOrders = ["sc", "tso"] as const;
export type MemoryOrder = (typeof memoryOrders)[number];

/** The variable that says which stores wait. */
const STORE_BUFFER = "store buffer";

/** Whether something in a body puts a store into a store buffer, where it waits. */
export function entersStoreBuffer(body: Body): boolean {
  const enters = (statement: Statement): boolean =>
    statement.kind === "if"
      ? [...statement.then, ...statement.otherwise].some(enters)
      : statement.kind === "assign" && statement.target.variable === STORE_BUFFER;
  return flatten(body).some(enters);
}

/** What a store holds, by the names of the fields that it writes at once. */
export type Fields<Value = Term> = Readonly<Record<string, Value>>;

/** Where a store goes, and what happens when it gets there. */
export interface StoreTarget {
  readonly name: string;
  /** The descriptor that it is, whose flags the hardware may update; left out for anything else. */
  readonly descriptor?: DescriptorAt | undefined;
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

/** What is told of a store besides where it goes and what it holds. */
export interface StoreOptions {
  /** The page through which it was translated; null or left out for a store to memory that is not translated. */
  readonly page?: Term | null;
  /** The store of an atomic, which has read what it overwrites. */
  readonly atomic?: boolean;
}

export class StoreBuffer {
  readonly #builder: ModelBuilder;
  readonly #machine: Machine;
  readonly #separators: Separators;
  /** Which stores are those of atomics; null until there is one. */
  #atomics: ArrayVariable | null = null;
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
    this.#builder = builder;
    this.#machine = machine;
    this.#separators = new Separators(builder, cpu, depth);
    this.#targets = targets;
    this.#depth = depth;
    this.#slot = range(0, depth - 1);
    this.#location = enumeration("location", [EMPTY, ...targets.map(({ name }) => name)]);
    this.#at = builder.array(STORE_BUFFER, [cpu, this.#slot], this.#location, EMPTY);
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

  /** The stores that wait, the oldest first, for a trace. */
  inWords(cpu: Term): { readonly when: Term; readonly text: readonly (string | Term)[] }[] {
    return this.#slots().map((slot) => {
      const at = this.#at.at(cpu, slot);
      return { when: at.isNot(EMPTY), text: ["store to ", at] };
    });
  }

  /** True once every store of the CPU has reached memory. */
  drained(cpu: Term): Term {
    return this.#at.at(cpu, 0).is(EMPTY);
  }

  /**
   * True if so many more stores fit in.
   *
   * @throws TlbcheckError TLB205 if they never do: what executes them at once would never execute
   */
  hasRoom(cpu: Term, stores = 1): Term {
    if (stores > this.#depth) throw tooSmall(this.#depth, stores);
    return this.#at.at(cpu, this.#depth - stores).is(EMPTY);
  }

  /** Makes known that stores of atomics will wait here: before any rule asks whether one does. */
  expectAtomics(): void {
    this.#atomics ??= this.#builder.array(
      "store buffer.atomic",
      [this.#machine.domains.cpu, this.#slot],
      bool,
      false,
    );
  }

  /** Puts a store to the named location behind those that are waiting. */
  push(
    cpu: Term,
    location: string,
    value: Fields<Operand>,
    { page = null, atomic = false }: StoreOptions = {},
  ): Body {
    const name = literal(this.#location, location);
    if (atomic) this.expectAtomics();
    return this.#slots()
      .reverse()
      .map((slot) => {
        const free = this.#at.at(cpu, slot).is(EMPTY);
        const first = slot === 0 ? free : and(free, not(this.#at.at(cpu, slot - 1).is(EMPTY)));
        return when(first, [
          Object.entries(value).map(([field, held]) => this.#holds[field]!.at(cpu, slot).set(held)),
          this.#at.at(cpu, slot).set(name),
          atomic ? this.#atomics!.at(cpu, slot).set(true) : [],
          page ? this.#translatedThrough(cpu, slot, page) : [],
        ]);
      });
  }

  /** Has effects of a kind wait until the stores that are in the buffer by now are in memory. */
  separate(cpu: Term, kind: LaterEffect): Body {
    const last = this.#depth - 1;
    return this.#slots().map((slot) => {
      const isNewest = slot === last ? TRUE : this.#at.at(cpu, slot + 1).is(EMPTY);
      const newest = and(not(this.#at.at(cpu, slot).is(EMPTY)), isNewest);
      return when(newest, this.#separators.put(cpu, kind, slot + 1));
    });
  }

  /** True if an effect of the kind has no store to wait for. */
  passed(cpu: Term, kind: LaterEffect): Term {
    return this.#separators.passed(cpu, kind);
  }

  /** True if a store to the named location waits in the buffer of another CPU. */
  othersHoldStoreTo(cpu: Term, location: string): Term {
    const others = this.#machine
      .cpus()
      .map((each) => and(cpu.isNot(each), this.#holdsStoreTo(each, location)));
    return or(...others);
  }

  /** True if the store of an atomic to the named location waits in the buffer of another CPU. */
  othersHoldAtomicTo(cpu: Term, location: string): Term {
    const others = this.#machine
      .cpus()
      .map((each) => and(cpu.isNot(each), this.#holdsAtomicTo(each, location)));
    return or(...others);
  }

  /** True if the store of an atomic to the descriptor waits in the buffer of any CPU. */
  holdsAtomicToDescriptor({ space, page }: DescriptorAt): Term {
    const { domains } = this.#machine;
    return or(
      ...this.#targets.flatMap(({ name, descriptor }) =>
        descriptor
          ? [
              and(
                operand(descriptor.space, domains.space).is(space),
                operand(descriptor.page, domains.page).is(page),
                or(...this.#machine.cpus().map((each) => this.#holdsAtomicTo(each, name))),
              ),
            ]
          : [],
      ),
    );
  }

  #holdsAtomicTo(cpu: Term, location: string): Term {
    const atomics = this.#atomics;
    if (!atomics) return FALSE;
    return or(
      ...this.#slots().map((slot) => and(atomics.at(cpu, slot), this.#at.at(cpu, slot).is(location))),
    );
  }

  #holdsStoreTo(cpu: Term, location: string): Term {
    return or(...this.#slots().map((slot) => this.#at.at(cpu, slot).is(location)));
  }

  /** True if the oldest store has to wait for an atomic of another CPU on its location, or for an update of its flags. */
  #isHeldUp(cpu: Term): Term {
    const { flagUpdates } = this.#machine;
    return or(
      ...this.#targets.map(({ name, descriptor }) =>
        and(
          this.#at.at(cpu, 0).is(name),
          or(
            this.othersHoldAtomicTo(cpu, name),
            descriptor && flagUpdates ? flagUpdates.underWay(descriptor) : FALSE,
          ),
        ),
      ),
    );
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
      guard: ({ cpu }) => [this.drained(cpu).not(), this.#isHeldUp(cpu).not()],
      body: ({ cpu }) => [
        this.#writeOldest(cpu),
        this.#shift(cpu),
        this.#separators.advance(cpu),
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
          this.#atomics?.at(cpu, slot).set(this.#atomics.at(cpu, slot + 1)) ?? [],
        ]),
      this.#at.at(cpu, last).set(EMPTY),
      held.map((array) => array.at(cpu, last).set(lowestValue(array.domain))),
      this.#page?.at(cpu, last).set(null) ?? [],
      this.#page ? invalidation.forgetStore(cpu, number(last)) : [],
      this.#atomics?.at(cpu, last).set(false) ?? [],
    ];
  }

  #slots(): number[] {
    return eachOf(this.#slot).map((_, slot) => slot);
  }
}

const EMPTY = "empty";

function tooSmall(depth: number, stores: number): TlbcheckError {
  return new TlbcheckError(
    "TLB205",
    `a store buffer of ${depth} is too small: some step here executes ${stores} stores at once`,
    { hint: `give it ${stores} at least: --set stores=${stores}`, source: callerSource() },
  );
}

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
