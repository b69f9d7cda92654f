/**
 * `switch_mm_irqs_off()` (arch/x86/mm/tlb.c). The order of its stores is what flushes on other CPUs rely on:
 * this CPU is in the mask and announces that it switches before it reads the generation to catch up with.
 */
import { bool } from "../../../model/builder.ts";
import { formatValue } from "../../../model/domain.ts";
import { eachOf, or, type Place, type Term, TRUE } from "../../../model/term.ts";
import type { Mm } from "../../handles.ts";
import type { Way } from "../../../program/step.ts";
import type { ThreadProgram } from "../../threads/thread-program.ts";
import type { TlbState } from "./tlb-state.ts";

export function switchMm(k: ThreadProgram, state: TlbState, mm: Mm): void {
  const cpu = k.cpu();
  const same = (): Term => state.loads(cpu, mm);
  const lazy = (): Term => state.isLazy(cpu);
  const late = state.options.lacks === "switch order";
  k.step({
    label: `switch_mm_irqs_off(${mm.name})`,
    kind: "data",
    ways: [
      // From one thread of a process to another: nothing is checked.
      { name: "same mm", guard: () => [same(), lazy().not()], text: () => "the same address space" },
      {
        name: "lazy",
        guard: () => [same(), lazy(), ...state.mayStore(cpu)],
        body: () => state.setLazy(cpu, false),
        exit: "lazy",
        text: () => "back from lazy mode",
      },
      {
        name: "other mm",
        guard: () => [same().not(), ...state.mayStore(cpu, 2)],
        body: () => [
          state.setLazy(cpu, false),
          late ? [] : state.setLoaded(cpu, "switching"),
          state.system.observers.tell("leaves", cpu),
        ],
        exit: "other",
        text: () => (late ? "another address space" : "loaded_mm = LOADED_MM_SWITCHING"),
      },
    ],
    exits: {
      lazy: { block: k.block(() => recheck(k, state, mm)), then: "next" },
      other: { block: k.block(() => load(k, state, mm)), then: "next" },
    },
  });
}

/** Back from lazy mode to the same address space: flushes that spared the lazy CPU are made up for. */
function recheck(k: ThreadProgram, state: TlbState, mm: Mm): void {
  const cpu = k.cpu();
  const { machine } = state.system;
  // With INVLPGB no flush spares a CPU.
  const upToDate = (): Term => (state.options.invlpgb ? TRUE : state.local(cpu).is(state.generationOf(mm)));
  // smp_mb(): a flush that still saw the CPU lazy has increased the generation before this reads it.
  const barrier = (): Term => machine.barrier(cpu, "mfence");
  k.step({
    label: "read tlb_gen after lazy mode",
    kind: "re-check",
    ways: [
      { name: "up to date", guard: () => [barrier(), upToDate()], text: () => "tlb_gen unchanged" },
      {
        name: "behind",
        guard: () => [barrier(), upToDate().not()],
        body: () => state.local(cpu).set(state.generationOf(mm)),
        exit: "behind",
        text: () => "tlb_gen is newer: reload with flush",
      },
    ],
    exits: {
      behind: {
        block: k.block(() =>
          k.step({
            label: "MOV CR3 with flush",
            kind: "flush",
            ways: [
              {
                guard: () => [machine.mayComplete(cpu, "context write")],
                body: () =>
                  machine.loadContext(cpu, { space: state.system.space(mm), asid: machine.loadedAsid(cpu) }),
              },
            ],
          }),
        ),
        then: "next",
      },
    },
  });
}

/** To another address space. */
function load(k: ThreadProgram, state: TlbState, mm: Mm): void {
  const cpu = k.cpu();
  const { machine } = state.system;
  const space = state.system.space(mm);
  const first = formatValue(state.slots, 0);
  const chosen = k.register("new_asid", state.slots, first);
  const needFlush = k.register("need_flush", bool, false);
  // Locked; smp_mb() stands in its place where the bit is set already.
  const setBit = () => state.inMask(mm, cpu).set(true);
  const drained = (): Term => {
    const waits = machine.mayComplete(cpu, "full atomic");
    return state.options.lacks === "switch barrier" ? or(state.inMask(mm, cpu), waits) : waits;
  };
  k.step({
    label: `cpumask_set_cpu(mm_cpumask(${mm.name}))`,
    kind: "barrier",
    ways: [{ guard: () => [drained()], body: setBit }],
    weaker: [{ name: "without draining", body: setBit }],
  });
  k.step({
    label: "choose_new_asid()",
    kind: "re-check",
    ways: state.options.invlpgb
      ? [{ body: () => [chosen.set(state.globalAsid(mm)), needFlush.set(false)] }]
      : slotWays(k, state, mm, chosen, needFlush),
  });
  if (state.options.lacks === "switch order")
    k.step({
      label: "loaded_mm = LOADED_MM_SWITCHING",
      kind: "data",
      ways: [{ guard: () => state.mayStore(cpu), body: () => state.setLoaded(cpu, "switching") }],
    });
  k.step({
    label: "MOV CR3",
    kind: "flush",
    ways: [
      { name: "flush", preserve: false },
      { name: "no flush", preserve: true },
    ].map(({ name, preserve }) => ({
      name,
      guard: () => [preserve ? needFlush.not() : needFlush, machine.mayComplete(cpu, "context write")],
      body: () => machine.loadContext(cpu, { space, asid: chosen, preserve }),
      text: () => `MOV CR3 (${name})`,
    })),
    weaker: [
      { name: "no flush", body: () => machine.loadContext(cpu, { space, asid: chosen, preserve: true }) },
    ],
  });
  k.step({
    label: `loaded_mm = ${mm.name}`,
    kind: "data",
    ways: [
      {
        guard: () => state.mayStore(cpu),
        body: () => [state.setLoaded(cpu, mm), chosen.set(first), needFlush.set(false)],
      },
    ],
  });
}

/** A slot that the address space has had on this CPU, kept if no flush was missed; or the next one, emptied. */
function slotWays(k: ThreadProgram, state: TlbState, mm: Mm, chosen: Place, needFlush: Place): Way[] {
  const cpu = k.cpu();
  const generation = state.generationOf(mm);
  const next = state.nextSlot(cpu);
  const { observers } = state.system;
  return [
    ...eachOf(state.slots).map((slot, i) => ({
      name: `slot ${i}`,
      guard: () => [state.slotHolds(cpu, slot, mm)],
      body: () => [
        observers.tell("decided", cpu, mm),
        chosen.set(slot),
        needFlush.set(state.slotGeneration(cpu, slot).lessThan(generation)),
        state.slotGeneration(cpu, slot).set(generation),
      ],
    })),
    {
      name: "new slot",
      guard: () => [state.holdsNowhere(cpu, mm)],
      body: () => [
        observers.tell("decided", cpu, mm),
        chosen.set(next),
        needFlush.set(true),
        state.slotGeneration(cpu, next).set(generation),
        state.giveSlot(cpu, next, mm),
      ],
    },
  ];
}
