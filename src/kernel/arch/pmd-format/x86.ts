/**
 * x86-64 as of v6.9 (arch/x86/include/asm/pgtable.h, pgtable_64.h, pgtable-invert.h). Where an entry is not present
 * the bits of its page frame number are stored inverted, against L1TF; `pmd_pfn()` and `pfn_pmd()` invert them back,
 * and the latter keeps of an address what a huge page can have.
 */
import { any, bits, clearing, field, given, PAGE_SHIFT, type PmdFormat, setting } from "./format.ts";

const PRESENT = bits(0);
const RW = bits(1);
const USER = bits(2);
const ACCESSED = bits(5);
const DIRTY = bits(6);
/** A leaf of a level that could have a table. */
const PSE = bits(7);
const PROTNONE = bits(8);
const ADDRESS = field(12, 51);
const HUGE_ADDRESS = field(21, 51);
const SWAP_OFFSET = field(9, 58);
const SWAP_TYPE = field(59, 63);

/** Not zero and not present: the address is inverted. */
const isInverted = (entry: bigint): boolean => entry !== 0n && !any(entry, PRESENT);
const addressBits = (entry: bigint): bigint => (any(entry, PSE) ? HUGE_ADDRESS : ADDRESS);
const inverted = (value: bigint, mask: bigint): bigint => value ^ mask;

const pfnOf = (entry: bigint): bigint => {
  const mask = addressBits(entry);
  const address = entry & mask;
  return (isInverted(entry) ? inverted(address, mask) : address) >> PAGE_SHIFT;
};

/** `pfn_pmd()` */
const hugeEntry = (pfn: bigint, flags: bigint): bigint => {
  const address = (pfn << PAGE_SHIFT) & HUGE_ADDRESS;
  return (isInverted(flags) ? inverted(address, HUGE_ADDRESS) : address) | flags;
};

export const x86: PmdFormat = {
  name: "x86",
  none: 0n,
  table: (pfn) => (pfn << PAGE_SHIFT) | PRESENT | RW | USER | ACCESSED | DIRTY,
  leaf: (pfn, { writable, dirty, young }) =>
    hugeEntry(pfn, PRESENT | USER | PSE | given(writable, RW) | given(dirty, DIRTY) | given(young, ACCESSED)),
  swap: (type, offset) => (inverted(offset << 9n, SWAP_OFFSET) & SWAP_OFFSET) | (type << 59n),
  swapType: (entry) => (entry & SWAP_TYPE) >> 59n,
  swapOffset: (entry) => inverted(entry & SWAP_OFFSET, SWAP_OFFSET) >> 9n,
  isPresent: (entry) => any(entry, PRESENT | PROTNONE | PSE),
  isLeaf: (entry) => any(entry, PSE),
  pfn: pfnOf,
  isAccessPermitted: (entry) => any(entry, PRESENT) && any(entry, USER),
  isWritable: (entry) => any(entry, RW),
  invalidated: (entry) =>
    hugeEntry(pfnOf(entry), clearing(clearing(entry, addressBits(entry)), PRESENT | PROTNONE)),
  writeProtected: (entry) => clearing(entry, RW),
  hardware: {
    isValid: (entry) => any(entry, PRESENT),
    isLeaf: (entry) => any(entry, PSE),
    pfn: pfnOf,
    isAccessed: (entry) => any(entry, ACCESSED),
    isWritable: (entry) => any(entry, RW) && any(entry, DIRTY),
    isWritableClean: (entry) => any(entry, RW) && !any(entry, DIRTY),
    setAccessed: (entry) => setting(entry, ACCESSED),
    setDirty: (entry) => setting(entry, DIRTY),
  },
};
