/**
 * Walkers in closed hardware, over tables of two levels. What a walk could read of the upper level may be cached, and
 * walks may be under way at every table that is; what a walk could find in those tables may be in the TLB. Both are
 * parts of the step that made them so. That a walk reads a table page is a step only where somebody observes it.
 */
import { bool, type Body, type ModelBuilder, when } from "../../model/builder.ts";
import { and, eachOf, FALSE, not, or, type Term, TRUE } from "../../model/term.ts";
import type { Descriptor, Features, Scope } from "../architecture.ts";
import type { Machine } from "../machine.ts";
import type { CachedTable, TableMemory, TableObserver, TableScope } from "../walk/page-tables.ts";
import { present, type Reading, walkerOf } from "../walk/reading.ts";
import type { TwoLevelWalker, WalkFault } from "../walk/table-walker.ts";
import type { Closed } from "./closed.ts";
import type { ClosedTlb } from "./closed-tlb.ts";
import type { ClosedWalkCache } from "./closed-walk-cache.ts";

/** What a closed walker is made of. */
export interface ClosedTables {
  readonly tables: TableMemory;
  readonly cache: ClosedWalkCache;
  readonly tlb: ClosedTlb;
  readonly closed: Closed;
  readonly features: Features;
}

/** A walk that may be under way: on a CPU, of a page, at a table page. */
interface WalkAt {
  readonly cpu: Term;
  readonly page: Term;
  readonly asid: Term;
  readonly table: Term;
}

export class ClosedTableWalker implements TwoLevelWalker {
  readonly readings: readonly Reading[];
  readonly #machine: Machine;
  readonly #parts: ClosedTables;
  readonly #setsAccessed: boolean;
  readonly #onRead: TableObserver[] = [];
  readonly #onWrite: TableObserver[] = [];
  readonly #onMachineCheck: TableObserver[] = [];

  constructor(machine: Machine, parts: ClosedTables) {
    this.#machine = machine;
    this.#parts = parts;
    this.readings = [present(machine)];
    this.#setsAccessed = machine.architecture.rules.setsAccessed.choice(parts.features);
  }

  onRead(observer: TableObserver): void {
    this.#onRead.push(observer);
  }

  onWrite(observer: TableObserver): void {
    this.#onWrite.push(observer);
  }

  onMachineCheck(observer: TableObserver): void {
    this.#onMachineCheck.push(observer);
  }

  /** Nothing awaits a walk by itself: what it may fill is condemned with the entry, what it has read with the table. */
  underWay(): Term {
    return FALSE;
  }

  cancel(cpu: Term, _scope: Scope, tables: TableScope | null): Body {
    return tables ? this.#parts.cache.cancel(cpu, tables) : [];
  }

  mayWalkOnDemand(): Term[] {
    return [FALSE];
  }

  walkOnDemand(): Body {
    return [];
  }

  mayWalkFromCache(): Term[] {
    return [FALSE];
  }

  walkFromCache(): Body {
    return [];
  }

  rememberContext(): never {
    throw new Error("walks of two levels do not remember the context that they began in");
  }

