/**
 * TLB flushes of Linux on RISC-V (arch/riscv/mm/tlbflush.c): SFENCE.VMA on the harts of a mask, by interrupt or by the
 * firmware if there is another than the hart that asks. A hart enters the mask of an address space when it first loads
 * it (arch/riscv/mm/context.c) and, with ASIDs, stays there.
 */
import { barrier } from "../locking/barrier.ts";
import type { Handler } from "../../arch/interrupts.ts";
import { riscv as hardware } from "../../arch/rules/riscv.ts";
import { bool, type Body, when } from "../../model/builder.ts";
import { and, not, or, type Term, TRUE } from "../../model/term.ts";
import { addToBatchMask, batchMask, clearBatchMask } from "../mm/batched-unmap.ts";
import { ContextIds } from "./context-ids.ts";
import type { Mm, Page } from "../handles.ts";
import { callOnEach } from "../locking/interrupts.ts";
import type { ArchCode, KernelArch } from "./kernel-arch.ts";
import type { KernelOptions } from "./kernel-options.ts";
import { anyOther, MmCpumask } from "./mm-cpumask.ts";
import { riscv as pmdFormat } from "./pmd-format/riscv.ts";
import { type NewMapping, storeMapping } from "../mm/pte.ts";
import { hasFlags, seenEntry } from "../mm/pte-read.ts";
import type { System } from "../system.ts";
import type { ThreadProgram } from "../threads/thread-program.ts";

export const riscv: KernelArch = {
  name: "riscv",
  hardware,
  pmdFormat,
  mayLack: ["footprints"],
  asids: (mms) => mms.map(({ asid }) => asid),
  firstAsid: ({ asid }) => asid,
  codeFor,
};

function codeFor(system: System, { rfence = "ipi", lacks }: KernelOptions): ArchCode {
  const ids = new ContextIds(system);
  const mask = new MmCpumask(system);
  const flush = (k: ThreadProgram, told: string, mm: Mm, pages: readonly Page[] | null): void =>
    k.event(told, () =>
      flushTlbRange(k, rfence, (hart) => mask.has(mm, hart), sfenceOf(system, ids, mm, pages)),
    );
  return {
    // atomic_long_xchg(): one amoswap.d.aqrl.
    exchangeOrder: "full",
    // atomic_long_and().
    wrprotectOrder: "relaxed",
    smpBarriers: { mb: "fence" },
    flushTlbMm: (k, mm) => flush(k, `flush_tlb_mm(${mm.name})`, mm, null),
    flushTlbPage: (k, page) => flush(k, `flush_tlb_page(${page.name})`, page.mm, [page]),
    flushTlbRange: (k, pages) => flush(k, `flush_tlb_range(${namesOf(pages)})`, pages[0]!.mm, pages),
    // Where tables are freed, the address space: SFENCE.VMA with an address need not cover upper entries (RV-2).
    tlbFlush: (k, pages, { freedTables }) =>
      flush(k, `tlb_flush(${namesOf(pages)})`, pages[0]!.mm, freedTables ? null : pages),
    flushTlbKernelRange: (k, page) =>
      k.event(`flush_tlb_kernel_range(${page.name})`, () =>
        flushTlbRange(k, rfence, () => TRUE, sfenceInAnyAsid(system, page)),
      ),
    tlbbatchAddPending: (k, { mm }) => addToBatchMask(k, (hart) => mask.has(mm, hart)),
    tlbbatchFlush: (k) =>
      flushTlbRange(
        k,
        rfence,
        (hart) => batchMask(k, hart),
        sfenceOfAll(system),
        () => clearBatchMask(k),
      ),
    awaitOwnInvalidations: (k) => barrier(k, "fence"),
    // update_mmu_cache() follows in any case, as for an entry that a spurious fault finds unchanged.
    ptepSetAccessFlags: (k, page, { frame, writable, dirty }) => {
      const entry = { frame, writable, dirty };
      const store = (): void =>
        storeMapping(k, page, entry, `ptep_set_access_flags(${page.name}): set_pte()`);
      k.if(hasFlags(k) ? pteSame(k, page, entry).not() : true, store);
      localFlushTlbPage(k, page);
    },
    flushTlbFixSpuriousFault: localFlushTlbPage,
    updateMmuCache: localFlushTlbPage,
    updateMmuTlb: localFlushTlbPage,
    switchMm: { code: (k, mm) => switchMm(k, ids, mask, { mm, leavesMask: lacks === "footprints" }) },
  };
}

