/**
 * TLB flushes of Linux on arm64 (arch/arm64/include/asm/tlbflush.h): a barrier that makes the page-table
 * stores visible to walkers, the ASID, broadcast TLBIs, and a barrier that waits for them.
 */
import { barrier } from "../locking/barrier.ts";
import { arm64 as hardware } from "../../arch/rules/arm64.ts";
import { ContextIds } from "./context-ids.ts";
import type { Mm, Page } from "../handles.ts";
import { notifyInFlush } from "../mm/mmu-notifier.ts";
import { exchangeForUpgrade } from "../mm/pte.ts";
import type { ArchCode, KernelArch } from "./kernel-arch.ts";
import type { KernelOptions } from "./kernel-options.ts";
import { arm64 as pmdFormat } from "./pmd-format/arm64.ts";
import type { System } from "../system.ts";
import type { ThreadProgram } from "../threads/thread-program.ts";

export const arm64: KernelArch = {
  name: "arm64",
  hardware,
  pmdFormat,
  asids: (mms) => mms.map(({ asid }) => asid),
  firstAsid: ({ asid }) => asid,
  codeFor,
};

function codeFor(system: System, { upgrades }: KernelOptions): ArchCode {
  const ids = new ContextIds(system);
  return {
    // xchg_relaxed(), in __ptep_get_and_clear() and pmdp_establish().
    exchangeOrder: "relaxed",
    smpBarriers: { mb: "dmb(ish)", wmb: "dmb(ishst)", rmb: "dmb(ishld)" },
    flushTlbMm: (k, mm) =>
      k.event(`flush_tlb_mm(${mm.name})`, () => {
        barrier(k, "dsb(ishst)", []);
        tlbi(k, ids, mm, "ASIDE1IS", null);
        awaitTlbis(k);
        notifyInFlush(k, mm, null);
      }),
    flushTlbPage: (k, page) => flushTlbPage(k, ids, page),
    flushTlbRange: (k, pages) =>
      k.event(`flush_tlb_range(${pages.map(({ name }) => name).join(", ")})`, () => {
        barrier(k, "dsb(ishst)", []);
        for (const page of pages) tlbi(k, ids, page.mm, "VAE1IS", page);
        awaitTlbis(k);
        notifyInFlush(k, pages[0]!.mm, pages);
      }),
    tlbFlush: (k, pages, { freedTables }) =>
      k.event(`tlb_flush(${pages.map(({ name }) => name).join(", ")})`, () => {
        barrier(k, "dsb(ishst)", []);
        for (const page of pages) tlbi(k, ids, page.mm, freedTables ? "VAE1IS" : "VALE1IS", page);
        awaitTlbis(k);
        notifyInFlush(k, pages[0]!.mm, pages);
      }),
    flushTlbPgtable: (k, table) =>
      k.event(`__flush_tlb_pgtable(${table.name})`, () => {
        // In 2018 the barrier was a part of set_pmd(), which clears the upper entry; it has since moved here.
        barrier(k, "dsb(ishst)", []);
        tlbi(k, ids, table.mm, "VAE1IS", table.pages[0]!);
        awaitTlbis(k);
      }),
    flushTlbKernelRange: (k, page) =>
      k.event(`flush_tlb_kernel_range(${page.name})`, () => {
        barrier(k, "dsb(ishst)");
        tlbiKernel(k, page);
        awaitTlbis(k);
        k.step({
          label: "isb()",
          kind: "barrier",
          ways: [{ body: () => k.system.machine.synchronizeContext(k.cpu()) }],
        });
      }),
    tlbbatchAddPending: (k, page) => flushTlbPageNosync(k, ids, page),
    tlbbatchFlush: awaitTlbis,
    awaitOwnInvalidations: (k) => barrier(k, "dsb(ish)"),
    ptepSetAccessFlags: (k, page, to) => {
      // A loop, which goes round only if the hardware has come between: it succeeds at once.
      exchangeForUpgrade(k, page, to, `ptep_set_access_flags(${page.name}): cmpxchg`);
      k.if(to.write, () => {
        if (upgrades === "local") localFlushTlbPage(k, ids, page, () => notifyInFlush(k, page.mm, [page]));
        else flushTlbPage(k, ids, page);
      });
    },
    // Without the DSB: at worst a CPU goes on using the young entry.
    flushOld: (k, page) =>
      k.event(`flush_tlb_page_nosync(${page.name})`, () => flushTlbPageNosync(k, ids, page)),
    ...(upgrades === "local"
      ? { flushTlbFixSpuriousFault: (k: ThreadProgram, page: Page) => localFlushTlbPage(k, ids, page) }
      : {}),
    switchMm: {
      step: (cpu, mm) => system.machine.loadContext(cpu, { space: system.space(mm), asid: ids.of(mm) }),
    },
  };
}