  faults(cpu: Term, page: Term): WalkFault[] {
    const asid = this.#machine.loadedAsid(cpu);
    const at = (table: Term): WalkAt => ({ cpu, page, asid, table });
    return [
      {
        name: "no table",
        outcome: "translation",
        choices: {},
        guard: () => [this.#upper(cpu, page).is(null)],
        body: () => [],
      },
      {
        name: "absent",
        outcome: "translation",
        choices: { table: this.#machine.domains.frame },
        guard: ({ table }) => [
          this.#parts.cache.someUnderWay(cpu, this.#entryOf(at(table!))),
          this.#readsInvalid(at(table!)),
        ],
        body: ({ table }) => this.#tell(this.#onRead, at(table!)),
      },
    ];
  }

  addRules(builder: ModelBuilder): void {
    const { domains } = this.#machine;
    for (const cpu of this.#machine.cpus()) {
      for (const page of eachOf(domains.page)) builder.saturate(this.#reachTables(cpu, page));
      for (const page of eachOf(domains.page))
        for (const table of eachOf(domains.frame))
          for (const asid of eachOf(domains.asid))
            builder.saturate(this.#readLeaf({ cpu, page, asid, table }));
    }
    this.#addObservedRules(builder);
  }

  /** The upper entry may be read and cached, and walks may begin at what is cached. */
  #reachTables(cpu: Term, page: Term): Body {
    const { cache, closed } = this.#parts;
    const upper = this.#upper(cpu, page);
    const entry = this.#entryOf({ cpu, page, asid: this.#machine.loadedAsid(cpu), table: upper });
    const mayWalk = and(
      this.#machine.walkMatters(cpu, page),
      this.#machine.architecture.rules.mayWalk.choice(this.#machine, cpu, page),
    );
    return when(mayWalk, [
      when(upper.isNot(null), cache.fill(cpu, entry)),
      cache.begin(cpu, page, [0, ...closed.waiters.masks()]),
    ]);
  }

  /** What a walk at a table may find there for a page, of a copy for each mask. */
  #readLeaf(walk: WalkAt): Body {
    const { cache, closed } = this.#parts;
    return [0, ...closed.waiters.masks()].map((mask) =>
      when(cache.mayBeUnderWay(mask, walk.cpu, this.#entryOf(walk)), [
        when(this.#garbage(walk), this.#findAnything(mask, walk), this.#find(mask, walk)),
      ]),
    );
  }

  #find(mask: number, walk: WalkAt): Body {
    const { mayCache } = this.#machine.architecture.rules;
    const { oldDescriptors, domains, tlb } = this.#machine;
    const { invalid } = tlb;
    const found = this.#leaf(walk);
    const holds = not(this.#parts.tables.overwritten(walk.table));
    return [
      when(and(holds, mayCache.choice(found)), this.#cache(mask, walk, found)),
      oldDescriptors
        ? eachOf(domains.frame).map((frame) =>
            eachOf(bool).map((writable) =>
              when(
                oldDescriptors.mayRead(walk.cpu, walk, { frame, writable }),
                this.#cache(mask, walk, { frame, writable }),
              ),
            ),
          )
        : [],
      invalid
        ? when(this.#readsInvalid(walk), invalid.fill(walk.cpu, { asid: walk.asid, page: walk.page }))
        : [],
    ];
  }

  #findAnything(mask: number, walk: WalkAt): Body {
    const { domains } = this.#machine;
    return eachOf(domains.frame).map((frame) =>
      eachOf(bool).map((writable) => this.#cache(mask, walk, { frame, writable })),
    );
  }

  #cache(
    mask: number,
    { cpu, page, asid }: WalkAt,
    { frame, writable }: Pick<Descriptor, "frame" | "writable">,
  ): Body {
    const tag = this.#machine.globals.tag(page, asid);
    return this.#parts.tlb.fillCopy(mask, cpu, { asid: tag, page, frame, writable });
  }

  /** That a walk reads or writes what is no table any more, for whoever observes it. */
  #addObservedRules(builder: ModelBuilder): void {
    const { cpu, page, asid, frame } = this.#machine.domains;
    const parameters = { cpu, page, asid, table: frame };
    const observed = (
      name: string,
      told: string,
      when: (walk: WalkAt) => Term,
      body: (walk: WalkAt) => Body,
    ): void =>
      builder.rule(name, {
        ...walkerOf,
        parameters,
        guard: (walk) => [this.#parts.cache.someUnderWay(walk.cpu, this.#entryOf(walk)), when(walk)],
        body,
        fair: false,
        text: (walk) => ["[walk: ", walk.page, ` reads ${told} in `, walk.table, "]"],
      });
    if (this.#onRead.length + this.#onWrite.length > 0)
      observed(
        "walk.reads",
        "the descriptor",
        () => TRUE,
        (walk) => [
          this.#tell(this.#onRead, walk),
          this.#setsAccessed ? when(this.#garbage(walk), this.#tell(this.#onWrite, walk)) : [],
        ],
      );
    if (this.#onMachineCheck.length > 0 && this.#machine.architecture.rules.raisesMachineCheck.choice)
      observed(
        "walk.machine check",
        "garbage",
        (walk) => this.#garbage(walk),
        (walk) => this.#tell(this.#onMachineCheck, walk),
      );
  }

  #entryOf({ asid, page, table }: WalkAt): CachedTable {
    return { asid, region: this.#parts.tables.regionOf(page), table };
  }

  #leaf({ table, page }: WalkAt): Descriptor {
    return this.#parts.tables.entry(table, page);
  }

  #upper(cpu: Term, page: Term): Term {
    const { tables } = this.#parts;
    return tables.table(this.#machine.spaceOf(cpu, page), tables.regionOf(page));
  }

  #garbage({ table }: WalkAt): Term {
    return this.#machine.architecture.rules.findsAnything.choice
      ? this.#parts.tables.overwritten(table)
      : FALSE;
  }

  /** Whether a walk may find nothing at a table: it is none any more, or the descriptor there is, or was, invalid. */
  #readsInvalid(walk: WalkAt): Term {
    const old = this.#machine.oldDescriptors?.mayRead(walk.cpu, walk, null) ?? FALSE;
    return or(this.#parts.tables.overwritten(walk.table), this.#leaf(walk).valid.not(), old);
  }

  #tell(observers: readonly TableObserver[], { cpu, page, table }: WalkAt): Body {
    return observers.map((observe) => observe({ walker: ["the walker of ", cpu], table, page }));
  }
}
