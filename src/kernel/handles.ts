/** What a scenario declares and refers to: address spaces, their pages, frames. They are names, nothing more. */
import type { Lock } from "./locking/locks.ts";

/** The permission of a mapping that can be accessed. */
export type AccessPermission = "ro" | "rw";

/** "none" is PROT_NONE: the entry is present for the kernel and keeps its page, and hardware cannot use it. */
export type Permission = AccessPermission | "none";

/** An address space, `struct mm_struct`. */
export interface Mm {
  /** What it is: `"mm"`. */
  readonly kind: "mm";
  /** As it was declared. */
  readonly name: string;
  /** The identifier that its translations are tagged with, where it has one of its own. */
  readonly asid: string;
  /** How batched flushes that are still pending are remembered. */
  readonly batched: "counters" | "boolean";
  /** Declares a page, which may be mapped at first or not. */
  page(name: string, options?: PageOptions): Page;
  /** A page-table page that can go away. If there is one, every page of the scenario lies in one. */
  table(name: string): Table;
  /** A page-table page that stays: pages of one table share a lock, and those of no table another one. */
  fixedTable(name: string): FixedTable;
  /** A page that a PMD entry maps by itself. If there is one, every page of the scenario is. */
  hugePage(name: string, options?: HugePageOptions): HugePage;
}

/** A huge page at its place: the PMD entry of a region of addresses, and the table that the entry may point to. */
export interface HugePage {
  readonly name: string;
  readonly mm: Mm;
  /** The lock of the PMD entry. */
  readonly ptl: Lock;
  /** The one address of the region that the scenario looks at. Words for the entries of small pages refuse it. */
  readonly page: Page;
  /** The same address, by its entry in the table below; for the words of huge pages alone. */
  readonly small: Page;
  /** What the entry maps as a whole. */
  readonly folio: Frame;
  /** The part of it that an entry of the table maps at that address. */
  readonly part: Frame;
  readonly options: Required<HugePageOptions>;
}

export interface HugePageOptions {
  /** What the PMD entry is at first: a mapping, or what migration leaves in its place. A mapping unless given. */
  readonly entry?: "mapping" | "migration";
  /** Read-write unless given. */
  readonly permission?: AccessPermission;
  /** Whether the mapping says at first that the page was written to. True unless given. */
  readonly dirty?: boolean;
  /** Whether it says that the page was accessed. True unless given. */
  readonly young?: boolean;
}

/** A page-table page at its place below an upper entry, the PMD entry of the addresses of its pages. */
export interface Table {
  /** As it was declared. */
  readonly name: string;
  /** The address space that it belongs to. */
  readonly mm: Mm;
  /** The frame that it lies in when the model begins. */
  readonly frame: Frame;
  /** The pages whose entries lie in it, as far as they are declared. */
  readonly pages: readonly Page[];
  /** Declares a page whose entry lies in the table. */
  page(name: string, options?: PageOptions): Page;
}

/** A page-table page that never goes away. */
export interface FixedTable {
  /** As it was declared. */
  readonly name: string;
  /** The address space that it belongs to. */
  readonly mm: Mm;
  /** Declares a page whose entry lies in the table. */
  page(name: string, options?: PageOptions): Page;
}

export interface PageOptions {
  /** How the page is mapped at first; null for not at all. Read-write unless given. */
  readonly permission?: Permission | null;
  /** The frame that it maps; one of its own unless given, named `frame:` and the name of the page. */
  readonly frame?: Frame;
  /** With `m.details({ flags: true })`: whether the entry says at first that the page was written to. True unless given. */
  readonly dirty?: boolean;
  /** The same: whether it says that the page was accessed. True unless given. */
  readonly young?: boolean;
}

/** A page of an address space, with its page-table entry. */
export interface Page {
  /** What it is: `"page"`. */
  readonly kind: "page";
  /** As it was declared: one address, in every address space that has a page of this name. */
  readonly name: string;
  /** The address space that it belongs to. */
  readonly mm: Mm;
  /** The lock of the page table that holds its entry. */
  readonly ptl: Lock;
  /** Whether the PMD entry above may map it by itself, so that its own entry may say nothing. */
  readonly huge: boolean;
  /** The table that its entry lies in, if tables can go away. */
  readonly table: Table | null;
  /** The frame that it maps when the model begins. Throws TLB201 of a page that is not mapped then. */
  readonly frame: Frame;
}

export interface Frame {
  readonly name: string;
}

/** A device bound to an address space, `iommu_sva_bind_device()`: it translates by the page tables of a process. */
export interface Device {
  readonly name: string;
  readonly mm: Mm;
}
