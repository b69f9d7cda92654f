/**
 * A machine: CPUs with TLBs and walkers over page tables in memory, and the instructions that CPUs execute.
 * It is built of an architecture's choices and knows nothing of the software that runs on it.
 */
import { type ArrayVariable, type Body, type ModelBuilder, orNone } from "../model/builder.ts";
import { formatValue } from "../model/domain.ts";
import { suggest, TlbcheckError } from "../model/diagnostic.ts";
import { own } from "../model/own.ts";
import { callerSource } from "../model/source.ts";
import { and, eachOf, literal, type Operand, or, type Term, TRUE } from "../model/term.ts";
import { Accesses } from "./access.ts";
import type {
  Architecture,
  Descriptor,
  Draining,
  Separating,
  Features,
  Invalidation,
  Scope,
} from "./architecture.ts";
import { Closed } from "./closed/closed.ts";
import { ClosedTableWalker } from "./closed/closed-table-walker.ts";
import { ClosedTlb } from "./closed/closed-tlb.ts";
import { ClosedWalkCache } from "./closed/closed-walk-cache.ts";
import { ClosedWalker } from "./closed/closed-walker.ts";
import { whyEnumerated } from "./closed/closable.ts";
import type { Device, DeviceOptions } from "./devices/device.ts";
import { makeDevices, tellDevices } from "./devices/devices.ts";
import { GlobalPages, type GlobalPagesOf } from "./global-pages.ts";
import { Interrupts } from "./interrupts.ts";
import { Invalidations } from "./invalidation.ts";
import { FlagUpdates } from "./flag-updates.ts";
import { addFlagRule } from "./flags.ts";
import type { DescriptorFlags, DescriptorMemory } from "./memory.ts";
import { OldDescriptors } from "./walk/old-descriptors.ts";
import type { LaterEffect } from "./separators.ts";
import { StoreBuffer, type StoreBufferOptions } from "./store-buffer.ts";
import type { TableMemory, TableScope } from "./walk/page-tables.ts";
import { TableWalker, type TwoLevelWalker } from "./walk/table-walker.ts";
import { EnumeratedTlb, type Tlb, type Translation } from "./tlb.ts";
import { TransientAccesses } from "./transient.ts";
import { WalkAhead } from "./walk/walk-ahead.ts";
import { Written } from "./written.ts";
import { EnumeratedWalkCache, type WalkCache } from "./walk/walk-cache.ts";
import { type PageWalker, type WalkDetail, Walker } from "./walk/walker.ts";
import { type Domains, domainsOf } from "./domains.ts";

export type { Domains } from "./domains.ts";

export interface MachineOptions {
  readonly architecture: Architecture;
  readonly cpus: number;
  readonly spaces: readonly string[];
  /** The address-space identifiers that TLB entries are tagged with: ASIDs, or PCIDs. */
  readonly asids: readonly string[];
  readonly pages: readonly string[];
  readonly frames: readonly string[];
  /** The pages that are mapped globally; none unless given. */
  readonly globals?: readonly GlobalPagesOf[];
  /** Makes the memory that holds the descriptors. */
  readonly memory: (domains: Domains) => DescriptorMemory;
  /** Makes the memory in its place, where descriptors lie in tables that can go away; walks have two levels then. */
  readonly tables?: ((domains: Domains) => TableMemory) | null;
  /** The context loaded on each CPU at first, by name. */
  readonly loaded: readonly Loaded[];
  readonly walk: WalkDetail;
  /** Whether entries may disappear of themselves; without it a verdict rests on their staying. */
  readonly evict: boolean;
  readonly features: Features;
  /** Whether an early walk of a page by a CPU can make a difference: not if nothing accesses it, or it never changes. */
  readonly walkMatters?: (cpu: number, page: string) => Term;
  /** How many loads of a CPU addresses or branches depend on, where programs say so (ARM-17); none unless given. */
  readonly trackedLoads?: number;
  /** Which flags the hardware of a CPU sets, on machines where it sets any; both on all of them unless given. */
  readonly flagsSetBy?: (cpu: number) => { readonly accessed: boolean; readonly dirty: boolean };
  /** The devices that share a context with CPUs; none unless given. */
  readonly devices?: readonly DeviceOptions[];
  /** The frames that only privileged accesses may use, by name; none unless given. */
  readonly privilegedFrames?: readonly string[];
  /** The frames that are mapped by entries of a larger size, by name; none unless given. */
  readonly largeFrames?: readonly string[];
  /**
   * Whether a state says what is cached, or what may be. Closed hardware is enumerated all the same where it has
   * something that is not closed yet. Enumerated unless given.
   */
  readonly hardware?: HardwareForm;
}

