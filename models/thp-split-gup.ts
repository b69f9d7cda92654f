/**
 * Splitting a huge page against get_user_pages_fast(). __split_huge_pmd_locked() invalidated the PMD entry before it
 * looked at what it was. pmd_mkinvalid() is for present entries; what it makes of a migration entry is a matter of
 * bits, and differs by architecture: on arm64 it becomes present, and a walker without locks takes its swap offset for
 * a page frame number. Commit 3a5a8d343e1c leaves entries that are not present alone.
 */
import { scenario } from "tlbcheck";

const GUP = "taken-without-mapping";
const ENTRY = "unintended-entry";
const CONFLICT = "tlb-conflict";
const LOST = "lost-update";

const hardware = ["arm64", "intel", "amd", "riscv"] as const;
const updating = ["arm64", "intel", "amd"] as const;

export default scenario(
  "thp-split-gup",
  {
    about: "a huge page is split, or changed, while hardware and get_user_pages_fast() look at it",
    arch: [...hardware, "powerpc", "loongarch", "mips"],
    headline: { variant: "unconditional", arch: "arm64", property: GUP },
    variants: {
      unconditional: {
        id: "003-T0",
        about: "pmdp_invalidate() of a migration entry; the walker goes by pmd_present() and pmd_leaf()",
        expect: {
          [GUP]: {
            arm64: "violated",
            intel: "holds",
            amd: "holds",
            riscv: "holds",
            powerpc: "violated",
            loongarch: "violated",
            mips: "holds",
          },
          [ENTRY]: {
            arm64: "violated",
            intel: "violated",
            amd: "violated",
            riscv: "holds",
            powerpc: "violated",
            loongarch: "violated",
            mips: "holds",
          },
        },
        reason: {
          arm64: "PRESENT_INVALID makes it present, bit 1 a leaf, and the swap offset a page frame number",
          intel: "not present, but with the low bits of the swap offset lost; the split uses the old value",
          amd: "not present, but with the low bits of the swap offset lost; the split uses the old value",
          riscv: "what is cleared is zero in swap entries",
          powerpc: "INVALID makes it present, and swap entries are leaves",
          loongarch: "PRESENT_INVALID makes it present, for a swap entry in a PMD has HUGE",
          mips: "what is cleared is zero in swap entries",
        },
        source: "before commit 3a5a8d343e1c",
      },
      "access-checked": {
        id: "003-T0a",
        about: "the same; the walker asks pmd_access_permitted() too, as gup_huge_pmd() does",
        expect: {
          [GUP]: {
            arm64: "holds",
            intel: "holds",
            amd: "holds",
            riscv: "holds",
            powerpc: "holds",
            loongarch: "violated",
            mips: "holds",
          },
          [ENTRY]: {
            arm64: "violated",
            intel: "violated",
            amd: "violated",
            riscv: "holds",
            powerpc: "violated",
            loongarch: "violated",
            mips: "holds",
          },
        },
        reason:
          "arm64 asks for VALID and powerpc for PRESENT, which are clear; LoongArch has the generic form, pmd_present()",
        source: "analysis of v6.9",
      },
      fixed: {
        id: "003-T1",
        about: "entries that are not present are left as they are",
        expect: {},
        source: "commit 3a5a8d343e1c",
      },
      "fixed-mapping": {
        id: "003-T1p",
        about: "the same of a present huge page, which a task goes on using",
        expect: {},
        arch: hardware,
        reason: "nothing is mapped between the flush and the table, so no TLB has both sizes",
        source: "commit 3a5a8d343e1c",
      },
      "populate-first": {
        id: "003-T2",
        about: "mutation: the table is linked before the flush",
        expect: { [CONFLICT]: "violated" },
        arch: hardware,
        reason: "the huge entry is still cached when a small one is walked",
        source: "analysis",
      },
      "load-and-store": {
        id: "003-T3",
        about: "mutation: pmdp_invalidate_ad() by a load and a store",
        expect: { [LOST]: "violated" },
        arch: updating,
        reason: "the dirty flag that the hardware sets in between is overwritten",
        source: "analysis",
      },
      exchange: {
        id: "003-T4",
        about: "pmdp_invalidate_ad() by an exchange, the flush left to the gather",
        expect: {},
        arch: updating,
        reason: "a store that finds the entry invalid faults and changes nothing",
        source: "commit 4f83145721f3",
      },
      "exchange-knights-landing": {
        id: "003-T4k",
        about: "the same on Knights Landing, where a store that faults may mark the invalid entry as dirty",
        expect: {},
        arch: ["intel"],
        reason: "the flag that is overwritten then tells of a store which was not made",
        source: "analysis of erratum KNL4",
      },
    },
  },
  (m, { variant, variantIs }) => {
    const mm = m.mm();
    const migrating = variantIs("unconditional", "access-checked", "fixed");
    const changing = variantIs("load-and-store", "exchange", "exchange-knights-landing");
    const huge = mm.hugePage("huge", migrating ? { entry: "migration" } : { dirty: !changing });

    if (changing) m.details({ hafdbs: true, dirtiesInvalid: variant.includes("knights-landing") });

    if (changing) {
      m.thread("task", { cpu: 0, mm }, (k) =>
        k.mprotectHuge(huge, "ro", {
          by: variantIs("load-and-store") ? "load and store" : "exchange",
          flush: "by the gather",
        }),
      );
      m.thread("sibling", { cpu: 1, mm }, (k) => k.store(huge.page));
      m.goal("the hardware marks the entry as dirty", (system) => {
        const { entries } = system.huge!;
        const entry = system.huge!.pmd(system.space(mm), system.page(huge.page));
        return entries.is(entry, (word) => entries.format.hardware!.isWritable(word));
      });
      m.check(LOST);
      return;
    }

    m.thread("splitter", { cpu: 0, mm }, (k) =>
      k.splitHugePmd(huge, {
        invalidate: variantIs("unconditional", "access-checked") ? "always" : "present entries",
        populate: variantIs("populate-first") ? "before the flush" : "after the flush",
      }),
    );
    if (migrating) {
      m.thread("walker", { cpu: 1, mm }, (k) =>
        k.gupFastHuge(huge, { checksAccess: variantIs("access-checked") }),
      );
    } else {
      m.thread("walker", { cpu: 1, mm }, (k) => {
        k.access(huge.page);
        k.gupFastHuge(huge);
      });
      m.goal("a small entry is cached", (system) =>
        system.isCached(huge.page, { frame: huge.part, permission: "rw" }),
      );
      m.check(CONFLICT);
    }
    m.check(GUP, ENTRY);
  },
);
