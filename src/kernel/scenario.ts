/**
 * A scenario, `m`: what a model file declares in the kernel's words, and how that becomes a model. First
 * everything is declared, then the machine is built for it, then the programs are written.
 */
import { type Architecture } from "../arch/architecture.ts";
import type { DeviceOptions } from "../arch/device.ts";
import type { MemoryOrder } from "../arch/store-buffer.ts";
import type { WalkDetail } from "../arch/walker.ts";
import { ModelBuilder } from "../model/builder.ts";
import { type Configuration } from "../model/family.ts";
import { TlbcheckError } from "../model/diagnostic.ts";
import type { Model } from "../model/model.ts";
import { atSource, callerSource } from "../model/source.ts";
import { and, type Operand } from "../model/term.ts";
import { STORE_BUFFER_DEPTH } from "./cells.ts";
import { Declarations, type MmOptions, type ThreadOptions } from "./declarations.ts";
import type { Device, Frame, Mm } from "./handles.ts";
import type { KernelArch, KernelCode, KernelOptions } from "./kernel-arch.ts";
import { addScheduler, defineSwitches } from "./scheduler.ts";
import { Seat } from "./seat.ts";
import { System } from "./system.ts";
import { Thread } from "./thread.ts";

/** Something that listens to a system and declares an assertion about it. */
interface Attachable {
  readonly name: string;
  readonly attach: (system: System) => void;
}

/** How a scenario departs from the defaults; most of it is printed with the verdict as an assumption. */
export interface Details {
  readonly walk?: WalkDetail;
  /** Whether a context switch executes the barrier that the architecture has for it. True unless given. */
  readonly switchBarrier?: boolean;
  /** Entries never disappear of themselves: an assumption, printed with the verdict. */
  readonly noEviction?: boolean;
  /** How many CPUs there are; those that no thread runs on are idle. As many as threads need, unless given. */
  readonly cpus?: number;
  /** How the kernel uses its hardware, where it has a choice. */
  readonly kernel?: KernelOptions;
  /** FEAT_ETS2 and its like. True unless given. */
  readonly ets2?: boolean;
  /** The order in which stores reach memory; "sc" unless given. */
  readonly order?: MemoryOrder;
  /** How many stores a CPU's store buffer holds, with the order "tso"; a store waits for room. */
  readonly storeBuffer?: number;
  /** Walkers of x86 set accessed flags (X86-3), in whatever page their walk caches point to. */
  readonly walkerSetsAccessed?: boolean;
  /** Decide branches on a thread's own registers as steps of their own. */
  readonly mergeSteps?: boolean;
}

