/**
 * Freeing page tables (mm/memory.c, mm/mmu_gather.c): the table is unlinked and given to the gather; the gather
 * flushes TLBs and walk caches, lets software walkers come to their ends, and frees it. The sound order is unlink,
 * flush, wait, free. `tlb_remove_table()` of v4.18 had paths on which the flush came last.
 */
import { primitive } from "../threads/primitive.ts";
import { FLAG, oneOf, optional, options, parameterOf } from "../../model/arguments.ts";
import { table } from "../arguments.ts";
import { mmCall } from "../entry/syscall.ts";
import { freeFrame } from "./alloc-page.ts";
import type { Place, Term } from "../../model/term.ts";
import type { GatherFlush, ProgramCode } from "../arch/kernel-arch.ts";
import type { Page, Table } from "../handles.ts";
import { smpCallFunction } from "../locking/interrupts.ts";
import { zapPte } from "./munmap.ts";
import { pmdClear } from "./pmd.ts";
import { callRcuFree, synchronizeRcu } from "../locking/rcu-sections.ts";
import type { ThreadProgram } from "../threads/thread-program.ts";

/** Which way `tlb_remove_table()` takes, and what the kernel of that time did there. */
export interface TableRemoval {
  /**
   * - `batched`: the table waits for the flush at the end of the gather, then for a grace period;
   * - `batch full`: it fills the batch (`MAX_TABLE_BATCH`), which is sent off to RCU at once;
   * - `no batch page`: no page for a batch could be allocated, so the table is freed by itself;
   * - `single user`: `mm_users` is 1, so that it is freed at once (until commit a6f572084fbe);
   * - `page batch`: it is freed with the data pages behind the flush, without RCU.
   */
  readonly path: "batched" | "batch full" | "no batch page" | "single user" | "page batch";
  /** `tlb_table_invalidate()` before what does not wait for the end of the gather. True since d86564a2f085. */
  readonly invalidate?: boolean;
  /** How `no batch page` waits for software walkers: today by RCU, before by interrupts that do nothing. */
  readonly fallback?: "call_rcu" | "synchronize_rcu" | "interrupts";
  /** The flush does not ask lazy CPUs, which were to catch up as they leave lazy mode (v4.14-rc). */
  readonly sparesLazy?: boolean;
  /** `pte_free_tlb()` flushes the walk caches by itself where the architecture did so in 2018. */
  readonly flushesPgtable?: boolean;
}

/** `munmap()` of all pages of a table, and of the table with them. */
export function munmapTable(
  k: ThreadProgram,
  table: Table,
  removal: TableRemoval = { path: "batched" },
): void {
  const { observers } = k.system;
  mmCall(
    k,
    `munmap(${namesOf(table.pages)})`,
    table.mm,
    () => {
      const gather = new Gather(k, table.pages, removal);
      const unlinked = k.event(`unmap_vmas(${namesOf(table.pages)}), pmd_clear(${table.name})`, () => {
        for (const page of table.pages) gather.zap(page);
        return pmdClear(k, table);
      });
      // free_pgtables() gives the table to the gather, if there was one.
      k.if(unlinked.isNot(null), () => gather.removeTable(table, unlinked));
      gather.finish();
    },
    { done: () => table.pages.map((page) => observers.tell("revoking", k.name, k.system.at(page), "all")) },
  );
}

/** `struct mmu_gather` of one table: what is to be flushed and freed. The frames are in registers of its thread. */
class Gather {
  readonly #k: ThreadProgram;
  readonly #pages: readonly Page[];
  readonly #removal: TableRemoval;
  readonly #frames: Term[] = [];
  readonly #tables: Place[] = [];
  #freedTables = false;
  #flushed = false;

  /** `tlb_gather_mmu()` for some pages. */
  constructor(k: ThreadProgram, pages: readonly Page[], removal: TableRemoval) {
    this.#k = k;
    this.#pages = pages;
    this.#removal = removal;
  }

  /**
   * `zap_pte_range()` of a page: its frame is freed at the end of the gather. Flushes that reclaim has queued are
   * not drained, unlike in `munmap()`.
   */
  zap(page: Page): void {
    this.#frames.push(zapPte(this.#k, page, null).frame);
  }

  /** `pte_free_tlb()`, and `tlb_remove_table()` in it. */
  removeTable(table: Table, token: Place): void {
    const { path, flushesPgtable = false } = this.#removal;
    const { flushTlbPgtable } = this.#k.system.arch;
    if (flushesPgtable && flushTlbPgtable) flushTlbPgtable(this.#k, table);
    else this.#freedTables = true;
    if (path === "batched" || path === "page batch") this.#tables.push(token);
    else this.#k.event(`tlb_remove_table(${table.name}): ${path}`, () => this.#removeAtOnce(token));
  }

  /** `tlb_finish_mmu()`: flushes what was not flushed yet, and frees. */
  finish(): void {
    const rcu = this.#removal.path !== "page batch";
    const steps = [
      ...(this.#flushed ? [] : [`tlb_flush(${namesOf(this.#pages)})`]),
      ...(this.#tables.length > 0 && rcu ? ["call_rcu()"] : []),
      `free ${namesOf(this.#pages)}`,
    ];
    this.#k.event(`tlb_finish_mmu(): ${steps.join(", ")}`, () => {
      if (!this.#flushed) this.#flush();
      for (const token of this.#tables)
        this.#k.if(token.isNot(null), () => (rcu ? callRcuFree(this.#k, token) : freeFrame(this.#k, token)));
      for (const frame of this.#frames) this.#k.if(frame.isNot(null), () => freeFrame(this.#k, frame));
    });
  }

  /** What does not wait for the end of the gather. */
  #removeAtOnce(token: Place): void {
    const { path, invalidate = true, fallback = "call_rcu" } = this.#removal;
    const k = this.#k;
    if (invalidate) {
      this.#flush();
      this.#flushed = true;
    }
    if (path === "batch full" || (path === "no batch page" && fallback === "call_rcu"))
      return callRcuFree(k, token);
    if (path === "no batch page") fallbacks[fallback as keyof typeof fallbacks](k);
    freeFrame(k, token);
  }

  /** `tlb_flush_mmu_tlbonly()` */
  #flush(): void {
    const { sparesLazy = false } = this.#removal;
    const what: GatherFlush = { freedTables: this.#freedTables, sparesLazy };
    this.#k.system.arch.tlbFlush(this.#k, this.#pages, what);
  }
}

function namesOf(pages: readonly Page[]): string {
  return pages.map(({ name }) => name).join(", ");
}

/** What waits for software walkers before a table is freed by itself. */
const fallbacks = {
  /** Waits until every CPU has had interrupts on: no read-side section of RCU, and no flush. */
  interrupts: (k) => smpCallFunction(k, "tlb_remove_table_smp_sync"),
  synchronize_rcu: synchronizeRcu,
} satisfies Record<string, ProgramCode>;

const REMOVAL = options<TableRemoval>({
  path: oneOf("batched", "batch full", "no batch page", "single user", "page batch"),
  invalidate: optional(FLAG),
  fallback: optional(oneOf("call_rcu", "synchronize_rcu", "interrupts")),
  sparesLazy: optional(FLAG),
  flushesPgtable: optional(FLAG),
});

export const gatherPrimitives = {
  /** `munmap()` of all pages of a table, which frees the table too. */
  munmapTable: primitive(munmapTable, [table, parameterOf("removal", optional(REMOVAL))]),
};
