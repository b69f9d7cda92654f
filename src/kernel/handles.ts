/** What a scenario declares and refers to: address spaces, their pages, frames. They are names, nothing more. */
import type { Lock } from "./locks.ts";

export type Permission = "ro" | "rw";

/** An address space, `struct mm_struct`. */
export interface Mm {
  readonly name: string;
  readonly asid: string;
  /** How batched flushes that are still pending are remembered. */
  readonly batched: "counters" | "boolean";
  page(name: string, options?: PageOptions): Page;
  /** A page-table page that can go away. If there is one, every page of the scenario lies in one. */
  table(name: string): Table;
}

/** A page-table page at its place below an upper entry, the PMD entry of the addresses of its pages. */
export interface Table {
  readonly name: string;
  readonly mm: Mm;
  /** The frame that it lies in when the model begins. */
  readonly frame: Frame;
  readonly pages: readonly Page[];
  /** Declares a page whose entry lies in the table. */
  page(name: string, options?: Omit<PageOptions, "table">): Page;
}

export interface PageOptions {
  /** How the page is mapped at first; null for not at all. Read-write unless given. */
  readonly permission?: Permission | null;
  /** The frame that it maps; one of its own unless given. */
  readonly frame?: Frame;
  /** The page table that holds its entry, by name; pages of one table share a lock. */
  readonly table?: string;
}

/** A page of an address space, with its page-table entry. */
export interface Page {
  readonly name: string;
  readonly mm: Mm;
  /** The lock of the page table that holds its entry. */
  readonly ptl: Lock;
  /** The table that its entry lies in, if tables can go away. */
  readonly table: Table | null;
}

export interface Frame {
  readonly name: string;
}

/** A device bound to an address space, `iommu_sva_bind_device()`: it translates by the page tables of a process. */
export interface Device {
  readonly name: string;
  readonly mm: Mm;
}
