/**
 * TLB flushes of Linux on arm64 (arch/arm64/include/asm/tlbflush.h): a barrier that makes the page-table
 * stores visible to walkers, the ASID, broadcast TLBIs, and a barrier that waits for them.
 */
import { arm64 as hardware } from "../arch/arm64.ts";
import { ContextIds } from "./context-ids.ts";
import type { Mm, Page } from "./handles.ts";
import type { ArchCode, KernelArch } from "./kernel-arch.ts";
import { arm64 as pmdFormat } from "./pmd-format/arm64.ts";
import type { System } from "./system.ts";
import type { Thread } from "./thread.ts";

export const arm64: KernelArch = {
  name: "arm64",
  hardware,
  pmdFormat,
  asids: (mms) => mms.map(({ asid }) => asid),
  firstAsid: ({ asid }) => asid,
  codeFor,
};

function codeFor(system: System): ArchCode {
  const ids = new ContextIds(system);
  return {
    flushTlbMm: (k, mm) =>
      k.event(`flush_tlb_mm(${mm.name})`, () => {
        k.barrier("dsb(ishst)", []);
        tlbi(k, ids, mm, "ASIDE1IS", null);
        awaitTlbis(k);
      }),
    flushTlbPage: (k, page) =>
      k.event(`flush_tlb_page(${page.name})`, () => {
        k.barrier("dsb(ishst)", []);
        tlbi(k, ids, page.mm, "VALE1IS", page);
        awaitTlbis(k);
      }),
    flushTlbRange: (k, pages) =>
      k.event(`flush_tlb_range(${pages.map(({ name }) => name).join(", ")})`, () => {
        k.barrier("dsb(ishst)", []);
        for (const page of pages) tlbi(k, ids, page.mm, "VAE1IS", page);
        awaitTlbis(k);
      }),
    tlbFlush: (k, pages, { freedTables }) =>
      k.event(`tlb_flush(${pages.map(({ name }) => name).join(", ")})`, () => {
        k.barrier("dsb(ishst)", []);
        for (const page of pages) tlbi(k, ids, page.mm, freedTables ? "VAE1IS" : "VALE1IS", page);
        awaitTlbis(k);
      }),
    flushTlbPgtable: (k, table) =>
      k.event(`__flush_tlb_pgtable(${table.name})`, () => {
        // In 2018 the barrier was a part of set_pmd(), which clears the upper entry; it has since moved here.
        k.barrier("dsb(ishst)", []);
        tlbi(k, ids, table.mm, "VAE1IS", table.pages[0]!);
        awaitTlbis(k);
      }),
    tlbbatchAddPending: (k, page) => {
      k.barrier("dsb(ishst)", []);
      tlbi(k, ids, page.mm, "VALE1IS", page);
    },
    tlbbatchFlush: awaitTlbis,
    awaitOwnInvalidations: (k) => k.barrier("dsb(ish)"),
    switchMm: {
      step: (cpu, mm) => system.machine.loadContext(cpu, { space: system.space(mm), asid: ids.of(mm) }),
    },
  };
}

function awaitTlbis(k: Thread): void {
  k.barrier("dsb(ish)", ["dsb(ishst)", "dsb(nsh)"]);
}

/** Reads the ASID into a register, then issues the TLBI with it: two steps (ARM-14). */
function tlbi(k: Thread, ids: ContextIds, mm: Mm, name: string, page: Page | null): void {
  const { machine } = k.system;
  const asid = k.register("asid", machine.domains.asid, mm.asid);
  k.step({
    label: `read ASID of ${mm.name}`,
    kind: "data",
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
    weaker: [{ name: "local", body: () => machine.invalidate(k.cpu(), name.replace(/IS$/, ""), operands()) }],
  });
}
