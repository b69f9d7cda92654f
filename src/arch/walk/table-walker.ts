/**
 * The walker of each CPU over tables of two levels (HW-2). A walk reads the upper entry of its page, or takes the
 * table page from the walk cache; then it reads the leaf descriptor in that table page, whatever has become of
 * it; then it fills the TLB. One walk is under way on a CPU at most.
 *
 * What it reads in a table page depends on who has the page by then (HW-8): the old content as long as nobody
 * else has written to it, anything afterwards.
 */
import {
  type Arguments,
  type ArrayVariable,
  bool,
  type Body,
  type ModelBuilder,
  orNone,
  when,
} from "../../model/builder.ts";
import type { Domain } from "../../model/domain.ts";
import { and, FALSE, not, or, type Term, TRUE } from "../../model/term.ts";
import type { Descriptor, FaultKind, Features, Scope } from "../architecture.ts";
import type { Machine } from "../machine.ts";
import type { WalkOf } from "./old-descriptors.ts";
import { regionIn, type TableMemory, type TableObserver, type TableScope } from "./page-tables.ts";
import { present, type Reading, walkerOf } from "./reading.ts";
import { addUnorderedLeafRules, type LeafStep } from "./unordered-leaf.ts";
import { permission } from "../text.ts";
import type { WalkCache } from "./walk-cache.ts";
import type { PageWalker, WalkDetail } from "./walker.ts";

/** What an access that misses may find by a walk that is under way for it, or that it begins. */
export interface WalkFault {
  readonly name: string;
  readonly outcome: FaultKind;
  /** What the hardware chooses. */
  readonly choices: Readonly<Record<string, Domain>>;
  readonly guard: (choices: Arguments<Record<string, Domain>>) => readonly Term[];
  readonly body: (choices: Arguments<Record<string, Domain>>) => Body;
}

/** Walkers over tables of two levels, enumerated or closed. */
export interface TwoLevelWalker extends PageWalker {
  /** Registers a view of the reads of table pages by walks. */
  onRead(observer: TableObserver): void;
  /** Registers a view of the writes of accessed flags by walks, into pages that hold no descriptors (X86-3). */
  onWrite(observer: TableObserver): void;
  /** Registers a view of the machine checks that walks raise (AMD-3). */
  onMachineCheck(observer: TableObserver): void;
  /** When an access that misses can have its page walked from a table page in the walk cache. */
  mayWalkFromCache(cpu: Term, page: Term, table: Term): Term[];
  walkFromCache(cpu: Term, page: Term, table: Term): Body;
  /** The faults that an access may take: no upper entry, or nothing in the table page that its walk has come to. */
  faults(cpu: Term, page: Term): WalkFault[];
}

export interface TableWalkerOptions {
  readonly tables: TableMemory;
  readonly cache: WalkCache;
  readonly detail: WalkDetail;
  readonly features: Features;
}

export class TableWalker implements TwoLevelWalker {
  /** For an access that misses: a walk reads each level when it gets there. */
  readonly readings: readonly Reading[];
  readonly #machine: Machine;
  readonly #tables: TableMemory;
  readonly #cache: WalkCache;
  readonly #stepwise: boolean;
  readonly #setsAccessed: boolean;
  readonly #asid: ArrayVariable;
  readonly #page: ArrayVariable;
  /** The table page that the walk is to read: set between its first and its second step. */
  readonly #table: ArrayVariable;
  /** What it has found there: set between its second and its third step. */
  readonly #frame: ArrayVariable;
  readonly #writable: ArrayVariable;
  readonly #onRead: TableObserver[] = [];
  readonly #onWrite: TableObserver[] = [];
  readonly #onMachineCheck: TableObserver[] = [];

  constructor(builder: ModelBuilder, machine: Machine, options: TableWalkerOptions) {
    this.#machine = machine;
    this.readings = [present(machine)];
    this.#tables = options.tables;
    this.#cache = options.cache;
    this.#stepwise = options.detail === "stepwise";
    this.#setsAccessed = machine.architecture.rules.setsAccessed.choice(options.features);
    const { cpu, asid, page, frame } = machine.domains;
    this.#asid = builder.array("walk.asid", [cpu], orNone(asid), null);
    this.#page = builder.array("walk.page", [cpu], orNone(page), null);
    this.#table = builder.array("walk.table", [cpu], orNone(frame), null);
    this.#frame = builder.array("walk.frame", [cpu], orNone(frame), null);
    this.#writable = builder.array("walk.writable", [cpu], bool, false);
  }

