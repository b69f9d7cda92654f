/**
 * Code that a CPU runs in no thread's name: the handler of an interrupt, the switch to another address space.
 * It runs with interrupts off, and the thread on the CPU stands still until it has come to its end.
 */
import { type Body, when } from "../../model/builder.ts";
import { and, or, type Term, TRUE } from "../../model/term.ts";
import type { Program } from "../../program/program.ts";
import { Seat, type Surroundings } from "./seat.ts";
import type { Machine } from "../../arch/machine.ts";

/** What a routine needs of the thread that runs it. */
interface Runs {
  readonly seat: Seat;
  link(): Program;
  ended(): Term;
}

export class CpuRoutines<Thread extends Runs> {
  readonly #machine: Machine;
  readonly #newThread: (name: string, seat: Seat) => Thread;
  readonly #surroundings: Surroundings;
  readonly #routines = new Map<string, Thread>();

  constructor(surroundings: Surroundings, newThread: (name: string, seat: Seat) => Thread) {
    this.#surroundings = surroundings;
    this.#machine = surroundings.machine;
    this.#newThread = newThread;
    this.#machine.interrupts.onlyWhile((cpu) => this.idle(cpu));
  }

  /** Writes a routine for each of some CPUs, by number, unless there is one of this name. */
  define(name: string, cpus: Iterable<number>, code: (k: Thread) => void): void {
    for (const cpu of cpus) {
      const key = `${name} on CPU${cpu}`;
      if (this.#routines.has(key)) continue;
      const thread = this.#newThread(key, new Seat(this.#surroundings, key, [cpu], false));
      this.#routines.set(key, thread);
      code(thread);
    }
  }

  /** Begins a routine on a CPU; `define` makes it known. */
  start(name: string, cpu: Term): Body {
    this.#machine.written.require("the start of a routine");
    return this.#machine.cpus().flatMap((each, number) => {
      const routine = this.#routines.get(`${name} on CPU${number}`);
      return routine ? when(cpu.is(each), routine.link().start()) : [];
    });
  }

  /** True while a CPU runs none; `define` makes one known. */
  idle(cpu: Term): Term {
    this.#machine.written.require("whether a CPU runs a routine");
    const cpus = this.#machine.cpus();
    return and(
      ...cpus.map((each, number) => {
        const here = this.threads().filter(({ seat }) => seat.cpus.includes(number));
        return here.length === 0 ? TRUE : or(cpu.isNot(each), and(...here.map((thread) => thread.ended())));
      }),
    );
  }

  threads(): Thread[] {
    return [...this.#routines.values()];
  }
}
