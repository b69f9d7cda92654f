/** `mm_cpumask()`: of each address space the CPUs that may hold its translations. */
import { type ArrayVariable, bool } from "../../model/builder.ts";
import { and, eachOf, or, type Operand, type Place, type Term } from "../../model/term.ts";
import type { Mm } from "../handles.ts";
import type { KernelState } from "../kernel-state.ts";

export class MmCpumask {
  readonly #system: KernelState;
  readonly #mask: ArrayVariable;

  /** At first a CPU is in the mask of what it has loaded. */
  constructor(system: KernelState) {
    this.#system = system;
    const { cpu, space } = system.machine.domains;
    const first = eachOf(cpu).map((_, number) => system.loadedAtFirst[number]!);
    this.#mask = system.builder.arrayOf(
      "mm_cpumask",
      [space, cpu],
      bool,
      system.mms.flatMap(({ name }) => first.map((mm) => mm === name)),
    );
  }

  /** Whether a CPU is in the mask of an address space. */
  has(mm: Mm, cpu: Term): Place {
    return this.#mask.at(this.#system.space(mm), cpu);
  }
}

/** `cpumask_any_but()`: whether another CPU than the one it runs on is in a mask. */
export function anyOther(cpus: readonly Term[], here: Term, inMask: (cpu: Term) => Operand): Term {
  return or(...cpus.map((cpu) => and(cpu.isNot(here), inMask(cpu))));
}
