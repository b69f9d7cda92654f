/**
 * Invalidations that are issued at once and take effect later (ARM-4), and their completion, for which the
 * issuer can wait (ARM-6).
 *
 * Issuing condemns what is there at that moment: the entries of its scope in the TLBs of its targets, the
 * accesses already translated by them, the walks under way. What is condemned may be used as before; it
 * disappears piece by piece, in any order, and the invalidation is complete when nothing is left that its
 * issuer has condemned. What is cached after the issue is not its affair: had it taken effect before, the
 * walker could have read the same descriptor again.
 */
import type { Domain } from "../model/domain.ts";
import { type ArrayVariable, bool, type Body, type ModelBuilder } from "../model/builder.ts";
import { and, eachOf, FALSE, not, operand, or, type Term, TRUE } from "../model/term.ts";
import type { Invalidation, Scope } from "./architecture.ts";
import type { DescriptorAt } from "./flag-updates.ts";
import type { Machine, Tables } from "./machine.ts";
import { type CachedTable, tablesIn, type TableScope } from "./walk/page-tables.ts";
import { permission } from "./text.ts";
import { entriesOf, type Translation, type UsedEntry } from "./tlb.ts";

/** Broadcast and local invalidations complete apart from each other: a DSB NSH awaits the local ones only. */
export type Reach = "broadcast" | "local";

/** Flags by issuer, on everything that an invalidation may be waiting for. */
interface Condemned {
  /** Null in closed hardware, where copies say themselves who waits for them. */
  readonly entries: ArrayVariable | null;
  /** Walk-cache entries; null where walks have one level, and in closed hardware. */
  readonly tables: ArrayVariable | null;
  readonly accesses: ArrayVariable;
  readonly walks: ArrayVariable;
  readonly ahead: ArrayVariable;
  /** Updates of flags by context and page; null where none is late. */
  readonly updates: ArrayVariable | null;
  /** By the slot of the store buffer; null unless translated stores wait in one. */
  readonly stores: ArrayVariable | null;
}

export class Invalidations {
  readonly #machine: Machine;
  readonly #builder: ModelBuilder;
  readonly #condemned = new Map<Reach, Condemned>();

  constructor(builder: ModelBuilder, machine: Machine) {
    this.#builder = builder;
    this.#machine = machine;
  }

