/**
 * The formats of PMD entries, against words that were worked out by hand from the layouts in the kernel's headers
 * (v6.9): the swap formats in the comments of pgtable.h, and the masks that its operations name.
 */
import { describe, expect, test } from "vitest";
import { arm64 } from "../../src/kernel/arch/pmd-format/arm64.ts";
import type { PmdFormat } from "../../src/kernel/arch/pmd-format/format.ts";
import { loongarch } from "../../src/kernel/arch/pmd-format/loongarch.ts";
import { mips } from "../../src/kernel/arch/pmd-format/mips.ts";
import { powerpc } from "../../src/kernel/arch/pmd-format/powerpc.ts";
import { riscv } from "../../src/kernel/arch/pmd-format/riscv.ts";
import { x86 } from "../../src/kernel/arch/pmd-format/x86.ts";

const PFN = 0x80000n;
const TYPE = 26n;

interface Expected {
  readonly format: PmdFormat;
  readonly migration: bigint;
  readonly invalidated: bigint;
  readonly present: boolean;
  /** Of the invalidated entry, where it is present. */
  readonly pfn?: bigint;
  /** Of the invalidated entry, where it is not. */
  readonly offset?: bigint;
  readonly permitted?: boolean;
}

/** A migration entry of page frame 0x80000, and what pmdp_invalidate() makes of it. */
const migrations: readonly Expected[] = [
  {
    // Type at bit 3, offset at bit 8; bit 59 is PRESENT_INVALID. The address field begins at bit 12.
    format: arm64,
    migration: 0x80000d0n,
    invalidated: 0x8000000080000d0n,
    present: true,
    pfn: 0x8000n,
    permitted: false,
  },
  {
    // The offset is inverted at bit 9, the type at bit 59; bits 12 to 20 are no part of a huge page's address.
    format: x86,
    migration: 0xd7ffffffeffffe00n,
    invalidated: 0xd7ffffffefe00e00n,
    present: false,
    offset: 0x80ff8n,
  },
  {
    // Type at bit 7, offset at bit 12.
    format: riscv,
    migration: 0x80000d00n,
    invalidated: 0x80000d00n,
    present: false,
    offset: PFN,
  },
  {
    // Type at bit 0, offset in the address field, bit 62 for every leaf; bit 61 is INVALID.
    format: powerpc,
    migration: 0x400000008000001an,
    invalidated: 0x600000008000001an,
    present: true,
    pfn: PFN,
    permitted: false,
  },
  {
    // Type at bit 16, offset at bit 24, bit 6 is HUGE; bit 60 is PRESENT_INVALID. The address field begins at bit 12.
    format: loongarch,
    migration: 0x800001a0040n,
    invalidated: 0x10000800001a0040n,
    present: true,
    pfn: 0x800001a0n,
    permitted: true,
  },
  {
    // Type at bit 16, offset at bit 24, bit 4 is HUGE.
    format: mips,
    migration: 0x800001a0010n,
    invalidated: 0x800001a0010n,
    present: false,
    offset: PFN,
  },
];

describe.each(migrations)("a migration entry on $format.name", (expected) => {
  const { format, migration, invalidated } = expected;
  const hex = (word: bigint): string => word.toString(16);

  test("is this word, and not present", () => {
    expect(hex(format.swap(TYPE, PFN))).toBe(hex(migration));
    expect(format.swapType(migration)).toBe(TYPE);
    expect(format.swapOffset(migration)).toBe(PFN);
    expect(format.isPresent(migration)).toBe(false);
  });

  test("invalidated is that word", () => {
    expect(hex(format.invalidated(migration))).toBe(hex(invalidated));
    expect(format.isPresent(invalidated)).toBe(expected.present);
    if (expected.present) {
      expect(format.isLeaf(invalidated)).toBe(true);
      expect(format.pfn(invalidated)).toBe(expected.pfn);
      expect(format.isAccessPermitted(invalidated)).toBe(expected.permitted);
    } else {
      expect(format.swapType(invalidated)).toBe(TYPE);
      expect(format.swapOffset(invalidated)).toBe(expected.offset);
    }
    expect(format.hardware?.isValid(invalidated) ?? false).toBe(false);
  });
});

const formats = migrations.map(({ format }) => format);

describe.each(formats)("mappings and tables on $name", (format) => {
  const leaf = format.leaf(PFN, { writable: true, dirty: false, young: true });

  test("a mapping is present, a leaf, and of its page", () => {
    expect(format.isPresent(leaf)).toBe(true);
    expect(format.isLeaf(leaf)).toBe(true);
    expect(format.pfn(leaf)).toBe(PFN);
    expect(format.isAccessPermitted(leaf)).toBe(true);
    expect(format.isWritable(leaf)).toBe(true);
    expect(format.isWritable(format.writeProtected(leaf))).toBe(false);
  });

  test("a mapping that is invalidated stays present and keeps its page, except on MIPS", () => {
    const invalid = format.invalidated(leaf);
    expect(invalid).not.toBe(leaf);
    expect(format.isPresent(invalid)).toBe(format !== mips);
    expect(format.isLeaf(invalid)).toBe(true);
    expect(format.pfn(invalid)).toBe(PFN);
  });

  test("a table is present and no leaf; nothing is neither", () => {
    expect(format.isPresent(format.table(0x4321n))).toBe(true);
    expect(format.isLeaf(format.table(0x4321n))).toBe(false);
    expect(format.isPresent(format.none)).toBe(false);
  });
});

const walked = formats.flatMap(({ name, hardware, ...format }) =>
  hardware ? [{ name, hardware, format }] : [],
);

describe.each(walked)("what the hardware reads on $name", ({ hardware, format }) => {
  const flags = { writable: true, dirty: false, young: false };
  const leaf = format.leaf(PFN, flags);

  test("a mapping and a table", () => {
    expect([hardware.isValid(leaf), hardware.isLeaf(leaf), hardware.pfn(leaf)]).toEqual([true, true, PFN]);
    const table = format.table(0x4321n);
    expect([hardware.isValid(table), hardware.isLeaf(table), hardware.pfn(table)]).toEqual([
      true,
      false,
      0x4321n,
    ]);
    expect(hardware.isValid(format.invalidated(leaf))).toBe(false);
    expect(hardware.isValid(format.none)).toBe(false);
  });

  test("flags: clean until it is marked as dirty, and never writable without permission", () => {
    expect([hardware.isWritable(leaf), hardware.isWritableClean(leaf)]).toEqual([false, true]);
    const dirty = hardware.setDirty(leaf);
    expect([hardware.isWritable(dirty), hardware.isWritableClean(dirty)]).toEqual([true, false]);
    expect(hardware.setDirty(dirty)).toBe(dirty);
    for (const word of [leaf, dirty].map((each) => format.writeProtected(each)))
      expect([hardware.isWritable(word), hardware.isWritableClean(word)]).toEqual([false, false]);
    expect([leaf, hardware.setAccessed(leaf)].map((each) => hardware.isAccessed(each))).toEqual([
      false,
      true,
    ]);
  });
});

test("arm64 remembers in a bit of software's that a mapping was dirty when it becomes read-only", () => {
  const flags = { writable: true, young: true };
  const dirty = (word: bigint): boolean => (word & (1n << 55n)) !== 0n;
  const clean = arm64.leaf(PFN, { ...flags, dirty: false });
  expect(dirty(arm64.writeProtected(clean))).toBe(false);
  expect(dirty(arm64.writeProtected(arm64.hardware!.setDirty(clean)))).toBe(true);
});
