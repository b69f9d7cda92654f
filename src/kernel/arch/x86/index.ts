/** Linux on x86: flushes by interrupts under the `tlb_gen` protocol, or on AMD by INVLPGB. */
import { barrier } from "../../locking/barrier.ts";
import { amd as amdHardware, intel as intelHardware } from "../../../arch/rules/x86.ts";
import type { Architecture } from "../../../arch/architecture.ts";
import { bool } from "../../../model/builder.ts";
import { and, type Term } from "../../../model/term.ts";
import { addToBatchMask, batchMask, clearBatchMask } from "../../mm/batched-unmap.ts";
import { TlbcheckError } from "../../../model/diagnostic.ts";
import type { Mm, Page } from "../../handles.ts";
import type { ArchCode, EntryUpgrade, FlushCode, KernelArch } from "../kernel-arch.ts";
import type { KernelOptions } from "../kernel-options.ts";
import { x86 as pmdFormat } from "../pmd-format/x86.ts";
import type { System } from "../../system.ts";
import type { ThreadProgram } from "../../threads/thread-program.ts";
import { notifyInAddPending, notifyInBatchFlush } from "../../mm/mmu-notifier.ts";
import { storeMapping } from "../../mm/pte.ts";
import { broadcastCode } from "./broadcast.ts";
import { anyBut, flushTlbMmRange, flushTlbMulti, flushWithIrqsOff, incMmTlbGen, putCpu } from "./flush.ts";
import type { FlushInfo } from "./flush-func.ts";
import { switchMm } from "./switch-mm.ts";
import { firstPcid, pcids, TlbState } from "./tlb-state.ts";

export const intel = kernelOn(intelHardware);
export const amd = kernelOn(amdHardware);

function kernelOn(hardware: Architecture): KernelArch {
  return {
    name: hardware.name,
    hardware,
    pmdFormat,
    mayLack: ["flush barrier", "switching", "switch barrier", "switch order", "partial flush check"],
    asids: ownPcids,
    firstAsid: firstPcid,
    codeFor,
  };
}

/** The PCIDs; throws TLB201 for address spaces that are to share an ASID, which here no address space has. */
function ownPcids(mms: readonly Mm[], options: KernelOptions): readonly string[] {
  const sharing = mms.find((mm) => mms.some((other) => other !== mm && other.asid === mm.asid));
  if (!sharing) return pcids(mms, options);
  throw new TlbcheckError("TLB201", `${sharing.name} shares an ASID, but x86 has PCIDs of each CPU`, {
    hint: "asidOf is for arm64 and riscv",
  });
}

function codeFor(system: System, options: KernelOptions): ArchCode {
  const state = new TlbState(system, options);
  system.tlbGenerations = state;
  const shared = {
    // XCHG with memory is locked.
    exchangeOrder: "full" as const,
    smpBarriers: { mb: "mfence" },
    defersPmdFlush: true,
    tlbbatchShouldDefer: (k: ThreadProgram, mm: Mm) => shouldDefer(k, state, mm),
    // More is allowed than before, so nothing is flushed: a fault drops what is cached (X86-9).
    ptepSetAccessFlags: (k: ThreadProgram, page: Page, { write, ...entry }: EntryUpgrade) =>
      k.if(write, () => storeMapping(k, page, entry, `ptep_set_access_flags(${page.name}): set_pte()`)),
    switchMm: { code: (k: ThreadProgram, mm: Mm) => switchMm(k, state, mm) },
    enterLazyTlb: {
      possible: (cpu: Term) => and(state.isLazy(cpu).not(), state.loadsKernelOnly(cpu).not()),
      mayStore: (cpu: Term) => state.mayStore(cpu),
      body: (cpu: Term) => state.setLazy(cpu, true),
    },
  };
  return options.invlpgb
    ? { ...shared, ...broadcastCode(state, options.invlpgb) }
    : { ...shared, ...interruptCode(state) };
}

function interruptCode(state: TlbState): FlushCode {
  const flush = (k: ThreadProgram, info: FlushInfo & { readonly mm: Mm }): void =>
    flushTlbMmRange(k, state, info);
  return {
    // flush_tlb_mm() and flush_tlb_range() say that they freed tables, so that lazy CPUs are asked too.
    flushTlbMm: (k, mm) =>
      k.event(`flush_tlb_mm(${mm.name})`, () => flush(k, { mm, pages: null, freedTables: true })),
    flushTlbPage: (k, page) =>
      k.event(`flush_tlb_page(${page.name})`, () =>
        flush(k, { mm: page.mm, pages: [page], freedTables: false }),
      ),
    flushTlbRange: (k, pages) =>
      k.event(`flush_tlb_range(${pages.map(({ name }) => name).join(", ")})`, () =>
        flush(k, { mm: pages[0]!.mm, pages, freedTables: true }),
      ),
    tlbFlush: (k, pages, { freedTables, sparesLazy = false }) =>
      k.event(`tlb_flush(${pages.map(({ name }) => name).join(", ")})`, () =>
        flush(k, { mm: pages[0]!.mm, pages, freedTables: freedTables && !sparesLazy }),
      ),
    tlbbatchAddPending: (k, page) => addPending(k, state, page),
    tlbbatchFlush: (k) => batchFlush(k, state),
    awaitOwnInvalidations: (k) => barrier(k, "mfence"),
  };
}

/** `arch_tlbbatch_should_defer()`: only if another CPU may hold the translation. */
function shouldDefer(k: ThreadProgram, state: TlbState, mm: Mm): Term {
  return k.event(`arch_tlbbatch_should_defer(${mm.name})`, () =>
    anyBut(k, "should_defer", (cpu) => state.inMask(mm, cpu)),
  );
}

/** `arch_tlbbatch_add_pending()`: a new generation, and the mask of the address space as it is now. */
function addPending(k: ThreadProgram, state: TlbState, { mm }: Page): void {
  incMmTlbGen(k, state, mm);
  addToBatchMask(k, (cpu) => state.inMask(mm, cpu));
  notifyInAddPending(k, mm);
}

/** `arch_tlbbatch_flush()`: one interrupt for all that the batch has queued, to CPUs that are not lazy. */
function batchFlush(k: ThreadProgram, state: TlbState): void {
  const info = { mm: null, pages: null, freedTables: false };
  const inBatch = (cpu: Term): Term => batchMask(k, cpu);
  const others = anyBut(k, "flush.others", inBatch, () => k.seat.preemption(true));
  const here = k.register("flush.here", bool, false);
  k.if(
    others,
    () => flushTlbMulti(k, state, info, inBatch),
    () => {
      k.step({
        label: "cpumask_test_cpu(this CPU)",
        kind: "re-check",
        ways: [{ body: () => here.set(batchMask(k, k.cpu())) }],
      });
      k.if(here, () => flushWithIrqsOff(k, state, info));
    },
  );
  putCpu(k, () => clearBatchMask(k));
  notifyInBatchFlush(k);
}
