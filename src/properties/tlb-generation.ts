/**
 * x86: no CPU takes an address space to be flushed further than it ever was. Holds by construction of
 * `tlb_gen`; a CPU that were ahead would skip flushes that it needs (arch/x86/mm/tlb.c).
 */
import { and, eachOf, or } from "../model/term.ts";
import { generationsOf, type KernelProperty } from "./property.ts";

const NAME = "tlb-generation";

export const tlbGeneration: KernelProperty = {
  name: NAME,
  aliases: [],
  says: "x86: no PCID slot is noted as flushed up to a generation that its address space has not reached",
  attach: (system) => {
    const state = generationsOf(system, NAME);
    const cells = system.machine
      .cpus()
      .flatMap((cpu) => eachOf(state.slots).flatMap((slot) => system.mms.map((mm) => ({ cpu, slot, mm }))));
    system.builder.invariant(
      NAME,
      and(
        ...cells.map(({ cpu, slot, mm }) =>
          or(
            state.slotHolds(cpu, slot, mm).not(),
            state.slotGeneration(cpu, slot).atMost(state.generationOf(mm)),
          ),
        ),
      ),
      { consequence: "a CPU takes an address space to be flushed up to a generation that it never had" },
    );
  },
};
