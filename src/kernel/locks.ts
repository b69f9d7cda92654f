/** Spinlocks: taken in one step when free, held by a thread, released by it. */
import { orNone, range, type Body, type ModelBuilder } from "../model/builder.ts";
import { type Domain, indexSize } from "../model/domain.ts";
import { and, type Place, type Term } from "../model/term.ts";

/** A lock by name, as handles give it: `mm.ptl(page)`. */
export interface Lock {
  readonly name: string;
}

export class Locks {
  readonly #builder: ModelBuilder;
  readonly #threads: Domain;
  readonly #holders = new Map<string, Place>();

  constructor(builder: ModelBuilder, threads: Domain) {
    this.#builder = builder;
    this.#threads = threads;
  }

  isFree(lock: Lock): Term {
    return this.#holder(lock).is(null);
  }

  isHeldBy(lock: Lock, thread: string): Term {
    return this.#holder(lock).is(thread);
  }

  take(lock: Lock, thread: string): Body {
    return this.#holder(lock).set(thread);
  }

  release(lock: Lock): Body {
    return this.#holder(lock).set(null);
  }

  /** True while the thread holds no spinlock; to be asked after all programs were built. */
  holdsNone(thread: string): Term {
    return and(...[...this.#holders.values()].map((holder) => holder.isNot(thread)));
  }

  #holder(lock: Lock): Place {
    const known = this.#holders.get(lock.name);
    if (known) return known;
    const holder = this.#builder.variable(`lock.${lock.name}`, orNone(this.#threads), null);
    this.#holders.set(lock.name, holder);
    return holder;
  }
}

/** `mm->mmap_lock`: many readers or one writer. Its holders sleep, so they may be preempted. */
export class MmapLock {
  readonly #writer: Place;
  readonly #readers: Place;

  constructor(builder: ModelBuilder, mm: string, threads: Domain) {
    this.#writer = builder.variable(`${mm}.mmap_lock.writer`, orNone(threads), null);
    this.#readers = builder.variable(`${mm}.mmap_lock.readers`, range(0, indexSize(threads)), 0);
  }

  writable(): Term {
    return and(this.#writer.is(null), this.#readers.is(0));
  }

  readable(): Term {
    return this.#writer.is(null);
  }

  write(thread: string): Body {
    return this.#writer.set(thread);
  }

  writeUnlock(): Body {
    return this.#writer.set(null);
  }

  read(): Body {
    return this.#readers.increase();
  }

  readUnlock(): Body {
    return this.#readers.increase(-1);
  }
}
