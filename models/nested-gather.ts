/**
 * Two threads of a process zap the same page, each with an mmu_gather and under mmap_lock for reading. One clears the
 * entry and is yet to flush; the other finds nothing to gather, so that its madvise(MADV_DONTNEED) returns while a TLB
 * still has the entry. What mm->tlb_flush_pending is for since commit 99baac21e458.
 */
import { and, type Cell, type Mm, or, type Page, range, scenario, type Term, type Thread } from "tlbcheck";

const REVOKED = "revoked-access";

/** What tlb_finish_mmu() does besides flushing what was gathered. */
interface Gather {
  /** Where mm->tlb_flush_pending is incremented and decremented; not at all before commit 99baac21e458. */
  readonly inc?: "gather" | "after the zap";
  readonly dec?: "after the flush" | "before the flush";
  /** Where mm_tlb_flush_nested() is asked. */
  readonly asks?: "finish" | "gather";
  /** What is flushed if nothing was gathered: the pages, or the address space. */
  readonly forced?: "range" | "mm";
  /** The range is flushed always, whoever cleared the entry. */
  readonly always?: boolean;
}

const counted: Gather = { inc: "gather", dec: "after the flush", asks: "finish", forced: "range" };

const gathers: Readonly<Record<string, Gather>> = {
  "no-counter": {},
  "no-counter-one-cpu": {},
  "always-flush": { always: true },
  fixed: counted,
  "fixed-one-cpu": counted,
  "fixed-whole-mm": { ...counted, forced: "mm" },
  "dec-before-flush": { ...counted, dec: "before the flush" },
  "inc-after-zap": { ...counted, inc: "after the zap" },
  "asked-too-early": { ...counted, asks: "gather" },
};

export default scenario(
  "nested-gather",
  {
    about: "two threads zap the same page, and one finds what the other has not flushed yet",
    arch: ["arm64", "intel", "amd", "riscv"],
    headline: { variant: "no-counter", arch: "arm64", property: REVOKED },
    variants: {
      "no-counter": {
        id: "006-N0",
        about: "tlb_finish_mmu() flushes what its own gather has cleared",
        expect: { [REVOKED]: "violated" },
        reason: "the second thread finds the entry cleared, gathers nothing, and flushes nothing",
        source: "before commits 4647706ebeee and 99baac21e458",
      },
      "no-counter-one-cpu": {
        id: "006-N0s",
        about: "the same with both threads on one CPU",
        expect: { [REVOKED]: "violated" },
        reason: "the first is preempted before its flush, and a switch within one mm flushes nothing",
        source: "analysis",
      },
      "always-flush": {
        id: "006-N1",
        about: "zap_page_range() flushes its range whether it has found anything or not",
        expect: {},
        reason: "the second thread's own flush covers the entry, whoever cleared it",
        source: "commit 4647706ebeee",
      },
      fixed: {
        id: "006-N2",
        about: "gathers are counted; tlb_finish_mmu() flushes its range if there is another",
        expect: {},
        reason: "who has cleared the entry and not flushed is counted; who is not counted has flushed",
        source: "commit 99baac21e458",
      },
      "fixed-one-cpu": {
        id: "006-N2s",
        about: "the same with both threads on one CPU",
        expect: {},
        reason: "the counter does not ask where the other gather is",
        source: "commit 99baac21e458; analysis",
      },
      "fixed-whole-mm": {
        id: "006-N3",
        about: "the same, but the whole address space is flushed if there is another",
        expect: {},
        reason: "flushes what 006-N2 flushes, and more",
        source: "commit 7a30df49f63a",
      },
      "dec-before-flush": {
        id: "006-N2d",
        about: "mutation: the counter is decremented before the flush",
        expect: { [REVOKED]: "violated" },
        reason: "the second thread is alone in the count while the entry is still cached",
        source: "analysis",
      },
      "inc-after-zap": {
        id: "006-N2i",
        about: "mutation: the counter is incremented after the page-table lock is dropped",
        expect: { [REVOKED]: "violated" },
        reason: "the entry is seen cleared before its gather is counted",
        source: "analysis",
      },
      "asked-too-early": {
        id: "006-N2e",
        about: "mutation: tlb_gather_mmu() asks for another gather, before the page-table lock is taken",
        expect: { [REVOKED]: "violated" },
        reason: "the other gather begins, and clears the entry, after it was asked for",
        source: "analysis",
      },
    },
  },
  (m, { variant }) => {
    const mm = m.mm();
    const page = mm.page("page0");
    const gather = gathers[variant]!;
    m.thread("first", { cpu: 0, mm }, (k) => madviseDontneed(k, page, gather));
    m.thread("second", { cpu: variant.endsWith("-one-cpu") ? 0 : 1, mm }, (k) => {
      madviseDontneed(k, page, gather);
      k.access(page);
    });
    m.check(REVOKED, "use-after-free-page");
    m.goal("the second call returns before the first has freed the page", ({ frames }, thread) =>
      and(thread("second").ended(), frames.inUse(page.frame)),
    );
  },
);

/** madvise(MADV_DONTNEED): when it returns, what the page held is out of reach. */
function madviseDontneed(k: Thread, page: Page, gather: Gather): void {
  k.syscall(
    `madvise(${page.name}, MADV_DONTNEED)`,
    () => zapPageRange(k, page, gather),
    () => k.system.observers.tell("revoked", k.system.at(page), "all"),
  );
}

/** zap_page_range(), with tlb_gather_mmu() and tlb_finish_mmu(). Under mmap_lock for reading, which excludes no reader. */
function zapPageRange(k: Thread, page: Page, { inc, dec, asks, forced, always = false }: Gather): void {
  const pending = tlbFlushPending(k, page.mm);
  const flush = (): void => k.flushTlbRange(page);

  if (inc === "gather") k.atomicAdd(pending, 1);
  const early = asks === "gather" ? [mmTlbFlushNested(k, pending)] : [];
  const old = k.zapPteRange(page, { drain: null });
  if (inc === "after the zap") k.atomicAdd(pending, 1);

  const nested = asks === "finish" ? [mmTlbFlushNested(k, pending)] : early;
  const ownFlush = (): void => k.if(old.present, flush);
  if (dec === "before the flush") k.atomicAdd(pending, -1);
  if (always) flush();
  else if (forced === "mm") k.if(or(...nested), () => k.flushTlbMm(page.mm), ownFlush);
  else k.if(or(old.present, ...nested), flush);
  k.if(old.present, () => k.freeFrame(old.frame));
  if (dec === "after the flush") k.atomicAdd(pending, -1);
}

/** mm->tlb_flush_pending: how many gathers there are. */
function tlbFlushPending(k: Thread, { name }: Mm): Cell {
  return k.system.sharedVariable(`${name}.tlb_flush_pending`, range(0, 2), 0);
}

/** mm_tlb_flush_nested(): whether there is another gather. */
function mmTlbFlushNested(k: Thread, pending: Cell): Term {
  return k.readOnce(pending).greaterThan(1);
}
