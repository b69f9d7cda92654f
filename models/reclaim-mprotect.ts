/**
 * Reclaim unmaps pages and completes the TLB flushes later, in a batch. mprotect() meanwhile finds the entry
 * not present and has nothing to flush: unless it drains what reclaim has queued, the task still writes
 * through the old entry after mprotect(PROT_READ) has returned (commit 3ea277194daa). On arm64 the drain was a
 * DSB, which waits for the TLBIs of its own CPU only (commit 4b634918384c).
 */
import { and, batchMask, type KernelCode, scenario, type Thread } from "tlbcheck";

const holds = { "revoked-access": "holds", "use-after-free-page": "holds" } as const;
const violated = { ...holds, "revoked-access": "violated" } as const;

export default scenario(
  "reclaim-mprotect",
  {
    about: "reclaim's batched TLB flush against mprotect()",
    arch: ["arm64", "intel", "amd"],
    headline: { variant: "dsb-only", arch: "arm64", property: "revoked-access" },
    variants: {
      "no-drain": {
        id: "000-A0",
        about: "mprotect() knows nothing of queued flushes",
        expect: violated,
        reason:
          "mprotect() finds the entry cleared and flushes nothing; the page is freed after the flush all the same",
        source: "before commit 3ea277194daa",
      },
      "no-drain-remap": {
        id: "000-A0b",
        about: "the same with munmap() and a new page at the same address",
        expect: { ...violated, "incoherent-page": "violated" },
        reason: "the old page is reached through the stale entry, the new one through the page table",
        source: "before commit 3ea277194daa",
      },
      "no-drain-one-cpu": {
        id: "000-A0s",
        about: "no drain, reclaim and the task take turns on one CPU",
        expect: holds,
        reason: "__switch_to() has a DSB, on the CPU that issued the TLBI",
      },
      boolean: {
        id: "000-A1",
        about: "one flag for pending flushes, one page table",
        expect: holds,
        reason: "the drain runs under the lock under which reclaim queues",
        source: "commit 3ea277194daa",
      },
      "boolean-two-tables": {
        id: "000-A1t",
        about: "one flag for pending flushes, two page tables with a lock each",
        expect: violated,
        reason: "the flag is cleared after a flush queued under the other lock has set it again",
        source: "before commit 5ee2fa2f0636",
      },
      counters: {
        id: "000-A2",
        about: "two counters for pending flushes, two page tables with a lock each",
        expect: holds,
        reason: "the compare-and-exchange fails if a flush was queued since, and all stays pending",
        source: "commit 5ee2fa2f0636",
      },
      "drain-before-lock": {
        id: "000-A2m",
        about: "mutation: the pending flushes are drained before the page-table lock is taken",
        expect: violated,
        reason: "reclaim may clear the entry between the drain and the lock",
      },
      "dsb-only": {
        id: "000-A3",
        about: "arch_flush_tlb_batched_pending() is dsb(ish)",
        expect: violated,
        reason: "a DSB does not wait for the TLBIs of another CPU",
        source: "commits 43b3dfdd0455 to 4b634918384c^",
      },
      "dsb-only-one-cpu": {
        id: "000-A3s",
        about: "the same, reclaim and the task take turns on one CPU",
        expect: holds,
        reason: "the drain's DSB, and that of __switch_to(), are on the CPU that issued the TLBI",
      },
      "flush-mm": {
        id: "000-A4",
        about: "arch_flush_tlb_batched_pending() is flush_tlb_mm()",
        expect: holds,
        reason: "a TLBI and a DSB of its own cover the entry, whatever became of the other CPU's TLBI",
        source: "commit 4b634918384c",
      },
      migrating: {
        id: "000-A5",
        about: "reclaim may migrate in the middle of a batch",
        expect: holds,
        reason: "__switch_to() completes the TLBIs before the task can run elsewhere",
      },
      "migrating-no-dsb": {
        id: "000-A6",
        about: "mutation: the same without the DSB of __switch_to()",
        expect: { ...holds, "use-after-free-page": "violated" },
        reason: "the DSB at the end of the batch runs on a CPU that has issued nothing",
      },
      "ipi-in-flush": {
        id: "000-A7",
        about: "a mask of the CPUs that issued TLBIs, and a DSB by IPI on them in arch_tlbbatch_flush() only",
        expect: violated,
        reason: "it strengthens the side that was sound; mprotect() cannot see the batch of another task",
        source: "proposed in reply to the fix; withdrawn",
      },
      "ipi-in-drain": {
        id: "000-A7b",
        about: "a DSB by IPI on every CPU in arch_flush_tlb_batched_pending()",
        expect: holds,
        reason: "every CPU that issued a TLBI executes a DSB of its own before mprotect() looks at the entry",
      },
    },
  },
  (m, { variant }) => {
    const variantIs = (...names: string[]): boolean => names.includes(variant);
    const mm = m.mm("mm", { batched: variantIs("boolean", "boolean-two-tables") ? "boolean" : "counters" });
    const pages = variantIs("boolean-two-tables", "counters")
      ? [mm.page("page0", { table: "table0" }), mm.page("page1", { table: "table1" })]
      : [mm.page("page0")];
    const page = pages.at(-1)!;

    /** arch_flush_tlb_batched_pending() */
    const drain: KernelCode | null = variantIs("no-drain", "no-drain-one-cpu", "no-drain-remap")
      ? null
      : (k) => k.flushTlbBatchedPending(mm, drainPending);
    const drainPending = (k: Thread): void => {
      if (variantIs("dsb-only", "dsb-only-one-cpu", "ipi-in-flush")) k.barrier("dsb(ish)");
      else if (variantIs("ipi-in-drain")) k.onEachCpuMask(() => true, "dsb(ish)");
      else k.flushTlbMm(mm);
    };

    const reclaimOn = variantIs("migrating", "migrating-no-dsb") ? [0, 1] : 0;
    m.details({ switchBarrier: !variantIs("migrating-no-dsb") });
    m.thread("kswapd", { cpu: reclaimOn }, (k) => {
      const old = pages.map((each) => {
        const entry = k.pageVmaMappedWalk(each);
        k.if(entry.present, () => {
          k.if(
            k.shouldDeferFlush(mm),
            () => {
              k.ptepGetAndClear(each);
              k.setTlbUbcFlushPending(each, { recordCpu: variantIs("ipi-in-flush") });
            },
            () => k.ptepClearFlush(each),
          );
          k.setSwapEntry(each);
        });
        k.unlock(each.ptl);
        return entry;
      });
      k.tryToUnmapFlush(
        variantIs("ipi-in-flush")
          ? (t) => t.onEachCpuMask((cpu) => batchMask(t, cpu), "dsb(ish)")
          : undefined,
      );
      for (const { present, frame } of old) k.if(present, () => k.freeFrame(frame));
    });

    const oneCpu = variantIs("no-drain-one-cpu", "dsb-only-one-cpu");
    m.thread("task", { cpu: oneCpu ? 0 : 1, mm }, (k) => {
      if (variantIs("no-drain-remap")) {
        k.munmap(page, { drain });
        k.populate(page);
      } else {
        k.mprotect(pages, "ro", { drain, drainUnlocked: variantIs("drain-before-lock") });
      }
      k.access(page);
    });

    if (variantIs("no-drain-remap")) {
      m.spareFrame("frame:new");
      m.check("incoherent-page");
    }
    if (!variantIs("no-drain-remap"))
      m.goal("mprotect() finds an entry cleared whose page is not freed yet", (system, thread) =>
        and(
          thread("task").at(`ptep_get(${page.name})`),
          system.pte(page).valid.not(),
          system.frames.inUse(`frame:${page.name}`),
        ),
      );
    m.check("revoked-access", "use-after-free-page");
  },
);
