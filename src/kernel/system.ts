/** A system: a machine with Linux's state on it (frames, locks, batched flushes), ready for threads to run on. */
import { TlbcheckError } from "../model/diagnostic.ts";
import { callerSource } from "../model/source.ts";
import type { Device } from "../arch/devices/device.ts";
import { Machine, type MachineOptions } from "../arch/machine.ts";
import { type InitialDescriptor, PageTableMemory, type PageTables } from "../arch/memory.ts";
import { type TableLayout, TablePages } from "../arch/walk/table-memory.ts";
import { enumeration, type ModelBuilder, names } from "../model/builder.ts";
import { issueHandle } from "../model/handles.ts";
import { type Domain, formatValue, type Literal } from "../model/domain.ts";
import { eachOf, FALSE, literal, operand, type Operand, or, type Place, Term } from "../model/term.ts";
import type { TlbState } from "./arch/x86/tlb-state.ts";
import { type Cell, Cells } from "./locking/cells.ts";
import { KernelEntry } from "./entry/context-tracking.ts";
import { CpuRoutines } from "./threads/cpu-routines.ts";
import type { ArchCode, KernelArch } from "./arch/kernel-arch.ts";
import type { KernelState } from "./kernel-state.ts";
import type { Seat } from "./threads/seat.ts";
import type { ThreadProgram } from "./threads/thread-program.ts";
import type { KernelOptions } from "./arch/kernel-options.ts";
import { Frames, type FrameUse } from "./mm/frames.ts";
import type { Device as DeviceHandle, Frame, HugePage, Mm, Page, Table } from "./handles.ts";
import { HugeMemory } from "./huge/huge-memory.ts";
import { Locks, RwSemaphore } from "./locking/locks.ts";
import { BatchedFlushes } from "./mm/batched-flushes.ts";
import { MM, PAGE, SMALL_PAGE, FRAME } from "./arguments.ts";
import { type Description, takeOne } from "../model/arguments.ts";
import { Observers } from "./observers.ts";
import { Rcu } from "./locking/rcu.ts";
import { Refcounts } from "./mm/refcounts.ts";
import { RegisterOwners } from "./threads/own-registers.ts";

/** What Linux stores in descriptors that are not present. */
export const SOFTWARE_ENTRY = enumeration("entry", ["none", "swap"]);

export interface SystemOptions extends Omit<MachineOptions, "memory" | "tables" | "architecture"> {
  /** The declarations of the scenario, to which its handles belong. */
  readonly owner: object;
  readonly kernelArch: KernelArch;
  readonly kernelOptions: KernelOptions;
  readonly mms: readonly Mm[];
  /** All pages of all address spaces. */
  readonly handles: readonly Page[];
  /** Of each CPU, whether no user task runs on it when the model begins, though an address space is loaded. */
  readonly lazy: readonly boolean[];
  /** The first descriptor of each page of each address space, page fastest. */
  readonly descriptors: readonly InitialDescriptor[];
  readonly threads: readonly string[];
  /** Of each frame, in order: what the scenario has it for at first. */
  readonly uses: readonly FrameUse[];
  /** The tables that pages lie in, where they can go away. */
  readonly tables: TableLayout | null;
  /** Makes the thread of a routine of a CPU. */
  readonly newRoutine: (system: System, name: string, seat: Seat) => ThreadProgram;
  /** The huge pages, of scenarios that have some. */
  readonly hugePages: readonly HugePage[] | null;
  /** Whether the accessed and dirty flags of small pages can be clear. */
  readonly flags: boolean;
}

/** Which entries of a page are asked for. */
export interface CachedAs {
  /** The number of the CPU. */
  readonly cpu?: number;
  readonly frame?: Term | Frame;
  readonly permission?: "ro" | "rw";
}

/** A thread that may map a page again, or put back what it has found there. */
export interface Remap {
  readonly thread: string;
  readonly page: Page;
}

