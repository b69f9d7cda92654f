/**
 * Walk caches: for each CPU the upper entries that its walks have read, as pairs of a region and the table page
 * that it pointed to (HW-3). A later walk may begin at the table page without reading the upper entry again, and
 * nothing tells it that the entry has changed, or that the page is no table any more.
 */
import { type ArrayVariable, bool, type Body, type ModelBuilder, when } from "../../model/builder.ts";
import { and, eachOf, FALSE, type Operand, operand, type Term } from "../../model/term.ts";
import type { Machine } from "../machine.ts";
import type { CachedTable, TableMemory, TableScope } from "./page-tables.ts";

export class WalkCache {
  readonly #machine: Machine;
  readonly #tables: TableMemory;
  readonly #entries: ArrayVariable;

  constructor(builder: ModelBuilder, machine: Machine, tables: TableMemory) {
    this.#machine = machine;
    this.#tables = tables;
    const { cpu, asid, frame } = machine.domains;
    this.#entries = builder.array("walk cache", [cpu, asid, tables.region, frame], bool, false);
    if (machine.oldDescriptors) tables.onLink((space, region) => this.#keepOld(space, region));
  }

  /**
   * Where nothing orders walks behind stores, a walk may read an upper entry that a store has overwritten, until
   * its CPU fences entries of that level (RV-7). That is as if every walk cache had it from the store on, one of
   * global pages under every identifier.
   */
  #keepOld(space: Operand, region: Operand): Body {
    const { domains } = this.#machine;
    const table = this.#tables.table(space, region);
    const own = this.#machine.identifierOf(operand(space, domains.space));
    const asids = this.#mapsGlobally(region) ? eachOf(domains.asid) : [own];
    const cpus = this.#machine.cpus();
    const fills = cpus.map((cpu) => asids.map((asid) => this.fill(cpu, { asid, region, table })));
    return when(table.isNot(null), fills);
  }

  #mapsGlobally(region: Operand): boolean {
    const { domains, globals } = this.#machine;
    return eachOf(domains.page).some(
      (page) => globals.certainlyHas(page) && this.#tables.regionOf(page).is(region).node !== FALSE.node,
    );
  }

  /** True if a walk of this CPU for the page may begin at this table page now. */
  mayUse(cpu: Term, page: Operand, table: Term): Term {
    const { mayUse } = this.#machine.architecture.rules;
    const asid = this.#machine.loadedAsid(cpu);
    return and(
      mayUse.choice(this.#machine, cpu, { asid, page, frame: table, writable: false }),
      this.holds(cpu, { asid, region: this.#tables.regionOf(page), table }),
    );
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
    return this.entriesOf(scope).map((entry) => this.remove(cpu, entry));
  }

  /** The entries that a scope names, cached or not. */
  entriesOf(scope: TableScope): CachedTable[] {
    const { domains } = this.#machine;
    const asids = scope.asid === null ? eachOf(domains.asid) : [scope.asid];
    const regions = scope.region === null ? eachOf(this.#tables.region) : [scope.region];
    return asids.flatMap((asid) =>
      regions.flatMap((region) => eachOf(domains.frame).map((table) => ({ asid, region, table }))),
    );
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
