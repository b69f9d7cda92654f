/** `flush_tlb_mm_range()` (arch/x86/mm/tlb.c): every flush of an address space on x86, by interrupts. */
import { localIrqRestore, localIrqSave } from "../../locking/irqs-off.ts";
import { bool, type Body, when } from "../../../model/builder.ts";
import { and, FALSE, type Term, TRUE } from "../../../model/term.ts";
import type { Mm } from "../../handles.ts";
import { anyOther } from "../mm-cpumask.ts";
import { mayAwaitCpus } from "../../locking/lockdep.ts";
import { notifyInFlush } from "../../mm/mmu-notifier.ts";
import { awaitsCpus } from "../../threads/awaits.ts";
import type { ThreadProgram } from "../../threads/thread-program.ts";
import { type FlushInfo, flushHandler, flushTlbFunc } from "./flush-func.ts";
import type { TlbState } from "./tlb-state.ts";

export function flushTlbMmRange(
  k: ThreadProgram,
  state: TlbState,
  info: FlushInfo & { readonly mm: Mm },
): void {
  const { mm } = info;
  incMmTlbGen(k, state, mm, () => k.seat.preemption(true));
  const others = anyBut(k, "flush.others", (cpu) => state.inMask(mm, cpu));
  k.if(
    others,
    () => flushTlbMulti(k, state, info, (cpu) => state.inMask(mm, cpu)),
    () => flushHere(k, state, info),
  );
  putCpu(k);
  notifyInFlush(k, mm, info.pages);
}

/** `inc_mm_tlb_gen()`: a locked increment, so that what was stored before is visible to whoever reads it. */
export function incMmTlbGen(k: ThreadProgram, state: TlbState, mm: Mm, besides: () => Body = () => []): void {
  const generation = state.generationOf(mm);
  const body = (): Body => [besides(), generation.increase(), state.wanted.at(k.cpu()).set(generation)];
  const drained = (): Term[] =>
    state.options.lacks === "flush barrier" ? [] : [k.system.machine.mayComplete(k.cpu(), "full atomic")];
  k.step({
    label: `inc_mm_tlb_gen(${mm.name})`,
    kind: "counter",
    ways: [{ guard: drained, body }],
    weaker: [{ name: "without draining", body }],
  });
}

/** `cpumask_any_but()` into a register: whether another CPU than this one is in a mask. */
export function anyBut(
  k: ThreadProgram,
  register: string,
  inMask: (cpu: Term) => Term,
  besides: () => Body = () => [],
): Term {
  const others = k.register(register, bool, false);
  k.step({
    label: "cpumask_any_but()",
    kind: "re-check",
    ways: [{ body: () => [besides(), others.set(anyOther(k.system.machine.cpus(), k.cpu(), inMask))] }],
  });
  return others;
}