/** One or more SFENCE.VMA, executed in one step. */
interface Sfence {
  readonly name: string;
  readonly guard: (hart: Term) => Term;
  readonly execute: (hart: Term) => Body;
}

function sfenceOf({ machine }: System, ids: ContextIds, mm: Mm, pages: readonly Page[] | null): Sfence {
  if (!pages)
    return {
      name: `SFENCE.VMA ${mm.name}`,
      guard: (hart) => machine.invalidateGuard(hart, "SFENCE.VMA x0, rs2"),
      execute: (hart) => machine.invalidate(hart, "SFENCE.VMA x0, rs2", { asid: ids.of(mm), page: null }),
    };
  return {
    name: `SFENCE.VMA ${namesOf(pages)} of ${mm.name}`,
    guard: (hart) => machine.invalidateGuard(hart, "SFENCE.VMA rs1, rs2"),
    execute: (hart) =>
      pages.map(({ name }) =>
        machine.invalidate(hart, "SFENCE.VMA rs1, rs2", { asid: ids.of(mm), page: machine.page(name) }),
      ),
  };
}

function sfenceInAnyAsid({ machine }: System, { name }: Page): Sfence {
  return {
    name: `SFENCE.VMA ${name}`,
    guard: (hart) => machine.invalidateGuard(hart, "SFENCE.VMA rs1, x0"),
    execute: (hart) =>
      machine.invalidate(hart, "SFENCE.VMA rs1, x0", { asid: null, page: machine.page(name) }),
  };
}

function sfenceOfAll({ machine }: System): Sfence {
  return {
    name: "SFENCE.VMA all",
    guard: (hart) => machine.invalidateGuard(hart, "SFENCE.VMA x0, x0"),
    execute: (hart) => machine.invalidate(hart, "SFENCE.VMA x0, x0", { asid: null, page: null }),
  };
}

/**
 * `__flush_tlb_range()`. A store to a descriptor has to be visible to the harts that are asked before they
 * fence (RV-7): hence the fence before the interrupt.
 */
function flushTlbRange(
  k: ThreadProgram,
  rfence: "ipi" | "sbi",
  inMask: (hart: Term) => Term,
  sfence: Sfence,
  afterwards: () => Body = () => [],
): void {
  const others = (): Term => anyOther(k.system.machine.cpus(), k.cpu(), inMask);
  const here = (): Term => inMask(k.cpu());
  const handler: Handler = {
    name: sfence.name,
    guard: (hart) => sfence.guard(hart),
    body: (hart) => sfence.execute(hart),
  };
  const last = (): Body => [k.seat.preemption(false), afterwards()];
  const byInterrupt = (): void => {
    barrier(k, "fence");
    callOnEach(k, inMask, handler, afterwards);
  };
  const remotely = rfence === "sbi" ? () => remoteSfence(k, inMask, sfence, last) : byInterrupt;
  const locally = (): void =>
    k.step({
      label: sfence.name,
      kind: "flush",
      ways: [{ guard: () => [sfence.guard(k.cpu())], body: () => [sfence.execute(k.cpu()), last()] }],
      weaker: [{ name: "omitted", body: last }],
    });
  k.step({
    label: "cpumask_any_but()",
    kind: "re-check",
    ways: [
      { name: "others", guard: () => [others()], body: () => k.seat.preemption(true), exit: "others" },
      {
        name: "this hart only",
        guard: () => [not(others()), here()],
        body: () => k.seat.preemption(true),
        exit: "here",
      },
      { name: "nobody", guard: () => [and(not(others()), not(here()))], body: afterwards },
    ],
    exits: {
      others: { block: k.block(remotely), then: "next" },
      here: { block: k.block(locally), then: "next" },
    },
  });
}