/** How a state holds what hardware does of itself. */
export type HardwareForm = (typeof hardwareForms)[number];

export const hardwareForms = ["enumerated", "closed"] as const;

/** What the translation base register of a CPU holds: TTBR, CR3, satp. */
export interface Loaded {
  readonly space: string | null;
  readonly asid: string;
}

/** A translation that a walk has found. */
export interface FoundTranslation extends Translation {
  readonly asid: Term;
  readonly page: Term;
  readonly frame: Term;
  readonly writable: Term;
}

/** What is written to the translation base register. */
export interface ContextWrite {
  /** The context to load; null for none with user translations. */
  readonly space: Operand;
  readonly asid: Operand;
  /** Keep what is cached under the identifier (x86: bit 63 of CR3). Elsewhere nothing is dropped in any case. */
  readonly preserve?: boolean;
}

/** What a machine with tables of two levels has for them. */
export interface Tables {
  readonly memory: TableMemory;
  readonly cache: WalkCache;
  readonly walker: TwoLevelWalker;
}

export class Machine {
  readonly architecture: Architecture;
  readonly domains: Domains;
  /** The context loaded on each CPU. */
  readonly context: ArrayVariable;
  /** The address-space identifier that each CPU translates under, loaded with the context. */
  readonly asid: ArrayVariable;
  readonly globals: GlobalPages;
  readonly memory: DescriptorMemory;
  /** The flags of descriptors that the hardware sets; null where it sets none. */
  readonly flags: DescriptorFlags | null;
  /** The updates of them that are still to be made; null where none is late. */
  readonly flagUpdates: FlagUpdates | null;
  readonly flagsSetBy: MachineOptions["flagsSetBy"];
  /** Which stores set the dirty flag of a descriptor that has become invalid. */
  readonly dirtiesInvalid: "none" | "faulting" | "executed";
  readonly tlb: Tlb;
  /** What only closed hardware has; null where hardware is enumerated. */
  readonly closed: Closed | null;
  /** Why hardware is enumerated although closed hardware was asked for. */
  readonly notClosed: string | null;
  /** What walks may read besides what memory holds; null where they read nothing else. */
  readonly oldDescriptors: OldDescriptors | null;
  readonly walker: PageWalker;
  /** Tables of two levels with their walkers and walk caches; null where walks have one level. */
  readonly tables: Tables | null;
  readonly walkAhead: WalkAhead;
  readonly invalidation: Invalidations;
  readonly access: Accesses;
  readonly interrupts: Interrupts;
  readonly transient: TransientAccesses;
  readonly devices: readonly Device[];
  /** Whether all software is written that runs on it. */
  readonly written = new Written();
  readonly #builder: ModelBuilder;
  readonly #evict: boolean;
  readonly #features: Features;
  readonly #walkMatters: MachineOptions["walkMatters"];
  readonly #largeFrames: ReadonlySet<string>;
  readonly #privilegedFrames: readonly string[];
  #storeBuffer: StoreBuffer | null = null;
  #identifiers: ((space: Term) => Term) | null = null;