/** `flush_tlb_multi()`: asks the CPUs of a mask that need it, flushes here, and waits for all of them. */
export function flushTlbMulti(
  k: ThreadProgram,
  state: TlbState,
  info: FlushInfo,
  inMask: (cpu: Term) => Term,
): void {
  const { machine } = state.system;
  const { interrupts } = machine;
  const handler = flushHandler(k, state, info);
  for (const [number, target] of machine.cpus().entries()) {
    if (isCertainly(k.cpu(), target)) continue;
    const asked = (): Term => and(target.isNot(k.cpu()), inMask(target), shouldFlushTlb(state, info, target));
    k.step({
      label: `should_flush_tlb(CPU${number})`,
      kind: "flush",
      ways: [
        {
          name: "IPI",
          guard: () => [asked(), interrupts.maySend(k.cpu())],
          body: () => interrupts.send(k.cpu(), target, handler),
          text: () => `IPI to CPU${number}`,
        },
        {
          name: "trimmed",
          guard: () => [
            target.isNot(k.cpu()),
            inMask(target),
            mayTrim(state, info, target),
            interrupts.maySend(k.cpu()),
          ],
          body: () => interrupts.send(k.cpu(), target, handler),
          text: () => `IPI to CPU${number}, which has left the address space`,
        },
        {
          name: "spared",
          guard: () => [asked().not()],
          body: () => tellSpared(k, state, info, target),
          text: () => `no IPI to CPU${number}`,
        },
      ],
    });
  }
  const here = k.register("flush.here", bool, false);
  k.step({
    label: "should_flush_tlb(this CPU)",
    kind: "re-check",
    ways: [
      {
        body: () => [
          mayAwaitCpus(k, "flush_tlb_multi()"),
          here.set(and(inMask(k.cpu()), shouldFlushTlb(state, info, k.cpu()))),
        ],
      },
    ],
  });
  k.if(here, () => flushWithIrqsOff(k, state, info));
  k.step({
    label: "wait for the IPIs",
    kind: "wait",
    ways: [{ guard: () => [interrupts.acknowledged(k.cpu(), handler)], body: () => here.set(false) }],
    awaits: () => awaitsCpus(k, handler),
    weaker: [{ name: "omitted", body: () => here.set(false) }],
  });
}

/** For properties: a CPU other than this one takes no part in the flush. */
function tellSpared(k: ThreadProgram, state: TlbState, { mm }: FlushInfo, cpu: Term): Body {
  if (!mm) return [];
  const told = state.system.observers.tell("spared", cpu, mm, state.wanted.at(k.cpu()));
  return when(cpu.isNot(k.cpu()), told);
}

/** `should_flush_tlb()`: lazy CPUs catch up when they switch back, unless page tables are freed. */
function shouldFlushTlb(state: TlbState, { mm, freedTables }: FlushInfo, cpu: Term): Term {
  if (freedTables) return TRUE;
  const notLazy = state.isSeenLazy(cpu).not();
  return mm ? and(notLazy, state.isSeenToUse(cpu, mm)) : notLazy;
}

/**
 * A CPU of the mask that uses another address space, and not lazily, is asked once a second, so that it leaves the mask
 * (`should_trim_cpumask()`); here at any flush or at none.
 */
function mayTrim(state: TlbState, { mm, freedTables }: FlushInfo, cpu: Term): Term {
  if (freedTables || !mm || state.system.mms.length === 1) return FALSE;
  return and(state.isSeenLazy(cpu).not(), state.isSeenToUse(cpu, mm).not());
}

/** Nobody else is in the mask: this CPU flushes, if the address space is loaded here. */
function flushHere(k: ThreadProgram, state: TlbState, info: FlushInfo & { readonly mm: Mm }): void {
  const here = k.register("flush.here", bool, false);
  k.step({
    label: "loaded_mm == mm",
    kind: "re-check",
    ways: [
      {
        body: () => [
          state.system.machine.cpus().map((cpu) => tellSpared(k, state, info, cpu)),
          here.set(state.loads(k.cpu(), info.mm)),
        ],
      },
    ],
  });
  k.if(here, () => flushWithIrqsOff(k, state, info));
}

export function flushWithIrqsOff(k: ThreadProgram, state: TlbState, info: FlushInfo): void {
  const flags = localIrqSave(k);
  flushTlbFunc(k, state, info, () => state.wanted.at(k.cpu()));
  localIrqRestore(k, flags);
}

/** `put_cpu()`, and registers that are not needed any more. */
export function putCpu(k: ThreadProgram, besides: () => Body = () => []): void {
  k.step({
    label: "put_cpu()",
    kind: "control",
    ways: [
      {
        body: () => [
          besides(),
          k.seat.preemption(false),
          k.register("flush.here", bool, false).set(false),
          k.register("flush.others", bool, false).set(false),
        ],
      },
    ],
  });
}

function isCertainly(cpu: Term, other: Term): boolean {
  return cpu.is(other).node === TRUE.node;
}
