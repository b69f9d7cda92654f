/**
 * A device that shares the address space of a process has TLBs of its own, which no instruction of a CPU reaches: the
 * kernel invalidates them by MMU notifiers. They were called where ranges of addresses were unmapped or changed, and
 * not where an entry becomes writable, which on arm64 needs an invalidation: a device with an SMMU then faults for
 * ever. Commit 6bbd42e2df8f calls them from the architecture's flushes. Its first form in linux-next (75c400f82d34)
 * called them for a batch on x86 at its end, with `current->mm`.
 *
 * Of the kernel's own page tables nobody told devices at all: on x86 they are in every address space, and an IOMMU may
 * cache their upper entries (CVE-2025-71202, commit e37d5a2d60a3).
 */
import { and, type Device, scenario, type Scenario, type Thread } from "tlbcheck";

const safe = {
  "stale-device-access": "holds",
  "misaddressed-invalidation": "holds",
  "use-after-free-page": "holds",
} as const;
const live = { ...safe, "endless-fault": "holds" } as const;

export default scenario(
  "secondary-tlb",
  {
    about: "the TLBs of a device, kept in step with the page tables by MMU notifiers",
    arch: ["arm64", "intel", "amd"],
    headline: { variant: "upgrade", arch: "arm64", property: "endless-fault" },
    variants: {
      upgrade: {
        id: { arm64: "002-C0", intel: "002-C0x", amd: "002-C0x" },
        about: "an entry becomes writable for a device, notifiers are called at the end of ranges only",
        expect: { ...live, "endless-fault": { arm64: "violated", intel: "holds", amd: "holds" } },
        reason: {
          arm64:
            "the SMMU and the device keep the read-only entry, and nobody tells them: no range is changed",
          intel: "the fault drops the entry in IOTLB and ATC, and the retry walks",
          amd: "the fault drops the entry in IOTLB and ATC, and the retry walks",
        },
        source: "before commit 6bbd42e2df8f",
      },
      "upgrade-flush-notifies": {
        id: "002-C1",
        about: "the same, notifiers are called by the architecture's flushes",
        expect: live,
        reason: {
          arm64: "flush_tlb_page() of ptep_set_access_flags() has IOTLB and ATC invalidated too",
          intel: "as before: nothing is flushed, and nothing has to be",
          amd: "as before: nothing is flushed, and nothing has to be",
        },
        source: "commit 6bbd42e2df8f",
      },
      "upgrade-local-flush": {
        id: "002-C1l",
        about: "the same, the fault flushes the TLB of its own CPU only, and another CPU faults too",
        expect: safe,
        reason:
          "IOTLB and ATC are invalidated all the same; a CPU that faults without cause flushes its own TLB",
        source: "arm64 since the patches of 2025 that reuse a page without a broadcast; analysis",
        arch: ["arm64"],
      },
      "unmap-range-end": {
        id: "002-C1r",
        about: "kswapd unmaps in a batch, notifiers are called at the end of ranges only",
        expect: safe,
        reason: "try_to_unmap() is such a range, and it ends before the page is freed",
        source: "before commit 6bbd42e2df8f",
      },
      "batch-flush-kswapd": {
        id: "002-C2",
        about: "kswapd unmaps in a batch, at whose end the notifier is called with current->mm",
        expect: { ...safe, "misaddressed-invalidation": "violated" },
        reason: "kswapd has no mm: the pointer is null, and the crash comes before the free",
        source: "75c400f82d34 of linux-next",
        arch: ["intel", "amd"],
      },
      "batch-flush-other": {
        id: "002-C2w",
        about: "the same, and a task of another process reclaims",
        expect: {
          "stale-device-access": "violated",
          "misaddressed-invalidation": "violated",
          "use-after-free-page": "violated",
        },
        reason: "devices of the wrong process are told; that of the owner goes on using a page that is freed",
        source: "75c400f82d34 of linux-next; analysis",
        arch: ["intel", "amd"],
      },
      "batch-flush-owner": {
        id: "002-C2o",
        about: "the same, and a task of the process itself reclaims",
        expect: safe,
        reason: "current->mm is the right one by chance, and the flush comes before the free",
        source: "75c400f82d34 of linux-next; analysis",
        arch: ["intel", "amd"],
      },
      "add-pending-kswapd": {
        id: "002-C3",
        about: "kswapd unmaps in a batch, the notifier is called where a flush is queued",
        expect: safe,
        reason: "the address space is at hand there, and the entry is cleared already",
        source: "the reply that fixes it; commit 6bbd42e2df8f",
      },
      "add-pending-other": {
        id: "002-C3w",
        about: "the same, and a task of another process reclaims",
        expect: safe,
        reason: "the address space is that of the page, whoever reclaims it",
        source: "the reply that fixes it; commit 6bbd42e2df8f",
      },
      "kernel-table": {
        id: "002-C4",
        about:
          "vmap() of a huge page frees the kernel's page table below it; the CPUs are flushed, and no IOMMU",
        expect: { "use-after-free-table": "violated", "stale-device-access": "violated" },
        reason: "a walk for the device, under way or from the IOMMU's walk cache, reads what the page became",
        source: "before commit e37d5a2d60a3, CVE-2025-71202; analysis",
        arch: ["intel", "amd"],
      },
      "kernel-table-told": {
        id: "002-C4f",
        about: "the same, and devices are told before the table is freed",
        expect: { "use-after-free-table": "holds", "stale-device-access": "holds" },
        reason:
          "the walk cache loses the upper entry with the IOTLB, walks under way end, and no new one finds the table",
        source: "commit e37d5a2d60a3; analysis",
        arch: ["intel", "amd"],
      },
    },
  },
  (m, { variant, variantIs }) => {
    const { arch } = m;
    const upgrades = variant.startsWith("upgrade");

    const mm = m.mm();
    const device = m.device("device", { mm });
    if (variantIs("kernel-table", "kernel-table-told")) {
      freeKernelTable(m, { device, told: variantIs("kernel-table-told") });
      return;
    }
    const page = mm.page("page0", { permission: upgrades ? "ro" : "rw" });
    if (variantIs("upgrade", "unmap-range-end")) m.details({ kernel: { notifiers: "range end" } });
    if (variantIs("upgrade-local-flush")) m.details({ kernel: { upgrades: "local" } });
    if (variant.startsWith("batch-flush")) m.details({ kernel: { notifiers: "batch flush" } });
    m.check("stale-device-access", "misaddressed-invalidation", "use-after-free-page");

    if (upgrades) {
      m.thread("iopf", { cpu: 0, serves: device }, (k) => k.handleIoPageFault(device));
      if (variantIs("upgrade-local-flush"))
        m.thread("task", { cpu: 1, mm }, (k) =>
          k.store(page, { onFault: (t) => t.handleMmFault(page, { write: true }) }),
        );
      m.check("endless-fault");
      m.goal(
        "the device is to try again what the entry permits, and has it cached as read-only",
        (system) => {
          const hardware = system.device(device);
          return and(
            hardware.faulted(),
            system.pte(page).writable,
            hardware.atc.holdsSome(system.page(page), false),
          );
        },
      );
      return;
    }

    // x86 queues a flush only if another CPU may hold the translation: an idle one that has the process loaded.
    if (arch !== "arm64") m.details({ cpus: 2 });
    const reclaim = (k: Thread): void => {
      const old = k.mmuNotifierInvalidateRange([page], () => {
        const entry = k.pageVmaMappedWalk(page);
        k.if(entry.present, () => {
          k.if(
            k.shouldDeferFlush(mm),
            () => {
              k.ptepGetAndClear(page);
              k.setTlbUbcFlushPending(page);
            },
            () => k.ptepClearFlush(page),
          );
          k.setSwapEntry(page);
        });
        k.unlock(page.ptl);
        return entry;
      });
      k.tryToUnmapFlush();
      k.if(old.present, () => k.freeFrame(old.frame));
    };
    if (variant.endsWith("-other") || variant.endsWith("-owner")) {
      const caller = variant.endsWith("-other") ? m.mm("other") : mm;
      m.thread("reclaimer", { cpu: 0, mm: caller }, (k) => k.syscall("reclaim", () => reclaim(k)));
    } else m.thread("kswapd", { cpu: 0 }, reclaim);
    m.goal("the device has cached the page when its entry is cleared", (system) =>
      and(system.pte(page).valid.not(), system.device(device).atc.holdsSome(system.page(page))),
    );
  },
);

/** `pmd_free_pte_page()`, when nothing below the upper entry is mapped any more (commit 5e0fb5df2ee8). */
function freeKernelTable(m: Scenario, { device, told }: { device: Device; told: boolean }): void {
  const kernel = m.mm("kernel", { global: true });
  const table = kernel.table("table");
  const area = table.page("area", { permission: null });
  m.details({ cpus: 2 });
  m.check("use-after-free-table", "stale-device-access");
  m.thread("vmap", { cpu: 0 }, (k) => {
    const page = k.pmdClear(table);
    k.flushTlbKernelRange(area);
    if (told) k.iommuSvaInvalidateKvaRange();
    k.freeFrame(page);
  });
  m.goal("the IOMMU has the upper entry cached when it is cleared", (system) =>
    and(system.isLinked(table).not(), system.isWalkCached(table, { device })),
  );
}
