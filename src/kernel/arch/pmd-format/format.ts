/**
 * What the 64 bits of a PMD entry mean, to Linux and to the walkers of the hardware. An architecture's format is
 * its layout of bits and the operations of its headers on them; what an operation makes of an entry that it was not
 * meant for follows from the bits.
 */

/** The permissions and flags of a huge mapping. */
export interface LeafFlags {
  readonly writable: boolean;
  /** Written to, which Linux has to know before it drops the mapping. */
  readonly dirty: boolean;
  readonly young: boolean;
}

/** What the walkers of the hardware read in an entry. */
export interface HardwareFormat {
  readonly isValid: (entry: bigint) => boolean;
  /** Of a valid entry: that it maps a huge page, instead of pointing to a table. */
  readonly isLeaf: (entry: bigint) => boolean;
  /** The page frame number of the page or the table. */
  readonly pfn: (entry: bigint) => bigint;
  readonly isAccessed: (entry: bigint) => boolean;
  /** Stores are made with no update of the entry. */
  readonly isWritable: (entry: bigint) => boolean;
  /** A store makes the entry dirty first, where the hardware does so. */
  readonly isWritableClean: (entry: bigint) => boolean;
  readonly setAccessed: (entry: bigint) => bigint;
  readonly setDirty: (entry: bigint) => bigint;
}

export interface PmdFormat {
  readonly name: string;
  /** `pmd_none()`. */
  readonly none: bigint;
  /** What `pmd_populate()` stores. */
  readonly table: (pfn: bigint) => bigint;
  /** A present huge mapping. */
  readonly leaf: (pfn: bigint, flags: LeafFlags) => bigint;
  /** `swp_entry_to_pmd()` of a swap entry. */
  readonly swap: (type: bigint, offset: bigint) => bigint;
  readonly swapType: (entry: bigint) => bigint;
  readonly swapOffset: (entry: bigint) => bigint;
  /** `pmd_present()`. */
  readonly isPresent: (entry: bigint) => boolean;
  /** `pmd_leaf()` and `pmd_trans_huge()`, which are one here, of an entry that is present. */
  readonly isLeaf: (entry: bigint) => boolean;
  /** `pmd_pfn()`. */
  readonly pfn: (entry: bigint) => bigint;
  /** `pmd_access_permitted()` for reading. */
  readonly isAccessPermitted: (entry: bigint) => boolean;
  /** `pmd_write()` */
  readonly isWritable: (entry: bigint) => boolean;
  /** `pmd_mkinvalid()`, or what the architecture's own `pmdp_invalidate()` stores in its place. */
  readonly invalidated: (entry: bigint) => bigint;
  /** `pmd_modify()` to a read-only permission; what tells that the page is dirty is kept. */
  readonly writeProtected: (entry: bigint) => bigint;
  /** Null where no walker of the architecture is modelled. */
  readonly hardware: HardwareFormat | null;
}

/** A mask of the bits named. */
export function bits(...numbers: readonly number[]): bigint {
  return numbers.reduce((mask, number) => mask | (1n << BigInt(number)), 0n);
}

/** A mask of the bits from `low` to `high`, both included. */
export function field(low: number, high: number): bigint {
  return (1n << BigInt(high + 1)) - (1n << BigInt(low));
}

/** Whether any bit of the mask is set. */
export function any(entry: bigint, mask: bigint): boolean {
  return (entry & mask) !== 0n;
}

export function setting(entry: bigint, mask: bigint): bigint {
  return entry | mask;
}

export function clearing(entry: bigint, mask: bigint): bigint {
  return entry & ~mask;
}

/** The mask where the condition holds. */
export function given(condition: boolean, mask: bigint): bigint {
  return condition ? mask : 0n;
}

/** Page frames of 4 KiB in a huge page of 2 MiB. */
export const PAGES_PER_HUGE_PAGE = 512n;
export const PAGE_SHIFT = 12n;

/** Rounds a page frame number down to that of a huge page. */
export function hugePfn(pfn: bigint): bigint {
  return pfn - (pfn % PAGES_PER_HUGE_PAGE);
}
