/** Locks: taken in one step when free, held by a thread, released by it. */
import { orNone, range, type Body, type ModelBuilder } from "../../model/builder.ts";
import { type Domain, indexSize } from "../../model/domain.ts";
import { and, type Term } from "../../model/term.ts";
import type { AtomicOrder } from "../../arch/architecture.ts";
import type { Cell, Cells } from "./cells.ts";

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

export class Locks {
  readonly #builder: ModelBuilder;
  readonly #threads: Domain;
  readonly #cells: Cells;
  readonly #holders = new Map<string, Cell<"holder">>();

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

  /** True while the thread holds no spinlock, as memory says; to be asked after all programs were built. */
  holdsNone(thread: string): Term {
    return and(...[...this.#holders.values()].map(({ memory }) => memory.fields.holder.isNot(thread)));
  }
}

/** When a thread may take a spinlock: an atomic that is ordered against what is behind it. */
export function maySpinLock(cell: Cell<"holder">, cpu: Term): Term[] {
  return [cell.seenBy(cpu).holder.is(null), ...cell.mayExchange(cpu, "acquire")];
}

/** Many readers or one writer, such as `mm->mmap_lock`. Its holders may be preempted. */
export class RwSemaphore {
  readonly #cell: Cell<"writer" | "readers">;

  constructor(builder: ModelBuilder, name: string, threads: Domain, cells: Cells) {
    this.#cell = cells.of(name, {
      writer: builder.variable(`${name}.writer`, orNone(threads), null),
      readers: builder.variable(`${name}.readers`, range(0, indexSize(threads)), 0),
    });
  }

  mayWrite(cpu: Term): Term[] {
    const { writer, readers } = this.#cell.seenBy(cpu);
    return [writer.is(null), readers.is(0), ...this.#cell.mayExchange(cpu, "acquire")];
  }

  mayRead(cpu: Term): Term[] {
    return [this.#cell.seenBy(cpu).writer.is(null), ...this.#cell.mayExchange(cpu, "acquire")];
  }

  mayUnlock(cpu: Term): Term[] {
    return this.#cell.mayExchange(cpu, "release");
  }

  write(cpu: Term, thread: string): Body {
    return this.#cell.exchange(cpu, "acquire", { ...this.#cell.seenBy(cpu), writer: thread });
  }

  writeUnlock(cpu: Term): Body {
    return this.#cell.exchange(cpu, "release", { ...this.#cell.seenBy(cpu), writer: null });
  }

  read(cpu: Term): Body {
    return this.#count(cpu, "acquire", 1);
  }

  readUnlock(cpu: Term): Body {
    return this.#count(cpu, "release", -1);
  }

  #count(cpu: Term, order: AtomicOrder, by: number): Body {
    const { writer, readers } = this.#cell.seenBy(cpu);
    return this.#cell.exchange(cpu, order, { writer, readers: readers.plus(by) });
  }
}
