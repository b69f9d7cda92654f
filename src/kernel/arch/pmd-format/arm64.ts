/**
 * arm64 with pages of 4 KiB, as of v6.9 (arch/arm64/include/asm/pgtable.h, pgtable-prot.h, pgtable-hwdef.h). A
 * block descriptor that is invalid for a while keeps PRESENT_INVALID, a bit that hardware ignores: `pmd_present()`
 * is true of whatever has it.
 */
import { any, bits, clearing, field, given, hugePfn, PAGE_SHIFT, type PmdFormat, setting } from "./format.ts";

const VALID = bits(0);
const TABLE = bits(1);
const USER = bits(6);
const RDONLY = bits(7);
const SHARED = bits(8, 9);
const AF = bits(10);
const NG = bits(11);
/** DBM of the architecture: the hardware may clear RDONLY. */
const WRITE = bits(51);
const DIRTY = bits(55);
const PROT_NONE = bits(58);
const PRESENT_INVALID = bits(59);
const ADDRESS = field(12, 47);
const SWAP_TYPE = field(3, 7);
const SWAP_OFFSET = field(8, 57);

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
  swap: (type, offset) => (type << 3n) | (offset << 8n),
  swapType: (entry) => (entry & SWAP_TYPE) >> 3n,
  swapOffset: (entry) => (entry & SWAP_OFFSET) >> 8n,
  isPresent: (entry) => any(entry, VALID | PROT_NONE | PRESENT_INVALID),
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