function flushTlbPage(k: ThreadProgram, ids: ContextIds, page: Page): void {
  k.event(`flush_tlb_page(${page.name})`, () => {
    flushTlbPageNosync(k, ids, page);
    awaitTlbis(k);
  });
}

/** `local_flush_tlb_page()`, and `_nonotify()` where nothing is given to do in between. */
function localFlushTlbPage(
  k: ThreadProgram,
  ids: ContextIds,
  page: Page,
  notify: () => void = () => undefined,
): void {
  k.event(`local_flush_tlb_page(${page.name})`, () => {
    barrier(k, "dsb(nshst)", []);
    tlbi(k, ids, page.mm, "VALE1", page);
    notify();
    barrier(k, "dsb(nsh)", []);
  });
}

function flushTlbPageNosync(k: ThreadProgram, ids: ContextIds, page: Page): void {
  barrier(k, "dsb(ishst)", []);
  tlbi(k, ids, page.mm, "VALE1IS", page);
  notifyInFlush(k, page.mm, [page]);
}

function awaitTlbis(k: ThreadProgram): void {
  barrier(k, "dsb(ish)", ["dsb(ishst)", "dsb(nsh)"]);
}

/** Of an address of the kernel, in any ASID, final level only. */
function tlbiKernel(k: ThreadProgram, page: Page): void {
  const { machine } = k.system;
  const name = "VAALE1IS";
  k.step({
    label: `TLBI ${name} ${page.name}`,
    kind: "flush",
    ways: [
      {
        guard: () => [machine.invalidateGuard(k.cpu(), name)],
        body: () => machine.invalidate(k.cpu(), name, { asid: null, page: k.system.page(page) }),
      },
    ],
  });
}

/**
 * Reads the ASID into a register, then issues the TLBI with it: two steps (ARM-14). No ASID ever changes here, and no
 * TLBI waits for a store because its operand was loaded behind a DMB (ARM-18): the step may be taken as if the ASID
 * had been at hand.
 */
function tlbi(k: ThreadProgram, ids: ContextIds, mm: Mm, name: string, page: Page | null): void {
  const { machine } = k.system;
  const asid = k.register("asid", machine.domains.asid, mm.asid);
  k.step({
    label: `read ASID of ${mm.name}`,
    kind: "data",
    reads: false,
    ways: [{ body: () => asid.set(ids.of(mm)) }],
  });
  const operands = () => ({ asid, page: page ? k.system.page(page) : null });
  k.step({
    label: `TLBI ${name}${page ? ` ${page.name}` : ""}`,
    kind: "flush",
    ways: [
      {
        guard: () => [machine.invalidateGuard(k.cpu(), name)],
        body: () => machine.invalidate(k.cpu(), name, operands()),
      },
    ],
    weaker: name.endsWith("IS")
      ? [{ name: "local", body: () => machine.invalidate(k.cpu(), name.replace(/IS$/, ""), operands()) }]
      : [],
  });
}
