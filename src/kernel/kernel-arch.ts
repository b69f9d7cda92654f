/** What Linux does differently on each architecture: how it flushes TLBs. One object an architecture. */
import type { Architecture } from "../arch/architecture.ts";
import type { Mm, Page } from "./handles.ts";
import type { Thread } from "./thread.ts";

/** A function of the kernel: called with the thread that executes it. */
export type KernelCode = (k: Thread) => void;

export interface KernelArch {
  readonly name: string;
  readonly hardware: Architecture;
  /** `flush_tlb_mm()`: every user translation of the address space, on every CPU. */
  readonly flushTlbMm: (k: Thread, mm: Mm) => void;
  /** `flush_tlb_page()`: the translation of one page. */
  readonly flushTlbPage: (k: Thread, page: Page) => void;
  /** `flush_tlb_range()`: the translations of some pages and of the tables above them. */
  readonly flushTlbRange: (k: Thread, pages: readonly Page[]) => void;
  /** `arch_tlbbatch_add_pending()`: queues the flush of a page whose entry was cleared, under its lock. */
  readonly tlbbatchAddPending: (k: Thread, page: Page) => void;
  /** `arch_tlbbatch_flush()`: completes what the thread has queued. */
  readonly tlbbatchFlush: KernelCode;
}
