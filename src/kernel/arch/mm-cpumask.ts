/** `mm_cpumask()`: of each address space the CPUs that may hold its translations. */
import { type ArrayVariable, bool } from "../../model/builder.ts";
import { and, eachOf, or, type Operand, type Place, type Term } from "../../model/term.ts";
import type { Mm } from "../handles.ts";
import type { System } from "../system.ts";
import type { Thread } from "../thread.ts";

export class MmCpumask {
  readonly #system: System;
  readonly #mask: ArrayVariable;

  /** At first a CPU is in the mask of what it has loaded. */
  constructor(system: System) {
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

/** `cpumask_any_but()`: whether another CPU than the thread's own is in a mask. */
export function anyOther(k: Thread, inMask: (cpu: Term) => Operand): Term {
  const cpus = k.system.machine.cpus();
  return or(...cpus.map((cpu) => and(cpu.isNot(k.cpu()), inMask(cpu))));
}
