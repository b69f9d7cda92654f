/** What Linux does differently on each architecture: how it flushes TLBs, and switches address spaces. */
import type { Architecture } from "../../arch/architecture.ts";
import type { Body } from "../../model/builder.ts";
import type { Term } from "../../model/term.ts";
import type { Mm, Page, Table } from "../handles.ts";
import type { PmdFormat } from "./pmd-format/format.ts";
import type { System } from "../system.ts";
import type { Thread } from "../thread.ts";

/** A function of the kernel: called with the thread that executes it. */
export type KernelCode = (k: Thread) => void;

/** How a kernel uses what its hardware offers. */
export interface KernelOptions {
  /**
   * AMD: flushes by INVLPGB under an ASID that all CPUs share. "sync" completes each at once; "async" queues
   * those of a batch and completes them with one TLBSYNC. By interrupt unless given.
   */
  readonly invlpgb?: "sync" | "async";
  /**
   * Where the TLBs of devices are invalidated, by MMU notifiers:
   * - `arch flush`: in the architecture's flushes and where they are queued (commit 6bbd42e2df8f); unless given;
   * - `batch flush`: the same, but for a batch on x86 at its end, with `current->mm` (75c400f82d34 of linux-next);
   * - `range end`: in `mmu_notifier_invalidate_range_end()`, and in no flush (before).
   */
  readonly notifiers?: "arch flush" | "batch flush" | "range end";
  /**
   * arm64: whose TLBs are flushed of an entry that a fault makes writable. Those of all CPUs, unless given; of the
   * faulting one with the patches of 2025; others may then fault without cause, and flush their own.
   */
  readonly upgrades?: "broadcast" | "local";
}

export interface KernelArch {
  readonly name: string;
  readonly hardware: Architecture;
  /** The bits of PMD entries. */
  readonly pmdFormat: PmdFormat;
  /** The identifiers that TLB entries are tagged with. */
  readonly asids: (mms: readonly Mm[], options: KernelOptions) => readonly string[];
  /** The identifier under which an address space is loaded on a CPU when the model begins. */
  readonly firstAsid: (mm: Mm, options: KernelOptions) => string;
  /** The code of this architecture, with the state that it keeps on a system. */
  readonly codeFor: (system: System, options: KernelOptions) => ArchCode;
}

/** What an `mmu_gather` knows of what it flushes. */
export interface GatherFlush {
  readonly freedTables: boolean;
  /** CPUs in lazy mode are not asked although tables are freed, as in v4.14-rc. */
  readonly sparesLazy?: boolean;
}

/** The functions that generic kernel code calls. */
export interface ArchCode {
  /** `flush_tlb_mm()`: every user translation of the address space, on every CPU. */
  readonly flushTlbMm: (k: Thread, mm: Mm) => void;
  /** `flush_tlb_page()`: the translation of one page. */
  readonly flushTlbPage: (k: Thread, page: Page) => void;
  /** `flush_tlb_range()`: the translations of some pages and of the tables above them. */
  readonly flushTlbRange: (k: Thread, pages: readonly Page[]) => void;
  /** `tlb_flush()` of an `mmu_gather`: the translations of some pages, of which tables may be freed. */
  readonly tlbFlush: (k: Thread, pages: readonly Page[], what: GatherFlush) => void;
  /**
   * `__flush_tlb_pgtable()`: the walk-cache entries of a table, flushed by the architecture's `pte_free_tlb()`
   * itself, as arm64 did until the gather told it of freed tables. Not there where that was never so.
   */
  readonly flushTlbPgtable?: (k: Thread, table: Table) => void;
  /** `arch_tlbbatch_should_defer()`: whether the flush of a page is to be queued. Always, where there is none. */
  readonly tlbbatchShouldDefer?: (k: Thread, mm: Mm) => Term;
  /** `arch_tlbbatch_add_pending()`: queues the flush of a page whose entry was cleared, under its lock. */
  readonly tlbbatchAddPending: (k: Thread, page: Page) => void;
  /** `arch_tlbbatch_flush()`: completes what the thread has queued. */
  readonly tlbbatchFlush: KernelCode;
  /** The barrier that waits for what this CPU has invalidated, and does nothing else. */
  readonly awaitOwnInvalidations: KernelCode;
  /**
   * `ptep_set_access_flags()`: makes a present entry writable, under its lock, for a fault on a write; flushes what
   * the architecture needs for that.
   */
  readonly ptepSetAccessFlags: (k: Thread, page: Page, frame: Term) => void;
  /**
   * `flush_tlb_fix_spurious_fault()`: after a fault for which the entry has all it needs. Nothing, where there is
   * none.
   */
  readonly flushTlbFixSpuriousFault?: (k: Thread, page: Page) => void;
  /** `update_mmu_cache()`: after an entry was made present. Nothing, where there is none. */
  readonly updateMmuCache?: (k: Thread, page: Page) => void;
  /** `update_mmu_tlb()`: after an entry was found present on a fault. Nothing, where there is none. */
  readonly updateMmuTlb?: (k: Thread, page: Page) => void;
  /** What `pmdp_invalidate()` does behind its flush. Nothing, where there is none. */
  readonly pmdpInvalidated?: KernelCode;
  /** Whether `pmdp_invalidate_ad()` leaves the flush to the gather. Not, unless given. */
  readonly defersPmdFlush?: boolean;
  /** `switch_mm()`: code that the CPU runs before the task that it is switched to. */
  readonly switchMm: { readonly code: (k: Thread, mm: Mm) => void } | { readonly step: SwitchStep };
  /** What the kernel waits for, besides the hardware's own rule, before it switches from one task to another. */
  readonly switchAwaits?: (cpu: Term) => Term;
  /** `enter_lazy_tlb()`: the CPU goes on without a user task, its address space still loaded. */
  readonly enterLazyTlb?: {
    readonly possible: (cpu: Term) => Term;
    readonly mayStore: (cpu: Term) => Term[];
    readonly body: (cpu: Term) => Body;
  };
}

/** A switch that is one step. */
export type SwitchStep = (cpu: Term, mm: Mm) => Body;