  constructor(builder: ModelBuilder, options: MachineOptions) {
    this.#builder = builder;
    this.#evict = options.evict;
    this.#features = options.features;
    this.#walkMatters = options.walkMatters;
    this.#largeFrames = new Set(options.largeFrames);
    this.#privilegedFrames = options.privilegedFrames ?? [];
    this.flagsSetBy = options.flagsSetBy;
    this.architecture = options.architecture;
    this.domains = domainsOf(options);
    this.globals = new GlobalPages(this.domains, options.globals ?? []);
    const { cpu, space, asid } = this.domains;
    this.context = builder.arrayOf(
      "context",
      [cpu],
      orNone(space),
      options.loaded.map((each) => each.space),
    );
    this.asid = builder.arrayOf(
      "context.asid",
      [cpu],
      asid,
      options.loaded.map((each) => each.asid),
    );
    const tables = options.tables?.(this.domains) ?? null;
    this.memory = tables ?? options.memory(this.domains);
    const { setsFlags, updatesFlagsLate, sharesEntries, dirtiesInvalid } = this.architecture.rules;
    this.flags = setsFlags.choice(options.features) ? (this.memory.flags ?? null) : null;
    this.flagUpdates =
      this.flags && updatesFlagsLate.choice ? new FlagUpdates(builder, this, this.flags) : null;
    this.dirtiesInvalid = dirtiesInvalid.choice(options.features);
    const asked = options.hardware === "closed";
    this.notClosed = asked ? whyEnumerated(this, options) : null;
    this.closed = asked && this.notClosed === null ? new Closed(builder, this.domains) : null;
    const shared = sharesEntries.choice(options.features);
    this.tlb = this.closed
      ? new ClosedTlb(builder, this, this.closed, shared)
      : new EnumeratedTlb(builder, this, shared);
    this.access = new Accesses(builder, this);
    this.oldDescriptors = this.architecture.rules.ordersWalks.choice
      ? null
      : new OldDescriptors(builder, this);
    this.tables = tables && this.#tables(builder, tables, options);
    this.walker =
      this.tables?.walker ?? (this.closed ? new ClosedWalker(this) : new Walker(builder, this, options.walk));
    this.walkAhead = new WalkAhead(builder, this, {
      enabled: this.architecture.rules.remembersWalks.choice(options.features),
      trackedLoads: options.trackedLoads ?? 0,
    });
    this.invalidation = new Invalidations(builder, this);
    this.interrupts = new Interrupts(builder, this);
    this.transient = new TransientAccesses(this);
    this.devices = makeDevices(builder, this, options);
  }

  /** Whether a frame, by name, is mapped by entries of a larger size than others. */
  isLarge(frame: string): boolean {
    return this.#largeFrames.has(frame);
  }

