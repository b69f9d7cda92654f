/**
 * A scenario, `m`: what a model file declares in the kernel's words, and how that becomes a model. First
 * everything is declared, then the machine is built for it, then the programs are written.
 */
import { type Architecture, type HardwareRules, rule, withRules } from "../arch/architecture.ts";
import type { DeviceOptions } from "../arch/devices/device.ts";
import type { WalkDetail } from "../arch/walk/walker.ts";
import { type GoalOptions, ModelBuilder } from "../model/builder.ts";
import { type Configuration } from "../model/family.ts";
import { checkMethods } from "../model/checked.ts";
import { TlbcheckError } from "../model/diagnostic.ts";
import type { Model, Source } from "../model/model.ts";
import { atSource, callerSource } from "../model/source.ts";
import type { Operand } from "../model/term.ts";
import { mayBeFreed } from "./mm/debug-vm.ts";
import { STORE_BUFFER_DEPTH } from "./locking/cells.ts";
import type { MmOptions, ThreadOptions } from "./declaration-options.ts";
import { Declarations } from "./declarations.ts";
import { scenarioParameters } from "./declaration-arguments.ts";
import type { Details } from "./details.ts";
import { addFacts } from "./facts.ts";
import type { Device, Frame, Mm } from "./handles.ts";
import type { Completion, Seqcount, StaticKey } from "./locking/handles.ts";
import type { Lock, RwSem } from "./locking/locks.ts";
import type { KernelArch } from "./arch/kernel-arch.ts";
import type { KernelOptions } from "./arch/kernel-options.ts";
import type { KernelCode } from "./threads/thread-program.ts";
import { addEnds } from "./threads/ends.ts";
import { addScheduler, defineSwitches } from "./threads/scheduler.ts";
import { Seat } from "./threads/seat.ts";
import { describe } from "./scenario-assumptions.ts";
import { DEBUGGING } from "./observers.ts";
import { System } from "./system.ts";
import type { SystemProperty } from "./system-property.ts";
import { KernelThread, type Thread } from "./thread.ts";

/** The property that is checked with `strict`. */
export const TRANSIENT = "transient-use-after-free";

/** What `oldDescriptors: false` puts in the place of RV-7. */
const WALKS_IN_ORDER: Partial<HardwareRules> = {
  ordersWalks: rule(
    "RV-7",
    "a walk reads memory, as if every walk came behind the stores that are there",
    true,
  ),
};

/** Rules of the hardware that a scenario replaces, and where it says so. */
interface Replacement {
  readonly replace: (rules: HardwareRules) => Partial<HardwareRules>;
  readonly source: Source | null;
}