  /** Issues an invalidation on a CPU, of these entries and of the walk-cache entries of these tables. */
  issue(
    issuer: Term,
    invalidation: Invalidation,
    { entries: removed, tables }: { readonly entries: Scope; readonly tables: TableScope | null },
  ): Body {
    const { targets, cachesInvalid, ordersWalks } = this.#machine.architecture.rules;
    if (cachesInvalid.choice || !ordersWalks.choice)
      throw new Error("what takes effect later condemns translations only, and orders no walks");
    const reach = invalidation.broadcast ? "broadcast" : "local";
    const condemned = this.#flags(reach);
    return targets
      .choice(this.#machine, invalidation, issuer)
      .map((target) => [
        this.#condemn(condemned, issuer, target, removed, tables),
        tables ? this.#condemnTables(condemned, issuer, target, tables) : [],
        this.#machine.closed?.condemn(issuer, reach, target, { entries: removed, tables }) ?? [],
      ]);
  }

  /** True once nothing is left of what the invalidations of this CPU were to remove; `issue` makes a reach known. */
  complete(issuer: Term, reach: Reach): Term {
    this.#machine.written.require("whether invalidations are complete");
    this.#machine.closed?.awaits(issuer, reach);
    const condemned = this.#condemned.get(reach);
    if (!condemned) return TRUE;
    const flags = Object.values(condemned) as (ArrayVariable | null)[];
    return and(
      ...flags.map((array) => (array ? noneSet(array, [issuer]) : TRUE)),
      ...(reach === "broadcast" ? this.#completeInDevices(issuer) : []),
    );
  }

  /** Devices complete what was broadcast where they hear it (IOMMU-2). */
  #completeInDevices(issuer: Term): Term[] {
    const { devices, architecture } = this.#machine;
    const hear = architecture.rules.broadcastReaches.choice.length > 0;
    return hear ? devices.map((device) => device.invalidation.complete(issuer)) : [];
  }

  /** True if the entry is to be removed by somebody's invalidation. */
  isCondemned(cpu: Term, entry: Translation): Term {
    return this.#any(({ entries }, issuer) => entries?.at(issuer, cpu, ...indexOf(entry)) ?? FALSE);
  }

  /** The same by an invalidation of one CPU. */
  isCondemnedBy(issuer: Term, cpu: Term, entry: Translation): Term {
    const flags = [...this.#condemned.values()].flatMap(({ entries }) => entries ?? []);
    return or(...flags.map((flag) => flag.at(issuer, cpu, ...indexOf(entry))));
  }

  /** An entry is gone, and nobody waits for it any longer. */
  forgetEntry(cpu: Term, entry: Translation): Body {
    return this.#each(({ entries }, issuer) => entries?.at(issuer, cpu, ...indexOf(entry)).set(false) ?? []);
  }

  /** True if the walk-cache entry is to be removed by somebody's invalidation. */
  tableIsCondemned(cpu: Term, entry: CachedTable): Term {
    return this.#any(({ tables }, issuer) => tables?.at(issuer, cpu, ...indexOfTable(entry)) ?? FALSE);
  }

  forgetTable(cpu: Term, entry: CachedTable): Body {
    return this.#each(
      ({ tables }, issuer) => tables?.at(issuer, cpu, ...indexOfTable(entry)).set(false) ?? [],
    );
  }

  /** A walk that begins at a table page in the walk cache inherits what that entry is condemned by. */
  inheritWalkFromTable(cpu: Term, entry: CachedTable): Body {
    if (!this.#machine.architecture.rules.cancelsWalks.choice) return [];
    return this.#each(({ walks, tables }, issuer) =>
      tables ? walks.at(issuer, cpu).set(tables.at(issuer, cpu, ...indexOfTable(entry))) : [],
    );
  }

  /** A translated access inherits what its entry, or the copy of it, is condemned by. */
  inheritAccess(cpu: Term, entry: UsedEntry): Body {
    if (!this.#machine.architecture.rules.awaitsAccesses.choice) return [];
    return this.#each(({ accesses, entries }, issuer, reach) =>
      accesses
        .at(issuer, cpu)
        .set(
          entries
            ? entries.at(issuer, cpu, ...indexOf(entry))
            : (this.#machine.closed?.isAwaited(entry.copy, issuer, reach) ?? FALSE),
        ),
    );
  }

  /** An access by a remembered translation inherits what that one is condemned by (ARM-17). */
  inheritFromAhead(cpu: Term, page: Term): Body {
    if (!this.#machine.architecture.rules.awaitsAccesses.choice) return [];
    return this.#each(({ accesses, ahead }, issuer) =>
      accesses.at(issuer, cpu).set(ahead.at(issuer, cpu, page)),
    );
  }

  forgetAccess(cpu: Term): Body {
    return this.#each(({ accesses }, issuer) => accesses.at(issuer, cpu).set(false));
  }

  /** A store that leaves for the store buffer takes along what its access is condemned by. */
  inheritStore(cpu: Term, slot: Term): Body {
    return this.#each(({ stores, accesses }, issuer) =>
      stores ? stores.at(issuer, cpu, slot).set(accesses.at(issuer, cpu)) : [],
    );
  }

  moveStore(cpu: Term, from: Term, to: Term): Body {
    return this.#each(({ stores }, issuer) =>
      stores ? stores.at(issuer, cpu, to).set(stores.at(issuer, cpu, from)) : [],
    );
  }

  forgetStore(cpu: Term, slot: Term): Body {
    return this.#each(({ stores }, issuer) => (stores ? stores.at(issuer, cpu, slot).set(false) : []));
  }

