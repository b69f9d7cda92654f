/** Where a thread runs: pinned to a CPU of its own, or given CPUs by the scheduler. */
import { orNone } from "../../model/builder.ts";
import type { Body, ModelBuilder } from "../../model/builder.ts";
import { FALSE, type Place, type Term } from "../../model/term.ts";
import { bool } from "../../model/builder.ts";
import type { Machine } from "../../arch/machine.ts";
import type { Locks } from "../locking/locks.ts";

/** What a seat needs of the system. */
export interface Surroundings {
  readonly builder: ModelBuilder;
  readonly machine: Machine;
  readonly locks: Locks;
}

export class Seat {
  /** The numbers of the CPUs that the thread may run on. */
  readonly cpus: readonly number[];
  readonly #system: Surroundings;
  readonly #thread: string;
  /** Null for a thread that has its CPU alone. */
  readonly #on: Place | null;
  #preemptionOff: Place | null = null;

  constructor(system: Surroundings, thread: string, cpus: readonly number[], shared: boolean) {
    this.#system = system;
    this.#thread = thread;
    this.cpus = cpus;
    this.#on = shared
      ? system.builder.variable(`${thread}.on`, orNone(system.machine.domains.cpu), null)
      : null;
  }

  get scheduled(): boolean {
    return this.#on !== null;
  }

  /** The CPU; for a scheduled thread meaningful only while `running`. */
  cpu(): Term {
    return this.#on ?? this.#system.machine.cpu(this.cpus[0]!);
  }

  /** The conditions under which the thread executes: none if it has its CPU alone. */
  running(): Term[] {
    return this.#on ? [this.#on.isNot(null)] : [];
  }

  runsOn(cpu: Term): Term {
    return this.#on?.is(cpu) ?? FALSE;
  }

  offCpu(): Term {
    return this.#on?.is(null) ?? FALSE;
  }

  put(cpu: Term | null): Body {
    return this.#on?.set(cpu) ?? [];
  }

  /** Keeps the thread on its CPU, `preempt_disable()`, or no longer. */
  preemption(off: boolean): Body {
    if (!this.#on) return [];
    this.#preemptionOff ??= this.#system.builder.variable(`${this.#thread}.preemption off`, bool, false);
    return this.#preemptionOff.set(off);
  }

  /** Whether it may be taken off its CPU: no spinlock held, preemption on. */
  preemptible(): Term[] {
    return [
      this.#system.locks.holdsNone(this.#thread),
      ...(this.#preemptionOff ? [this.#preemptionOff.not()] : []),
    ];
  }
}