export class System implements KernelState {
  /** The declarations of the scenario, to which its handles belong. */
  readonly owner: object;
  readonly builder: ModelBuilder;
  readonly machine: Machine;
  readonly pageTables: PageTables;
  /** The page tables of two levels; null where no table ever goes away. */
  readonly tables: TablePages | null;
  /** Page tables whose PMD entries may map huge pages; null where none does. */
  readonly huge: HugeMemory | null;
  /** The kernel's code for the architecture. */
  readonly arch: ArchCode;
  readonly routines: CpuRoutines<ThreadProgram>;
  readonly frames: Frames;
  readonly cells: Cells;
  readonly locks: Locks;
  readonly rcu: Rcu;
  readonly observers = new Observers();
  /** Which threads store mappings of which pages with a frame that they have not allocated for it. */
  readonly remaps: Remap[] = [];
  readonly threads: Domain;
  /** The threads of the scenario, as they are made. */
  readonly tasks: ThreadProgram[] = [];
  readonly registerOwners = new RegisterOwners();
  readonly mms: readonly Mm[];
  /** How the kernel uses its hardware, where it has a choice. */
  readonly kernelOptions: KernelOptions;
  readonly #handles: readonly Page[];
  /** Of each CPU, whether no user task is on it when the model begins. */
  readonly lazyAtFirst: readonly boolean[];
  /** The address space that each CPU has loaded when the model begins. */
  readonly loadedAtFirst: readonly string[];
  /** The generations of x86's flushes; null on other architectures. */
  tlbGenerations: TlbState | null = null;
  #kernelEntry: KernelEntry | null = null;
  readonly #entries: ReadonlyMap<string, EntryCell>;
  readonly #upperEntries: ReadonlyMap<string, UpperEntryCell>;
  readonly #pmds: ReadonlyMap<string, PmdCell>;
  #refcounts: Refcounts | null = null;
  readonly #semaphores = new Map<string, RwSemaphore>();
  readonly #shared = new Map<string, { readonly cell: Cell; readonly declared: string }>();
  readonly #states = new Map<string, Place>();
  readonly #batched = new Map<string, BatchedFlushes>();

