/** A system: a machine with Linux's state on it (frames, locks, batched flushes), ready for threads to run on. */
import { Machine, type MachineOptions } from "../arch/machine.ts";
import { type InitialDescriptor, PageTableMemory } from "../arch/memory.ts";
import { enumeration, type ModelBuilder, names, range } from "../model/builder.ts";
import type { Domain, Literal } from "../model/domain.ts";
import { literal, type Operand, type Place, type Term } from "../model/term.ts";
import type { TlbState } from "./x86/tlb-state.ts";
import { KernelEntry } from "./kernel-entry.ts";
import { CpuRoutines } from "./cpu-routines.ts";
import type { ArchCode, KernelArch, KernelOptions } from "./kernel-arch.ts";
import { Frames } from "./frames.ts";
import type { Mm, Page } from "./handles.ts";
import { Locks, MmapLock } from "./locks.ts";
import { Observers } from "./observers.ts";

/** What Linux stores in descriptors that are not present. */
export const SOFTWARE_ENTRY = enumeration("entry", ["none", "swap"]);

/** How many batched flushes of one address space can be counted. */
const MAX_BATCHED = 3;

export interface SystemOptions extends Omit<MachineOptions, "memory" | "architecture"> {
  readonly kernelArch: KernelArch;
  readonly kernelOptions: KernelOptions;
  readonly mms: readonly Mm[];
  /** Of each CPU, whether no user task runs on it when the model begins, though an address space is loaded. */
  readonly lazy: readonly boolean[];
  /** The first descriptor of each page of each address space, page fastest. */
  readonly descriptors: readonly InitialDescriptor[];
  readonly threads: readonly string[];
  /** Of each frame, in order: whether the scenario has it at first. */
  readonly used: readonly boolean[];
}

export class System {
  readonly builder: ModelBuilder;
  readonly machine: Machine;
  readonly pageTables: PageTableMemory;
  /** The kernel's code for the architecture. */
  readonly arch: ArchCode;
  readonly routines: CpuRoutines;
  readonly frames: Frames;
  readonly locks: Locks;
  readonly observers = new Observers();
  readonly threads: Domain;
  readonly mms: readonly Mm[];
  /** Of each CPU, whether no user task is on it when the model begins. */
  readonly lazyAtFirst: readonly boolean[];
  /** The address space that each CPU has loaded when the model begins. */
  readonly loadedAtFirst: readonly string[];
  /** The generations of x86's flushes; null on other architectures. */
  tlbGenerations: TlbState | null = null;
  #kernelEntry: KernelEntry | null = null;
  readonly #shared = new Map<string, Place>();
  readonly #mmapLocks = new Map<string, MmapLock>();
  readonly #batched = new Map<string, BatchedFlushes>();

  constructor(builder: ModelBuilder, options: SystemOptions) {
    this.builder = builder;
    let pageTables: PageTableMemory | null = null;
    this.machine = new Machine(builder, {
      ...options,
      architecture: options.kernelArch.hardware,
      memory: (domains) =>
        (pageTables = new PageTableMemory(builder, domains, SOFTWARE_ENTRY, options.descriptors)),
    });
    this.pageTables = pageTables!;
    this.threads = names("thread", options.threads);
    this.locks = new Locks(builder, this.threads);
    this.frames = new Frames(builder, this.machine, options.used);
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

  /** A variable of the scenario's own. */
  shared(name: string, domain: Domain, initial: Literal): Place {
    const known = this.#shared.get(name);
    if (known) return known;
    const made = this.builder.variable(name, domain, initial);
    this.#shared.set(name, made);
    return made;
  }

  /** What is known of CPUs that leave the kernel and come back. */
  get kernelEntry(): KernelEntry {
    return (this.#kernelEntry ??= new KernelEntry(this));
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
