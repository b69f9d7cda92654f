/**
 * mremap() moves a page-table entry, and the page is freed at its new address while a TLB still has it at the old
 * one (CVE-2018-18281): who frees it takes the lock of the new entry, and flushes the new address only.
 */
import { type OldEntry, type Page, scenario, type Thread } from "tlbcheck";

const UAF = "use-after-free-page";

/** Where move_ptes() flushes the old address. */
type Flush = "first" | "under both locks" | "under the old lock" | "last";

const flushes: Readonly<Record<string, Flush>> = {
  "flush-last": "last",
  "flush-under-old-lock": "under the old lock",
  "flush-under-old-lock-reversed": "under the old lock",
  "flush-under-one-lock": "under the old lock",
  fixed: "under both locks",
  "fixed-reversed": "under both locks",
  "fixed-anonymous": "under both locks",
  "rmap-lock": "last",
  "rmap-lock-anonymous": "last",
  "flush-first": "first",
};

export default scenario(
  "mremap-move",
  {
    about: "mremap() moves a page-table entry while somebody frees the page",
    arch: ["arm64", "intel", "amd", "riscv"],
    parameters: {
      apart: { about: "a third CPU accesses the page, instead of who frees it", default: false },
    },
    headline: { variant: "flush-last", arch: "arm64", property: UAF },
    variants: {
      "flush-last": {
        id: "005-M1",
        about: "a clean page: both locks are dropped, the flush is at the end of move_page_tables()",
        expect: { [UAF]: "violated" },
        reason: "ftruncate() finds the page at its new address, flushes there, and frees it",
        source: "before commit eb66ae030829",
      },
      "flush-under-old-lock": {
        id: "005-M2",
        about: "a dirty page: the flush is under the old entry's lock, the new entry's is dropped before",
        expect: {},
        reason: "ftruncate() looks at the old address first, and waits there for the flush",
        source: "commit 5d1904204c99, before eb66ae030829; analysis",
      },
      "flush-under-old-lock-reversed": {
        id: "005-M2r",
        about: "mutation: the same, but ftruncate() looks at the new address first",
        expect: { [UAF]: "violated" },
        reason: "it takes the new entry's lock alone, and has nothing to wait for",
        source: "analysis",
        arch: ["arm64", "intel", "amd"],
      },
      "flush-under-one-lock": {
        id: "005-M2o",
        about: "the same within one page table",
        expect: {},
        reason: "the old entry's lock is the new one's too",
        source: "analysis",
      },
      fixed: {
        id: "005-M3",
        about: "the flush is under both locks, for every page that was present",
        expect: {},
        reason: "who finds the page at its new address finds it flushed at the old one",
        source: "commit eb66ae030829",
      },
      "fixed-reversed": {
        id: "005-M3r",
        about: "the same, and ftruncate() looks at the new address first",
        expect: {},
        reason: "the new entry's lock is held until the flush as well",
        source: "commit eb66ae030829; analysis",
        arch: ["arm64", "intel", "amd"],
      },
      "fixed-anonymous": {
        id: "005-M3a",
        about: "the same with an anonymous page, which reclaim unmaps through the reverse map",
        expect: {},
        reason: "reclaim takes the new entry's lock as well",
        source: "commit eb66ae030829",
      },
      "rmap-lock": {
        id: "005-M4",
        about: "the flush is last, and i_mmap_rwsem is held for writing from the move to the flush",
        expect: {},
        reason: "ftruncate() looks for mappings under i_mmap_rwsem",
        source: "proposed in reply to the fix; list, 2 Nov 2018",
      },
      "rmap-lock-anonymous": {
        id: "005-M4a",
        about: "the same with an anonymous page, which reclaim unmaps through the reverse map",
        expect: { [UAF]: "violated" },
        reason: "an anonymous page has no i_mmap_rwsem: reclaim holds the anon_vma's lock",
        source: "the answer to it; list, 2 Nov 2018",
      },
      "flush-first": {
        id: "005-M3m",
        about: "mutation: the flush is under both locks, but before the old entry is cleared",
        expect: { [UAF]: "violated" },
        reason: "a walk between flush and clearing fills the TLB again",
        source: "analysis",
      },
    },
  },
  (m, { variant, flag }) => {
    const mm = m.mm();
    const table0 = mm.fixedTable("table0");
    const table1 = variant === "flush-under-one-lock" ? table0 : mm.fixedTable("table1");
    const from = table0.page("old");
    const to = table1.page("new", { permission: null });
    const anonymous = variant.endsWith("anonymous");
    const mapping = m.rwsem("i_mmap_rwsem");
    const reversed = variant.endsWith("-reversed");
    const apart = flag("apart") || reversed;
    const takesMapping = variant.startsWith("rmap-lock") && !anonymous;

    m.thread("mremap", { cpu: 0, mm }, (k) => {
      const move = (): void => {
        if (takesMapping) k.downWrite(mapping);
        movePtes(k, from, to, flushes[variant]!);
        if (takesMapping) k.upWrite(mapping);
      };
      k.mmCall("mremap(old, new)", mm, move);
    });
    const order = reversed ? [to, from] : [from, to];
    m.thread(anonymous ? "reclaim" : "ftruncate", apart ? { cpu: 1 } : { cpu: 1, mm }, (k) => {
      if (!anonymous) k.downWrite(mapping);
      const found = order.map((page) => (anonymous ? tryToUnmapOne(k, page) : zap(k, page)));
      if (!anonymous) k.upWrite(mapping);
      if (!apart) k.access(from);
      m.goal("the page is found at its new address", () => found[order.indexOf(to)]!.present);
    });
    if (apart) m.thread("task", { cpu: 2, mm }, (k) => k.access(from));

    m.check(UAF);
  },
);

/** move_ptes() of one entry. Its caller flushes what it has left, at the end of move_page_tables(). */
function movePtes(k: Thread, from: Page, to: Page, flush: Flush): void {
  const twoLocks = to.ptl.name !== from.ptl.name;
  k.lock(from.ptl);
  if (twoLocks) k.lock(to.ptl);
  if (flush === "first") k.flushTlbRange(from);
  const entry = k.ptepGetAndClear(from);
  const flushIf = (where: Flush): void => {
    if (flush === where) k.if(entry.present, () => k.flushTlbRange(from));
  };
  k.if(entry.present, () => k.setPteAt(to, entry.frame));
  flushIf("under both locks");
  if (twoLocks) k.unlock(to.ptl);
  flushIf("under the old lock");
  k.unlock(from.ptl);
  flushIf("last");
}

/** unmap_mapping_range() at one address: the flush is for this address, and the page is freed behind it. */
function zap(k: Thread, page: Page): OldEntry {
  const entry = k.zapPteRange(page, { drain: null });
  k.if(entry.present, () => {
    k.flushTlbRange(page);
    k.freeFrame(entry.frame);
  });
  return entry;
}

/** try_to_unmap_one() without batching, and the free. */
function tryToUnmapOne(k: Thread, page: Page): OldEntry {
  const entry = k.pageVmaMappedWalk(page);
  k.if(entry.present, () => {
    k.ptepClearFlush(page);
    k.setSwapEntry(page);
  });
  k.unlock(page.ptl);
  k.if(entry.present, () => k.freeFrame(entry.frame));
  return entry;
}