export class Scenario {
  readonly arch: string;
  readonly variant: string;
  readonly #name: string;
  readonly #declared = new Declarations();
  readonly #properties: Attachable[] = [];
  readonly #goals: {
    readonly name: string;
    readonly reached: (system: System, thread: (name: string) => Thread) => Operand;
  }[] = [];
  readonly #lookUp: (word: string) => Attachable;
  #details: Details = {};

  constructor(name: string, { arch, variant }: Configuration, lookUp: (word: string) => Attachable) {
    this.#name = name;
    this.arch = arch ?? "";
    this.variant = variant;
    this.#lookUp = lookUp;
  }

  /** Declares an address space. */
  mm(name = "mm", options: MmOptions = {}): Mm {
    return this.#declared.mm(name, options);
  }

  /** Declares a frame that is spare until the scenario allocates it. */
  spareFrame(name: string): Frame {
    return this.#declared.frame(name);
  }

  /**
   * Declares a device that shares an address space, and may access its pages at any time. Its faults end its
   * accesses, unless a thread serves it.
   */
  device(name: string, { mm }: { readonly mm: Mm }): Device {
    return this.#declared.device(name, mm);
  }

  /** Declares a thread. Its program is written once the machine is built. */
  thread(name: string, options: ThreadOptions, program: KernelCode): void {
    this.#declared.thread(name, options, program);
  }

  /** Names the properties to check. That threads do not get stuck is checked always. */
  check(...words: string[]): void {
    for (const word of words) this.#properties.push(this.#lookUp(word));
  }

  /** A condition that must be reachable, or else the scenario shows nothing. */
  goal(name: string, reached: (system: System, thread: (name: string) => Thread) => Operand): void {
    this.#goals.push({ name, reached });
  }

  details(details: Details): void {
    this.#details = { ...this.#details, ...details };
  }

  /** The model of what was declared. */
  build(arch: KernelArch, hardware: (architecture: Architecture) => Architecture): Model {
    const builder = new ModelBuilder(this.#name);
    const system = atSource(null, () =>
      this.#system(builder, { ...arch, hardware: hardware(arch.hardware) }),
    );
    const threads = this.#threads(system);
    for (const property of new Set(this.#properties)) atSource(null, () => property.attach(system));
    this.#declared.threads.forEach(({ program }, i) => program(threads[i]!));
    this.#declared.threads.forEach(({ serves }, i) => {
      if (serves) system.device(serves).onReport(() => threads[i]!.link().start());
    });
    atSource(null, () => defineSwitches(system, threads));
    if (this.#details.order === "tso") atSource(null, () => system.cells.useStoreBuffers(this.#depth()));
    const programs = [...threads, ...system.routines.threads()];
    const linked = programs.map((thread) => thread.link(this.#details.mergeSteps ?? true));
    for (const program of linked) program.announce();
    for (const program of linked) program.addRules();
    atSource(null, () => {
      addScheduler(builder, system, threads, { switchBarrier: this.#details.switchBarrier ?? true });
      system.frames.addAllocator(builder);
      system.rcu.addRules();
      system.machine.finish();
      builder.deadlock(and(...threads.map((thread) => thread.ended())), {
        consequence: "some thread has not ended, and nothing that must happen can",
      });
    });
    this.#addGoals(builder, system, threads);
    this.#describe(builder, system, threads);
    return builder.build();
  }

  #system(builder: ModelBuilder, kernelArch: KernelArch): System {
    const { mms, frames, threads } = this.#declared;
    if (mms.length === 0)
      throw new TlbcheckError("TLB201", "the scenario declares no address space: call m.mm()");
    if (threads.length === 0)
      throw new TlbcheckError("TLB201", "the scenario declares no thread: call m.thread()");
    if (this.#declared.pageNames().length === 0)
      throw new TlbcheckError("TLB201", "the scenario declares no page: call mm.page()");
    if (frames.length === 0)
      throw new TlbcheckError("TLB201", "the scenario has no page frame: map a page, or call m.spareFrame()");
    const needed = 1 + Math.max(...threads.flatMap((thread) => thread.cpus));
    const cpus = Math.max(needed, this.#details.cpus ?? 0);
    const kernelOptions = this.#details.kernel ?? {};
    const loaded = Array.from({ length: cpus }, (_, cpu) => {
      const mm = this.#loadedOn(cpu);
      return { space: mm.name, asid: kernelArch.firstAsid(mm, kernelOptions) };
    });
    return new System(builder, {
      kernelArch,
      kernelOptions,
      mms,
      handles: this.#declared.pages(),
      devices: this.#devices(),
      lazy: loaded.map((_, cpu) => !threads.some((each) => each.mm && each.cpus.includes(cpu))),
      cpus,
      spaces: mms.map(({ name }) => name),
      asids: kernelArch.asids(mms, kernelOptions),
      descriptors: mms.flatMap((mm) => this.#declared.descriptorsOf(mm)),
      features: {
        ets2: this.#details.ets2 ?? true,
        setsAccessed: this.#details.walkerSetsAccessed ?? false,
      },
      pages: this.#declared.pageNames(),
      frames: frames.map(({ name }) => name),
      uses: frames.map((frame) => this.#declared.useOf(frame)),
      tables: this.#declared.tableLayout(),
      loaded,
      walk: this.#walk(),
      evict: !(this.#details.noEviction ?? false),
      threads: threads.map(({ name }) => name),
    });
  }

  #devices(): DeviceOptions[] {
    const { devices, threads } = this.#declared;
    return devices.map((device) => ({
      name: device.name,
      space: device.mm.name,
      reportsFaults: threads.some(({ serves }) => serves === device),
    }));
  }

  #depth(): number {
    return this.#details.storeBuffer ?? STORE_BUFFER_DEPTH;
  }

  /** A CPU begins with the address space of a thread that may run on it; without one it has the first, lazily. */
  #loadedOn(cpu: number): Mm {
    const { threads, mms } = this.#declared;
    const user = threads.find(({ cpus, mm }) => mm && cpus.includes(cpu));
    return user?.mm ?? mms[0]!;
  }

  /** With tables that can go away the steps of a walk are told apart unless the scenario says otherwise. */
  #walk(): WalkDetail {
    return this.#details.walk ?? (this.#declared.tables.length > 0 ? "stepwise" : "atomic");
  }

  #threads(system: System): Thread[] {
    const { threads } = this.#declared;
    return threads.map(({ name, mm, cpus, serves }) => {
      const shared =
        cpus.length > 1 ||
        threads.some((other) => other.name !== name && other.cpus.some((each) => cpus.includes(each)));
      return new Thread(system, name, mm, new Seat(system, name, cpus, shared), serves ? "worker" : "task");
    });
  }

  #addGoals(builder: ModelBuilder, system: System, threads: readonly Thread[]): void {
    const named = (name: string): Thread => {
      const found = threads.find((thread) => thread.name === name);
      if (!found)
        throw new TlbcheckError("TLB201", `there is no thread "${name}"`, { source: callerSource() });
      return found;
    };
    for (const thread of threads)
      if (thread.role === "task") builder.goal(`${thread.name} ends`, thread.ended());
    for (const { name, reached } of this.#goals) builder.goal(name, reached(system, named));
  }

  #describe(builder: ModelBuilder, system: System, threads: readonly Thread[]): void {
    const { machine } = system;
    const { pages, frames } = {
      pages: this.#declared.pageNames().length,
      frames: this.#declared.frames.length,
    };
    machine.cpus().forEach((_, cpu) => {
      const here = threads.filter(({ seat }) => seat.cpus.includes(cpu)).map(({ name }) => name);
      builder.place(cpu, `CPU${cpu} ${here.join(", ")}`.trim());
    });
    builder.assume(
      `${count(machine.cpus().length, "CPU")}, ${count(pages, "page")}, ${count(frames, "frame")}`,
    );
    machine.devices.forEach(({ name }, i) => builder.place(machine.cpus().length + i, name));
    if (machine.devices.length > 0)
      builder.assume(
        `${count(machine.devices.length, "device")} with IOTLB and ATC, one access at a time, no IOMMU walk cache`,
      );
    const steps = this.#walk();
    if (system.tables) {
      builder.assume(`walks of two levels in ${steps === "stepwise" ? "three" : "two"} steps`);
      if (!this.#details.walkerSetsAccessed) builder.assume("walkers set no accessed flags");
    } else {
      builder.assume(steps === "stepwise" ? "walks of one level in two steps" : "walks of one level, atomic");
    }
    builder.assume(
      this.#details.order === "tso"
        ? `memory order tso, store buffers of ${count(this.#depth(), "store")}`
        : "memory order sc: weaker orders are not explored",
    );
    if (this.#details.noEviction) builder.assume("TLB entries are never evicted");
    if (this.#details.switchBarrier === false) builder.assume("no barrier at a context switch");
    if (machine.architecture.rules.remembersWalks.choice({ ets2: false }))
      builder.assume(machine.walkAhead.enabled ? "no ETS2: walks ahead of earlier accesses" : "ETS2");
    builder.assume(machine.architecture.without);
  }
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? "" : "s"}`;
}
