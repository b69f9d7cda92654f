/** What kernel code tells of itself, for properties to listen to; what they return becomes part of the step. */
import type { Body, TermText } from "../model/builder.ts";
import type { Operand, Term } from "../model/term.ts";
import type { Mm } from "./handles.ts";

/** What of the kernel's debugging finds a misuse: CONFIG_PROVE_LOCKING and its like, or CONFIG_DEBUG_VM. */
export const DEBUGGING = ["lockdep", "debug-vm"] as const;
/** What is checked in every scenario. */
export const STANDING = [...DEBUGGING, "deadlock", "out-of-memory"] as const;
export type Debugging = (typeof DEBUGGING)[number];

/** A page of an address space. */
export interface PageOf {
  readonly space: Operand;
  readonly page: Operand;
}

/** A mapping that a thread stores. */
export interface StoredMapping {
  readonly frame: Operand;
  readonly writable: Operand;
  /** Whether the thread has allocated the frame for it. */
  readonly fresh: boolean;
}

/** What a thread finds in an entry. */
export interface FoundEntry {
  readonly valid: Term;
  readonly frame: Term;
}

export interface KernelObserver {
  /** The thread reads an entry, in order to store another one in its place or the same again. */
  readonly entryRead?: (thread: string, at: PageOf, found: FoundEntry) => Body;
  /** The thread is about to overwrite an entry, by an exchange or a plain store. */
  readonly entryOverwritten?: (thread: string, at: PageOf, found: FoundEntry) => Body;
  /** What the thread has seen in entries means nothing from here on: it begins a system call, or returns from a fault. */
  readonly forgetsEntries?: (thread: string) => Body;
  /** A call of the thread has done what takes away access; it returns to its caller in a later step. */
  readonly revoking?: (thread: string, at: PageOf, what: "write" | "all") => Body;
  /** That call returns. */
  readonly returned?: (thread: string) => Body;
  /** A call that takes away write access, or all access, returns to its caller in the same step. */
  readonly revoked?: (at: PageOf, what: "write" | "all") => Body;
  /** The thread stores a descriptor that maps the frame, one that it has just allocated or one that was there before. */
  readonly mapped?: (thread: string, at: PageOf, mapping: StoredMapping) => Body;
  /** A present descriptor is about to be cleared. */
  readonly cleared?: (at: PageOf) => Body;
  /** The thread owes an invalidation to an address space: it has changed an entry, or does it for who has. */
  readonly changed?: (thread: string, mm: Mm) => Body;
  /** The thread has devices invalidate what they cache of an address space; null for a null pointer. */
  readonly notified?: (thread: string, mm: Mm | null) => Body;
  /** A CPU has decided whether to flush before it uses the address space. */
  readonly decided?: (cpu: Term, mm: Mm) => Body;
  /** A CPU begins to leave the address space that it has loaded. */
  readonly leaves?: (cpu: Term) => Body;
  /** A flush of kernel translations is left to the next entry of the CPU. */
  readonly putOff?: (cpu: Term) => Body;
  /** The CPU has done what was put off. */
  readonly caughtUp?: (cpu: Term) => Body;
  /** An access of the CPU has faulted and nobody handles that: it ends with a signal. */
  readonly signalled?: (cpu: Term) => Body;
  /** An access of kernel code, of a thread on the CPU, has faulted and nobody handles that: it ends with an oops. */
  readonly oopsed?: (thread: string, cpu: Term, at: PageOf) => Body;
  /** Software of a thread walks the page tables without their locks, and reads a table page. */
  readonly tableRead?: (thread: string, table: Term) => Body;
  /** A flush of the address space, at the generation, does not ask the CPU to take part. */
  readonly spared?: (cpu: Term, mm: Mm, generation: Term) => Body;
  /** Software of a thread that holds no lock has read the PMD entry, and goes by it. */
  readonly pmdRead?: (thread: string, entry: Term) => Body;
  /** That thread has taken a reference of a page that it believes the entry to map. */
  readonly pageTaken?: (thread: string, page: Term, entry: Term) => Body;
  /** Code under the lock of an entry with flags has read it, in order to replace it by what follows from that. */
  readonly flagsTaken?: (at: PageOf) => Body;
  /** Code writes such an entry by a store that does not look at what is there; `dirty` if it marks it so in any case. */
  readonly flagsStored?: (at: PageOf, dirty?: Operand) => Body;
  /** What a frame holds has been copied, and whoever looks for it will find the copy. */
  readonly copied?: (from: Operand) => Body;
  /** A fault, or a call that maps a page, has returned: the frame is what the page is from now on. */
  readonly installed?: (at: PageOf, frame: Term) => Body;
  /** A primitive is used; where what it requires is false that is a misuse, told in the sentence. */
  readonly required?: (by: Debugging, holds: Term, misuse: TermText) => Body;
}

export class Observers {
  readonly #all: KernelObserver[] = [];

  add(observer: KernelObserver): void {
    this.#all.push(observer);
  }

  /** What all observers add to a step. */
  tell<Event extends keyof KernelObserver>(
    event: Event,
    ...told: Parameters<NonNullable<KernelObserver[Event]>>
  ): Body {
    return this.#all.map((observer) => {
      const listen = observer[event] as ((...told: unknown[]) => Body) | undefined;
      return listen?.call(observer, ...told) ?? [];
    });
  }
}
