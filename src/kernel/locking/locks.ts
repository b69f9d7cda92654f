/** Locks: taken in one step when free, held by a thread, released by it. */
import { orNone, range, type Body, type ModelBuilder } from "../../model/builder.ts";
import { type Domain, indexSize } from "../../model/domain.ts";
import { and, choose, FALSE, type Term } from "../../model/term.ts";
import type { AtomicOrder } from "../../arch/architecture.ts";
import type { Written } from "../../arch/written.ts";
import type { Cell, Cells } from "./cells.ts";
import { Depth } from "./depth.ts";

/** A spinlock by name: `page.ptl`, or one of the scenario's own, `m.spinlock()`. */
export interface Lock {
  readonly kind: "spinlock";
  readonly name: string;
}

/** A semaphore of many readers or one writer, by name: `m.rwsem()`. Its holders may sleep. */
export interface RwSem {
  readonly kind: "rwsem";
  readonly name: string;
}

/** A thread, and when it holds a lock. */
export interface Holder {
  readonly thread: string;
  readonly during: Term;
  /** In which way, where there are several: ` for reading`. */
  readonly how?: string;
}

export class Locks {
  readonly #builder: ModelBuilder;
  readonly #threads: Domain;
  readonly #cells: Cells;
  readonly #holders = new Map<string, Cell<"holder">>();
  /** The locks that each thread takes somewhere, by name. */
  readonly #taken = new Map<string, Map<string, Lock>>();

  constructor(builder: ModelBuilder, threads: Domain, cells: Cells) {
    this.#builder = builder;
    this.#threads = threads;
    this.#cells = cells;
  }

