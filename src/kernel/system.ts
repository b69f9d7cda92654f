/** A system: a machine with Linux's state on it (frames, locks, batched flushes), ready for threads to run on. */
import { Machine, type MachineOptions } from "../arch/machine.ts";
import { type InitialDescriptor, PageTableMemory, type PageTables } from "../arch/memory.ts";
import { type TableLayout, TablePages } from "../arch/table-memory.ts";
import { enumeration, type ModelBuilder, names, range } from "../model/builder.ts";
import type { Domain } from "../model/domain.ts";
import { literal, type Operand, type Place, type Term } from "../model/term.ts";
import type { TlbState } from "./x86/tlb-state.ts";
import { CpuRoutines } from "./cpu-routines.ts";
import type { ArchCode, KernelArch, KernelOptions } from "./kernel-arch.ts";
import { Frames, type FrameUse } from "./frames.ts";
import type { Mm, Page } from "./handles.ts";
import { Locks, MmapLock } from "./locks.ts";
import { Observers } from "./observers.ts";
import { Rcu } from "./rcu.ts";

/** What Linux stores in descriptors that are not present. */
export const SOFTWARE_ENTRY = enumeration("entry", ["none", "swap"]);

/** How many batched flushes of one address space can be counted. */
const MAX_BATCHED = 3;

export interface SystemOptions extends Omit<MachineOptions, "memory" | "tables" | "architecture"> {
  readonly kernelArch: KernelArch;
  readonly kernelOptions: KernelOptions;
  readonly mms: readonly Mm[];
  /** Of each CPU, whether no user task runs on it when the model begins, though an address space is loaded. */
  readonly lazy: readonly boolean[];
  /** The first descriptor of each page of each address space, page fastest. */
  readonly descriptors: readonly InitialDescriptor[];
  readonly threads: readonly string[];
  /** Of each frame, in order: what the scenario has it for at first. */
  readonly uses: readonly FrameUse[];
  /** The tables that pages lie in, where they can go away. */
  readonly tables: TableLayout | null;
}

export class System {
  readonly builder: ModelBuilder;
  readonly machine: Machine;
  readonly pageTables: PageTables;
  /** The page tables of two levels; null where no table ever goes away. */
  readonly tables: TablePages | null;
  /** The kernel's code for the architecture. */
  readonly arch: ArchCode;
  readonly routines: CpuRoutines;
  readonly frames: Frames;
  readonly locks: Locks;
  readonly rcu: Rcu;
  readonly observers = new Observers();
  readonly threads: Domain;
  readonly mms: readonly Mm[];
  /** Of each CPU, whether no user task is on it when the model begins. */
  readonly lazyAtFirst: readonly boolean[];
  /** The address space that each CPU has loaded when the model begins. */
  readonly loadedAtFirst: readonly string[];
  /** The generations of x86's flushes; null on other architectures. */
  tlbGenerations: TlbState | null = null;
  readonly #mmapLocks = new Map<string, MmapLock>();
  readonly #batched = new Map<string, BatchedFlushes>();

  constructor(builder: ModelBuilder, options: SystemOptions) {
    this.builder = builder;
    let pageTables: PageTables | null = null;
    const { tables: layout, descriptors } = options;
    this.machine = new Machine(builder, {
      ...options,
      architecture: options.kernelArch.hardware,
      memory: (domains) => (pageTables = new PageTableMemory(builder, domains, SOFTWARE_ENTRY, descriptors)),
      tables:
        layout &&
        ((domains) =>
          new TablePages(builder, domains, layout, {
            software: SOFTWARE_ENTRY,
            descriptors,
            overwritten: (frame) => this.frames.overwritten(frame),
          })),
    });
    const { memory } = this.machine;
    this.tables = memory instanceof TablePages ? memory : null;
    this.pageTables = this.tables ?? pageTables!;
    this.threads = names("thread", options.threads);
    this.locks = new Locks(builder, this.threads);
    this.frames = new Frames(builder, this.machine, options.uses);
    this.rcu = new Rcu(this);
    this.routines = new CpuRoutines(this);
    this.mms = options.mms;
    this.lazyAtFirst = options.lazy;
    this.loadedAtFirst = options.loaded.map(({ space }) => space!);
    this.arch = options.kernelArch.codeFor(this, options.kernelOptions);
  }

  /** The translation context of an address space. */
  space(mm: Mm): Term {
    return literal(this.machine.domains.space, mm.name);
  }

  page(page: Page): Term {
    return this.machine.page(page.name);
  }

  /** The page-table entry of a page, as memory holds it. */
  pte(page: Page) {
    return this.pageTables.descriptor(this.space(page.mm), this.page(page));
  }

  at(page: Page): { space: Operand; page: Operand } {
    return { space: this.space(page.mm), page: this.page(page) };
  }

  mmapLock(mm: Mm): MmapLock {
    const known = this.#mmapLocks.get(mm.name);
    if (known) return known;
    const made = new MmapLock(this.builder, mm.name, this.threads);
    this.#mmapLocks.set(mm.name, made);
    return made;
  }

  /** `mm->tlb_flush_batched`. */
  batched(mm: Mm): BatchedFlushes {
    const known = this.#batched.get(mm.name);
    if (known) return known;
    const made = new BatchedFlushes(this.builder, mm);
    this.#batched.set(mm.name, made);
    return made;
  }
}

/** How an address space remembers flushes that reclaim has queued and not completed. */
export class BatchedFlushes {
  /** Number of flushes queued; with the boolean bookkeeping 1 for "some". */
  readonly pending: Place;
  /** Number of those known to be complete; always 0 with the boolean bookkeeping. */
  readonly flushed: Place;
  readonly domain: Domain;

  constructor(builder: ModelBuilder, mm: Mm) {
    this.domain = mm.batched === "boolean" ? range(0, 1) : range(0, MAX_BATCHED);
    this.pending = builder.variable(`${mm.name}.tlb_flush_batched.pending`, this.domain, 0);
    this.flushed = builder.variable(`${mm.name}.tlb_flush_batched.flushed`, this.domain, 0);
  }
}
