/**
 * MIPS with 64 bits, as of v6.9 (arch/mips/include/asm/pgtable.h, pgtable-64.h, pgtable-bits.h). It has no PMD
 * migration entries; what one would be is its swap entry with HUGE, as on LoongArch, whose code comes from here. What
 * `pmd_mkinvalid()` clears is zero in swap entries, wherever a configuration has it below bit 16. Entries only: no walker.
 */
import { any, bits, clearing, field, given, PAGE_SHIFT, type PmdFormat } from "./format.ts";

const PRESENT = bits(0);
const WRITE = bits(1);
const ACCESSED = bits(2);
const MODIFIED = bits(3);
const HUGE = bits(4);
const VALID = bits(9);
const DIRTY = bits(10);
const PFN_SHIFT = PAGE_SHIFT + 2n;
const SWAP_TYPE = field(16, 22);
/** The address of `invalid_pte_table`, which an empty entry points to. */
const INVALID_PTE_TABLE = 0xffff_ffff_8123_4000n;

const isPresent = (entry: bigint): boolean =>
  any(entry, HUGE) ? any(entry, PRESENT) : entry !== INVALID_PTE_TABLE;

export const mips: PmdFormat = {
  name: "mips",
  none: INVALID_PTE_TABLE,
  table: (pfn) => 0x9800_0000_0000_0000n | (pfn << PAGE_SHIFT),
  leaf: (pfn, { writable, dirty, young }) =>
    (pfn << PFN_SHIFT) |
    PRESENT |
    HUGE |
    VALID |
    given(writable, WRITE) |
    given(dirty, DIRTY | MODIFIED) |
    given(young, ACCESSED),
  swap: (type, offset) => (type << 16n) | (offset << 24n) | HUGE,
  swapType: (entry) => (entry & SWAP_TYPE) >> 16n,
  swapOffset: (entry) => entry >> 24n,
  isPresent,
  isLeaf: (entry) => any(entry, HUGE),
  pfn: (entry) => entry >> PFN_SHIFT,
  isAccessPermitted: isPresent,
  isWritable: (entry) => any(entry, WRITE),
  invalidated: (entry) => clearing(entry, PRESENT | VALID | DIRTY),
  writeProtected: (entry) => clearing(entry, WRITE | DIRTY),
  hardware: null,
};
