/** What Linux does differently on each architecture: how it flushes TLBs, and switches address spaces. */
import type { Architecture, AtomicOrder } from "../../arch/architecture.ts";
import type { Body } from "../../model/builder.ts";
import type { Operand, Term } from "../../model/term.ts";
import type { Mm, Page, Table } from "../handles.ts";
import type { KernelOptions } from "./kernel-options.ts";
import type { PmdFormat } from "./pmd-format/format.ts";
import type { System } from "../system.ts";
import type { ThreadProgram } from "../threads/thread-program.ts";

/** What `ptep_set_access_flags()` makes of an entry, of which it takes nothing away. */
export interface EntryUpgrade {
  readonly frame: Term;
  readonly writable: Operand;
  readonly dirty: Operand;
  /** Whether it is for a write, `dirty` in the kernel. */
  readonly write: Operand;
}

/** Code of the kernel itself: called with the program that it is written to. */
export type ProgramCode = (k: ThreadProgram) => void;

export interface KernelArch {
  readonly name: string;
  readonly hardware: Architecture;
  /** The bits of PMD entries. */
  readonly pmdFormat: PmdFormat;
  /** What its switches and flushes may be said to lack; nothing unless given. */
  readonly mayLack?: readonly NonNullable<KernelOptions["lacks"]>[];
  /** The identifiers that TLB entries are tagged with. */
  readonly asids: (mms: readonly Mm[], options: KernelOptions) => readonly string[];
  /** The identifier under which an address space is loaded on a CPU when the model begins. */
  readonly firstAsid: (mm: Mm, options: KernelOptions) => string;
  /** The code of this architecture, with the state that it keeps on a system. */
  readonly codeFor: (system: System, options: KernelOptions) => ArchCode;
}

/** The barriers between CPUs, `smp_mb()` and its like. */
export type SmpBarrier = "mb" | "wmb" | "rmb";

/** What an `mmu_gather` knows of what it flushes. */
export interface GatherFlush {
  readonly freedTables: boolean;
  /** CPUs in lazy mode are not asked although tables are freed, as in v4.14-rc. */
  readonly sparesLazy?: boolean;
}

/** The functions that generic kernel code calls. */
export interface ArchCode {
  /** The order of the exchange in `ptep_get_and_clear()` and `pmdp_establish()`. */
  readonly exchangeOrder: AtomicOrder;
  /** The instructions of `smp_mb()` and its like; one that is not named orders nothing that is out of order here. */
  readonly smpBarriers?: Partial<Readonly<Record<SmpBarrier, string>>>;
  /** `flush_tlb_mm()`: every user translation of the address space, on every CPU. */
  readonly flushTlbMm: (k: ThreadProgram, mm: Mm) => void;
  /** `flush_tlb_page()`: the translation of one page. */
  readonly flushTlbPage: (k: ThreadProgram, page: Page) => void;
  /** `flush_tlb_range()`: the translations of some pages and of the tables above them. */
  readonly flushTlbRange: (k: ThreadProgram, pages: readonly Page[]) => void;
  /** `tlb_flush()` of an `mmu_gather`: the translations of some pages, of which tables may be freed. */
  readonly tlbFlush: (k: ThreadProgram, pages: readonly Page[], what: GatherFlush) => void;
  /**
   * `flush_tlb_kernel_range()` of one page, on every CPU. Not there where it is by interrupts that flushes of kernel
   * translations may leave out (`entry/kernel-entry.ts`).
   */
  readonly flushTlbKernelRange?: (k: ThreadProgram, page: Page) => void;
  /**
   * `__flush_tlb_pgtable()`: the walk-cache entries of a table, flushed by the architecture's `pte_free_tlb()`
   * itself, as arm64 did until the gather told it of freed tables. Not there where that was never so.
   */
  readonly flushTlbPgtable?: (k: ThreadProgram, table: Table) => void;
  /** `arch_tlbbatch_should_defer()`: whether the flush of a page is to be queued. Always, where there is none. */
  readonly tlbbatchShouldDefer?: (k: ThreadProgram, mm: Mm) => Term;
  /** `arch_tlbbatch_add_pending()`: queues the flush of a page whose entry was cleared, under its lock. */
  readonly tlbbatchAddPending: (k: ThreadProgram, page: Page) => void;
  /** `arch_tlbbatch_flush()`: completes what the thread has queued. */
  readonly tlbbatchFlush: ProgramCode;
  /** The barrier that waits for what this CPU has invalidated, and does nothing else. */
  readonly awaitOwnInvalidations: ProgramCode;
  /**
   * `ptep_set_access_flags()`: makes a present entry young, under its lock, and for a fault on a write dirty and
   * writable; flushes what the architecture needs for that.
   */
  readonly ptepSetAccessFlags: (k: ThreadProgram, page: Page, to: EntryUpgrade) => void;
  /** What `ptep_clear_flush_young()` does behind the clearing of a flag that was set. Nothing, where there is none. */
  readonly flushOld?: (k: ThreadProgram, page: Page) => void;
  /** The order of `ptep_set_wrprotect()`; that of the exchange unless given. */
  readonly wrprotectOrder?: AtomicOrder;
  /**
   * `flush_tlb_fix_spurious_fault()`: after a fault for which the entry has all it needs. Nothing, where there is
   * none.
   */
  readonly flushTlbFixSpuriousFault?: (k: ThreadProgram, page: Page) => void;
  /** `update_mmu_cache()`: after an entry was made present. Nothing, where there is none. */
  readonly updateMmuCache?: (k: ThreadProgram, page: Page) => void;
  /** `update_mmu_tlb()`: after an entry was found present on a fault. Nothing, where there is none. */
  readonly updateMmuTlb?: (k: ThreadProgram, page: Page) => void;
  /** What `pmdp_invalidate()` does behind its flush. Nothing, where there is none. */
  readonly pmdpInvalidated?: ProgramCode;
  /** Whether `pmdp_invalidate_ad()` leaves the flush to the gather. Not, unless given. */
  readonly defersPmdFlush?: boolean;
  /** `switch_mm()`: code that the CPU runs before the task that it is switched to. */
  readonly switchMm: { readonly code: (k: ThreadProgram, mm: Mm) => void } | { readonly step: SwitchStep };
  /** What the kernel waits for, besides the hardware's own rule, before it switches from one task to another. */
  readonly switchAwaits?: (cpu: Term) => Term;
  /** `enter_lazy_tlb()`: the CPU goes on without a user task, its address space still loaded. */
  readonly enterLazyTlb?: {
    readonly possible: (cpu: Term) => Term;
    readonly mayStore: (cpu: Term) => Term[];
    readonly body: (cpu: Term) => Body;
  };
}

/** What differs between flushing by interrupt and by an instruction that all CPUs obey. */
export type FlushCode = Pick<
  ArchCode,
  | "flushTlbMm"
  | "flushTlbPage"
  | "flushTlbRange"
  | "tlbFlush"
  | "flushTlbKernelRange"
  | "tlbbatchAddPending"
  | "tlbbatchFlush"
  | "awaitOwnInvalidations"
  | "switchAwaits"
>;

/** A switch that is one step. */
export type SwitchStep = (cpu: Term, mm: Mm) => Body;
