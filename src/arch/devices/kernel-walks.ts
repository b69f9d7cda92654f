/**
 * Walks of the kernel's addresses by the IOMMU, for a device that shares an address space (IOMMU-6): the tables of a
 * process on x86 have the kernel's half too. A device may ask for any address; no user access to what such a walk
 * finds is permitted, so nothing is cached of it, but the upper entry that it went by is kept in the IOMMU's walk
 * cache (HW-3), and the table page that this points to is read, whatever has become of it (HW-8). A page that holds
 * something else by then may even permit the access.
 *
 * One walk is under way at most, in two steps: the upper entry or the walk cache, then the table page.
 */
import { type ArrayVariable, bool, type Body, type ModelBuilder, orNone, when } from "../../model/builder.ts";
import { and, eachOf, FALSE, not, type Operand, type Place, type Term } from "../../model/term.ts";
import type { Features } from "../architecture.ts";
import type { Machine } from "../machine.ts";
import { permission } from "../text.ts";
import type { TableMemory, TableObserver } from "../walk/page-tables.ts";
import type { Device } from "./device.ts";

export class KernelWalks {
  readonly #machine: Machine;
  readonly #device: Device;
  readonly #tables: TableMemory;
  readonly #setsAccessed: boolean;
  /** The walk cache: upper entries as pairs of a region and the table page that it pointed to. */
  readonly #cache: ArrayVariable;
  /** The page that is walked; none while no walk is under way. */
  readonly #page: Place;
  /** The table page that the walk is to read. */
  readonly #table: Place;
  readonly #onRead: TableObserver[] = [];
  readonly #onWrite: TableObserver[] = [];

  constructor(
    builder: ModelBuilder,
    machine: Machine,
    device: Device,
    { tables, features }: { readonly tables: TableMemory; readonly features: Features },
  ) {
    this.#machine = machine;
    this.#device = device;
    this.#tables = tables;
    this.#setsAccessed = machine.architecture.rules.setsAccessed.choice(features);
    const { page, frame } = machine.domains;
    this.#cache = builder.array(`${device.name}.walk cache`, [tables.region, frame], bool, false);
    this.#page = builder.variable(`${device.name}.walk.page`, orNone(page), null);
    this.#table = builder.variable(`${device.name}.walk.table`, orNone(frame), null);
  }

  /** Registers a view of the reads of table pages. */
  onRead(observer: TableObserver): void {
    this.#onRead.push(observer);
  }

  /** Registers a view of the writes of accessed flags into pages that hold no descriptors (X86-3). */
  onWrite(observer: TableObserver): void {
    this.#onWrite.push(observer);
  }

  /** True if the walk cache has this table page for the region of a page. */
  holds(page: Operand, table: Operand): Term {
    return this.#cache.at(this.#tables.regionOf(page), table);
  }

  /** True while no walk is under way. */
  idle(): Term {
    return this.#page.is(null);
  }

