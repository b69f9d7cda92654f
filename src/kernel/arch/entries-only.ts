/**
 * powerpc, LoongArch and MIPS as far as kernel code reads and writes PMD entries there. Nothing is translated: a
 * flush is a step that has nothing to flush, and a thread that accesses a page is refused.
 */
import { entriesOnly } from "../../arch/rules/entries-only.ts";
import { TlbcheckError } from "../../model/diagnostic.ts";
import { callerSource } from "../../model/source.ts";
import { smpCallFunction } from "../locking/interrupts.ts";
import type { ArchCode, KernelArch, ProgramCode } from "./kernel-arch.ts";
import type { PmdFormat } from "./pmd-format/format.ts";
import { loongarch as loongarchFormat } from "./pmd-format/loongarch.ts";
import { mips as mipsFormat } from "./pmd-format/mips.ts";
import { powerpc as powerpcFormat } from "./pmd-format/powerpc.ts";
import type { System } from "../system.ts";
import type { ThreadProgram } from "../threads/thread-program.ts";

export const powerpc = kernelOn(powerpcFormat, {
  /** Waits for walks with interrupts off, after the invalid entry can be seen. */
  pmdpInvalidated: (k) => smpCallFunction(k, "serialize_against_pte_lookup"),
});
export const loongarch = kernelOn(loongarchFormat, {});
export const mips = kernelOn(mipsFormat, {});

function kernelOn(pmdFormat: PmdFormat, besides: { readonly pmdpInvalidated?: ProgramCode }): KernelArch {
  const { name } = pmdFormat;
  return {
    name,
    hardware: entriesOnly(name),
    pmdFormat,
    asids: (mms) => mms.map(({ asid }) => asid),
    firstAsid: ({ asid }) => asid,
    codeFor: (system) => ({ ...codeFor(system, name), ...besides }),
  };
}

function codeFor(system: System, name: string): ArchCode {
  const refuse = (what: string) => (): never => {
    throw new TlbcheckError(
      "TLB207",
      `${name} has no ${what} here: only its page-table entries are modelled`,
      {
        hint: "ask arm64, intel, amd or riscv",
        source: callerSource(),
      },
    );
  };
  const nothing = (k: ThreadProgram, label: string): void =>
    k.event(label, () => k.step({ label, kind: "flush", ways: [{}] }));
  return {
    // powerpc: a loop of LDARX and STDCX; MIPS and LoongArch have the generic pmdp_establish(), a load and a store.
    exchangeOrder: "relaxed",
    flushTlbMm: (k, mm) => nothing(k, `flush_tlb_mm(${mm.name})`),
    flushTlbPage: (k, page) => nothing(k, `flush_tlb_page(${page.name})`),
    flushTlbRange: (k, pages) => nothing(k, `flush_tlb_range(${pages.map((page) => page.name).join(", ")})`),
    tlbFlush: (k, pages) => nothing(k, `tlb_flush(${pages.map((page) => page.name).join(", ")})`),
    tlbbatchAddPending: refuse("batched flush"),
    tlbbatchFlush: refuse("batched flush"),
    awaitOwnInvalidations: refuse("invalidation"),
    ptepSetAccessFlags: refuse("fault handler"),
    switchMm: {
      step: (cpu, mm) =>
        system.machine.loadContext(cpu, { space: system.space(mm), asid: mm.asid, preserve: true }),
    },
  };
}
