/**
 * Reclaim unmaps pages and completes the TLB flushes later, in a batch. mprotect() meanwhile finds the entry
 * not present and has nothing to flush: unless it drains what reclaim has queued, the task still writes
 * through the old entry after mprotect(PROT_READ) has returned (commit 3ea277194daa). On arm64 the drain was a
 * DSB, which waits for the TLBIs of its own CPU only (commit 4b634918384c).
 */
import { and, batchMask, type KernelCode, scenario, type Thread } from "tlbcheck";

const SPEC = "transient-use-after-free";

/** With --strict: interrupts spare CPUs in lazy mode, which speculate in the address space that they still have. */
const lazyCpus = { [SPEC]: { intel: "violated", amd: "violated" } } as const;
/** INVLPGB spares nobody. */
const noLazyCpus = { [SPEC]: { intel: "violated", amd: "holds" } } as const;
const holds = { "revoked-access": "holds", "use-after-free-page": "holds", ...lazyCpus } as const;
const violated = { ...holds, "revoked-access": "violated" } as const;

export default scenario(
  "reclaim-mprotect",
  {
    about: "reclaim's batched TLB flush against mprotect()",
    arch: ["arm64", "intel", "amd", "riscv"],
    headline: { variant: "barrier-only", arch: "arm64", property: "revoked-access" },
    variants: {
      "no-drain": {
        id: { arm64: "000-A0", intel: "000-A0", amd: "000-A0", riscv: "000-A8n" },
        about: "mprotect() knows nothing of queued flushes",
        expect: violated,
        reason:
          "mprotect() finds the entry cleared and flushes nothing; the page is freed after the flush all the same",
        source: "before commit 3ea277194daa",
      },
      "no-drain-remap": {
        id: "000-A0b",
        about: "the same with munmap() and a new page at the same address",
        expect: {
          ...holds,
          "revoked-access": { arm64: "violated", intel: "violated", amd: "violated", riscv: "holds" },
          "incoherent-page": { arm64: "violated", intel: "violated", amd: "violated", riscv: "holds" },
        },
        reason: {
          arm64: "the old page is reached through the stale entry, the new one through the page table",
          intel: "the old page is reached through the stale entry, the new one through the page table",
          amd: "the old page is reached through the stale entry, the new one through the page table",
          riscv: "update_mmu_cache() executes SFENCE.VMA on the hart that maps, the only one that accesses",
        },
        source: "before commit 3ea277194daa",
      },
      "no-drain-one-cpu": {
        id: "000-A0s",
        about: "no drain, reclaim and the task take turns on one CPU, another one is idle",
        expect: {
          ...holds,
          "revoked-access": { arm64: "holds", intel: "holds", amd: "holds", riscv: "violated" },
        },
        reason: {
          arm64: "__switch_to() has a DSB, on the CPU that issued the TLBI",
          intel: "leaving lazy mode catches up with the generation that reclaim has increased",
          amd: "leaving lazy mode catches up with the generation that reclaim has increased",
          riscv: "a switch flushes nothing, and reclaim's own flush is still to come",
        },
      },
      "no-drain-sibling": {
        id: "000-A0t",
        about: "the same, and it is a thread of the same process that reclaims (MADV_PAGEOUT)",
        expect: {
          ...holds,
          "revoked-access": { arm64: "holds", intel: "violated", amd: "violated", riscv: "violated" },
        },
        reason: {
          arm64: "__switch_to() has a DSB, whoever is switched to",
          intel: "a switch within one address space checks nothing",
          amd: "a switch within one address space checks nothing",
          riscv: "a switch flushes nothing",
        },
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
      "barrier-only": {
        id: { arm64: "000-A3", amd: "000-A3", riscv: "000-A8f" },
        about: "arch_flush_tlb_batched_pending() is a barrier: dsb(ish), TLBSYNC after INVLPGB, or fence",
        expect: { ...violated, ...noLazyCpus },
        reason: {
          arm64: "a DSB does not wait for the TLBIs of another CPU",
          amd: "a TLBSYNC does not wait for the INVLPGBs of another CPU",
          riscv: "a fence is no SFENCE.VMA",
        },
        source: "arm64: commits 43b3dfdd0455 to 4b634918384c^",
        arch: ["arm64", "amd", "riscv"],
      },
      "barrier-only-one-cpu": {
        id: "000-A3s",
        about: "the same, reclaim and the task take turns on one CPU",
        arch: ["arm64", "amd"],
        expect: { ...holds, ...noLazyCpus },
        reason: "the drain's barrier, and that of the switch, are on the CPU that issued the invalidation",
      },
      "flush-mm": {
        id: { arm64: "000-A4", intel: "000-A4", amd: "000-A4", riscv: "000-A8" },
        about: "arch_flush_tlb_batched_pending() is flush_tlb_mm()",
        expect: holds,
        reason: {
          arm64: "a TLBI and a DSB of its own cover the entry, whatever became of the other CPU's TLBI",
          intel: "every CPU that may hold the entry is interrupted, or catches up before it uses it",
          amd: "every CPU that may hold the entry is interrupted, or catches up before it uses it",
          riscv: "every hart of the mask executes SFENCE.VMA before mprotect() looks at the entry",
        },
        source: "commit 4b634918384c",
      },
      invlpgb: {
        id: "000-A4i",
        about: "the same by INVLPGB, each awaited by a TLBSYNC of its own, also at the end of the batch",
        expect: { ...holds, ...noLazyCpus },
        reason: "the TLBSYNC is executed by the CPU that issued the INVLPGB",
        arch: ["amd"],
      },
      migrating: {
        id: "000-A5",
        about: "reclaim may migrate in the middle of a batch",
        expect: { ...holds, ...noLazyCpus },
        reason: {
          arm64: "__switch_to() completes the TLBIs before the task can run elsewhere",
          intel: "what the batch has queued is in the task, and the flush is by interrupt",
          amd: "the switch completes the INVLPGBs before the task can run elsewhere",
          riscv: "what the batch has queued is in the task, and the flush is by interrupt",
        },
      },
      "migrating-no-barrier": {
        id: "000-A6",
        about: "mutation: the same without the barrier of the switch (DSB, TLBSYNC)",
        expect: {
          ...holds,
          [SPEC]: { arm64: "violated", intel: "violated", amd: "violated" },
          "use-after-free-page": { arm64: "violated", intel: "holds", amd: "violated", riscv: "holds" },
        },
        reason: {
          arm64: "the DSB at the end of the batch runs on a CPU that has issued nothing",
          intel: "there is no such barrier, and none is needed",
          amd: "the TLBSYNC at the end of the batch runs on a CPU that has issued nothing",
          riscv: "there is no such barrier, and none is needed",
        },
      },
      "ipi-in-flush": {
        id: "000-A7",
        about: "a mask of the CPUs that issued TLBIs, and a DSB by IPI on them in arch_tlbbatch_flush() only",
        expect: violated,
        reason: "it strengthens the side that was sound; mprotect() cannot see the batch of another task",
        source: "proposed in reply to the fix; withdrawn",
        arch: ["arm64"],
      },
      "ipi-in-drain": {
        id: "000-A7b",
        about: "a DSB by IPI on every CPU in arch_flush_tlb_batched_pending()",
        expect: holds,
        reason: "every CPU that issued a TLBI executes a DSB of its own before mprotect() looks at the entry",
        arch: ["arm64"],
      },
    },
  },
  (m, { variantIs }) => {
    const { arch } = m;
    const mm = m.mm("mm", { batched: variantIs("boolean", "boolean-two-tables") ? "boolean" : "counters" });
    const pages = variantIs("boolean-two-tables", "counters")
      ? [mm.fixedTable("table0").page("page0"), mm.fixedTable("table1").page("page1")]
      : [mm.page("page0")];
    const page = pages.at(-1)!;

    /** arch_flush_tlb_batched_pending() */
    const drainPending = (k: Thread): void => {
      if (variantIs("barrier-only", "barrier-only-one-cpu", "ipi-in-flush")) k.awaitOwnInvalidations();
      else if (variantIs("ipi-in-drain")) k.onEachCpuMask(() => true, "dsb(ish)");
      else k.flushTlbMm(mm);
    };
    const undrained = ["no-drain", "no-drain-one-cpu", "no-drain-sibling", "no-drain-remap"];
    const drain: KernelCode | null = variantIs(...undrained)
      ? null
      : (k) => k.flushTlbBatchedPending(mm, drainPending);

    // AMD's invalidations that complete later than they are issued, as arm64's do.
    const migrating = variantIs("migrating", "migrating-no-barrier");
    if (arch === "amd" && (migrating || variantIs("barrier-only", "barrier-only-one-cpu")))
      m.details({ kernel: { invlpgb: "async" } });
    if (variantIs("invlpgb")) m.details({ kernel: { invlpgb: "sync" } });
    m.details({ switchBarrier: !variantIs("migrating-no-barrier") });
    // Where all happens on one CPU another one is idle, so that there is something to batch for.
    m.details({ cpus: 2 });

    const reclaim = (k: Thread): void => {
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
    };
    const cpu = migrating ? [0, 1] : 0;
    if (variantIs("no-drain-sibling"))
      m.thread("sibling", { cpu, mm }, (k) => k.syscall("madvise(MADV_PAGEOUT)", () => reclaim(k)));
    else m.thread("kswapd", { cpu }, reclaim);

    const oneCpu = variantIs("no-drain-one-cpu", "no-drain-sibling", "barrier-only-one-cpu");
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
          system.frames.inUse(page.frame),
        ),
      );
    m.check("revoked-access", "use-after-free-page");
    if (arch === "intel" || arch === "amd") m.check("tlb-generation", "missed-flush");
  },
);