  /** What a condemned walk fills is condemned too, on all CPUs where they share it. */
  inheritWalk(cpu: Term, entry: Translation): Body {
    const filled = this.#machine.tlb.shared ? this.#machine.cpus() : [cpu];
    return this.#each(({ entries, walks }, issuer) =>
      filled.map((each) => {
        const flag = entries?.at(issuer, each, ...indexOf(entry));
        return flag?.set(or(flag, walks.at(issuer, cpu))) ?? [];
      }),
    );
  }

  forgetWalk(cpu: Term): Body {
    return this.#each(({ walks }, issuer) => walks.at(issuer, cpu).set(false));
  }

  /** The flags of a descriptor are updated. */
  forgetUpdate({ space, page }: DescriptorAt): Body {
    return this.#each(({ updates }, issuer) =>
      updates ? this.#machine.cpus().map((each) => updates.at(issuer, each, space, page).set(false)) : [],
    );
  }

  aheadIsCondemned(cpu: Term, page: Term): Term {
    return this.#any(({ ahead }, issuer) => ahead.at(issuer, cpu, page));
  }

  /** A remembered result inherits what the entry that it was taken from is condemned by, except by its own CPU. */
  inheritAhead(cpu: Term, page: Term, entry: Translation | null): Body {
    return this.#each(({ ahead, entries }, issuer) =>
      ahead
        .at(issuer, cpu, page)
        .set(entry && entries ? and(entries.at(issuer, cpu, ...indexOf(entry)), issuer.isNot(cpu)) : false),
    );
  }

  forgetAhead(cpu: Term, page: Term): Body {
    return this.#each(({ ahead }, issuer) => ahead.at(issuer, cpu, page).set(false));
  }

  /** The rule by which condemned entries go. */
  addRules(): void {
    if (this.#condemned.size === 0 || this.#machine.closed) return;
    const { domains, tlb } = this.#machine;
    this.#builder.rule("TLBI takes effect", {
      actor: ({ cpu }) => ({ name: "TLB", index: cpu }),
      parameters: {
        cpu: domains.cpu,
        asid: domains.asid,
        page: domains.page,
        frame: domains.frame,
        writable: bool,
      },
      guard: ({ cpu, ...entry }) => [this.isCondemned(cpu, entry)],
      body: ({ cpu, ...entry }) => tlb.remove(cpu, entry),
      text: ({ page, writable }) => [
        "[TLBI takes effect: ",
        page,
        " ",
        permission(writable),
        " leaves the TLB]",
      ],
      place: ({ cpu }) => cpu,
    });
    if (this.#machine.tables) this.#addTableRule(this.#machine.tables);
  }

  /** The rule by which condemned walk-cache entries go. */
  #addTableRule({ memory, cache }: Tables): void {
    const { cpu, asid, frame } = this.#machine.domains;
    this.#builder.rule("TLBI takes effect on a walk cache", {
      actor: (entry) => ({ name: "walk cache", index: entry.cpu }),
      parameters: { cpu, asid, region: memory.region, table: frame },
      guard: (entry) => [this.tableIsCondemned(entry.cpu, entry)],
      body: (entry) => cache.remove(entry.cpu, entry),
      text: ({ table }) => ["[TLBI takes effect: ", table, " leaves the walk cache]"],
      place: (entry) => entry.cpu,
    });
  }

  #condemnTables({ tables }: Condemned, issuer: Term, target: Term, scope: TableScope): Body {
    if (!tables || !this.#machine.tables) return [];
    const { cache, memory } = this.#machine.tables;
    return tablesIn(this.#machine.domains, memory, scope).map((entry) => {
      const flag = tables.at(issuer, target, ...indexOfTable(entry));
      return flag.set(or(flag, cache.holds(target, entry)));
    });
  }

  #condemn(
    condemned: Condemned,
    issuer: Term,
    target: Term,
    scope: Scope,
    tableScope: TableScope | null,
  ): Body {
    const { tlb, access, walker, walkAhead, architecture, domains, globals } = this.#machine;
    const { awaitsAccesses, cancelsWalks } = architecture.rules;
    const pages = scope.page === null ? eachOf(domains.page) : [operand(scope.page, domains.page)];
    // What a CPU remembers belongs to the context that it has loaded, or is global.
    const inScope = (page: Term): Term =>
      and(
        this.#machine.spaceOf(target, page).isNot(null),
        globals.inScope(scope, page, this.#machine.loadedAsid(target)),
      );
    const accesses = condemned.accesses.at(issuer, target);
    const walks = condemned.walks.at(issuer, target);
    return [
      entriesOf(this.#machine, scope).map((entry) => {
        const flag = condemned.entries?.at(issuer, target, ...indexOf(entry));
        return flag?.set(or(flag, tlb.holds(target, entry))) ?? [];
      }),
      awaitsAccesses.choice ? accesses.set(or(accesses, access.inFlight(target, scope))) : [],
      awaitsAccesses.choice ? this.#condemnStores(condemned, issuer, target, scope) : [],
      awaitsAccesses.choice
        ? pages.map((page) => this.#condemnUpdate(condemned, issuer, target, page, inScope(page)))
        : [],
      cancelsWalks.choice ? walks.set(or(walks, walker.underWay(target, scope, tableScope))) : [],
      pages.map((page) => {
        const flag = condemned.ahead.at(issuer, target, page);
        return flag.set(
          or(flag, and(walkAhead.remembers(target, page), inScope(page), not(issuer.is(target)))),
        );
      }),
    ];
  }

  /** Updates of flags that belong to accesses by what is invalidated (ARM-11). */
  #condemnUpdate({ updates }: Condemned, issuer: Term, target: Term, page: Term, inScope: Term): Body {
    const { flagUpdates } = this.#machine;
    if (!updates || !flagUpdates) return [];
    return eachOf(this.#machine.domains.space).map((space) => {
      const flag = updates.at(issuer, target, space, page);
      const isLoaded = this.#machine.spaceOf(target, page).is(space);
      return flag.set(or(flag, and(flagUpdates.isBy(target, { space, page }), isLoaded, inScope)));
    });
  }

  /** Stores that were translated and are not in memory yet (HW-5). */
  #condemnStores({ stores }: Condemned, issuer: Term, target: Term, scope: Scope): Body {
    const buffer = this.#machine.storeBuffer;
    if (!stores || !buffer) return [];
    return eachOf(buffer.slot).map((slot) => {
      const flag = stores.at(issuer, target, slot);
      return flag.set(or(flag, buffer.translatedBy(target, slot, scope)));
    });
  }

  #flags(reach: Reach): Condemned {
    const known = this.#condemned.get(reach);
    if (known) return known;
    const { cpu, space, asid, page, frame } = this.#machine.domains;
    const buffer = this.#machine.storeBuffer;
    const array = (of: string, ...index: Domain[]) =>
      this.#builder.array(`${reach} TLBI awaits ${of}`, [cpu, cpu, ...index], bool, false);
    const enumerated = !this.#machine.closed;
    const made = {
      entries: enumerated ? array("entry", asid, page, frame, bool) : null,
      tables:
        enumerated && this.#machine.tables
          ? array("table", asid, this.#machine.tables.memory.region, frame)
          : null,
      accesses: array("access"),
      walks: array("walk"),
      ahead: array("remembered walk", page),
      updates: this.#machine.flagUpdates ? array("flag update", space, page) : null,
      stores: buffer?.translated ? array("store", buffer.slot) : null,
    };
    this.#condemned.set(reach, made);
    return made;
  }

  #each(flag: (condemned: Condemned, issuer: Term, reach: Reach) => Body): Body {
    return [...this.#condemned].flatMap(([reach, condemned]) =>
      this.#machine.cpus().map((issuer) => flag(condemned, issuer, reach)),
    );
  }

  #any(flag: (condemned: Condemned, issuer: Term) => Term): Term {
    const flags = [...this.#condemned.values()].flatMap((condemned) =>
      this.#machine.cpus().map((issuer) => flag(condemned, issuer)),
    );
    return flags.length > 0 ? or(...flags) : FALSE;
  }
}

function indexOfTable({ asid, region, table }: CachedTable) {
  return [asid, region, table];
}

function indexOf({ asid, page, frame, writable }: Translation) {
  return [asid, page, frame, writable];
}

/** No cell of the array whose index begins so is true. */
function noneSet(array: ArrayVariable, begin: readonly Term[]): Term {
  const next = array.index[begin.length];
  if (!next) return array.at(...begin).not();
  return and(...eachOf(next).map((each) => noneSet(array, [...begin, each])));
}
