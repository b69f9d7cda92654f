/**
 * The scheduler: takes threads off CPUs and puts them on CPUs that they may use, at any boundary between two
 * steps at which preemption is on. A CPU without a thread idles with the last address space still loaded.
 */
import { type Body, type ModelBuilder, when } from "../../model/builder.ts";
import { and, or, type Term, TRUE } from "../../model/term.ts";
import type { Mm } from "../handles.ts";
import type { System } from "../system.ts";
import type { ThreadProgram } from "./thread-program.ts";

export interface SchedulerOptions {
  /** Whether a switch executes the barrier that the architecture's rules ask for. */
  readonly switchBarrier: boolean;
}

/** Writes the switch to each address space that is more than one step; to be called before programs are linked. */
export function defineSwitches(system: System, threads: readonly ThreadProgram[]): void {
  const { switchMm } = system.arch;
  if (!("code" in switchMm)) return;
  for (const { mm, seat } of threads)
    if (mm && seat.scheduled)
      system.routines.define(switchTo(mm), seat.cpus, (k) =>
        k.event(switchTo(mm), () => switchMm.code(k, mm)),
      );
}

function switchTo(mm: Mm): string {
  return `switch_mm(${mm.name})`;
}

/** What happens to the address space that is loaded when a thread is put on a CPU. */
function loadFor(system: System, thread: ThreadProgram, cpu: Term): Body {
  const { switchMm, enterLazyTlb } = system.arch;
  if (!thread.mm) return enterLazyTlb ? when(enterLazyTlb.possible(cpu), enterLazyTlb.body(cpu)) : [];
  return "step" in switchMm ? switchMm.step(cpu, thread.mm) : system.routines.start(switchTo(thread.mm), cpu);
}

/** When what `loadFor` does may be done, by the stores before it and its own. */
function loadGuard(system: System, thread: ThreadProgram, cpu: Term): Term[] {
  const { switchMm, enterLazyTlb } = system.arch;
  if (!thread.mm) return enterLazyTlb?.mayStore(cpu) ?? [];
  return "step" in switchMm ? [system.machine.mayComplete(cpu, "context write")] : [];
}

/** Adds the rules for the threads that share CPUs or may use several. */
export function addScheduler(
  builder: ModelBuilder,
  system: System,
  threads: readonly ThreadProgram[],
  options: SchedulerOptions,
): void {
  const scheduled = threads.filter(({ seat }) => seat.scheduled);
  addIdling(builder, system, scheduled);
  for (const thread of scheduled) {
    addSwitchOut(builder, system, thread, options);
    for (const number of thread.seat.cpus)
      addSwitchIn(builder, system, thread, system.machine.cpu(number), scheduled);
  }
}

/** A CPU that has no thread to run goes on with none, its address space still loaded, unless it gets one at once. */
function addIdling(builder: ModelBuilder, system: System, scheduled: readonly ThreadProgram[]): void {
  const { enterLazyTlb } = system.arch;
  if (!enterLazyTlb) return;
  const numbers = new Set(scheduled.flatMap(({ seat }) => seat.cpus));
  for (const number of numbers) {
    const cpu = system.machine.cpu(number);
    builder.rule(`scheduler: ${cpuName(cpu)} idles`, {
      actor: "scheduler",
      guard: () => [
        ...scheduled.map(({ seat }) => seat.runsOn(cpu).not()),
        system.routines.idle(cpu),
        enterLazyTlb.possible(cpu),
        ...enterLazyTlb.mayStore(cpu),
      ],
      body: () => enterLazyTlb.body(cpu),
      fair: false,
      text: () => "enter_lazy_tlb(): the idle task",
      place: () => cpu,
    });
  }
}

/** Preemption may happen and need not; a thread that has ended, or that sleeps, leaves its CPU in the end. */
function addSwitchOut(
  builder: ModelBuilder,
  system: System,
  thread: ThreadProgram,
  { switchBarrier }: SchedulerOptions,
): void {
  const { machine } = system;
  const cpu = thread.cpu();
  const possible = (): Term[] => [
    ...thread.seat.running(),
    // __schedule() has a full barrier on every architecture (smp_mb__after_spinlock()).
    machine.storesDrained(cpu),
    machine.access.idle(cpu),
    system.routines.idle(cpu),
    machine.interrupts.on(cpu),
    ...thread.seat.preemptible(),
  ];
  const barrier = (): Term[] => [machine.switchGuard(cpu), system.arch.switchAwaits?.(cpu) ?? TRUE];
  const leave = (): Body => [machine.synchronizeContext(cpu), thread.seat.put(null)];
  const body = (): Body => [switchBarrier ? machine.completed(barrier) : [], leave()];
  const leaves = (): Term => or(thread.ended(), thread.sleeps());
  for (const ended of [false, true]) {
    const when = (): Term[] => [...possible(), ended ? leaves() : leaves().not()];
    builder.rule(`scheduler: ${thread.name} ${ended ? "leaves" : "is taken off"} its CPU`, {
      actor: "scheduler",
      guard: () => [...when(), ...(switchBarrier ? barrier() : [])],
      body,
      fair: ended,
      text: () => `${thread.name} is switched out`,
      place: () => cpu,
      step: "barrier",
      weaker: () => (switchBarrier ? [{ name: "omitted", guard: when(), body: leave() }] : []),
    });
  }
}

/** Fair: a thread that waits for a CPU gets one that is free. Not so a daemon that has not begun: it may stay there. */
function addSwitchIn(
  builder: ModelBuilder,
  system: System,
  thread: ThreadProgram,
  cpu: Term,
  scheduled: readonly ThreadProgram[],
): void {
  const { machine } = system;
  const free = and(...scheduled.map(({ seat }) => seat.runsOn(cpu).not()));
  const ready = (): Term[] => [
    thread.seat.offCpu(),
    thread.ended().not(),
    free,
    system.routines.idle(cpu),
    ...loadGuard(system, thread, cpu),
  ];
  const add = (name: string, fair: boolean, when: () => Term[]): void =>
    builder.rule(`scheduler: ${name} on ${cpuName(cpu)}`, {
      actor: "scheduler",
      guard: () => [...ready(), ...when()],
      // The way back into the thread is an exception return.
      body: () => [thread.seat.put(cpu), loadFor(system, thread, cpu), machine.synchronizeContext(cpu)],
      fair,
      text: () => `${thread.name} is switched in`,
      place: () => cpu,
    });
  if (thread.role !== "daemon") return add(thread.name, true, () => []);
  add(`${thread.name} begins`, false, () => [thread.beginning()]);
  add(thread.name, true, () => [thread.beginning().not()]);
}

function cpuName({ node, domain }: Term): string {
  return node.kind === "constant" && domain.kind === "names" ? domain.members[node.value]! : "a CPU";
}