  /** Registers a view of the reads of table pages by walks. */
  onRead(observer: TableObserver): void {
    this.#onRead.push(observer);
  }

  /** Registers a view of the writes of accessed flags by walks, into pages that hold no descriptors (X86-3). */
  onWrite(observer: TableObserver): void {
    this.#onWrite.push(observer);
  }

  /** Registers a view of the machine checks that walks raise (AMD-3). */
  onMachineCheck(observer: TableObserver): void {
    this.#onMachineCheck.push(observer);
  }

  underWay(cpu: Term, scope: Scope, tables: TableScope | null): Term {
    const { globals } = this.#machine;
    const asid = this.#asid.at(cpu);
    const hasLeaf = and(this.#frame.at(cpu).isNot(null), globals.inScope(scope, this.#page.at(cpu), asid));
    if (!tables) return hasLeaf;
    const region = this.#tables.regionOf(this.#page.at(cpu));
    const hasTable = and(
      this.#reading(cpu),
      tables.asid === null ? TRUE : asid.is(tables.asid),
      regionIn(region, tables.region),
    );
    return or(hasLeaf, hasTable);
  }

  cancel(cpu: Term, scope: Scope, tables: TableScope | null): Body {
    return when(this.underWay(cpu, scope, tables), this.#forget(cpu));
  }

  /** An access that misses has the upper entry read, if one is there. */
  mayWalkOnDemand(cpu: Term, page: Term): Term[] {
    return [this.#idle(cpu), this.#upper(cpu, page).isNot(null)];
  }

  walkOnDemand(cpu: Term, page: Term): Body {
    return this.#readUpper(cpu, page);
  }

  /** When an access that misses can have its page walked from a table page in the walk cache. */
  mayWalkFromCache(cpu: Term, page: Term, table: Term): Term[] {
    return [this.#idle(cpu), this.#cache.mayUse(cpu, page, table)];
  }

  rememberContext(): never {
    throw new Error("walks of two levels do not remember the context that they began in");
  }

  walkFromCache(cpu: Term, page: Term, table: Term): Body {
    const asid = this.#machine.loadedAsid(cpu);
    const entry = { asid, region: this.#tables.regionOf(page), table };
    return [this.#begin(cpu, page, table), this.#machine.invalidation.inheritWalkFromTable(cpu, entry)];
  }

  /** The faults that an access may take: no upper entry, or nothing in the table page that its walk has come to. */
  faults(cpu: Term, page: Term): WalkFault[] {
    const mine = and(
      this.#reading(cpu),
      this.#page.at(cpu).is(page),
      this.#asid.at(cpu).is(this.#machine.loadedAsid(cpu)),
      this.#goesOn(cpu),
    );
    return [
      {
        name: "no table",
        outcome: "translation",
        choices: {},
        guard: () => [this.#idle(cpu), this.#upper(cpu, page).is(null)],
        body: () => [],
      },
      {
        name: "absent",
        outcome: "translation",
        choices: {},
        guard: () => [mine, or(this.#garbage(cpu), this.#holdsNothing(cpu), this.#mayReadInvalid(cpu))],
        body: () => [this.#tell(this.#onRead, cpu), this.#forget(cpu)],
      },
    ];
  }

  addRules(builder: ModelBuilder): void {
    this.#addUpperRules(builder);
    this.#addLeafRules(builder);
    addUnorderedLeafRules(builder, this.#machine, this.#leaf());
    this.#addGarbageRules(builder);
    if (this.#stepwise) this.#addFillRule(builder);
  }

  #addUpperRules(builder: ModelBuilder): void {
    const { cpu, page, frame } = this.#machine.domains;
    const mayBegin = (c: Term, p: Term): Term[] => [
      this.#machine.walkMatters(c, p),
      this.#machine.architecture.rules.mayWalk.choice(this.#machine, c, p),
    ];
    builder.rule("walk.upper", {
      ...walkerOf,
      parameters: { cpu, page },
      guard: (walk) => [...mayBegin(walk.cpu, walk.page), ...this.mayWalkOnDemand(walk.cpu, walk.page)],
      body: (walk) => this.#readUpper(walk.cpu, walk.page),
      fair: false,
      text: (walk) => [
        "[walk: ",
        walk.page,
        ": the upper entry points to ",
        this.#upper(walk.cpu, walk.page),
        "]",
      ],
    });
    const source = this.#machine.oldDescriptors
      ? "the walk cache, or the upper entry before,"
      : "the walk cache";
    builder.rule("walk.cached", {
      ...walkerOf,
      parameters: { cpu, page, table: frame },
      guard: (walk) => [
        ...mayBegin(walk.cpu, walk.page),
        ...this.mayWalkFromCache(walk.cpu, walk.page, walk.table),
      ],
      body: (walk) => this.walkFromCache(walk.cpu, walk.page, walk.table),
      fair: false,
      text: (walk) => ["[walk: ", walk.page, `: ${source} has `, walk.table, "]"],
    });
  }

  /** The second step, in a page that holds descriptors of this machine. Once begun a walk comes to its end. */
  #addLeafRules(builder: ModelBuilder): void {
    const parameters = { cpu: this.#machine.domains.cpu };
    builder.rule("walk.leaf", {
      ...walkerOf,
      parameters,
      guard: ({ cpu }) => [this.#readingTable(cpu)],
      body: ({ cpu }) => [
        this.#tell(this.#onRead, cpu),
        when(this.#mayCache(cpu), this.#found(cpu, this.#entry(cpu)), this.#forget(cpu)),
      ],
      text: ({ cpu }) => [
        "[walk: reads the descriptor of ",
        this.#page.at(cpu),
        " in ",
        this.#table.at(cpu),
        "]",
      ],
    });
    if (this.#machine.architecture.rules.keepsUpperEntry.choice) return;
    builder.rule("walk.again", {
      ...walkerOf,
      parameters,
      guard: ({ cpu }) => [this.#reading(cpu), this.#goesOn(cpu).not()],
      body: ({ cpu }) => this.#forget(cpu),
      text: ({ cpu }) => ["[walk: ", this.#page.at(cpu), ": the upper entry has changed]"],
    });
  }

  /** The walk is about to read a page that holds descriptors of this machine. */
  #readingTable(cpu: Term): Term {
    return and(this.#reading(cpu), this.#goesOn(cpu), this.#garbage(cpu).not());
  }

  /** The second step as rules of other files see it. */
  #leaf(): LeafStep {
    return {
      reading: (cpu) => this.#readingTable(cpu),
      walk: (cpu) => this.#walkOf(cpu),
      table: (cpu) => this.#table.at(cpu),
      findsNothing: (cpu) => or(this.#holdsNothing(cpu), this.#mayReadInvalid(cpu)),
      read: (cpu) => this.#tell(this.#onRead, cpu),
      found: (cpu, result) => this.#found(cpu, result),
      forget: (cpu) => this.#forget(cpu),
    };
  }

  #walkOf(cpu: Term): WalkOf {
    return { asid: this.#asid.at(cpu), page: this.#page.at(cpu) };
  }

  #mayReadInvalid(cpu: Term): Term {
    return this.#machine.oldDescriptors?.mayRead(cpu, this.#walkOf(cpu), null) ?? FALSE;
  }

  /** The second step, in a page that somebody else has written to (HW-8, AMD-3). */
  #addGarbageRules(builder: ModelBuilder): void {
    const { cpu, frame } = this.#machine.domains;
    const { raisesMachineCheck, findsAnything } = this.#machine.architecture.rules;
    if (!findsAnything.choice) return;
    const guard = (walk: { cpu: Term }): Term[] => [
      this.#reading(walk.cpu),
      this.#goesOn(walk.cpu),
      this.#garbage(walk.cpu),
    ];
    const read = (c: Term): Body => this.#tell(this.#onRead, c);
    const told = (c: Term, what: string) => [
      "[walk: reads ",
      this.#table.at(c),
      `, no table any more: ${what}`,
    ];
    builder.rule("walk.garbage", {
      ...walkerOf,
      parameters: { cpu, frame, writable: bool },
      guard,
      body: (walk) => [
        read(walk.cpu),
        this.#setsAccessed ? this.#tell(this.#onWrite, walk.cpu) : [],
        this.#found(walk.cpu, walk),
      ],
      text: (walk) => [...told(walk.cpu, "an entry for "), walk.frame, " ", permission(walk.writable), "]"],
    });
    builder.rule("walk.nothing", {
      ...walkerOf,
      parameters: { cpu },
      guard,
      body: (walk) => [read(walk.cpu), this.#forget(walk.cpu)],
      text: (walk) => told(walk.cpu, "nothing valid]"),
    });
    if (!raisesMachineCheck.choice) return;
    builder.rule("walk.machine check", {
      ...walkerOf,
      parameters: { cpu },
      guard,
      body: (walk) => [read(walk.cpu), this.#tell(this.#onMachineCheck, walk.cpu), this.#forget(walk.cpu)],
      fair: false,
      text: (walk) => told(walk.cpu, "machine check]"),
    });
  }

  #addFillRule(builder: ModelBuilder): void {
    builder.rule("walk.fill", {
      ...walkerOf,
      parameters: { cpu: this.#machine.domains.cpu },
      guard: ({ cpu }) => [this.#frame.at(cpu).isNot(null)],
      body: ({ cpu }) => this.#fill(cpu, { frame: this.#frame.at(cpu), writable: this.#writable.at(cpu) }),
      text: ({ cpu }) => [
        "[walk: ",
        this.#page.at(cpu),
        " ",
        permission(this.#writable.at(cpu)),
        " into the TLB]",
      ],
    });
  }

  #readUpper(cpu: Term, page: Term): Body {
    const table = this.#upper(cpu, page);
    const entry = { asid: this.#machine.loadedAsid(cpu), region: this.#tables.regionOf(page), table };
    const { mayCacheTable } = this.#machine.architecture.rules;
    return [when(mayCacheTable.choice(), this.#cache.fill(cpu, entry)), this.#begin(cpu, page, table)];
  }

  #begin(cpu: Term, page: Term, table: Term): Body {
    return [
      this.#asid.at(cpu).set(this.#machine.loadedAsid(cpu)),
      this.#page.at(cpu).set(page),
      this.#table.at(cpu).set(table),
    ];
  }

  /** The walk has found this; where its steps are not told apart it fills at once. */
  #found(cpu: Term, result: { readonly frame: Term; readonly writable: Term }): Body {
    if (!this.#stepwise) return this.#fill(cpu, result);
    return [
      this.#frame.at(cpu).set(result.frame),
      this.#writable.at(cpu).set(result.writable),
      this.#table.at(cpu).set(null),
    ];
  }

  #fill(cpu: Term, result: { readonly frame: Term; readonly writable: Term }): Body {
    const { tlb, invalidation, globals } = this.#machine;
    const page = this.#page.at(cpu);
    const entry = { asid: globals.tag(page, this.#asid.at(cpu)), page, ...result };
    return [tlb.fill(cpu, entry), invalidation.inheritWalk(cpu, entry), this.#forget(cpu)];
  }

  #forget(cpu: Term): Body {
    return [
      this.#asid.at(cpu).set(null),
      this.#page.at(cpu).set(null),
      this.#table.at(cpu).set(null),
      this.#frame.at(cpu).set(null),
      this.#writable.at(cpu).set(false),
      this.#machine.invalidation.forgetWalk(cpu),
    ];
  }

  #idle(cpu: Term): Term {
    return this.#page.at(cpu).is(null);
  }

  /** The walk has come to a table page and has not read it yet. */
  #reading(cpu: Term): Term {
    return this.#table.at(cpu).isNot(null);
  }

  /** Always, unless an upper entry that has changed stops the walk (HW-2). */
  #goesOn(cpu: Term): Term {
    if (this.#machine.architecture.rules.keepsUpperEntry.choice) return TRUE;
    const [page, table] = [this.#page.at(cpu), this.#table.at(cpu)];
    const loaded = this.#machine.spaceOf(cpu, page).isNot(null);
    return and(loaded, or(this.#upper(cpu, page).is(table), this.#cache.mayUse(cpu, page, table)));
  }

  #garbage(cpu: Term): Term {
    return this.#machine.architecture.rules.findsAnything.choice
      ? this.#tables.overwritten(this.#table.at(cpu))
      : FALSE;
  }

  #holdsNothing(cpu: Term): Term {
    return or(this.#tables.overwritten(this.#table.at(cpu)), this.#entry(cpu).valid.not());
  }

  #mayCache(cpu: Term): Term {
    const { mayCache } = this.#machine.architecture.rules;
    return and(not(this.#holdsNothing(cpu)), mayCache.choice(this.#entry(cpu)));
  }

  #upper(cpu: Term, page: Term): Term {
    return this.#tables.table(this.#machine.spaceOf(cpu, page), this.#tables.regionOf(page));
  }

  #entry(cpu: Term): Descriptor {
    return this.#tables.entry(this.#table.at(cpu), this.#page.at(cpu));
  }

  #tell(observers: readonly TableObserver[], cpu: Term): Body {
    const walker = ["the walker of ", cpu];
    return observers.map((observe) =>
      observe({ walker, table: this.#table.at(cpu), page: this.#page.at(cpu) }),
    );
  }
}
