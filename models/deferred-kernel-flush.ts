/**
 * Flushes of kernel translations that spare CPUs running user code (NOHZ_FULL), and are made up for when those
 * enter the kernel: proposed for Linux ("context_tracking,x86: Defer some IPIs until a user->kernel
 * transition"), not merged. vfree() clears entries and frees their pages at once, on purpose; an address is
 * given away again only behind a flush, and that is what the deferral must not lose.
 */
import { type Deferral, type OldEntry, type Page, range, scenario, type Thread } from "tlbcheck";

/** With --strict: vfree() frees the page before any flush, or before those that are put off. */
const transient = { "transient-use-after-free": "violated" } as const;
const holds = { "reused-address": "holds", "use-after-free-page": "holds" } as const;
const deferred = { ...holds, "access-before-flush": "holds" } as const;
const violated = {
  "reused-address": "violated",
  "use-after-free-page": "violated",
  "access-before-flush": "violated",
} as const;

export default scenario(
  "deferred-kernel-flush",
  {
    about: "kernel TLB flushes that CPUs in user mode make up for on entry",
    arch: ["intel", "amd"],
    headline: { variant: "flag-after-flush", arch: "intel", property: "reused-address" },
    parameters: {
      pti: { about: "page-table isolation: the kernel's tables are not loaded in user mode", default: true },
      pcid: { about: "PCIDs: MOV CR3 keeps what is cached", default: true },
    },
    variants: {
      "ipi-all": {
        id: "004-D0",
        about: "every CPU is interrupted and awaited, as in mainline",
        expect: { ...holds, ...transient },
        reason: "the address is free again only behind the flush",
        reasons: { "transient-use-after-free": "vfree() frees the page before any flush" },
      },
      "ipi-all-use-after-vfree": {
        id: "004-D0c",
        about: "the same, and the kernel uses the area after vfree()",
        expect: { ...holds, ...transient, "use-after-free-page": "violated" },
        reason: "the page is freed while its translation is still cached",
      },
      "reset-perms": {
        id: "004-D0r",
        about: "every CPU is interrupted before the page is freed (VM_FLUSH_RESET_PERMS)",
        expect: holds,
        reason: "nothing is cached any more when the page is freed",
      },
      "context-tracking": {
        id: "004-D1",
        about: "ct_set_cpu_work() leaves the flush to the end of the entry code",
        expect: { ...deferred, ...transient },
        reason: "the entry code before the flush uses nothing that others may unmap",
        source: "versions 1 to 3 of the patches",
      },
      "context-tracking-touched": {
        id: "004-D1v",
        about: "the same, and early entry code touches the area",
        expect: { ...violated, ...transient },
        reason: "the kernel's tables are loaded and what is cached under them is not flushed yet",
      },
      "context-tracking-leaves-globals": {
        id: "004-D1g",
        about: "the same without isolation, by MOV CR3: the kernel's entries are global",
        expect: { ...violated, ...transient, "access-before-flush": "holds" },
        reason: "MOV CR3 leaves global entries; it takes INVPCID, or a change of CR4.PGE",
      },
      "context-tracking-one-pcid": {
        id: "004-D1p",
        about: "the same with isolation, by MOV CR3, on a CPU that two processes share",
        expect: { ...violated, ...transient, "access-before-flush": "holds" },
        reason: "MOV CR3 drops what is cached under the PCID of the one, and leaves that of the other",
      },
      "flag-after-flush": {
        id: "004-D2",
        about: "the flush is the first thing behind MOV CR3, kernel_cr3_loaded is set after it",
        expect: { ...violated, ...transient },
        reason: "an entry cached between the flush and the flag is cleared by somebody who still reads 0",
        source: "versions 6 and 7 of the patches; the review calls it a bug",
      },
      "flag-before-flush": {
        id: "004-D3",
        about: "the flag is set before the flush, with full barriers on both sides",
        expect: { ...deferred, ...transient },
        reason: "whoever reads 0 has cleared the entry before the flush, so that no later walk finds it",
      },
      "flag-without-barrier": {
        id: "004-D3t",
        about: "the same, the entry cleared by a plain store, without a barrier before the flag is read",
        expect: { ...violated, ...transient, "access-before-flush": "holds" },
        reason:
          "the cleared entry waits in a store buffer while the flag is read; vunmap() itself clears by XCHG, a barrier",
      },
      "exit-flag-first": {
        id: "004-D4",
        about: "the flag is cleared before the user's tables are loaded, and code in between touches nothing",
        expect: { ...deferred, ...transient },
        reason: "nobody interrupts the CPU any more, and it uses nothing that others may unmap",
      },
      "exit-touched": {
        id: "004-D4v",
        about: "the same, and exit code touches the area when the flag is cleared already",
        expect: { ...violated, ...transient },
        reason: "nobody interrupts the CPU any more, and the kernel's tables are still loaded",
      },
      "table-freed": {
        id: "004-D6",
        about: "a flush before a page table is freed is left to the entry too",
        expect: {
          ...transient,
          "use-after-free-table": "violated",
          "machine-check": { intel: "holds", amd: "violated" },
        },
        reason: "the walker needs no access to use a walk cache that is not flushed yet",
        source: "why the patches tell flushes that may be put off from others",
      },
      "reset-perms-deferred": {
        id: "004-D8",
        about: "the flush before the free is left to the entry too (VM_FLUSH_RESET_PERMS)",
        expect: { ...deferred, ...transient },
        reasons: {
          "transient-use-after-free":
            "speculation behind the entry uses what is cached before the flush gets to it",
        },
      },
    },
  },
  (m, { variant, variantIs, flag }) => {
    const [globals, onePcid] = [
      variantIs("context-tracking-leaves-globals"),
      variantIs("context-tracking-one-pcid"),
    ];
    const pti = onePcid || (flag("pti") && !globals);
    const pcid = onePcid || flag("pcid");
    // Without isolation the kernel's entries are global.
    const kernel = m.mm("kernel", { global: !pti });
    // Another process on the isolated CPU has a PCID of its own there.
    if (onePcid) m.mm("other");
    const tableFreed = variantIs("table-freed");
    const table = tableFreed ? kernel.table("table") : null;
    const area = table ? table.page("area") : kernel.page("area");
    m.spareFrame("frame:new");

    const byFlag = variant.startsWith("flag-") || variant.startsWith("exit-");
    const ordered = variantIs("flag-before-flush", "flag-without-barrier");
    if (ordered) m.details({ order: "tso" });
    const byContext =
      variant.startsWith("context-tracking") || variantIs("reset-perms-deferred", "table-freed");
    const deferral: Deferral = byFlag ? "flag" : byContext ? "context-tracking" : "none";
    // Freeing a page is a locked operation, which would do for the barrier between entry and flag.
    const flushFirst = ordered || variantIs("reset-perms", "reset-perms-deferred");

    /** Whether the area is in use again; the user of the old one is done with it before vfree(). */
    const inUse = (k: Thread) => k.system.sharedVariable("area in use", range(0, 1), 0);

    m.thread("housekeeping", { cpu: 0 }, (k) => {
      const flush = (): void => k.flushTlbKernelRange(area, deferral);
      if (table) {
        const page = k.pmdClear(table);
        flush();
        k.freeFrame(page);
        return;
      }
      if (flushFirst) {
        const { frame } = variantIs("flag-without-barrier")
          ? clearPlainly(k, area)
          : k.vunmapRangeNoflush(area);
        if (variantIs("flag-before-flush")) k.barrier("mfence");
        flush();
        k.freeFrame(frame);
      } else {
        k.event("vfree(area): entry cleared, page freed", () =>
          k.freeFrame(k.vunmapRangeNoflush(area).frame),
        );
        flush();
      }
      k.event("vmalloc() gives the area away again", () => {
        k.vmalloc(area);
        k.writeOnce(inUse(k), 1);
      });
    });

    /** Interrupts are off from the first step to the last. */
    const exit = (k: Thread): void => {
      k.localIrqDisable();
      if (byFlag) k.setKernelCr3Loaded(false);
      if (variantIs("exit-touched")) k.outsideEvent(() => k.load(area));
      if (byContext) k.contextTracking("user");
      if (pti) k.loadUserTables({ pcid });
      k.localIrqEnable();
    };
    const enter = (k: Thread): void => {
      k.localIrqDisable();
      if (pti) k.loadKernelTables(kernel, { pcid });
      if (variantIs("context-tracking-touched")) k.outsideEvent(() => k.load(area));
      if (byContext) {
        k.contextTracking("kernel");
        k.contextTrackingWork(globals || onePcid ? "MOV CR3" : "INVPCID all");
      }
      if (byFlag && variantIs("flag-after-flush")) k.flushKernelHere();
      if (byFlag) k.setKernelCr3Loaded(true);
      if (byFlag && !variantIs("flag-after-flush")) k.flushKernelHere();
      k.localIrqEnable();
    };
    m.thread("isolated", { cpu: 1, mm: kernel }, (k) => {
      if (onePcid) k.loadKernelTables(kernel, { pcid, slot: 1 });
      k.event("return to user mode", () => exit(k));
      const used = k.event("enter the kernel", () => {
        enter(k);
        return k.readOnce(inUse(k));
      });
      if (onePcid) k.loadKernelTables(kernel, { pcid, slot: 0 });
      if (variantIs("ipi-all-use-after-vfree")) k.load(area);
      else k.if(used.is(1), () => k.load(area));
    });

    if (tableFreed) m.check("use-after-free-table", "machine-check");
    else m.check("reused-address", "use-after-free-page");
    if (deferral !== "none" && !tableFreed) m.check("access-before-flush");
  },
);

/** Unmaps the area by a plain store, which vunmap() does not: the mutation. */
function clearPlainly(k: Thread, area: Page): OldEntry {
  return k.lockless("the area belongs to nobody else", () => {
    const old = k.ptepGet(area);
    k.pteClear(area);
    return old;
  });
}
