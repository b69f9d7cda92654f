/** A system: a machine with Linux's state on it (frames, locks, batched flushes), ready for threads to run on. */
import { Machine, type MachineOptions } from "../arch/machine.ts";
import { type InitialDescriptor, PageTableMemory } from "../arch/memory.ts";
import { enumeration, type ModelBuilder, names, range } from "../model/builder.ts";
import { type Domain, formatValue, type Literal } from "../model/domain.ts";
import { and, eachOf, literal, type Operand, or, type Term } from "../model/term.ts";
import type { TlbState } from "./x86/tlb-state.ts";
import { type Cell, Cells } from "./cells.ts";
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
  readonly cells: Cells;
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
  readonly #entries: ReadonlyMap<string, EntryCell>;
  readonly #mmapLocks = new Map<string, MmapLock>();
  readonly #shared = new Map<string, Cell>();
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
    this.cells = new Cells(this.machine);
    this.locks = new Locks(builder, this.threads, this.cells);
    this.#entries = this.#entryCells(options.mms);
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

  /** The page-table entry of a page as a cell. */
  entry(page: Page): EntryCell {
    return this.#entries.get(entryName(page.mm.name, page.name))!;
  }

  at(page: Page): { space: Operand; page: Operand } {
    return { space: this.space(page.mm), page: this.page(page) };
  }

  /** What is known of CPUs that leave the kernel and come back. */
  get kernelEntry(): KernelEntry {
    return (this.#kernelEntry ??= new KernelEntry(this));
  }

  mmapLock(mm: Mm): MmapLock {
    const known = this.#mmapLocks.get(mm.name);
    if (known) return known;
    const made = new MmapLock(this.builder, mm.name, this.threads, this.cells);
    this.#mmapLocks.set(mm.name, made);
    return made;
  }

  /** `mm->tlb_flush_batched`. */
  batched(mm: Mm): BatchedFlushes {
    const known = this.#batched.get(mm.name);
    if (known) return known;
    const made = new BatchedFlushes(this.builder, mm, this.cells);
    this.#batched.set(mm.name, made);
    return made;
  }

  /** A variable of the scenario's own, for `writeOnce` and `readOnce` of threads. The same name gives the same. */
  sharedVariable(name: string, domain: Domain, initial: Literal): Cell {
    const known = this.#shared.get(name);
    if (known) return known;
    const made = this.cells.of(name, { value: this.builder.variable(name, domain, initial) });
    this.#shared.set(name, made);
    return made;
  }

  /** A cell for each descriptor; fresh walks that fault may have to wait for stores to it. */
  #entryCells(mms: readonly Mm[]): ReadonlyMap<string, EntryCell> {
    const { machine, pageTables } = this;
    const pages = eachOf(machine.domains.page);
    const cells = mms.flatMap((mm) =>
      pages.map((page, number) => {
        const space = this.space(mm);
        const { valid, frame, writable, software } = pageTables.descriptor(space, page);
        const name = entryName(mm.name, formatValue(machine.domains.page, number));
        const cell = this.cells.declare(name, {
          fields: { valid, frame, writable, software },
          write: (value) => pageTables.write(space, page, value),
        });
        return { name, cell, space, page };
      }),
    );
    pageTables.storesWait((cpu, page) =>
      or(
        ...cells.map((each) =>
          and(machine.context.at(cpu).is(each.space), page.is(each.page), each.cell.pending(cpu)),
        ),
      ),
    );
    return new Map(cells.map(({ name, cell }) => [name, cell]));
  }
}

/** A page-table entry. */
export type EntryCell = Cell<"valid" | "frame" | "writable" | "software">;

function entryName(mm: string, page: string): string {
  return `${page}'s entry in ${mm}`;
}

/** How an address space remembers flushes that reclaim has queued and not completed. */
export class BatchedFlushes {
  /**
   * `pending` is the number of flushes queued, or with the boolean bookkeeping 1 for "some"; `flushed` the number
   * of those known to be complete, always 0 with the boolean bookkeeping.
   */
  readonly cell: Cell<"pending" | "flushed">;
  readonly domain: Domain;

  constructor(builder: ModelBuilder, mm: Mm, cells: Cells) {
    const name = `${mm.name}.tlb_flush_batched`;
    this.domain = mm.batched === "boolean" ? range(0, 1) : range(0, MAX_BATCHED);
    this.cell = cells.of(name, {
      pending: builder.variable(`${name}.pending`, this.domain, 0),
      flushed: builder.variable(`${name}.flushed`, this.domain, 0),
    });
  }
}
