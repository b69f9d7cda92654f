/**
 * arm64 with pages of 4 KiB, as of v6.16 (arch/arm64/include/asm/pgtable.h, pgtable-prot.h). A block descriptor that is
 * invalid for a while has PRESENT_INVALID, since v6.11 the bit of nG: `pmd_present()` is true of whatever has it.
 */
import { any, bits, clearing, field, given, hugePfn, PAGE_SHIFT, type PmdFormat, setting } from "./format.ts";

const VALID = bits(0);
const TABLE = bits(1);
const USER = bits(6);
const RDONLY = bits(7);
const SHARED = bits(8, 9);
const AF = bits(10);
const NG = bits(11);
/** The same bit: it says so of an entry that is not valid. */
const PRESENT_INVALID = NG;
/** DBM of the architecture: the hardware may clear RDONLY. */
const WRITE = bits(51);
const DIRTY = bits(55);
const ADDRESS = field(12, 47);
const SWAP_TYPE = field(6, 10);
const SWAP_OFFSET = field(12, 61);

const pfnOf = (entry: bigint): bigint => (entry & ADDRESS) >> PAGE_SHIFT;

export const arm64: PmdFormat = {
  name: "arm64",
  none: 0n,
  table: (pfn) => (pfn << PAGE_SHIFT) | VALID | TABLE,
  leaf: (pfn, { writable, dirty, young }) =>
    (pfn << PAGE_SHIFT) |
    VALID |
    USER |
    SHARED |
    NG |
    given(young, AF) |
    given(writable, WRITE) |
    (writable && dirty ? DIRTY : RDONLY),
  swap: (type, offset) => (type << 6n) | (offset << 12n),
  swapType: (entry) => (entry & SWAP_TYPE) >> 6n,
  swapOffset: (entry) => (entry & SWAP_OFFSET) >> 12n,
  isPresent: (entry) => any(entry, VALID | PRESENT_INVALID),
  isLeaf: (entry) => !any(entry, TABLE),
  pfn: (entry) => hugePfn(pfnOf(entry)),
  isAccessPermitted: (entry) => any(entry, VALID) && any(entry, USER),
  isWritable: (entry) => any(entry, WRITE),
  invalidated: (entry) => clearing(setting(entry, PRESENT_INVALID), VALID),
  writeProtected: (entry) =>
    setting(clearing(entry, WRITE), RDONLY | given(any(entry, WRITE) && !any(entry, RDONLY), DIRTY)),
  hardware: {
    isValid: (entry) => any(entry, VALID),
    isLeaf: (entry) => !any(entry, TABLE),
    pfn: pfnOf,
    isAccessed: (entry) => any(entry, AF),
    isWritable: (entry) => !any(entry, RDONLY),
    isWritableClean: (entry) => any(entry, RDONLY) && any(entry, WRITE),
    setAccessed: (entry) => setting(entry, AF),
    setDirty: (entry) => clearing(entry, RDONLY),
  },
};
