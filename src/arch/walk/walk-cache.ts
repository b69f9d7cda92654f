/**
 * Walk caches: for each CPU the upper entries that its walks have read, as pairs of a region and the table page
 * that it pointed to (HW-3). A later walk may begin at the table page without reading the upper entry again, and
 * nothing tells it that the entry has changed, or that the page is no table any more.
 */
import { type ArrayVariable, bool, type Body, type ModelBuilder, when } from "../../model/builder.ts";
import { and, eachOf, FALSE, type Operand, operand, type Term } from "../../model/term.ts";
import type { Machine } from "../machine.ts";
import { type CachedTable, tablesIn, type TableMemory, type TableScope } from "./page-tables.ts";

/** The walk caches of all CPUs, enumerated or closed. */
export interface WalkCache {
  /** True if a walk of this CPU for the page may begin at this table page now. */
  mayUse(cpu: Term, page: Operand, table: Term): Term;
  /** True if the entry is, or may be, cached. */
  holds(cpu: Term, entry: CachedTable): Term;
  fill(cpu: Term, entry: CachedTable): Body;
  /** Removes one entry from one CPU. */
  remove(cpu: Term, entry: CachedTable): Body;
  /** Removes every entry of a scope from one CPU, at once. */
  invalidate(cpu: Term, scope: TableScope): Body;
  /** Adds what the hardware does of itself. */
  addRules(builder: ModelBuilder): void;
}

/** True if a walk of a CPU for a page may begin at a table page that is cached. */
export function mayUseTable(
  machine: Machine,
  cache: Pick<WalkCache, "holds">,
  cpu: Term,
  { page, table, region }: { readonly page: Operand; readonly table: Term; readonly region: Term },
): Term {
  const { mayUse } = machine.architecture.rules;
  const asid = machine.loadedAsid(cpu);
  return and(
    mayUse.choice(machine, cpu, { asid, page, frame: table, writable: false }),
    cache.holds(cpu, { asid, region, table }),
  );
}

/**
 * Where nothing orders walks behind stores, a walk may read an upper entry that a store has overwritten, until
 * its CPU fences entries of that level (RV-7). That is as if every walk cache had it from the store on, one of
 * global pages under every identifier.
 */
export function keepOldTables(machine: Machine, tables: TableMemory, cache: Pick<WalkCache, "fill">): void {
  const { domains, globals } = machine;
  const mapsGlobally = (region: Operand): boolean =>
    eachOf(domains.page).some(
      (page) => globals.certainlyHas(page) && tables.regionOf(page).is(region).node !== FALSE.node,
    );
  tables.onLink((space, region) => {
    const table = tables.table(space, region);
    const own = machine.identifierOf(operand(space, domains.space));
    const asids = mapsGlobally(region) ? eachOf(domains.asid) : [own];
    const fills = machine.cpus().map((cpu) => asids.map((asid) => cache.fill(cpu, { asid, region, table })));
    return when(table.isNot(null), fills);
  });
}

export class EnumeratedWalkCache implements WalkCache {
  readonly #machine: Machine;
  readonly #tables: TableMemory;
  readonly #entries: ArrayVariable;

  constructor(builder: ModelBuilder, machine: Machine, tables: TableMemory) {
    this.#machine = machine;
    this.#tables = tables;
    const { cpu, asid, frame } = machine.domains;
    this.#entries = builder.array("walk cache", [cpu, asid, tables.region, frame], bool, false);
    if (machine.oldDescriptors) keepOldTables(machine, tables, this);
  }

  mayUse(cpu: Term, page: Operand, table: Term): Term {
    return mayUseTable(this.#machine, this, cpu, { page, table, region: this.#tables.regionOf(page) });
  }

  holds(cpu: Term, { asid, region, table }: CachedTable): Term {
    return this.#entries.at(cpu, asid, region, table);
  }

  fill(cpu: Term, { asid, region, table }: CachedTable): Body {
    return this.#entries.at(cpu, asid, region, table).set(true);
  }

  /** Removes one entry from one CPU. */
  remove(cpu: Term, entry: CachedTable): Body {
    const { asid, region, table } = entry;
    return [
      this.#entries.at(cpu, asid, region, table).set(false),
      this.#machine.invalidation.forgetTable(cpu, entry),
    ];
  }

  /** Removes every entry of a scope from one CPU, at once. */
  invalidate(cpu: Term, scope: TableScope): Body {
    const entries = tablesIn(this.#machine.domains, this.#tables, scope);
    return entries.map((entry) => this.remove(cpu, entry));
  }

  /** The rule by which entries disappear of themselves (HW-4); condemned ones do so in any case. */
  addRules(builder: ModelBuilder): void {
    const { domains, architecture, invalidation } = this.#machine;
    builder.rule("evict table", {
      actor: ({ cpu }) => ({ name: "walk cache", index: cpu }),
      parameters: { cpu: domains.cpu, asid: domains.asid, region: this.#tables.region, table: domains.frame },
      guard: ({ cpu, ...entry }) => [
        this.holds(cpu, entry),
        architecture.rules.mayEvict.choice(),
        invalidation.tableIsCondemned(cpu, entry).not(),
      ],
      body: ({ cpu, ...entry }) => this.remove(cpu, entry),
      fair: false,
      text: ({ table }) => ["[walk cache: ", table, " evicted]"],
      place: ({ cpu }) => cpu,
    });
  }
}