export class Scenario {
  readonly arch: string;
  readonly variant: string;
  readonly #name: string;
  readonly #declared = new Declarations();
  readonly #properties = new Map<SystemProperty, "named" | "own">();
  readonly #replacements: Replacement[] = [];
  readonly #goals: {
    readonly name: string;
    readonly reached: (system: System, thread: (name: string) => Thread) => Operand;
    readonly options: Pick<GoalOptions, "of">;
    readonly source: Source | null;
  }[] = [];
  readonly #lookUp: (word: string) => SystemProperty;
  readonly #leftOut = new Set<string>();
  readonly #notClosed: string | null;
  #details: Details = {};

  /** @param notClosed why the scenario, tried with closed hardware, is built with enumerated hardware */
  constructor(
    name: string,
    { arch, variant }: Configuration,
    lookUp: (word: string) => SystemProperty,
    notClosed: string | null = null,
  ) {
    this.#notClosed = notClosed;
    this.#name = name;
    this.arch = arch ?? "";
    this.variant = variant;
    this.#lookUp = lookUp;
  }

  static {
    checkMethods(Scenario, "m", scenarioParameters, "TLB201", (scenario: Scenario) => scenario.#declared);
  }

  /** Declares an address space. */
  mm(name = "mm", options: MmOptions = {}): Mm {
    return this.#declared.mm(name, options);
  }

  /** Declares a frame that is spare until the scenario allocates it. */
  spareFrame(name: string): Frame {
    return this.#declared.frame(name);
  }

  /** A spinlock of the scenario's own, besides those of page tables. The same name gives the same. */
  spinlock(name: string): Lock {
    return this.#declared.spinlock(name);
  }

  /** A semaphore of many readers or one writer, such as `mapping->i_mmap_rwsem`. The same name gives the same. */
  rwsem(name: string): RwSem {
    return this.#declared.rwsem(name);
  }

  /** A completion: one thread waits until another says that it is done. The same name gives the same. */
  completion(name: string): Completion {
    return this.#declared.completion(name);
  }

  /** A sequence counter, by which readers find out that a writer came between. The same name gives the same. */
  seqcount(name: string): Seqcount {
    return this.#declared.seqcount(name);
  }

  /** A static key: a branch that is patched into the code; disabled at first unless given. */
  staticKey(name: string, enabled = false): StaticKey {
    return this.#declared.staticKey(name, enabled);
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

  /**
   * The properties to check, by name or one of your own. `lockdep`, `debug-vm`, `deadlock` and `out-of-memory` are checked
   * always.
   *
   * @throws TlbcheckError TLB204 for a name that no property has
   */
  check(...properties: (string | SystemProperty)[]): void {
    this.#declared.requireOpen("m.check()");
    for (const each of properties)
      if (typeof each === "string") this.#properties.set(this.#lookUp(each), "named");
      else this.#properties.set(each, "own");
  }

  /**
   * Does not check properties that are checked in every scenario: `deadlock`, `out-of-memory`, `lockdep`, `debug-vm`. That
   * is printed with the verdict as an assumption.
   *
   * @throws TlbcheckError TLB201 for another name
   */
  leaveOut(...properties: string[]): void {
    this.#declared.requireOpen("m.leaveOut()");
    for (const name of properties) this.#leftOut.add(name);
  }

  /**
   * Replaces rules of the hardware by your own, given those of the architecture. Each is printed with the verdict
   * as an assumption, in the words of its `says`.
   */
  hardware(replace: (rules: HardwareRules) => Partial<HardwareRules>): void {
    this.#declared.requireOpen("m.hardware()");
    this.#replacements.push({ replace, source: callerSource() });
  }

  /**
   * A condition that must be reachable, or else the scenario shows nothing: no property that is not violated then
   * `holds`, it is vacuous. With `of: "revoked-access"`, or a list, that is so for these properties only.
   */
  goal(
    name: string,
    reached: (system: System, thread: (name: string) => Thread) => Operand,
    options: Pick<GoalOptions, "of"> = {},
  ): void {
    this.#goals.push({ name, reached, options, source: callerSource() });
  }

  /** Departs from the defaults. What is said last counts. */
  details(details: Details): void {
    this.#declared.requireOpen("m.details()");
    this.#details = { ...this.#details, ...details };
  }

  /** The model of what was declared. */
  build(arch: KernelArch, hardware: (architecture: Architecture) => Architecture): Model {
    if (this.#details.strict && !arch.hardware.entriesOnly) this.check(TRANSIENT);
    this.#declared.close();
    const builder = new ModelBuilder(this.#name);
    const replaced = this.#replaceRules(arch.hardware);
    const system = atSource(null, () =>
      this.#system(builder, { ...arch, hardware: hardware(replaced.architecture) }),
    );
    const threads = this.#threads(system);
    const standing = DEBUGGING.map(this.#lookUp).filter(
      (property) => !this.#leftOut.has(property.name) && !this.#properties.has(property),
    );
    for (const property of standing) this.#properties.set(property, "named");
    // One of the scenario's own has the lines of its own declarations.
    for (const [property, kind] of this.#properties)
      if (kind === "own") property.attach(system);
      else atSource(null, () => property.attach(system));
    this.#declared.threads.forEach(({ program }, i) => threads[i]!.run(program));
    this.#declared.threads.forEach(({ serves }, i) => {
      if (serves) system.device(serves).onReport(() => threads[i]!.link().start());
    });
    atSource(null, () => defineSwitches(system, threads));
    if (this.#details.order === "tso") atSource(null, () => system.cells.useStoreBuffers(this.#depth()));
    system.machine.written.complete();
    const programs = [...threads, ...system.routines.threads()];
    const linked = programs.map((thread) => thread.link(this.#details.mergeSteps ?? true));
    for (const program of linked) program.announce();
    system.machine.written.callWaiting();
    for (const program of linked) program.addRules();
    atSource(null, () => {
      addScheduler(builder, system, threads, { switchBarrier: this.#details.switchBarrier ?? true });
      system.frames.addAllocator(builder);
      system.rcu.addRules((frame) => mayBeFreed(system, "the callback of RCU", frame));
      system.machine.finish();
      addFacts(system);
      addEnds(builder, threads, this.#leftOut);
    });
    this.#addGoals(builder, system, threads);
    describe(builder, system, {
      threads,
      details: this.#details,
      pages: this.#declared.pageNames().length,
      frames: this.#declared.frames.length,
      leftOut: this.#leftOut,
      notClosed: this.#notClosed,
    });
    for (const told of replaced.told) builder.assume(told);
    const model = builder.build();
    system.registerOwners.requireOwnSteps(model.rules, new Set(programs.map(({ name }) => name)));
    return withStanding(model, new Set([...standing.map((property) => property.name), "out-of-memory"]));
  }

  /** The architecture with the scenario's own rules, and what is to be printed of them. */
  #replaceRules(given: Architecture): { architecture: Architecture; told: readonly string[] } {
    const told: string[] = [];
    const ordered = this.#details.oldDescriptors === false && !given.rules.ordersWalks.choice;
    let architecture = ordered ? withRules(given, WALKS_IN_ORDER) : given;
    for (const { replace, source } of this.#replacements) {
      const rules = atSource(source, () => replace(architecture.rules));
      for (const [name, { says }] of Object.entries(rules)) told.push(`${name} replaced: ${says}`);
      architecture = withRules(architecture, rules);
    }
    return { architecture, told };
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
    requireStep(kernelArch, kernelOptions);
    const loaded = Array.from({ length: cpus }, (_, cpu) => {
      const mm = this.#loadedOn(cpu);
      return { space: mm.name, asid: kernelArch.firstAsid(mm, kernelOptions) };
    });
    return new System(builder, {
      owner: this.#declared,
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
        invlpgLeavesGlobals: this.#details.invlpgLeavesGlobals ?? false,
        hafdbs: this.#details.hafdbs ?? false,
        svadu: this.#details.svadu ?? false,
        dirtiesInvalid: this.#details.dirtiesInvalid ?? false,
        cnp: this.#details.cnp ?? false,
      },
      pages: this.#declared.pageNames(),
      globals: this.#declared.globals(),
      frames: frames.map(({ name }) => name),
      uses: frames.map((frame) => this.#declared.useOf(frame)),
      tables: this.#declared.tableLayout(),
      hugePages: this.#declared.hugeLayout(),
      flags: this.#declared.smallFlags(this.#details.flags ?? false),
      loaded,
      walk: this.#walk(),
      hardware: this.#details.hardware ?? "closed",
      evict: !(this.#details.noEviction ?? false),
      threads: threads.map(({ name }) => name),
      newRoutine: (system, name, seat) => new KernelThread(system, name, null, seat, "routine"),
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

  /** The steps of a walk are told apart unless the scenario says otherwise. */
  #walk(): WalkDetail {
    return this.#details.walk ?? "stepwise";
  }

  #threads(system: System): KernelThread[] {
    const { threads } = this.#declared;
    return threads.map(({ name, mm, cpus, role }) => {
      const shared =
        cpus.length > 1 ||
        threads.some((other) => other.name !== name && other.cpus.some((each) => cpus.includes(each)));
      return new KernelThread(system, name, mm, new Seat(system, name, cpus, shared), role);
    });
  }

  #addGoals(builder: ModelBuilder, system: System, threads: readonly KernelThread[]): void {
    const named = (name: string): Thread => {
      const found = threads.find((thread) => thread.name === name);
      if (!found)
        throw new TlbcheckError("TLB201", `there is no thread "${name}"`, { source: callerSource() });
      return found.facade;
    };
    for (const thread of threads)
      if (thread.role === "task") builder.goal(`${thread.name} ends`, thread.ended());
    for (const { name, reached, options, source } of this.#goals) {
      const condition = reached(system, named);
      atSource(source, () => builder.goal(name, condition, options));
    }
  }
}

/** The model in which some properties are checked without being asked for. */
function withStanding(model: Model, names: ReadonlySet<string>): Model {
  const properties = model.properties.map((property) =>
    names.has(property.name) ? { ...property, standing: true } : property,
  );
  return { ...model, properties };
}

/** Refuses, with TLB201, to leave out a step that the kernel does not have here: nothing would be different. */
function requireStep({ name, mayLack = [] }: KernelArch, { lacks, invlpgb }: KernelOptions): void {
  if (!lacks || (mayLack.includes(lacks) && !invlpgb)) return;
  const where = invlpgb ? `${name} with INVLPGB` : name;
  throw new TlbcheckError("TLB201", `m.details(): kernel.lacks is "${lacks}", which ${where} does not have`, {
    hint: mayLack.length > 0 ? `${name} may lack ${mayLack.join(", ")}` : "leave it out there",
  });
}