  /** True of a frame that an unprivileged access may not use. */
  isPrivileged(frame: Term): Term {
    return or(...this.#privilegedFrames.map((each) => frame.is(each)));
  }

  /** True where a walk ahead of accesses can make a difference. */
  walkMatters(cpu: Term, page: Term): Term {
    const { cpu: cpus, page: pages } = this.domains;
    const matters = this.#walkMatters;
    if (!matters) return TRUE;
    return or(
      ...eachOf(cpus).flatMap((c, number) =>
        eachOf(pages).map((p, i) => and(cpu.is(c), page.is(p), matters(number, formatValue(pages, i)))),
      ),
    );
  }

  /** Gives each CPU a store buffer: memory order "tso" instead of "sc". */
  useStoreBuffer(options: StoreBufferOptions): StoreBuffer {
    this.#storeBuffer = new StoreBuffer(this.#builder, this, options);
    return this.#storeBuffer;
  }

  /** Whether store buffers were given to CPUs by now. */
  get buffersStores(): boolean {
    return this.#storeBuffer !== null;
  }

  /** Their store buffers, if they have some; not known before all software is written. */
  get storeBuffer(): StoreBuffer | null {
    this.written.require("what waits in store buffers");
    return this.#storeBuffer;
  }

  /** True once every store of the CPU is in memory. */
  storesDrained(cpu: Term): Term {
    return this.storeBuffer?.drained(cpu) ?? TRUE;
  }

  /** When an instruction may complete, by the stores before it that it waits for. */
  mayComplete(cpu: Term, what: Draining): Term {
    this.written.require(`what the completion of ${what} waits for`);
    return this.architecture.rules.drains.choice(what) ? this.storesDrained(cpu) : TRUE;
  }

  /** When a CPU may do something that a separator may hold up (ARM-18). */
  mayFollow(cpu: Term, kind: LaterEffect): Term {
    return this.storeBuffer?.passed(cpu, kind) ?? TRUE;
  }

  /** Has these effects of a CPU wait for its stores so far, while the CPU goes on (ARM-18). */
  separate(cpu: Term, kinds: readonly LaterEffect[]): Body {
    const buffer = this.storeBuffer;
    return buffer ? kinds.map((kind) => buffer.separate(cpu, kind)) : [];
  }

  /** What an instruction does to effects behind it, once its own store is on its way. */
  separateBehind(cpu: Term, what: Separating): Body {
    return this.separate(cpu, this.architecture.rules.separates.choice(what));
  }

  cpus(): Term[] {
    return eachOf(this.domains.cpu);
  }

  cpu(number: number): Term {
    return literal(this.domains.cpu, number);
  }

  page(name: string): Term {
    return literal(this.domains.page, name);
  }

  /** The address-space identifier that a CPU translates under; meaningless while no context is loaded. */
  loadedAsid(cpu: Term): Term {
    return this.asid.at(cpu);
  }

  /** Software tells which identifier it loads each context under, so that an instruction can name it by that. */
  assignIdentifiers(of: (space: Term) => Term): void {
    this.#identifiers = of;
  }

  identifierOf(space: Term): Term {
    if (!this.#identifiers) throw new Error("the machine was not told which identifier a context has");
    return this.#identifiers(space);
  }

  /** What a walk of a page caches that has found this descriptor. */
  translationBy(cpu: Term, page: Term, { frame, writable }: Descriptor): FoundTranslation {
    return { asid: this.globals.tag(page, this.loadedAsid(cpu)), page, frame, writable };
  }

  /** The context that a page is walked in on a CPU, or none. */
  spaceOf(cpu: Term, page: Term): Term {
    return this.globals.space(page, this.context.at(cpu));
  }

  // Instructions: guards (when one may complete) and effects. Those of accesses are in `access`.

  /**
   * Executes a TLB invalidation by its name in the manual. One that takes effect at once drops what its targets
   * have cached and the walks that are under way, and orders their later walks of its scope behind the stores
   * that are performed; the accesses of the CPU's own program are done by then, and interrupts await them.
   */
  invalidate(cpu: Term, name: string, operands: Scope): Body {
    const invalidation = this.#invalidationNamed(name);
    const { scope, targets } = this.architecture.rules;
    const removed = scope.choice(invalidation, operands, this.#features);
    const tables = this.tableScope(invalidation, operands);
    if (invalidation.takesEffect === "later")
      return [
        this.invalidation.issue(cpu, invalidation, { entries: removed, tables }),
        tellDevices(this, cpu, invalidation, operands),
      ];
    return targets
      .choice(this, invalidation, cpu)
      .map((target) => [
        this.dropTranslations(target, removed, tables),
        this.oldDescriptors?.bind(target, removed) ?? [],
      ]);
  }

  /** When an invalidation may execute, by the stores before it. */
  invalidateGuard(cpu: Term, name: string): Term {
    const { broadcast, takesEffect } = this.#invalidationNamed(name);
    const local = !broadcast || takesEffect === "at once";
    return this.mayComplete(cpu, local ? "invalidation" : "broadcast invalidation");
  }

  /**
   * Drops what a CPU has cached in a scope, and the walks of the scope that are under way. Of the walk caches it
   * drops those above the scope unless told otherwise.
   */
  dropTranslations(cpu: Term, scope: Scope, tables: TableScope | null = this.#tablesAbove(scope)): Body {
    return [
      this.tlb.invalidate(cpu, scope),
      tables ? (this.tables?.cache.invalidate(cpu, tables) ?? []) : [],
      this.cancelWalks(cpu, scope, tables),
    ];
  }

  /** Drops all that a CPU has of a page: what its programs have no more use for. */
  forgetTranslations(cpu: Term, page: Term): Body {
    return [
      this.dropTranslations(cpu, { asid: this.loadedAsid(cpu), page }),
      this.walkAhead.forgetPage(cpu, page),
    ];
  }

  /** Ends the walks of a scope that are under way on a CPU (HW-5). */
  cancelWalks(cpu: Term, scope: Scope, tables: TableScope | null): Body {
    return this.architecture.rules.cancelsWalks.choice ? this.walker.cancel(cpu, scope, tables) : [];
  }

  /** Which walk-cache entries an invalidation removes; null for none. */
  tableScope(invalidation: Invalidation, operands: Scope): TableScope | null {
    if (!this.tables) return null;
    const { memory } = this.tables;
    return this.architecture.rules.tableScope.choice(invalidation, operands, (page) => memory.regionOf(page));
  }

  #tablesAbove({ asid, page }: Scope): TableScope {
    return { asid, region: page === null || !this.tables ? null : this.tables.memory.regionOf(page) };
  }

  /** When a barrier completes, by all that any CPU issues. */
  barrier(cpu: Term, name: string): Term {
    this.#checkBarrier(name);
    this.written.require(`what ${name} waits for`);
    return this.architecture.rules.barrierAwaits.choice(this, cpu, name);
  }

  /** What a barrier does once it completes. */
  barrierEffect(cpu: Term, name: string): Body {
    this.#checkBarrier(name);
    return [
      this.architecture.rules.onBarrier.choice(this, cpu, name),
      this.completed(() => this.barrier(cpu, name)),
    ];
  }

  /** What goes once a condition is true that waits for invalidations: in closed hardware, what they have condemned. */
  completed(condition: () => unknown): Body {
    return this.closed?.completed(condition) ?? [];
  }

  /** ISB, exception entry and exception return: each synchronises the context of its CPU. */
  synchronizeContext(cpu: Term): Body {
    return this.architecture.rules.onContextSynchronization.choice(this, cpu);
  }

  /** When a CPU may switch from one task to another. */
  switchGuard(cpu: Term): Term {
    return this.architecture.rules.switchAwaits.choice(this, cpu);
  }

  /** Loads a translation context. */
  loadContext(cpu: Term, write: ContextWrite): Body {
    return [
      this.context.at(cpu).set(write.space),
      this.asid.at(cpu).set(write.asid),
      this.architecture.rules.onContextWrite.choice(this, cpu, write),
    ];
  }

  /** Adds what the hardware does of itself, after all software was built. */
  finish(): void {
    this.walker.addRules(this.#builder);
    if (this.flags) addFlagRule(this.#builder, this, this.flags);
    this.flagUpdates?.addRules(this.#builder);
    if (this.#evict) this.tlb.addRules(this.#builder);
    if (this.#evict) this.tables?.cache.addRules(this.#builder);
    this.invalidation.addRules();
    this.walkAhead.addRules(this.#builder);
    this.#storeBuffer?.addRules(this.#builder);
    this.interrupts.addRules();
    this.transient.addRules(this.#builder);
    for (const device of this.devices) device.addRules(this.#builder, { evict: this.#evict });
    this.closed?.finish();
  }

  #tables(builder: ModelBuilder, memory: TableMemory, { walk, features }: MachineOptions): Tables {
    const { closed, tlb } = this;
    if (closed && tlb instanceof ClosedTlb) {
      const cache = new ClosedWalkCache(builder, this, memory, closed);
      return {
        memory,
        cache,
        walker: new ClosedTableWalker(this, { tables: memory, cache, tlb, closed, features }),
      };
    }
    const cache = new EnumeratedWalkCache(builder, this, memory);
    const walker = new TableWalker(builder, this, { tables: memory, cache, detail: walk, features });
    return { memory, cache, walker };
  }

  #checkBarrier(name: string): void {
    if (!this.architecture.barriers.includes(name))
      throw new TlbcheckError("TLB201", `${this.architecture.name} has no barrier ${name}`, {
        hint: suggest(name, this.architecture.barriers),
        source: callerSource(),
      });
  }

  #invalidationNamed(name: string): Invalidation {
    const found = own(this.architecture.invalidations, name);
    if (found) return found;
    throw new TlbcheckError("TLB201", `${this.architecture.name} has no invalidation ${name}`, {
      hint: suggest(name, Object.keys(this.architecture.invalidations)),
      source: callerSource(),
    });
  }
}
