/**
 * `flush_tlb_func()` (arch/x86/mm/tlb.c): what a CPU does that is asked to flush, by interrupt or by itself,
 * in both cases with interrupts off.
 */
import type { Handler } from "../../../arch/interrupts.ts";
import { and, type Place, type Term, TRUE } from "../../../model/term.ts";
import type { Mm, Page } from "../../handles.ts";
import type { Op, Way } from "../../../program/step.ts";
import type { ThreadProgram } from "../../threads/thread-program.ts";
import type { TlbState } from "./tlb-state.ts";

/** `struct flush_tlb_info`. The generation that is wanted lies with the CPU that asks. */
export interface FlushInfo {
  /** Null for whatever is loaded: the flush of a batch. */
  readonly mm: Mm | null;
  /** The pages to drop if no other flush was missed; null for everything. */
  readonly pages: readonly Page[] | null;
  /** CPUs are asked even if they are lazy. */
  readonly freedTables: boolean;
}

function nameOf({ mm, pages }: FlushInfo): string {
  if (!mm) return "flush_tlb_func(any mm)";
  return `flush_tlb_func(${[mm.name, ...(pages ?? []).map(({ name }) => name)].join(", ")})`;
}

/** The interrupt handler that flushes; each CPU has its routine for it. */
export function flushHandler(k: ThreadProgram, state: TlbState, info: FlushInfo): Handler {
  const { routines, machine } = k.system;
  const name = nameOf(info);
  const handler: Handler = {
    name,
    goesOn: true,
    guard: () => TRUE,
    body: (to, from) => [state.askedBy.at(to).set(from), routines.start(name, to)],
  };
  routines.define(name, machine.cpus().keys(), (k) =>
    k.event(name, () => {
      const from = state.askedBy.at(k.cpu());
      flushTlbFunc(k, state, info, () => state.wanted.at(from));
      k.step({
        label: "acknowledge the IPI",
        kind: "wait",
        // csd_unlock() is a store-release: nobody sees it before what was stored before it.
        ways: [
          {
            guard: () => [machine.storesDrained(k.cpu())],
            body: () => [machine.interrupts.acknowledge(from, k.cpu(), handler), from.set(null)],
          },
        ],
      });
    }),
  );
  return handler;
}

/** Flushes this CPU as far as it needs to; interrupts are off. */
export function flushTlbFunc(k: ThreadProgram, state: TlbState, info: FlushInfo, wanted: () => Term): void {
  const cpu = k.cpu();
  const { mm } = info;
  const mine = (): Term => (mm ? state.loads(cpu, mm) : state.loadsKernelOnly(cpu).not());
  const lazy = (): Term => state.isLazy(cpu);
  const current = (): Term => (mm ? state.local(cpu).atLeast(wanted()) : TRUE.not());
  const name = nameOf(info);
  const saying = (what: string): Pick<Way, "text" | "told"> => ({
    text: () => `${name}: ${what}`,
    told: () => `${name}: ${what}`,
  });
  k.step({
    label: name,
    kind: "re-check",
    ways: [
      {
        name: "other mm",
        ...saying("another address space, no flush"),
        guard: () => [mine().not(), mm ? k.system.machine.mayComplete(cpu, "relaxed atomic") : TRUE],
        // The CPU left the address space before and is dropped from its mask only now.
        body: () => (mm ? state.inMask(mm, cpu).set(false) : []),
      },
      {
        name: "lazy",
        ...saying("lazy, lets go of the address space"),
        guard: () => [mine(), lazy()],
        exit: "lazy",
      },
      {
        name: "flushed",
        ...saying("flushed already, no flush"),
        guard: () => [mine(), lazy().not(), current()],
      },
      {
        name: "behind",
        ...saying("flushes"),
        guard: () => [mine(), lazy().not(), current().not()],
        exit: "behind",
      },
    ],
    exits: {
      lazy: { block: k.block(() => leaveMm(k, state)), then: "next" },
      behind: { block: k.block(() => catchUp(k, state, info, wanted)), then: "next" },
    },
  });
}

/** `switch_mm_irqs_off(init_mm)`: a lazy CPU lets go of the address space instead of flushing it. */
function leaveMm(k: ThreadProgram, state: TlbState): void {
  const cpu = k.cpu();
  const { machine } = state.system;
  k.step({
    label: "switch_mm_irqs_off(init_mm)",
    kind: "data",
    ways: [
      {
        guard: () => [...state.mayStore(cpu, 2), machine.mayComplete(cpu, "context write")],
        body: () => [
          state.setLazy(cpu, false),
          state.setLoaded(cpu, "init_mm"),
          state.system.observers.tell("leaves", cpu),
          machine.loadContext(cpu, { space: null, asid: machine.loadedAsid(cpu), preserve: true }),
        ],
      },
    ],
  });
}

/** Reads the generation to reach, flushes, and notes it: what is cleared in between has a newer generation. */
function catchUp(k: ThreadProgram, state: TlbState, info: FlushInfo, wanted: () => Term): void {
  const cpu = k.cpu();
  const seen = k.register("mm_tlb_gen", state.generations, 0);
  const upToDate = (): Term => state.local(cpu).is(state.generationOfLoaded(cpu));
  k.step({
    label: "read tlb_gen",
    kind: "re-check",
    ways: [
      { name: "up to date", guard: () => [upToDate()] },
      {
        name: "behind",
        guard: () => [upToDate().not()],
        body: () => seen.set(state.generationOfLoaded(cpu)),
        exit: "flush",
      },
    ],
    exits: { flush: { block: flushBlock(k, state, info, wanted, seen), then: "next" } },
  });
}

function flushBlock(
  k: ThreadProgram,
  state: TlbState,
  { pages }: FlushInfo,
  wanted: () => Term,
  seen: Place,
): readonly Op[] {
  const cpu = k.cpu();
  const { machine } = state.system;
  const asid = machine.loadedAsid(cpu);
  const note = () => [state.local(cpu).set(seen), seen.set(0)];
  const partial = state.options.lacks === "partial flush check";
  const next = (): Term => (partial ? TRUE : and(state.local(cpu).plus(1).is(wanted()), wanted().is(seen)));
  const invalidation = (): Term => machine.mayComplete(cpu, "invalidation");
  const full = () => [machine.invalidate(cpu, "INVPCID single-context", { asid, page: null }), note()];
  const invlpg = () => [
    (pages ?? []).map((page) => machine.invalidate(cpu, "INVLPG", { asid, page: k.system.page(page) })),
    note(),
  ];
  return k.block(() =>
    k.step({
      label: "flush",
      kind: "flush",
      ways: pages
        ? [
            { name: "INVLPG", guard: () => [next(), invalidation()], body: invlpg, text: () => "INVLPG" },
            {
              name: "all",
              guard: () => [next().not(), invalidation()],
              body: full,
              text: () => "flush_tlb_local()",
            },
          ]
        : [{ guard: () => [invalidation()], body: full, text: () => "flush_tlb_local()" }],
      weaker: [{ name: "omitted", body: note }],
    }),
  );
}
