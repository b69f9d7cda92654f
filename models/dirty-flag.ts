/**
 * Accessed and dirty flags that the hardware sets while the kernel changes an entry. What the kernel reads before it clears
 * the entry may be old when it clears it; an exchange gives what was there. A clean entry that a TLB still has may be
 * flushed late: a store through it reads the entry again, finds none and faults (commit d950c9477d51).
 */
import { type Page, scenario, type Thread } from "tlbcheck";

const LOST = "lost-update";
const violated = { [LOST]: "violated" } as const;

export default scenario(
  "dirty-flag",
  {
    about: "hardware marks an entry as dirty while the kernel clears it, cleans it or reclaims its page",
    arch: ["arm64", "intel", "amd", "riscv"],
    headline: { variant: "mkclean-two-steps", arch: "intel", property: LOST },
    variants: {
      "mkclean-two-steps": {
        id: "012-C1",
        about: "a page is written back; its entry is read, then cleared by a store",
        expect: violated,
        reason: "a store in between has the hardware mark the entry as dirty, and the clearing undoes that",
        source: "analysis",
      },
      "mkclean-by-faults": {
        id: "012-C1h",
        about: "the same where a store to a clean page faults",
        expect: {},
        arch: ["arm64", "riscv"],
        reason: "the handler marks the entry under the page-table lock",
        source: "analysis",
      },
      mkclean: {
        id: "012-C1f",
        about: "the same by ptep_clear_flush()",
        expect: {},
        reason: "the exchange gives the flag, and in an entry that is not present the hardware marks nothing",
        source: "mm/rmap.c: page_vma_mkclean_one()",
      },
      "reclaim-unflushed": {
        id: "012-R1",
        about: "mutation: a page is written while the flush of its entry, which was dirty, is only queued",
        expect: violated,
        reason: "a CPU that has the entry cached as dirty goes on storing to the page",
        source: "analysis of commit d950c9477d51",
      },
      "reclaim-by-faults": {
        id: "012-R1h",
        about: "the flush of a dirty entry comes before the writing, where a store to a clean page faults",
        expect: {},
        arch: ["arm64", "riscv"],
        reason: "a clean entry is cached as read-only",
        source: "commit d950c9477d51",
      },
      reclaim: {
        id: "012-R1f",
        about: "the same where the hardware marks entries; that of a clean entry stays queued",
        expect: {},
        reason: "a store through an entry cached as clean reads the entry again, finds none and faults",
        source: "commit d950c9477d51",
      },
      "fault-plain-store": {
        id: "012-F1",
        about: "ptep_set_access_flags() after a spurious fault of a load; another CPU stores meanwhile",
        expect: violated,
        arch: ["riscv"],
        reason:
          "the entry differs from what was read as the hardware has marked it, and is stored without that",
        source: "analysis of arch/riscv/mm/pgtable.c with Svadu",
      },
      "fault-exchange": {
        id: "012-F1f",
        about: "the same by an exchange that only adds (arm64), or not at all (x86)",
        expect: {},
        arch: ["arm64", "intel", "amd"],
        reason: "nothing that the hardware has set is taken away",
        source: "commit 66dbd6e61a52; arch/x86/mm/pgtable.c",
      },
      aging: {
        id: "012-A1",
        about: "ptep_test_and_clear_young(), without a flush",
        expect: {},
        reason:
          "a CPU that has the entry cached does not mark it again, so the page may pass for an old one; no more",
        source: "arch/x86/mm/pgtable.c: ptep_clear_flush_young()",
      },
      "aging-flushed": {
        id: "012-A1f",
        about: "ptep_clear_flush_young()",
        expect: {},
        source: "arch/arm64/include/asm/pgtable.h: __ptep_clear_flush_young()",
      },
    },
  },
  (m, { variant, variantIs }) => {
    const mm = m.mm();
    const file = m.spareFrame("frame:page0");
    const page = mm.page("page0", { frame: file, dirty: false });
    const byHardware = !variantIs("mkclean-by-faults", "reclaim-by-faults");
    m.details({ flags: true, hafdbs: byHardware, svadu: byHardware });
    m.check(LOST);

    m.thread("kernel", { cpu: 0 }, (k) => {
      if (variant.startsWith("mkclean")) mkclean(k, page, variantIs("mkclean") ? "exchange" : "two steps");
      else if (variant.startsWith("fault")) loadFault(k, page);
      else if (variant.startsWith("aging")) age(k, page, variantIs("aging-flushed"));
      else reclaim(k, page, variantIs("reclaim-unflushed") ? "at the end" : "before writing");
    });
    m.thread("task", { cpu: 1, mm }, (k) => {
      k.store(page, { onFault: (handler) => handler.handleMmFault(page, { write: true }) });
      if (variant.startsWith("reclaim"))
        k.store(page, { onFault: (handler) => handler.handleMmFault(page, { write: true }) });
    });
    m.spareFrame("frame:new");
    m.goal("the entry is marked as dirty", (system) => system.pte(page).dirty.and(system.pte(page).valid));
  },
);

/** page_vma_mkclean_one(): whether the page was written to, and the entry clean and read-only from then on. */
function mkclean(k: Thread, page: Page, clears: "exchange" | "two steps"): void {
  k.lock(page.ptl);
  const old = clears === "exchange" ? k.ptepClearFlush(page) : k.ptepGet(page);
  if (clears === "two steps") {
    k.pteClear(page);
    k.flushTlbPage(page);
  }
  k.setPteAt(page, old.frame, "ro", { dirty: false, young: old.young });
  k.unlock(page.ptl);
}

/** try_to_unmap_one() with TTU_BATCH_FLUSH, then the page is written, which a clean one is already, and freed. */
function reclaim(k: Thread, page: Page, flushesDirty: "before writing" | "at the end"): void {
  k.lock(page.ptl);
  const old = k.ptepGetAndClear(page);
  k.setTlbUbcFlushPending(page, { dirty: old.dirty });
  k.unlock(page.ptl);
  if (flushesDirty === "before writing") k.tryToUnmapFlushDirty();
  k.copyFrame(old.frame);
  k.tryToUnmapFlush();
  k.freeFrame(old.frame);
}

/** handle_pte_fault() of a load, on an entry that is present by now: the fault is spurious. */
function loadFault(k: Thread, page: Page): void {
  k.lock(page.ptl);
  k.ptepGet(page);
  k.ptepSetAccessFlags(page);
  k.unlock(page.ptl);
}

/** folio_referenced_one(): whether the page was used since it was asked last. */
function age(k: Thread, page: Page, flushes: boolean): void {
  k.lock(page.ptl);
  if (flushes) k.ptepClearFlushYoung(page);
  else k.ptepTestAndClearYoung(page);
  k.unlock(page.ptl);
}
