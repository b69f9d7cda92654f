/**
 * powerpc, book3s with 64 bits (arch/powerpc/include/asm/book3s/64/pgtable.h, arch/powerpc/mm/book3s64/pgtable.c as
 * of v6.16). `pmdp_invalidate()` is its own: it clears PRESENT and sets INVALID, with either of which an entry is
 * present. `pmd_access_permitted()` is false of the latter alone (commit 33258a1db165). Entries only: no walker.
 */
import { any, bits, clearing, field, given, PAGE_SHIFT, type PmdFormat, setting } from "./format.ts";

const WRITE = bits(1);
const READ = bits(2);
const DIRTY = bits(7);
const ACCESSED = bits(8);
const INVALID = bits(61);
/** A leaf, at any level; swap entries have it too. */
const PTE = bits(62);
const PRESENT = bits(63);
const RPN = field(12, 52);
const SWAP_TYPE = field(0, 4);

const pfnOf = (entry: bigint): bigint => (entry & RPN) >> PAGE_SHIFT;

export const powerpc: PmdFormat = {
  name: "powerpc",
  none: 0n,
  table: (pfn) => (pfn << PAGE_SHIFT) | PRESENT,
  leaf: (pfn, { writable, dirty, young }) =>
    (pfn << PAGE_SHIFT) |
    PRESENT |
    PTE |
    READ |
    given(writable, WRITE) |
    given(dirty, DIRTY) |
    given(young, ACCESSED),
  swap: (type, offset) => type | ((offset << PAGE_SHIFT) & RPN) | PTE,
  swapType: (entry) => entry & SWAP_TYPE,
  swapOffset: (entry) => (entry & RPN) >> PAGE_SHIFT,
  isPresent: (entry) => any(entry, PRESENT | INVALID),
  isLeaf: (entry) => any(entry, PTE),
  pfn: pfnOf,
  isAccessPermitted: (entry) => any(entry, PRESENT) && any(entry, PTE) && any(entry, READ),
  isWritable: (entry) => any(entry, WRITE),
  invalidated: (entry) => setting(clearing(entry, PRESENT), INVALID),
  writeProtected: (entry) => clearing(entry, WRITE),
  hardware: null,
};
