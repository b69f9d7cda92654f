/**
 * An entry takes away write access, its flush comes later, and somebody who finds the entry copies the page meanwhile: a
 * CPU goes on storing to the old page through its TLB, and the copy does not have it. Three fixes: who finds the entry
 * flushes if a flush is pending (20841405940e, 6ce64428d620), or the flush comes before the lock is dropped (1cf35d47712d).
 */
import { type Frame, type Page, range, scenario, type Thread } from "tlbcheck";

const violated = { "lost-update": "violated" } as const;
const holds = { "lost-update": "holds" } as const;

export default scenario(
  "copy-before-flush",
  {
    about: "a page is copied by its entry, whose flush is still to come",
    arch: ["arm64", "intel", "amd", "riscv"],
    headline: { variant: "numa-migration", arch: "arm64", property: "lost-update" },
    variants: {
      "numa-migration": {
        id: "008-N1",
        about:
          "NUMA balancing makes entries PROT_NONE and flushes at the end; a fault migrates the page meanwhile",
        expect: violated,
        reason: "migration takes the entry for one that nobody can use, and flushes nothing before it copies",
        source: "before commit 20841405940e",
      },
      "numa-migration-pending": {
        id: "008-N1f",
        about: "the same, and migration flushes if a flush is pending",
        expect: holds,
        reason: "the pending flush is counted before the entry changes",
        source: "commit 20841405940e",
      },
      "write-protect": {
        id: "008-W1",
        about:
          "userfaultfd write-protects and flushes at the end; a fault copies the page on write meanwhile",
        expect: violated,
        reason: "the fault finds a read-only entry, copies, and flushes behind the copy",
        source: "before commit 6ce64428d620",
        arch: ["arm64", "intel"],
      },
      "write-protect-pending": {
        id: "008-W1f",
        about: "the same, and the fault flushes first if a flush is pending",
        expect: holds,
        reason: "the pending flush is counted before the entry changes",
        source: "commit 6ce64428d620",
        arch: ["arm64", "intel"],
      },
      "zap-dirty": {
        id: "008-Z1",
        about: "a shared page is zapped, its dirty bit moved; writeback begins before the flush",
        expect: violated,
        reason: "page_mkclean() finds no entry and has nothing to wait for",
        source: "before commit 1cf35d47712d",
      },
      "zap-dirty-flushed": {
        id: "008-Z1f",
        about: "the same with the flush under the page-table lock",
        expect: holds,
        reason: "page_mkclean() takes the lock behind the flush",
        source: "commit 1cf35d47712d",
      },
    },
  },
  (m, { variant }) => {
    const mm = m.mm();
    const file = m.spareFrame("frame:page0");
    const page = mm.page("page0", { frame: file });
    const counts = variant.endsWith("-pending");
    m.check("lost-update");
    m.thread("task", { cpu: 2, mm }, (k) => k.store(page));

    if (variant.startsWith("zap")) {
      m.thread("zap", { cpu: 0 }, (k) => zap(k, page, variant.endsWith("flushed")));
      m.thread("writeback", { cpu: 1 }, (k) => writeBack(k, page, file));
      return;
    }
    const permission = variant.startsWith("numa") ? "none" : "ro";
    m.thread("changes", { cpu: 0 }, (k) => changeProtection(k, page, permission));
    m.thread("copies", { cpu: 1 }, (k) => copy(k, page, counts));
  },
);

/** mm->tlb_flush_pending */
function tlbFlushPending(k: Thread) {
  return k.system.sharedVariable("tlb_flush_pending", range(0, 1), 0);
}

/** change_protection() of a range, under mmap_lock for reading: one flush for all entries, at the end. */
function changeProtection(k: Thread, page: Page, permission: "none" | "ro"): void {
  k.mmapReadLock(page.mm);
  k.atomicAdd(tlbFlushPending(k), 1);
  const present = k.changePteRange(page, permission);
  k.if(present, () => k.flushTlbPage(page));
  k.atomicAdd(tlbFlushPending(k), -1);
  k.mmapReadUnlock(page.mm);
}

/** A fault on the changed entry, under mmap_lock for reading too: puts a copy in the place of the page. */
function copy(k: Thread, page: Page, asksForPending: boolean): void {
  k.mmapReadLock(page.mm);
  k.lock(page.ptl);
  const entry = k.ptepGet(page);
  k.if(entry.present.and(entry.writable.not()), () => {
    if (asksForPending) k.if(k.readOnce(tlbFlushPending(k)).is(1), () => k.flushTlbPage(page));
    k.copyFrame(entry.frame);
    k.ptepClearFlush(page);
  });
  k.unlock(page.ptl);
  k.mmapReadUnlock(page.mm);
}

/** zap_pte_range() of a dirty file page, whose dirty bit goes to the page; the flush is the gather's. */
function zap(k: Thread, page: Page, flushesUnderLock: boolean): void {
  k.lock(page.ptl);
  const old = k.ptepGetAndClear(page);
  if (flushesUnderLock) k.if(old.present, () => k.flushTlbPage(page));
  k.unlock(page.ptl);
  if (!flushesUnderLock) k.if(old.present, () => k.flushTlbPage(page));
}

/** page_mkclean(), and the writing of the page: what is stored to it from then on is not written. */
function writeBack(k: Thread, page: Page, file: Frame): void {
  k.lock(page.ptl);
  const entry = k.ptepGet(page);
  k.unlock(page.ptl);
  k.if(entry.present.not(), () => k.copyFrame(file));
}
