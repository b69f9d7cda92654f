/**
 * The scheduler: takes threads off CPUs and puts them on CPUs that they may use, at any boundary between two
 * steps at which preemption is on. A CPU without a thread idles with the last address space still loaded.
 */
import type { Body, ModelBuilder } from "../model/builder.ts";
import { and, type Term } from "../model/term.ts";
import type { System } from "./system.ts";
import type { Thread } from "./thread.ts";

export interface SchedulerOptions {
  /** Whether a switch executes the barrier that the architecture's rules ask for. */
  readonly switchBarrier: boolean;
}

/** Adds the rules for the threads that share CPUs or may use several. */
export function addScheduler(
  builder: ModelBuilder,
  system: System,
  threads: readonly Thread[],
  options: SchedulerOptions,
): void {
  const scheduled = threads.filter(({ seat }) => seat.scheduled);
  for (const thread of scheduled) {
    addSwitchOut(builder, system, thread, options);
    for (const number of thread.seat.cpus)
      addSwitchIn(builder, system, thread, system.machine.cpu(number), scheduled);
  }
}

/** Preemption may happen and need not; a thread that has ended leaves its CPU in the end. */
function addSwitchOut(
  builder: ModelBuilder,
  system: System,
  thread: Thread,
  { switchBarrier }: SchedulerOptions,
): void {
  const { machine } = system;
  const cpu = thread.cpu();
  const possible = (): Term[] => [
    ...thread.seat.running(),
    machine.access.idle(cpu),
    ...thread.seat.preemptible(),
  ];
  const body = (): Body => [machine.synchronizeContext(cpu), thread.seat.put(null)];
  for (const ended of [false, true]) {
    const when = (): Term[] => [...possible(), ended ? thread.ended() : thread.ended().not()];
    builder.rule(`scheduler: ${thread.name} ${ended ? "ended, off" : "off"} its CPU`, {
      actor: "scheduler",
      guard: () => [...when(), ...(switchBarrier ? [machine.switchGuard(cpu)] : [])],
      body,
      fair: ended,
      text: () => `${thread.name} is switched out`,
      place: () => cpu,
      step: "barrier",
      weaker: () => (switchBarrier ? [{ name: "omitted", guard: when(), body: body() }] : []),
    });
  }
}

/** Fair: a thread that waits for a CPU gets one that is free. */
function addSwitchIn(
  builder: ModelBuilder,
  system: System,
  thread: Thread,
  cpu: Term,
  scheduled: readonly Thread[],
): void {
  const { machine } = system;
  const free = and(...scheduled.map(({ seat }) => seat.runsOn(cpu).not()));
  const space = thread.mm ? system.space(thread.mm) : null;
  builder.rule(`scheduler: ${thread.name} on ${cpuName(cpu)}`, {
    actor: "scheduler",
    guard: () => [thread.seat.offCpu(), thread.ended().not(), free],
    // The way back into the thread is an exception return.
    body: () => [
      thread.seat.put(cpu),
      space ? machine.loadContext(cpu, space) : [],
      machine.synchronizeContext(cpu),
    ],
    text: () => `${thread.name} is switched in`,
    place: () => cpu,
  });
}

function cpuName({ node, domain }: Term): string {
  return node.kind === "constant" && domain.kind === "names" ? domain.members[node.value]! : "a CPU";
}
