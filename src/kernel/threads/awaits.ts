/** What keeps threads from their steps, in words: a CPU, another CPU, a handler. Reports of deadlocks print it. */
import type { Handler } from "../../arch/interrupts.ts";
import type { Machine } from "../../arch/machine.ts";
import type { CauseOptions } from "../../model/builder.ts";
import { and, eachOf, FALSE, forAll, or, type Term, TRUE } from "../../model/term.ts";
import type { Seat } from "./seat.ts";
import type { Awaited } from "../../program/step.ts";

/** What keeps somebody waiting, as a term. */
interface Cause extends CauseOptions {
  readonly during: Term;
}

/** A thread or a routine that runs on CPUs. */
interface Runs {
  readonly name: string;
  readonly seat: Seat;
  ended(): Term;
}

interface Waits extends Runs {
  readonly role: string;
  readonly system: {
    readonly machine: Machine;
    readonly tasks: readonly Runs[];
    readonly routines: { idle(cpu: Term): Term; threads(): readonly Runs[] };
  };
  cpu(): Term;
}

/** What may keep a thread from any step: that it has no CPU, a handler that runs on it, earlier stores. */
export function awaitsOf(k: Waits): readonly Awaited[] {
  const { machine, routines } = k.system;
  const ofTask =
    k.role === "routine"
      ? []
      : [
          {
            until: k.seat.offCpu().not(),
            text: "a CPU",
            because: k.seat.cpus.flatMap((cpu) => runsOn(k, cpu)),
          },
          {
            until: or(k.seat.offCpu(), routines.idle(k.cpu())),
            text: "an interrupt handler to return",
            because: k.seat.cpus.flatMap((cpu) => runsRoutines(k, cpu)),
          },
        ];
  const stores = { until: machine.storesDrained(k.cpu()), text: "its earlier stores to get to memory" };
  return [...ofTask, stores].filter(({ until }) => until.node !== TRUE.node);
}

/** That each CPU asked by this one has run a handler. */
export function awaitsCpus(k: Waits, handler: Handler): readonly Awaited[] {
  const { machine } = k.system;
  return machine.cpus().flatMap((cpu, number): Awaited[] => {
    const acknowledged = machine.interrupts.acknowledgedBy(k.cpu(), cpu, handler);
    if (k.seat.cpus.length === 1 && k.seat.cpus[0] === number) return [];
    const irqsOff = machine.interrupts.on(cpu).not();
    const off = threadsOn(k, number).map(({ name, seat }) => ({
      during: and(irqsOff, seat.scheduled ? seat.runsOn(cpu) : TRUE),
      text: `${name} has interrupts off on CPU${number}`,
      by: name,
    }));
    const inAccess = {
      during: and(irqsOff.not(), machine.access.idle(cpu).not()),
      text: `an access of CPU${number} is not complete`,
    };
    return [
      {
        until: acknowledged,
        text: `CPU${number} to run ${handler.name}`,
        because: possible([...off, ...runsRoutines(k, number), inAccess]),
      },
    ];
  });
}

/** A lock or the like, which others hold while their conditions are true. */
export function awaitsRelease(
  name: string,
  until: Term,
  holders: readonly { readonly thread: string; readonly during: Term; readonly how?: string }[],
): Awaited {
  const because = holders.map(({ thread, during, how = "" }) => ({
    during,
    text: `${thread} holds it${how}`,
    by: thread,
  }));
  return { until, text: name, because: possible(because) };
}

/** Memory, of which nothing is free. */
export function awaitsFrame(
  { domains }: Pick<Machine, "domains">,
  frames: { isAllocatable(frame: Term): Term; usesOf(frame: Term): CauseOptions[] },
  unless: Term = FALSE,
): Awaited {
  const none = forAll(domains.frame, (frame) => frames.isAllocatable(frame).not());
  const because = eachOf(domains.frame).flatMap((frame) => frames.usesOf(frame));
  return { until: or(unless, none.not()), text: "a free frame", because, memory: true };
}

function runsOn(k: Waits, number: number): Cause[] {
  const cpu = k.system.machine.cpu(number);
  return threadsOn(k, number)
    .filter(({ name }) => name !== k.name)
    .map(({ name, seat }) => ({ during: seat.runsOn(cpu), text: `${name} is on CPU${number}`, by: name }));
}

function runsRoutines(k: Waits, number: number): Cause[] {
  return k.system.routines
    .threads()
    .filter(({ seat, name }) => seat.cpus.includes(number) && name !== k.name)
    .map((routine) => ({ during: routine.ended().not(), text: `${routine.name} runs`, by: routine.name }));
}

function threadsOn(k: Waits, number: number): Runs[] {
  return k.system.tasks.filter(({ seat }) => seat.cpus.includes(number));
}

function possible(causes: readonly Cause[]): Cause[] {
  return causes.filter(({ during }) => during.node !== FALSE.node);
}