  /** An invalidation of a page in the IOTLB takes what its walks go by: the upper entry above it, and walks (HW-5). */
  invalidate(page: Term): Body {
    const region = this.#tables.regionOf(page);
    const underWay = and(not(this.idle()), this.#tables.regionOf(this.#page).is(region));
    return [
      eachOf(this.#machine.domains.frame).map((table) => this.#cache.at(region, table).set(false)),
      this.#machine.architecture.rules.cancelsWalks.choice ? when(underWay, this.#forget()) : [],
    ];
  }

  addRules(builder: ModelBuilder, { evict }: { readonly evict: boolean }): void {
    this.#addUpper(builder);
    this.#addCached(builder);
    this.#addLeaf(builder);
    if (this.#machine.architecture.rules.findsAnything.choice) this.#addGarbage(builder);
    if (evict) this.#addEviction(builder);
  }

  #addUpper(builder: ModelBuilder): void {
    const { domains, architecture } = this.#machine;
    builder.rule(`${this.#device.name}: kernel walk, upper`, {
      ...this.#device.acts,
      parameters: { page: domains.page },
      guard: ({ page }) => [this.#mayBegin(page), this.#upper(page).isNot(null)],
      body: ({ page }) => [
        when(
          architecture.rules.mayCacheTable.choice(),
          this.#cache.at(this.#tables.regionOf(page), this.#upper(page)).set(true),
        ),
        this.#begin(page, this.#upper(page)),
      ],
      fair: false,
      text: ({ page }) => ["[IOMMU walk: ", page, ": the upper entry points to ", this.#upper(page), "]"],
    });
  }

  #addCached(builder: ModelBuilder): void {
    const { page: pages, frame } = this.#machine.domains;
    builder.rule(`${this.#device.name}: kernel walk, cached`, {
      ...this.#device.acts,
      parameters: { page: pages, table: frame },
      guard: ({ page, table }) => [this.#mayBegin(page), this.holds(page, table)],
      body: ({ page, table }) => this.#begin(page, table),
      fair: false,
      text: ({ page, table }) => ["[IOMMU walk: ", page, ": the IOMMU's walk cache has ", table, "]"],
    });
  }

  /** Of a page that holds descriptors: the kernel's, which permit a device nothing. */
  #addLeaf(builder: ModelBuilder): void {
    builder.rule(`${this.#device.name}: kernel walk, leaf`, {
      ...this.#device.acts,
      guard: () => [not(this.idle()), not(this.#garbage())],
      body: () => [this.#tell(this.#onRead), this.#forget()],
      fair: true,
      text: () => [
        "[IOMMU walk: reads the descriptor of ",
        this.#page,
        " in ",
        this.#table,
        ": not for a device]",
      ],
    });
  }

  /** Of a page that somebody else has written to: anything, or nothing valid (HW-8). */
  #addGarbage(builder: ModelBuilder): void {
    const guard = (): Term[] => [not(this.idle()), this.#garbage()];
    const told = (what: (string | Term)[]) => [
      "[IOMMU walk: reads ",
      this.#table,
      ", no table any more: ",
      ...what,
      "]",
    ];
    builder.rule(`${this.#device.name}: kernel walk, garbage`, {
      ...this.#device.acts,
      parameters: { frame: this.#machine.domains.frame, writable: bool },
      guard,
      body: (found) => [
        this.#tell(this.#onRead),
        this.#setsAccessed ? this.#tell(this.#onWrite) : [],
        this.#device.iotlb.fill({ page: this.#page, ...found }),
        this.#forget(),
      ],
      fair: true,
      text: ({ frame, writable }) => told(["an entry for ", frame, " ", permission(writable)]),
    });
    builder.rule(`${this.#device.name}: kernel walk, nothing`, {
      ...this.#device.acts,
      guard,
      body: () => [this.#tell(this.#onRead), this.#forget()],
      fair: true,
      text: () => told(["nothing valid"]),
    });
  }

  #addEviction(builder: ModelBuilder): void {
    const { domains, architecture } = this.#machine;
    builder.rule(`${this.#device.name}: walk cache evict`, {
      ...this.#device.acts,
      parameters: { region: this.#tables.region, table: domains.frame },
      guard: ({ region, table }) => [this.#cache.at(region, table), architecture.rules.mayEvict.choice()],
      body: ({ region, table }) => this.#cache.at(region, table).set(false),
      fair: false,
      text: ({ table }) => ["[the IOMMU's walk cache: ", table, " evicted]"],
    });
  }

  #mayBegin(page: Term): Term {
    return and(this.idle(), this.#machine.globals.has(page));
  }

  #begin(page: Term, table: Term): Body {
    return [this.#page.set(page), this.#table.set(table)];
  }

  #forget(): Body {
    return [this.#page.set(null), this.#table.set(null)];
  }

  #garbage(): Term {
    return this.#machine.architecture.rules.findsAnything.choice
      ? this.#tables.overwritten(this.#table)
      : FALSE;
  }

  #upper(page: Term): Term {
    const space = this.#machine.globals.space(page, this.#device.space);
    return this.#tables.table(space, this.#tables.regionOf(page));
  }

  #tell(observers: readonly TableObserver[]): Body {
    const walker = [`the IOMMU of ${this.#device.name}`];
    return observers.map((observe) => observe({ walker, table: this.#table, page: this.#page }));
  }
}

/** The walks of the kernel's addresses for a device; null where there are none, or none that goes astray. */
export function kernelWalksOf(
  builder: ModelBuilder,
  machine: Machine,
  device: Device,
  features: Features,
): KernelWalks | null {
  const { tables, globals, domains, architecture } = machine;
  const reaches = eachOf(domains.page).some((page) => globals.certainlyHas(page));
  if (!tables || !reaches || !architecture.rules.walksKernel.choice) return null;
  return new KernelWalks(builder, machine, device, { tables: tables.memory, features });
}
