/**
 * Loads and stores of user memory, in program order: an access is translated in one step and performed in a
 * later one. In between it is in flight, and what was translated stays so whatever happens to the entry
 * (HW-5). A CPU has one access in flight at most.
 */
import {
  type Arguments,
  type ArrayVariable,
  bool,
  type Body,
  type ModelBuilder,
  orNone,
} from "../model/builder.ts";
import type { Domain } from "../model/domain.ts";
import { and, FALSE, not, or, parameter, type Term, TRUE } from "../model/term.ts";
import type { Descriptor, FaultKind, Scope } from "./architecture.ts";
import { cleanStores, looksAgain, marksAccessed, marksLater, setsFlag } from "./flags.ts";
import type { FoundTranslation, Machine, Tables } from "./machine.ts";
import type { Reading } from "./walk/reading.ts";
import { joined, word } from "./text.ts";
import type { Translation } from "./tlb.ts";

export type AccessKind = "load" | "store";

/** An access as observers see it: who, where, and through which translation. */
export interface Access {
  readonly cpu: Term;
  readonly space: Term;
  readonly page: Term;
  readonly frame: Term;
  /** True for a store. */
  readonly store: Term;
}

/** An access that faults. */
export interface FaultingAccess {
  readonly cpu: Term;
  readonly space: Term;
  readonly page: Term;
  /** True for a store. */
  readonly store: Term;
}

/** What is known of an access besides what it does and where. */
export interface AccessOptions {
  /** The loads that its address depends on, by their numbers (`trackedLoads` of the machine); none unless given. */
  readonly dependsOn?: readonly number[];
  /** Whether it is made in user mode, for which some frames are not (`privilegedFrames` of the machine). */
  readonly unprivileged?: boolean;
}

/** Whether an access may not use a frame, whatever it does there. */
export type IsBarred = (frame: Term) => Term;

/** Called while the model is built; what it returns becomes a part of the step. */
export type AccessObserver = (access: Access) => Body;

/** The same of lookups that two entries match, for a page. */
export type ConflictObserver = (cpu: Term, page: Term) => Body;

/** One of the things that may become of an access that is to be translated. */
export interface AccessWay {
  readonly name: string;
  /** Translated and in flight; faulting; reported by an abort; or, after a walk that it needs, to be translated again. */
  readonly outcome: "translated" | FaultKind | "conflict" | "again";
  /** What the hardware chooses: which entry it uses. */
  readonly choices: Readonly<Record<string, Domain>>;
  readonly guard: (choices: Arguments<Record<string, Domain>>) => readonly Term[];
  readonly body: (choices: Arguments<Record<string, Domain>>) => Body;
  /** How it came to this, such as "through a cached RW entry". */
  readonly told: (choices: Arguments<Record<string, Domain>>) => readonly (string | Term)[];
}

export class Accesses {
  readonly #machine: Machine;
  readonly #asid: ArrayVariable;
  readonly #page: ArrayVariable;
  readonly #frame: ArrayVariable;
  readonly #store: ArrayVariable;
  readonly #onTranslate: AccessObserver[] = [];
  readonly #onPerform: AccessObserver[] = [];
  readonly #onConflict: ConflictObserver[] = [];
  readonly #onFault: ((fault: FaultingAccess) => Body)[] = [];

  constructor(builder: ModelBuilder, machine: Machine) {
    this.#machine = machine;
    const { cpu, asid, page, frame } = machine.domains;
    this.#asid = builder.array("access.asid", [cpu], orNone(asid), null);
    this.#page = builder.array("access.page", [cpu], orNone(page), null);
    this.#frame = builder.array("access.frame", [cpu], orNone(frame), null);
    this.#store = builder.array("access.store", [cpu], bool, false);
  }

  /** Registers a property's view of accesses as they begin. */
  onTranslate(observer: AccessObserver): void {
    this.#onTranslate.push(observer);
  }

