/**
 * Code that a CPU runs in no thread's name: the handler of an interrupt, the switch to another address space.
 * It runs with interrupts off, and the thread on the CPU stands still until it has come to its end.
 */
import { type Body, when } from "../../model/builder.ts";
import { and, or, type Term, TRUE } from "../../model/term.ts";
import type { KernelCode } from "../arch/kernel-arch.ts";
import { Seat } from "./seat.ts";
import type { System } from "../system.ts";
import { Thread } from "../thread.ts";

interface Routine {
  readonly cpu: number;
  readonly thread: Thread;
}

export class CpuRoutines {
  readonly #system: System;
  readonly #routines = new Map<string, Routine>();

  constructor(system: System) {
    this.#system = system;
    system.machine.interrupts.onlyWhile((cpu) => this.idle(cpu));
  }

  /** Writes a routine for each of some CPUs, by number, unless there is one of this name. */
  define(name: string, cpus: Iterable<number>, code: KernelCode): void {
    for (const cpu of cpus) {
      const key = `${name} on CPU${cpu}`;
      if (this.#routines.has(key)) continue;
      const seat = new Seat(this.#system, key, [cpu], false);
      const thread = new Thread(this.#system, key, null, seat, "routine");
      this.#routines.set(key, { cpu, thread });
      code(thread);
    }
  }

  /** Begins a routine on a CPU; to be asked for after all programs were written. */
  start(name: string, cpu: Term): Body {
    return this.#system.machine.cpus().flatMap((each, number) => {
      const routine = this.#routines.get(`${name} on CPU${number}`);
      return routine ? when(cpu.is(each), routine.thread.link().start()) : [];
    });
  }

  /** True while a CPU runs none; to be asked after all programs were written. */
  idle(cpu: Term): Term {
    const cpus = this.#system.machine.cpus();
    return and(
      ...cpus.map((each, number) => {
        const here = this.threads().filter(({ seat }) => seat.cpus.includes(number));
        return here.length === 0 ? TRUE : or(cpu.isNot(each), and(...here.map((thread) => thread.ended())));
      }),
    );
  }

  threads(): Thread[] {
    return [...this.#routines.values()].map(({ thread }) => thread);
  }
}
