/**
 * An entry is none for a while, and somebody who sees that concludes that nobody can reach the page: but TLBs may still have
 * it (60bae7370896), or the entry comes back (ced108037c2a).
 */
import { type Page, scenario, type Thread } from "tlbcheck";

const violated = { "revoked-access": "violated" } as const;
const holds = { "revoked-access": "holds" } as const;

export default scenario(
  "entry-seen-none",
  {
    about: "an entry that is none for a while is taken for one that nobody can use",
    arch: ["arm64", "intel", "amd", "riscv"],
    headline: { variant: "migrate-device", arch: "arm64", property: "revoked-access" },
    variants: {
      "migrate-device": {
        id: "009-D1",
        about: "migrate_vma_collect_pmd() clears entries, and flushes when it has dropped the lock",
        expect: violated,
        reason: "who takes the lock in between finds nothing mapped, and relies on that",
        source: "before commit 60bae7370896",
      },
      "migrate-device-flushed": {
        id: "009-D1f",
        about: "the same with the flush under the lock",
        expect: holds,
        reason: "who finds nothing mapped comes behind the flush",
        source: "commit 60bae7370896",
      },
      "numa-hint": {
        id: "009-T1",
        about: "change_huge_pmd() clears the entry and stores it anew; MADV_DONTNEED looks without the lock",
        expect: violated,
        reason: "MADV_DONTNEED skips an entry that is none, and it comes back",
        source: "before commit ced108037c2a",
        arch: ["arm64", "intel"],
      },
      "numa-hint-in-place": {
        id: "009-T1f",
        about: "the same, and the entry is changed in place",
        expect: holds,
        reason: "the entry is never none, so that MADV_DONTNEED takes the lock and clears it",
        source: "commit ced108037c2a",
        arch: ["arm64", "intel"],
      },
    },
  },
  (m, { variant }) => {
    const mm = m.mm();
    const page = mm.page("page0");
    m.check("revoked-access");
    const fixed = variant.endsWith("-flushed") || variant.endsWith("-in-place");
    m.thread("task", { cpu: 2, mm }, (k) => k.load(page));
    if (variant.startsWith("migrate")) {
      m.thread("migrates", { cpu: 0 }, (k) => collect(k, page, fixed));
      m.thread("relies", { cpu: 1 }, (k) => reliesOnNone(k, page));
      return;
    }
    m.thread("numa", { cpu: 0 }, (k) => changeProtection(k, page, fixed));
    m.thread("dontneed", { cpu: 1 }, (k) => k.syscall("madvise(page0, MADV_DONTNEED)", () => zap(k, page)));
  },
);

/** migrate_vma_collect_pmd() of one page. */
function collect(k: Thread, page: Page, flushesUnderLock: boolean): void {
  k.lock(page.ptl);
  const old = k.ptepGetAndClear(page);
  const flush = (): void => k.if(old.present, () => k.flushTlbRange(page));
  if (flushesUnderLock) flush();
  k.unlock(page.ptl);
  if (!flushesUnderLock) flush();
}

/** Somebody to whom an entry that is none means that the page is out of reach. */
function reliesOnNone(k: Thread, page: Page): void {
  k.lock(page.ptl);
  const entry = k.ptepGet(page);
  k.unlock(page.ptl);
  k.if(entry.present.not(), () => k.revokes(page));
}

/** change_huge_pmd() for a NUMA hint, under mmap_lock for reading. The entry stands for one of a huge page. */
function changeProtection(k: Thread, page: Page, inPlace: boolean): void {
  k.mmapReadLock(page.mm);
  k.lock(page.ptl);
  const old = inPlace ? k.ptepGet(page) : k.ptepGetAndClear(page);
  k.if(old.present, () => k.setPteAt(page, old.frame, "ro"));
  k.unlock(page.ptl);
  k.if(old.present, () => k.flushTlbPage(page));
  k.mmapReadUnlock(page.mm);
}

/** zap_pmd_range(): an entry that is none is skipped without its lock, under mmap_lock for reading too. */
function zap(k: Thread, page: Page): void {
  k.mmapReadLock(page.mm);
  const seen = k.lockless("pmd_none() is asked again under the lock", () => k.ptepGet(page));
  k.if(seen.present, () => {
    const old = k.zapPteRange(page, { drain: null });
    k.if(old.present, () => k.flushTlbPage(page));
  });
  k.mmapReadUnlock(page.mm);
  k.revokes(page);
}