/**
 * `sbi_remote_sfence_vma_asid()`: the firmware has every hart of the mask execute the SFENCE.VMA, one after the other as
 * it comes, and returns when all have. A hart does so between two instructions, its interrupts on or off.
 */
function remoteSfence(
  k: ThreadProgram,
  inMask: (hart: Term) => Term,
  sfence: Sfence,
  last: () => Body,
): void {
  const { machine } = k.system;
  const { cpu } = machine.domains;
  const pending = k.registerArray("sbi.hart_mask", [cpu], bool, false);
  k.step({
    label: `ECALL: remote ${sfence.name}`,
    kind: "flush",
    ways: [
      {
        guard: () => [machine.interrupts.maySend(k.cpu())],
        body: () => machine.cpus().map((hart) => pending.at(hart).set(inMask(hart))),
      },
    ],
  });
  k.while(or(...machine.cpus().map((hart) => pending.at(hart))), () =>
    k.step({
      label: `firmware: ${sfence.name}`,
      kind: "flush",
      ways: [
        {
          choices: { hart: cpu },
          guard: ({ hart }) => [pending.at(hart!), machine.access.idle(hart!), sfence.guard(hart!)],
          body: ({ hart }) => [sfence.execute(hart!), pending.at(hart!).set(false)],
          text: ({ hart }) => [hart!, `: ${sfence.name}`],
        },
      ],
    }),
  );
  k.step({ label: "the SBI call returns", kind: "wait", ways: [{ body: last }] });
}

/** `pte_same()` of an entry, which is read for it, and a young one that is to be stored. */
function pteSame(k: ThreadProgram, page: Page, { writable, dirty = true }: NewMapping): Term {
  const same = k.register(`${page.name}.same`, bool, false);
  const compare = (): Body => {
    const seen = seenEntry(k, page);
    return same.set(and(seen.accessed, seen.writable.is(writable), seen.dirty.is(dirty)));
  };
  k.step({ label: `pte_same(${page.name})`, kind: "re-check", ways: [{ body: compare }] });
  return same;
}

/** `local_flush_tlb_page()`: an invalid descriptor may be cached, and a walk may read the old one (RV-1, RV-7). */
function localFlushTlbPage(k: ThreadProgram, page: Page): void {
  const { machine } = k.system;
  k.step({
    label: `SFENCE.VMA ${page.name}`,
    kind: "flush",
    ways: [
      {
        guard: () => [machine.invalidateGuard(k.cpu(), "SFENCE.VMA rs1, x0")],
        body: () =>
          machine.invalidate(k.cpu(), "SFENCE.VMA rs1, x0", { asid: null, page: k.system.page(page) }),
      },
    ],
  });
}

/** `switch_mm()`: nothing is flushed, and nothing orders the walks behind what was stored before. */
function switchMm(
  k: ThreadProgram,
  ids: ContextIds,
  mask: MmCpumask,
  { mm, leavesMask }: { readonly mm: Mm; readonly leavesMask: boolean },
): void {
  const { machine, mms } = k.system;
  const leave = (): Body =>
    mms.map((each) =>
      when(machine.context.at(k.cpu()).is(k.system.space(each)), mask.has(each, k.cpu()).set(false)),
    );
  const space = k.system.space(mm);
  const same = (): Term => machine.context.at(k.cpu()).is(space);
  const writeSatp = (): void =>
    k.step({
      label: "write satp",
      kind: "data",
      ways: [{ body: () => machine.loadContext(k.cpu(), { space, asid: ids.of(mm) }) }],
    });
  k.step({
    label: `switch_mm(${mm.name})`,
    kind: "data",
    ways: [
      { name: "same mm", guard: () => [same()], text: () => "the same address space" },
      {
        name: "other mm",
        guard: () => [same().not()],
        body: () => [leavesMask ? leave() : [], mask.has(mm, k.cpu()).set(true)],
        exit: "other",
        text: () => `cpumask_set_cpu(mm_cpumask(${mm.name}))`,
      },
    ],
    exits: { other: { block: k.block(writeSatp), then: "next" } },
  });
}

function namesOf(pages: readonly Page[]): string {
  return pages.map(({ name }) => name).join(", ");
}
