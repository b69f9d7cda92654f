/**
 * LoongArch as of v6.9 (arch/loongarch/include/asm/pgtable.h, pgtable-bits.h). Of an entry with HUGE, `pmd_present()`
 * asks for PRESENT, PROTNONE or PRESENT_INVALID; any other is a table unless it is `invalid_pte_table`. A swap entry
 * in a PMD has HUGE too: `__swp_entry_to_pmd()` sets it. VALID stands for accessed as well. Entries only: no walker.
 */
import { any, bits, clearing, field, given, PAGE_SHIFT, type PmdFormat, setting } from "./format.ts";

const VALID = bits(0);
const DIRTY = bits(1);
const HUGE = bits(6);
const PRESENT = bits(7);
const WRITE = bits(8);
const MODIFIED = bits(9);
const PROTNONE = bits(10);
const PRESENT_INVALID = bits(60);
const PFN = field(12, 47);
const SWAP_TYPE = field(16, 22);
/** The address of `invalid_pte_table`, which an empty entry points to. */
const INVALID_PTE_TABLE = 0x9000_0000_0123_4000n;

const isPresent = (entry: bigint): boolean =>
  any(entry, HUGE) ? any(entry, PRESENT | PROTNONE | PRESENT_INVALID) : entry !== INVALID_PTE_TABLE;

export const loongarch: PmdFormat = {
  name: "loongarch",
  none: INVALID_PTE_TABLE,
  /** The address of the table in the window that maps physical memory. */
  table: (pfn) => 0x9000_0000_0000_0000n | (pfn << PAGE_SHIFT),
  leaf: (pfn, { writable, dirty, young }) =>
    (pfn << PAGE_SHIFT) |
    HUGE |
    PRESENT |
    given(writable, WRITE) |
    given(dirty, DIRTY | MODIFIED) |
    given(young, VALID),
  swap: (type, offset) => (type << 16n) | (offset << 24n) | HUGE,
  swapType: (entry) => (entry & SWAP_TYPE) >> 16n,
  swapOffset: (entry) => entry >> 24n,
  isPresent,
  isLeaf: (entry) => any(entry, HUGE),
  pfn: (entry) => (entry & PFN) >> PAGE_SHIFT,
  /** The generic one. */
  isAccessPermitted: isPresent,
  isWritable: (entry) => any(entry, WRITE),
  invalidated: (entry) => clearing(setting(entry, PRESENT_INVALID), PRESENT | VALID | DIRTY | PROTNONE),
  writeProtected: (entry) => clearing(entry, WRITE | DIRTY),
  hardware: null,
};