  /** Registers a property's view of accesses as they complete. */
  onPerform(observer: AccessObserver): void {
    this.#onPerform.push(observer);
  }

  /** Registers a view of lookups that are reported because two entries match; without one they use either. */
  onConflict(observer: ConflictObserver): void {
    this.#onConflict.push(observer);
  }

  /** Registers a property's view of accesses that fault. */
  onFault(observer: (fault: FaultingAccess) => Body): void {
    this.#onFault.push(observer);
  }

  idle(cpu: Term): Term {
    return this.#frame.at(cpu).is(null);
  }

  /** The access in flight for a trace, and when there is one. */
  inWords(cpu: Term): { readonly when: Term; readonly text: readonly (string | Term)[] } {
    const kind = word(this.#store.at(cpu), "store to", "load from");
    const text = [kind, " ", this.#page.at(cpu), " -> ", this.frame(cpu), " translated, not performed"];
    return { when: this.idle(cpu).not(), text };
  }

  /** The frame that the access in flight was translated to. */
  frame(cpu: Term): Term {
    return this.#frame.at(cpu);
  }

  /** True if the CPU has an access in flight that was translated by an entry of the scope. */
  inFlight(cpu: Term, scope: Scope): Term {
    return and(
      not(this.idle(cpu)),
      this.#machine.globals.inScope(scope, this.#page.at(cpu), this.#asid.at(cpu)),
    );
  }

  /** Everything that may become of an access when it is to be translated. */
  ways(cpu: Term, kind: AccessKind, page: Term, options: AccessOptions = {}): AccessWay[] {
    const { dependsOn = [], unprivileged = false } = options;
    const isBarred = unprivileged ? (frame: Term): Term => this.#machine.isPrivileged(frame) : () => FALSE;
    const ways = [
      this.#hit(cpu, kind, page, isBarred),
      ...this.#forbidden(cpu, kind, page, isBarred),
      ...(kind === "store" ? this.#cleanStores(cpu, page, isBarred) : []),
      ...this.#conflict(cpu, page),
      ...this.#hitInvalid(cpu, kind, page),
      ...(this.#machine.closed
        ? []
        : this.#machine.walker.readings.map((each) => this.#miss(cpu, page, each))),
      ...(this.#machine.tables
        ? this.#tableWalks(cpu, kind, page, this.#machine.tables)
        : [
            ...this.#machine.walker.readings.flatMap((reading) => this.#walkFaults(cpu, kind, page, reading)),
            ...this.#marks(cpu, kind, page, isBarred),
          ]),
      ...(this.#machine.walkAhead.enabled ? this.#ahead(cpu, kind, page, { dependsOn, isBarred }) : []),
    ];
    return ways.map((way) => this.#behindStores(cpu, way));
  }

  /** A fault may have to wait for stores before it. */
  #behindStores(cpu: Term, way: AccessWay): AccessWay {
    const { outcome } = way;
    if (outcome === "translated" || outcome === "conflict" || outcome === "again") return way;
    const { faultAwaits } = this.#machine.architecture.rules;
    return {
      ...way,
      guard: (choices) => [...way.guard(choices), faultAwaits.choice(this.#machine, cpu, outcome)],
    };
  }

  /** Performs the access in flight at its frame. */
  perform(cpu: Term): Body {
    const { walkAhead, storeBuffer } = this.#machine;
    const access = {
      cpu,
      space: this.#machine.spaceOf(cpu, this.#page.at(cpu)),
      page: this.#page.at(cpu),
      frame: this.#frame.at(cpu),
      store: this.#store.at(cpu),
    };
    return [
      this.#onPerform.map((observe) => observe(access)),
      // A store that waits in a store buffer is done only when it leaves that.
      walkAhead.overtakenBy(cpu, "load", access.store.not()),
      storeBuffer?.translated ? [] : walkAhead.overtakenBy(cpu, "store", access.store),
      this.#asid.at(cpu).set(null),
      this.#page.at(cpu).set(null),
      this.#frame.at(cpu).set(null),
      this.#store.at(cpu).set(false),
      this.#machine.invalidation.forgetAccess(cpu),
    ];
  }

  /** A cached entry allows the access. */
  #hit(cpu: Term, kind: AccessKind, page: Term, isBarred: IsBarred): AccessWay {
    const machine = this.#machine;
    const choices = this.#entryChoices();
    return {
      name: "hits",
      outcome: "translated",
      // Which copies there may be is known only when all that invalidates is.
      get choices() {
        return { ...choices, ...machine.tlb.copyChoice };
      },
      guard: (entry) => [
        machine.tlb.mayHit(cpu, cached(page, entry)),
        ...(kind === "store" ? [cached(page, entry).writable] : []),
        isBarred(cached(page, entry).frame).not(),
      ],
      body: (entry) => [
        this.#translate(cpu, kind, page, cached(page, entry)),
        this.#machine.invalidation.inheritAccess(cpu, cached(page, entry)),
        this.#machine.walkAhead.usedEntry(cpu, cached(page, entry)),
      ],
      told: (entry) => ["through a cached ", word(cached(page, entry).writable, "RW", "RO"), " entry"],
    };
  }

  /** A cached entry forbids the access, whatever memory says by now (HW-6). */
  #forbidden(cpu: Term, kind: AccessKind, page: Term, isBarred: IsBarred): AccessWay[] {
    const forbids = (entry: FoundTranslation): Term => {
      const barred = isBarred(entry.frame);
      if (kind === "load") return barred;
      return or(barred, and(entry.writable.not(), looksAgain(this.#machine, cpu, entry).not()));
    };
    if (forbids(cached(page, this.#anyEntry())).node === FALSE.node) return [];
    const way: AccessWay = {
      name: "forbidden",
      outcome: "permission",
      choices: this.#entryChoices(),
      guard: (entry) => [this.#machine.tlb.mayHit(cpu, cached(page, entry)), forbids(cached(page, entry))],
      body: (entry) => [
        this.#machine.walkAhead.usedEntry(cpu, cached(page, entry)),
        this.#fault(cpu, kind, page, "permission"),
      ],
      told: () => ["permission fault"],
    };
    return [way];
  }

  #cleanStores(cpu: Term, page: Term, isBarred: IsBarred): AccessWay[] {
    return cleanStores(this.#machine, cpu, page, {
      isBarred,
      choices: this.#entryChoices(),
      entry: (choices) => cached(page, choices),
      translate: (choices, frame) => this.#translate(cpu, "store", page, { ...cached(page, choices), frame }),
      fault: (kind) => this.#fault(cpu, "store", page, kind),
    });
  }

  /** Two entries match, and the hardware says so (ARM-9, X86-13). */
  #conflict(cpu: Term, page: Term): AccessWay[] {
    if (this.#onConflict.length === 0 || !this.#machine.architecture.rules.reportsConflict.choice) return [];
    return [
      {
        name: "conflicts",
        outcome: "conflict",
        choices: {},
        guard: () => [this.#machine.tlb.conflicts(cpu, page)],
        body: () => this.#onConflict.map((observe) => observe(cpu, page)),
        told: () => ["conflict: entries of two sizes match"],
      },
    ];
  }

  /** The descriptor is cached as invalid (RV-1). */
  #hitInvalid(cpu: Term, kind: AccessKind, page: Term): AccessWay[] {
    const { invalid } = this.#machine.tlb;
    if (!invalid) return [];
    return [
      {
        name: "absent in the TLB",
        outcome: "translation",
        choices: {},
        guard: () => [invalid.mayHit(cpu, page)],
        body: () => this.#fault(cpu, kind, page, "translation"),
        told: () => ["translation fault, from the TLB"],
      },
    ];
  }

  /** Nothing is cached, and a walk finds something that may be: the walk is made, then it is tried again. */
  #miss(cpu: Term, page: Term, reading: Reading): AccessWay {
    const { tlb, walker } = this.#machine;
    return {
      name: joined("misses", reading.name),
      outcome: "again",
      choices: reading.choices,
      guard: (choices) => [
        tlb.misses(cpu, page),
        ...reading.possible(cpu, page, choices),
        ...walker.mayWalkOnDemand(cpu, page, reading.descriptor(cpu, page, choices)),
      ],
      body: (choices) => walker.walkOnDemand(cpu, page, reading.descriptor(cpu, page, choices)),
      told: () => [joined("TLB miss, walk", reading.told && `finds ${reading.told}`)],
    };
  }

  /** Nothing is cached, and a walk finds a descriptor that faults: it is walked afresh. */
  #walkFaults(cpu: Term, kind: AccessKind, page: Term, reading: Reading): AccessWay[] {
    const { tlb } = this.#machine;
    const way = (name: string, outcome: FaultKind, faults: (found: Descriptor) => Term[]): AccessWay => ({
      name: joined(name, reading.name),
      outcome,
      choices: reading.choices,
      guard: (choices) => [
        tlb.misses(cpu, page),
        ...reading.possible(cpu, page, choices),
        ...faults(reading.descriptor(cpu, page, choices)),
      ],
      body: () => [this.#machine.walkAhead.walkedAfresh(cpu), this.#fault(cpu, kind, page, outcome)],
      told: () => [joined(`${outcome} fault`, reading.told && `by ${reading.told}`)],
    });
    const setsAccessed = setsFlag(this.#machine, cpu, "accessed");
    return [
      way("absent", "translation", ({ valid }) => [valid.not()]),
      ...(setsAccessed === TRUE
        ? []
        : [
            way("not accessed", "access flag", ({ valid, accessed }) => [
              valid,
              accessed.not(),
              setsAccessed.not(),
            ]),
          ]),
    ];
  }

  /** Nothing is cached, and a walk finds a descriptor in memory that the hardware is to mark. */
  #marks(cpu: Term, kind: AccessKind, page: Term, isBarred: IsBarred): AccessWay[] {
    const { flags } = this.#machine;
    if (!flags) return [];
    return [
      marksAccessed(this.#machine, cpu, page, flags),
      ...marksLater(this.#machine, cpu, page, {
        kind,
        isBarred,
        translate: (found) => this.#translate(cpu, kind, page, found),
      }),
    ];
  }

  /** Walks of two levels: from the walk cache, or to a fault at the level that has nothing. */
  #tableWalks(cpu: Term, kind: AccessKind, page: Term, { walker }: Tables): AccessWay[] {
    const { tlb, domains } = this.#machine;
    const fromCache: AccessWay = {
      name: "misses, table cached",
      outcome: "again",
      choices: { table: domains.frame },
      guard: ({ table }) => [tlb.misses(cpu, page), ...walker.mayWalkFromCache(cpu, page, table!)],
      body: ({ table }) => walker.walkFromCache(cpu, page, table!),
      told: () => ["TLB miss, walk from the walk cache"],
    };
    return [
      ...(this.#machine.closed ? [] : [fromCache]),
      ...walker.faults(cpu, page).map((fault): AccessWay => ({
        name: fault.name,
        outcome: fault.outcome,
        choices: fault.choices,
        guard: (choices) => [tlb.misses(cpu, page), ...fault.guard(choices)],
        body: (choices) => [
          this.#machine.walkAhead.walkedAfresh(cpu),
          fault.body(choices),
          this.#fault(cpu, kind, page, fault.outcome),
        ],
        told: () => [`${fault.outcome} fault`],
      })),
    ];
  }

  /** A walk that was done ahead is used (ARM-17). */
  #ahead(
    cpu: Term,
    kind: AccessKind,
    page: Term,
    { dependsOn, isBarred }: { readonly dependsOn: readonly number[]; readonly isBarred: IsBarred },
  ): AccessWay[] {
    const { walkAhead, invalidation } = this.#machine;
    const asid = this.#machine.loadedAsid(cpu);
    const found = walkAhead.translation(cpu, page);
    const { flags } = this.#machine;
    const space = this.#machine.spaceOf(cpu, page);
    const barred = isBarred(found.frame);
    const allowed = and(barred.not(), kind === "store" ? found.writable : TRUE);
    // A store is not forbidden by what a walk done ahead found clean: it looks again.
    const mayMark = flags
      ? and(
          setsFlag(this.#machine, cpu, "dirty"),
          or(flags.isClean(space, page), flags.isWritable(space, page)),
        )
      : FALSE;
    const way = (name: string, outcome: AccessWay["outcome"], guard: Term, body: () => Body) => ({
      name,
      outcome,
      choices: {},
      guard: () => [walkAhead.isNotOlder(cpu, page, dependsOn), guard],
      body: () => [walkAhead.usedWalk(cpu, page), body()],
    });
    const fault = (name: string, outcome: FaultKind, guard: Term): AccessWay => ({
      ...way(name, outcome, guard, () => this.#fault(cpu, kind, page, outcome)),
      told: () => [`${outcome} fault, walked ahead`],
    });
    return [
      {
        ...way("walked ahead", "translated", and(walkAhead.translates(cpu, page), allowed), () => [
          this.#translate(cpu, kind, page, { asid, page, ...found }),
          invalidation.inheritFromAhead(cpu, page),
        ]),
        told: () => ["through an ", word(found.writable, "RW", "RO"), " entry walked ahead"],
      },
      ...(allowed.node === TRUE.node
        ? []
        : [
            fault(
              "forbidden ahead",
              "permission",
              and(walkAhead.translates(cpu, page), allowed.not(), or(barred, mayMark.not())),
            ),
          ]),
      fault("absent ahead", "translation", walkAhead.faults(cpu, page, "translation")),
      fault("not accessed ahead", "access flag", walkAhead.faults(cpu, page, "access flag")),
    ];
  }

  #fault(cpu: Term, access: AccessKind, page: Term, kind: FaultKind): Body {
    const { onFault } = this.#machine.architecture.rules;
    const store = access === "store" ? TRUE : FALSE;
    const fault = { cpu, space: this.#machine.context.at(cpu), page, store };
    return [
      onFault.choice(this.#machine, cpu, { asid: this.#machine.loadedAsid(cpu), page }, kind),
      this.#onFault.map((observe) => observe(fault)),
    ];
  }

  #translate(cpu: Term, kind: AccessKind, page: Term, { asid, frame }: Translation & { frame: Term }): Body {
    const store = kind === "store" ? TRUE : FALSE;
    const access = { cpu, space: this.#machine.spaceOf(cpu, page), page, frame, store };
    return [
      this.#asid.at(cpu).set(asid),
      this.#page.at(cpu).set(page),
      this.#frame.at(cpu).set(frame),
      this.#store.at(cpu).set(store),
      this.#onTranslate.map((observe) => observe(access)),
    ];
  }

  /** Stands for whichever entry is chosen. */
  #anyEntry(): Arguments<Record<string, Domain>> {
    return Object.fromEntries(
      Object.entries(this.#entryChoices()).map(([name, domain]) => [name, parameter(name, domain)]),
    );
  }

  /** Which entry a lookup uses is the hardware's choice among those that match. */
  #entryChoices(): Record<string, Domain> {
    const { asid, frame } = this.#machine.domains;
    return { asid, frame, writable: bool };
  }
}

function cached(page: Term, entry: Arguments<Record<string, Domain>>) {
  const { asid, frame, writable } = entry as Record<"asid" | "frame" | "writable", Term>;
  return { asid, page, frame, writable, ...("copy" in entry ? { copy: entry["copy"] } : {}) };
}
