/**
 * Misuse of locks and sections, checked in the step that commits it, as lockdep and its like do
 * (kernel/locking/lockdep.c; `__might_sleep()`, kernel/sched/core.c; `smp_call_function_many_cond()`, kernel/smp.c).
 * The code of interrupts and switches, which no task runs, is not looked at.
 */
import type { Body } from "../../model/builder.ts";
import { FALSE, type Term } from "../../model/term.ts";
import type { Machine } from "../../arch/machine.ts";
import type { Observers } from "../observers.ts";
import type { Rcu } from "./rcu.ts";
import type { Lock, Locks, RwSemaphore } from "./locks.ts";

/** A thread that holds locks: the program of one. */
interface Holder {
  readonly name: string;
  readonly role: string;
  readonly system: {
    readonly machine: Machine;
    readonly observers: Observers;
    readonly locks: Locks;
    readonly rcu: Rcu;
    semaphores(): readonly RwSemaphore[];
  };
  cpu(): Term;
}

/** Something that a thread may hold or be in, and when it does. */
interface Holding {
  /** As a sentence names it: `mm.ptl`, `interrupts off`. */
  readonly what: string;
  readonly holds: Term;
}

/** `might_sleep()`: no spinlock is held, interrupts are on, and no read-side section of RCU is open. */
export function mightSleep(k: Holder, call: string): Body {
  return [...spinlocks(k), ...sections(k)].map(({ what, holds }) =>
    require(k, holds.not(), `may sleep in ${call} ${what}`),
  );
}

/** `lockdep_assert_irqs_enabled()` of what waits for other CPUs to take an interrupt: two that do so wait for ever. */
export function mayAwaitCpus(k: Holder, call: string): Body {
  return require(k, interruptsOff(k).not(), `waits for other CPUs in ${call} with interrupts off`);
}

/** `lockdep_sys_exit()`, `debug_check_no_locks_held()`: nothing is held where a call returns or a thread ends. */
export function mustHoldNothing(k: Holder, does: string): Body {
  return [...spinlocks(k), ...semaphores(k), ...sections(k)].map(({ what, holds }) =>
    require(k, holds.not(), `${does} ${what}`),
  );
}

export function mustHoldSpinlock(k: Holder, lock: Lock): Body {
  return require(k, k.system.locks.seenHeld(
    lock,
    k.name,
    k.cpu(),
  ), `unlocks ${lock.name}, which it does not hold`);
}

export function mustHoldForReading(k: Holder, sem: RwSemaphore): Body {
  return require(k, sem.isReading(k.name), `unlocks ${sem.name}, which it does not hold for reading`);
}

/** `check_deadlock()`: readers do not nest, since a writer that waits between the two keeps the second out. */
export function mustNotBeHeldForReading(k: Holder, sem: RwSemaphore): Body {
  return require(k, sem.isReading(k.name).not(), `takes ${sem.name}, which it holds for reading`);
}

export function mustHoldForWriting(k: Holder, sem: RwSemaphore): Body {
  return require(k, sem.seenWritten(
    k.name,
    k.cpu(),
  ), `unlocks ${sem.name}, which it does not hold for writing`);
}

/** An unlock of RCU belongs to a section that was entered. */
export function mustBeReading(k: Holder): Body {
  return require(k, k.system.rcu.isReading(
    k.name,
  ), "leaves a read-side section of RCU that it has not entered");
}

/** CONFIG_DEBUG_IRQFLAGS, of enabling as of restoring: interrupts are off. */
export function mustBeOff(k: Holder, call: string): Body {
  return require(k, interruptsOff(k), `calls ${call} with interrupts on`);
}

/** Who may find interrupts off has to save how they are: the first `local_irq_enable()` would turn them on for both. */
export function mustBeOn(k: Holder, call: string): Body {
  return require(k, interruptsOff(k).not(), `calls ${call} with interrupts off`);
}

function require(k: Holder, holds: Term, misuse: string): Body {
  if (k.role === "routine") return [];
  return k.system.observers.tell("required", "lockdep", holds, `${k.name} ${misuse}`);
}

function spinlocks(k: Holder): Holding[] {
  return k.system.locks.takenBy(k.name).map((lock) => ({
    what: `with ${lock.name} held`,
    holds: k.system.locks.seenHeld(lock, k.name, k.cpu()),
  }));
}

function semaphores(k: Holder): Holding[] {
  return k.system
    .semaphores()
    .flatMap((sem) => [
      { what: `with ${sem.name} held for writing`, holds: sem.seenWritten(k.name, k.cpu()) },
      { what: `with ${sem.name} held for reading`, holds: sem.isReading(k.name) },
    ])
    .filter(({ holds }) => holds.node !== FALSE.node);
}

/** Interrupts off and sections of RCU. */
function sections(k: Holder): Holding[] {
  return [
    { what: "with interrupts off", holds: interruptsOff(k) },
    { what: "in a read-side section of RCU", holds: k.system.rcu.isReading(k.name) },
  ].filter(({ holds }) => holds.node !== FALSE.node);
}

function interruptsOff(k: Holder): Term {
  return k.system.machine.interrupts.on(k.cpu()).not();
}