  constructor(builder: ModelBuilder, options: SystemOptions) {
    this.owner = options.owner;
    this.builder = builder;
    let pageTables: PageTables | null = null;
    const { tables: layout, descriptors, hugePages, kernelArch } = options;
    let huge: HugeMemory | null = null;
    this.machine = new Machine(builder, {
      ...options,
      architecture: options.kernelArch.hardware,
      largeFrames: (hugePages ?? []).map(({ folio }) => folio.name),
      memory: (domains) =>
        hugePages
          ? (huge = new HugeMemory(builder, domains, SOFTWARE_ENTRY, kernelArch.pmdFormat, hugePages))
          : (pageTables = new PageTableMemory(builder, domains, SOFTWARE_ENTRY, descriptors, options.flags)),
      tables:
        layout &&
        ((domains) =>
          new TablePages(builder, domains, layout, {
            software: SOFTWARE_ENTRY,
            descriptors,
            overwritten: (frame) => this.frames.overwritten(operand(frame, domains.frame)),
          })),
    });
    const { memory } = this.machine;
    this.tables = memory instanceof TablePages ? memory : null;
    this.huge = huge;
    this.pageTables = this.tables ?? huge ?? pageTables!;
    this.threads = names("thread", options.threads);
    this.cells = new Cells(this.machine);
    this.locks = new Locks(builder, this.threads, this.cells);
    const [entries, upperEntries] = [this.#entryCells(options.mms), this.#upperEntryCells(options.mms)];
    const pmds = this.#pmdCells(hugePages ?? []);
    this.#pmds = new Map(pmds.map((cell) => [cell.name, cell]));
    this.#entries = new Map(entries.map((cell) => [cell.name, cell]));
    this.#upperEntries = new Map(upperEntries.map((cell) => [cell.name, cell]));
    this.frames = new Frames(builder, this.machine, options.uses, (frame) => this.frame(frame));
    this.rcu = new Rcu(this);
    this.routines = new CpuRoutines(this, (name, seat) => options.newRoutine(this, name, seat));
    this.mms = options.mms;
    this.kernelOptions = options.kernelOptions;
    this.#handles = options.handles;
    this.lazyAtFirst = options.lazy;
    this.loadedAtFirst = options.loaded.map(({ space }) => space!);
    this.arch = options.kernelArch.codeFor(this, options.kernelOptions);
  }

  /** The translation context of an address space. */
  space(mm: Mm): Term {
    return literal(this.machine.domains.space, this.#taken(MM, mm, "system.space()").name);
  }

  /** A page as an index. */
  page(page: Page): Term {
    return this.machine.page(this.#taken(PAGE, page, "system.page()").name);
  }

  /** A frame: one that was declared, or what an expression says. */
  frame(frame: Term | Frame): Term {
    const taken = this.#taken(FRAME, frame, "system.frame()");
    return taken instanceof Term ? taken : literal(this.machine.domains.frame, taken.name);
  }

  /** The page-table entry of a page, as memory holds it. */
  pte(page: Page) {
    const at = [this.space(page.mm), this.page(page)] as const;
    const walked = this.pageTables.descriptor(...at);
    // pte_write(): whether or not the hardware has to mark the entry as dirty first.
    return this.pageTables.storesFlags
      ? { ...walked, writable: this.pageTables.stored(...at).writable }
      : walked;
  }

  /** The page-table entry of a page as a cell. */
  entry(page: Page): EntryCell {
    this.#taken(SMALL_PAGE, page, "system.entry()");
    return this.#entries.get(entryName(page.mm.name, page.name))!;
  }

  /** The upper entry that points to a table, as a cell. */
  upperEntry({ mm, name }: Table): UpperEntryCell {
    return this.#upperEntries.get(upperEntryName(mm.name, name))!;
  }

  /** The PMD entry of a huge page, as a cell. */
  pmd({ mm, page }: HugePage): PmdCell {
    return this.#pmds.get(pmdName(mm.name, page.name))!;
  }

  /** The reference counts of pages, of scenarios with huge pages. */
  get refcounts(): Refcounts {
    return (this.#refcounts ??= new Refcounts(this.builder, "refcount", this.huge!.entries.pages));
  }

  /** The reference counts of frames, of scenarios that count them. */
  get folios(): Refcounts {
    return this.frames.countReferences();
  }

  /**
   * True while the TLB of some CPU, or of the one that is named, has an entry of the page: any, or one of that frame and
   * permission. In closed hardware: while it may have one. For goals.
   */
  isCached(page: Page, { cpu, frame, permission }: CachedAs = {}): Term {
    const { tlb, domains } = this.machine;
    const cpus = cpu === undefined ? this.machine.cpus() : [this.machine.cpu(cpu)];
    const frames = frame ? [this.frame(frame)] : eachOf(domains.frame);
    const writable = permission ? [permission === "rw"] : [true, false];
    const entries = eachOf(domains.asid).flatMap((asid) =>
      frames.flatMap((each) =>
        writable.map((may) => ({ asid, page: this.page(page), frame: each, writable: may })),
      ),
    );
    return or(...cpus.flatMap((each) => entries.map((entry) => tlb.holds(each, entry))));
  }

  /** True while the walk cache of some CPU, or of a device, has the table, as it was linked at first. For goals. */
  isWalkCached({ name, frame, pages }: Table, by: { readonly device?: DeviceHandle } = {}): Term {
    const { domains, tables } = this.machine;
    if (by.device) {
      const { kernelWalks } = this.device(by.device);
      return or(...pages.map((page) => kernelWalks?.holds(this.page(page), this.frame(frame)) ?? FALSE));
    }
    const table = this.frame(frame);
    return or(
      ...this.machine
        .cpus()
        .flatMap((cpu) =>
          eachOf(domains.asid).map((asid) => tables!.cache.holds(cpu, { asid, region: name, table })),
        ),
    );
  }

  /** True while an upper entry in memory points to the table, or to another one in its place. */
  isLinked({ mm, name }: Table): Term {
    return this.tables!.table(this.space(mm), name).isNot(null);
  }

  /** A page of an address space, as observers are told of it. */
  at(page: Page): { space: Operand; page: Operand } {
    return { space: this.space(page.mm), page: this.page(page) };
  }

  /**
   * Has something called once all programs are written and all that they execute is known: the place for a property to
   * ask for terms that depend on it, such as `machine.storesDrained(cpu)`.
   */
  whenWritten(call: () => void): void {
    this.machine.written.then(call);
  }

  /** A program has a store of a mapping whose frame was not allocated for it. */
  noteRemap(thread: string, page: Page): void {
    const known = this.remaps.some((each) => each.thread === thread && each.page === page);
    if (!known) this.remaps.push({ thread, page });
  }

  /** The pages of an address space. */
  pagesOf(mm: Mm): Page[] {
    return this.#handles.filter((page) => page.mm === mm);
  }

  /** The hardware of a device. */
  device({ name }: DeviceHandle): Device {
    return this.machine.devices.find((device) => device.name === name)!;
  }

  /** The devices that are bound to an address space. */
  devicesOf(mm: Mm): Device[] {
    return this.machine.devices.filter(({ spaceName }) => spaceName === mm.name);
  }

  /** What is known of CPUs that leave the kernel and come back. */
  get kernelEntry(): KernelEntry {
    return (this.#kernelEntry ??= new KernelEntry(this));
  }

  mmapLock(mm: Mm): RwSemaphore {
    return this.semaphore(`${mm.name}.mmap_lock`);
  }

  /** A semaphore by name. The same name gives the same. */
  semaphore(name: string): RwSemaphore {
    const known = this.#semaphores.get(name);
    if (known) return known;
    const made = new RwSemaphore(this.builder, name, this.threads, this.cells);
    this.#semaphores.set(name, made);
    return made;
  }

  /** All semaphores; `semaphore` makes one known. */
  semaphores(): RwSemaphore[] {
    this.machine.written.require("which semaphores there are");
    return [...this.#semaphores.values()];
  }

  /** `mm->tlb_flush_batched`. */
  batched(mm: Mm): BatchedFlushes {
    const known = this.#batched.get(mm.name);
    if (known) return known;
    const made = new BatchedFlushes(this.builder, mm, this.cells);
    this.#batched.set(mm.name, made);
    return made;
  }

  /** A variable of the scenario's own, for `readOnce`, `writeOnce` and `atomicAdd` of threads. The same name gives the same. */
  sharedVariable(name: string, domain: Domain, initial: Literal): Cell {
    const known = this.#shared.get(name);
    const declared = JSON.stringify([domain, initial]);
    if (known?.declared === declared) return known.cell;
    if (known)
      throw new TlbcheckError(
        "TLB201",
        `${name} is a shared variable of another domain, or begins otherwise`,
        {
          hint: "the same name gives the same variable: declare it once, or give it another name",
          source: callerSource(),
        },
      );
    const cell = this.cells.of(name, { value: this.builder.variable(name, domain, initial) });
    const made = issueHandle("shared variable", this.owner, cell);
    this.#shared.set(name, { cell: made, declared });
    return made;
  }

  /** A variable that no store buffer holds, by name; for what is no data, such as patched code. */
  stateOf(name: string, domain: Domain, initial: Literal): Place {
    const known = this.#states.get(name);
    if (known) return known;
    const made = this.builder.variable(name, domain, initial);
    this.#states.set(name, made);
    return made;
  }

  /** An argument of a method that models call. */
  #taken<Value>(is: Description<Value>, given: unknown, name: string): Value {
    return takeOne(is, given, { call: { name, owner: this.owner }, path: is.says.replace(/^an? /, "") });
  }

  #upperEntryCells(mms: readonly Mm[]): Cell<"table">[] {
    const { tables } = this;
    if (!tables) return [];
    return mms.flatMap((mm) =>
      eachOf(tables.region).map((region, number) => {
        const space = this.space(mm);
        const name = upperEntryName(mm.name, formatValue(tables.region, number));
        return this.cells.declare(name, {
          fields: { table: tables.table(space, region) },
          write: ({ table }) => tables.link(space, region, table),
        });
      }),
    );
  }

  #pmdCells(hugePages: readonly HugePage[]): Cell<"pmd">[] {
    const { huge } = this;
    if (!huge) return [];
    return hugePages.map(({ mm, page }) => {
      const space = this.space(mm);
      const at = this.page(page);
      const name = pmdName(mm.name, page.name);
      return this.cells.declare(name, {
        fields: { pmd: huge.pmd(space, at) },
        write: ({ pmd }) => huge.writePmd(space, at, pmd),
        descriptor: { space, page: at },
      });
    });
  }

  /** A cell for each descriptor. */
  #entryCells(mms: readonly Mm[]): Cell<EntryField>[] {
    const { machine, pageTables } = this;
    const pages = eachOf(machine.domains.page);
    return mms.flatMap((mm) =>
      pages.map((page, number) => {
        const space = this.space(mm);
        const { valid, frame, writable, software, accessed, dirty } = pageTables.stored(space, page);
        const fields = { valid, frame, writable, software };
        const flags = pageTables.storesFlags ? { accessed, dirty } : {};
        const name = entryName(mm.name, formatValue(machine.domains.page, number));
        return this.cells.declare<EntryField>(name, {
          fields: { ...fields, ...flags },
          write: (value) => pageTables.write(space, page, value),
          ...(pageTables.storesFlags ? { descriptor: { space, page } } : {}),
        });
      }),
    );
  }
}

/** An upper entry, which points to a table. */
export type UpperEntryCell = Cell<"table">;

type EntryField = "valid" | "frame" | "writable" | "software";

/** A page-table entry. */
export type EntryCell = Cell<EntryField>;

/** A PMD entry that may map a huge page. */
export type PmdCell = Cell<"pmd">;

function pmdName(mm: string, page: string): string {
  return `${page}'s PMD entry in ${mm}`;
}

function entryName(mm: string, page: string): string {
  return `${page}'s entry in ${mm}`;
}

function upperEntryName(mm: string, table: string): string {
  return `${table}'s upper entry in ${mm}`;
}