  /** The lock as a cell; to be asked for while programs are written. */
  cell(lock: Lock): Cell<"holder"> {
    const known = this.#holders.get(lock.name);
    if (known) return known;
    const name = `lock.${lock.name}`;
    const cell = this.#cells.of(name, {
      holder: this.#builder.variable(name, orNone(this.#threads), null),
    });
    this.#holders.set(lock.name, cell);
    return cell;
  }

  isHeldBy(lock: Lock, thread: string): Term {
    return this.cell(lock).memory.fields.holder.is(thread);
  }

  /** Says that a thread takes the lock somewhere; to be called while programs are written. */
  announce(lock: Lock, thread: string): void {
    this.#taken.set(thread, (this.#taken.get(thread) ?? new Map<string, Lock>()).set(lock.name, lock));
  }

  /** The locks that a thread takes; `announce` makes one known. */
  takenBy(thread: string): Lock[] {
    this.#cells.written.require("which locks a thread takes");
    return [...(this.#taken.get(thread)?.values() ?? [])];
  }

  /** The threads that take the lock somewhere, and when each holds it, as memory says. */
  holders(lock: Lock): Holder[] {
    this.#cells.written.require("who takes a lock");
    const takers = [...this.#taken].filter(([, locks]) => locks.has(lock.name));
    return takers.map(([thread]) => ({ thread, during: this.isHeldBy(lock, thread) }));
  }

  /** True while the thread holds the lock, as its CPU sees it; `announce` makes it known. */
  seenHeld({ name }: Lock, thread: string, cpu: Term): Term {
    this.#cells.written.require("whether a thread holds a lock");
    const takes = this.#taken.get(thread)?.has(name) ?? false;
    return takes ? this.#holders.get(name)!.seenBy(cpu).holder.is(thread) : FALSE;
  }

  /** Which lock is held by whom, for traces. */
  addFacts(): void {
    for (const [name, { memory }] of this.#holders) {
      const { holder } = memory.fields;
      this.#builder.fact(name, holder.isNot(null), ["held by ", holder]);
    }
  }

  /** True while the thread holds no spinlock, as memory says; `cell` makes a lock known. */
  holdsNone(thread: string): Term {
    this.#cells.written.require("whether a thread holds locks");
    return and(...[...this.#holders.values()].map(({ memory }) => memory.fields.holder.isNot(thread)));
  }
}

/** When a thread may take a spinlock: an atomic that is ordered against what is behind it. */
export function maySpinLock(cell: Cell<"holder">, cpu: Term): Term[] {
  return [cell.seenBy(cpu).holder.is(null), ...cell.mayExchange(cpu, "acquire")];
}

/** Many readers or one writer, such as `mm->mmap_lock`. Its holders may be preempted. */
export class RwSemaphore {
  readonly name: string;
  readonly #builder: ModelBuilder;
  readonly #most: number;
  readonly #cell: Cell<"writer" | "readers">;
  readonly #written: Written;
  /** The threads that take it for writing somewhere. */
  readonly #writers = new Set<string>();
  /** How often each thread has it that takes it for reading. */
  readonly #readers = new Map<string, Depth>();

  constructor(builder: ModelBuilder, name: string, threads: Domain, cells: Cells) {
    this.name = name;
    this.#most = indexSize(threads);
    this.#builder = builder;
    this.#written = cells.written;
    this.#cell = cells.of(name, {
      writer: builder.variable(`${name}.writer`, orNone(threads), null),
      readers: builder.variable(`${name}.readers`, range(0, this.#most), 0),
    });
  }

  /** Who holds it, for traces. */
  addFacts(): void {
    const { writer, readers } = this.#cell.memory.fields;
    this.#builder.fact(this.name, writer.isNot(null), ["held for writing by ", writer]);
    this.#builder.fact(this.name, readers.isNot(0), ["held by readers: ", readers]);
  }

  mayWrite(cpu: Term): Term[] {
    const { writer, readers } = this.#cell.seenBy(cpu);
    return [writer.is(null), readers.is(0), ...this.#cell.mayExchange(cpu, "acquire")];
  }

  mayRead(cpu: Term): Term[] {
    return [this.#cell.seenBy(cpu).writer.is(null), ...this.#cell.mayExchange(cpu, "acquire")];
  }

  /** True while somebody holds it for writing, as the CPU sees it. */
  isWritten(cpu: Term): Term {
    return this.#cell.seenBy(cpu).writer.isNot(null);
  }

  /** Who has it for writing. */
  writers(): Holder[] {
    const { writer } = this.#cell.memory.fields;
    return [...this.#writers].map((thread) => ({ thread, during: writer.is(thread), how: " for writing" }));
  }

  /** Who has it for reading. */
  readers(): Holder[] {
    const readers = [...this.#readers];
    return readers.map(([thread, depth]) => ({ thread, during: depth.isInside(), how: " for reading" }));
  }

  /** True while nobody has it for writing, or nobody at all, as memory says. */
  isFree(of: "writers" | "anybody"): Term {
    const { writer, readers } = this.#cell.memory.fields;
    return of === "writers" ? writer.is(null) : and(writer.is(null), readers.is(0));
  }

  mayUnlock(cpu: Term): Term[] {
    return this.#cell.mayExchange(cpu, "release");
  }

  /** Says that a thread takes it for writing somewhere; to be called while programs are written. */
  announceWriter(thread: string): void {
    this.#writers.add(thread);
  }

  /** Says that a thread takes it for reading; to be called while programs are written, for each place where it does. */
  announceReader(thread: string): void {
    const known = this.#readers.get(thread) ?? new Depth(this.#builder, `${thread} reads ${this.name}`);
    this.#readers.set(thread, known);
    known.announce();
  }

  /** True while the thread holds it for writing, as its CPU sees it; `announceWriter` makes it known. */
  seenWritten(thread: string, cpu: Term): Term {
    this.#written.require("whether a thread holds a semaphore");
    return this.#writers.has(thread) ? this.#cell.seenBy(cpu).writer.is(thread) : FALSE;
  }

  /** True while the thread holds it for reading; `announceReader` makes it known. */
  isReading(thread: string): Term {
    this.#written.require("whether a thread holds a semaphore");
    return this.#readers.get(thread)?.isInside() ?? FALSE;
  }

  write(cpu: Term, thread: string): Body {
    return this.#cell.exchange(cpu, "acquire", { ...this.#cell.seenBy(cpu), writer: thread });
  }

  writeUnlock(cpu: Term): Body {
    return this.#cell.exchange(cpu, "release", { ...this.#cell.seenBy(cpu), writer: null });
  }

  /** One reader more; of readers that nest, a misuse, no more are counted than there are threads. */
  read(cpu: Term, thread: string): Body {
    const { readers } = this.#cell.seenBy(cpu);
    const more = choose(readers.is(this.#most), this.#most, readers.plus(1));
    return [this.#readers.get(thread)!.enter(), this.#count(cpu, "acquire", more)];
  }

  /** One reader less, whoever it is; of none there is no less. */
  readUnlock(cpu: Term, thread: string): Body {
    const { readers } = this.#cell.seenBy(cpu);
    return [
      this.#readers.get(thread)?.leave() ?? [],
      this.#count(cpu, "release", choose(readers.is(0), 0, readers.minus(1))),
    ];
  }

  #count(cpu: Term, order: AtomicOrder, readers: Term): Body {
    const { writer } = this.#cell.seenBy(cpu);
    return this.#cell.exchange(cpu, order, { writer, readers });
  }
}
