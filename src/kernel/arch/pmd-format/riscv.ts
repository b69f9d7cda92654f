/**
 * RISC-V with 64 bits, as of v6.9 (arch/riscv/include/asm/pgtable.h, pgtable-bits.h). What `pmd_mkinvalid()` clears is
 * zero in swap entries, which have no leaf bits either.
 */
import { any, bits, clearing, field, given, hugePfn, type PmdFormat, setting } from "./format.ts";

const PRESENT = bits(0);
const READ = bits(1);
const WRITE = bits(2);
const EXEC = bits(3);
const USER = bits(4);
/** The bit of global mappings, which user entries do not have. */
const PROT_NONE = bits(5);
const ACCESSED = bits(6);
const DIRTY = bits(7);
const LEAF = READ | WRITE | EXEC;
const PFN = field(10, 53);
const SWAP_TYPE = field(7, 11);

const pfnOf = (entry: bigint): bigint => (entry & PFN) >> 10n;

export const riscv: PmdFormat = {
  name: "riscv",
  none: 0n,
  table: (pfn) => (pfn << 10n) | PRESENT,
  leaf: (pfn, { writable, dirty, young }) =>
    (pfn << 10n) |
    PRESENT |
    READ |
    USER |
    given(young, ACCESSED) |
    given(writable, WRITE) |
    given(dirty, DIRTY),
  swap: (type, offset) => (type << 7n) | (offset << 12n),
  swapType: (entry) => (entry & SWAP_TYPE) >> 7n,
  swapOffset: (entry) => entry >> 12n,
  isPresent: (entry) => any(entry, PRESENT | PROT_NONE | LEAF),
  isLeaf: (entry) => any(entry, LEAF),
  pfn: (entry) => hugePfn(pfnOf(entry)),
  isAccessPermitted: (entry) => any(entry, PRESENT | PROT_NONE | LEAF),
  isWritable: (entry) => any(entry, WRITE),
  invalidated: (entry) => clearing(entry, PRESENT | PROT_NONE),
  writeProtected: (entry) => clearing(entry, WRITE),
  hardware: {
    isValid: (entry) => any(entry, PRESENT),
    isLeaf: (entry) => any(entry, LEAF),
    pfn: pfnOf,
    isAccessed: (entry) => any(entry, ACCESSED),
    isWritable: (entry) => any(entry, WRITE) && any(entry, DIRTY),
    isWritableClean: (entry) => any(entry, WRITE) && !any(entry, DIRTY),
    setAccessed: (entry) => setting(entry, ACCESSED),
    setDirty: (entry) => setting(entry, DIRTY),
  },
};
