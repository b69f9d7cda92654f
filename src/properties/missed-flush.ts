/**
 * x86: a CPU that has loaded an address space as flushed up to some generation takes part in every flush of a
 * newer one, unless it is lazy and will look again (arch/x86/mm/tlb.c: `mm_cpumask`, `loaded_mm`, `tlb_gen`).
 */
import { assert, orNone } from "../model/builder.ts";
import { or } from "../model/term.ts";
import { generationsOf, type KernelProperty } from "./property.ts";

const NAME = "missed-flush";

export const missedFlush: KernelProperty = {
  name: NAME,
  aliases: [],
  says: "x86: a flush spares no CPU that uses the address space as flushed up to an older generation",
  attach: (system) => {
    const state = generationsOf(system, NAME);
    const { builder, observers, machine } = system;
    builder.assertion(NAME, {
      consequence: "a CPU was left out of a flush that it needs",
    });
    /** The address space that a CPU uses, from its decision whether to flush to its next switch. */
    const uses = builder.arrayOf(
      "uses",
      [machine.domains.cpu],
      orNone(machine.domains.space),
      system.loadedAtFirst,
    );
    observers.add({
      decided: (cpu, mm) => uses.at(cpu).set(mm.name),
      leaves: (cpu) => uses.at(cpu).set(null),
      spared: (cpu, mm, generation) =>
        assert(
          NAME,
          or(uses.at(cpu).isNot(mm.name), state.isSeenLazy(cpu), state.isFlushedTo(cpu, mm, generation)),
          [cpu, ` uses ${mm.name} and is left out of a flush of generation `, generation],
        ),
    });
  },
};
