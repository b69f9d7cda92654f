/**
 * Flushes by INVLPGB under a global ASID (arch/x86/mm/tlb.c, AMD): issued on one CPU, effective on all, and
 * awaited by TLBSYNC on the CPU that issued it. In the "async" form a batch issues as it unmaps and awaits
 * once at its end, as arm64 does; Linux was proposed to do so and does not.
 */
import { barrier } from "../../locking/barrier.ts";
import type { Term } from "../../../model/term.ts";
import type { Mm, Page } from "../../handles.ts";
import type { FlushCode } from "../kernel-arch.ts";
import type { ThreadProgram } from "../../threads/thread-program.ts";
import { notifyInAddPending, notifyInBatchFlush, notifyInFlush } from "../../mm/mmu-notifier.ts";
import { incMmTlbGen, putCpu } from "./flush.ts";
import type { TlbState } from "./tlb-state.ts";

export function broadcastCode(state: TlbState, form: "sync" | "async"): FlushCode {
  const flush = (
    k: ThreadProgram,
    told: string,
    mm: Mm,
    pages: readonly Page[] | null,
    freedTables = false,
  ): void =>
    k.event(told, () => {
      incMmTlbGen(k, state, mm, () => k.seat.preemption(true));
      if (pages) for (const page of pages) invlpgb(k, state, page.mm, page, freedTables);
      else invlpgb(k, state, mm, null);
      tlbsync(k);
      putCpu(k);
      notifyInFlush(k, mm, pages);
    });
  return {
    flushTlbMm: (k, mm) => flush(k, `flush_tlb_mm(${mm.name})`, mm, null),
    flushTlbPage: (k, page) => flush(k, `flush_tlb_page(${page.name})`, page.mm, [page]),
    flushTlbRange: (k, pages) =>
      flush(k, `flush_tlb_range(${pages.map(({ name }) => name).join(", ")})`, pages[0]!.mm, pages, true),
    tlbFlush: (k, pages, { freedTables }) =>
      flush(k, `tlb_flush(${pages.map(({ name }) => name).join(", ")})`, pages[0]!.mm, pages, freedTables),
    flushTlbKernelRange: (k, page) =>
      k.event(`flush_tlb_kernel_range(${page.name})`, () => {
        invlpgbKernel(k, page);
        tlbsync(k);
        putCpu(k);
      }),
    tlbbatchAddPending: (k, page) => {
      incMmTlbGen(k, state, page.mm);
      if (form === "async") invlpgb(k, state, page.mm, page);
      notifyInAddPending(k, page.mm);
    },
    tlbbatchFlush: (k) => {
      if (form === "sync") invlpgbAll(k);
      tlbsync(k);
      if (form === "sync") putCpu(k);
      notifyInBatchFlush(k);
    },
    awaitOwnInvalidations: (k) => barrier(k, "tlbsync"),
    // What a batch has issued is awaited before its task can run elsewhere.
    ...(form === "async"
      ? { switchAwaits: (cpu: Term) => state.system.machine.barrier(cpu, "tlbsync") }
      : {}),
  };
}

function tlbsync(k: ThreadProgram): void {
  barrier(k, "tlbsync", ["mfence"]);
}

/** By address it is for final levels only, unless tables are freed. */
function invlpgb(k: ThreadProgram, state: TlbState, mm: Mm, page: Page | null, freedTables = false): void {
  const { machine } = k.system;
  const byPage = freedTables ? "INVLPGB page" : "INVLPGB page, final only";
  const name = page ? byPage : "INVLPGB PCID";
  const operands = () => ({ asid: state.globalAsid(mm), page: page ? k.system.page(page) : null });
  k.step({
    label: page ? `INVLPGB ${page.name}` : `INVLPGB ${mm.name}`,
    kind: "flush",
    ways: [
      {
        guard: () => [machine.invalidateGuard(k.cpu(), name)],
        body: () => machine.invalidate(k.cpu(), name, operands()),
      },
    ],
  });
}

/** `invlpgb_flush_addr_nosync()`: global entries too, in any PCID. */
function invlpgbKernel(k: ThreadProgram, page: Page): void {
  const { machine } = k.system;
  const name = "INVLPGB page, globals";
  k.step({
    label: `INVLPGB ${page.name}, globals`,
    kind: "flush",
    ways: [
      {
        guard: () => [machine.invalidateGuard(k.cpu(), name)],
        body: () => [
          k.seat.preemption(true),
          machine.invalidate(k.cpu(), name, { asid: null, page: k.system.page(page) }),
        ],
      },
    ],
  });
}

/** `invlpgb_flush_all_nonglobals()` */
function invlpgbAll(k: ThreadProgram): void {
  const { machine } = k.system;
  k.step({
    label: "INVLPGB all",
    kind: "flush",
    ways: [
      {
        guard: () => [machine.invalidateGuard(k.cpu(), "INVLPGB all")],
        body: () => [
          k.seat.preemption(true),
          machine.invalidate(k.cpu(), "INVLPGB all", { asid: null, page: null }),
        ],
      },
    ],
  });
}
