/**
 * Walk caches in closed hardware: which upper entries they may have. With them the table pages that walks under way may
 * have come to: a walk has its table page whatever becomes of the upper entry, of the context that it began in, and of
 * what is cached, until it is cancelled (HW-2, HW-3, HW-5).
 */
import { type Body, type ModelBuilder, when } from "../../model/builder.ts";
import { and, eachOf, not, type Operand, type Term } from "../../model/term.ts";
import type { Machine } from "../machine.ts";
import { type CachedTable, tablesIn, type TableMemory, type TableScope } from "../walk/page-tables.ts";
import { keepOldTables, mayUseTable, type WalkCache } from "../walk/walk-cache.ts";
import type { Closed, Condemnable } from "./closed.ts";
import { Copies, type EntryIndex } from "./copies.ts";

export class ClosedWalkCache implements WalkCache, Condemnable {
  readonly #machine: Machine;
  readonly #tables: TableMemory;
  readonly #cached: Copies;
  readonly #walking: Copies;

  constructor(builder: ModelBuilder, machine: Machine, tables: TableMemory, closed: Closed) {
    this.#machine = machine;
    this.#tables = tables;
    const { cpu, asid, frame } = machine.domains;
    const index = [cpu, asid, tables.region, frame];
    this.#cached = new Copies(builder, "walk cache", index, closed.waiters);
    this.#walking = new Copies(builder, "walks", index, closed.waiters);
    closed.add(this);
    if (machine.oldDescriptors) keepOldTables(machine, tables, this);
  }

  mayUse(cpu: Term, page: Operand, table: Term): Term {
    return mayUseTable(this.#machine, this, cpu, { page, table, region: this.#tables.regionOf(page) });
  }

  holds(cpu: Term, entry: CachedTable): Term {
    return this.#cached.mayHold(indexOf(cpu, entry));
  }

  fill(cpu: Term, entry: CachedTable): Body {
    const at = indexOf(cpu, entry);
    return when(not(this.#cached.holdsFree(at)), this.#cached.add(at));
  }

  remove(cpu: Term, entry: CachedTable): Body {
    return this.#cached.remove(indexOf(cpu, entry));
  }

  invalidate(cpu: Term, scope: TableScope): Body {
    return this.#entriesOf(scope).map((entry) => this.remove(cpu, entry));
  }

  condemn(bit: number, cpu: Term, { tables }: { readonly tables: TableScope | null }): Body {
    if (!tables) return [];
    return this.#entriesOf(tables).map((entry) => [
      this.#cached.condemn(bit, indexOf(cpu, entry)),
      this.#walking.condemn(bit, indexOf(cpu, entry)),
    ]);
  }

  discard(bit: number): Body {
    return [this.#cached.discard(bit), this.#walking.discard(bit)];
  }

  addRules(): void {
    // Nothing comes or goes of itself.
  }

  /** A walk of the page may begin at any table that is cached: from now on one may be under way there. */
  begin(cpu: Term, page: Term, masks: readonly number[]): Body {
    const { domains } = this.#machine;
    const asid = this.#machine.loadedAsid(cpu);
    const region = this.#tables.regionOf(page);
    return eachOf(domains.frame).map((table) => {
      const at = indexOf(cpu, { asid, region, table });
      const use = mayUseTable(this.#machine, this, cpu, { page, table, region });
      return masks.map((mask) => {
        const copy = mask === 0 ? this.#cached.holdsFree(at) : this.#cached.holdsMask(mask, at);
        const known = mask === 0 ? this.#walking.holdsFree(at) : this.#walking.holdsMask(mask, at);
        return when(and(use, copy, not(known)), this.#walking.addCopy(mask, at));
      });
    });
  }

  /** True if a walk that has come to this table may be under way, awaited by the issuers of a mask. */
  mayBeUnderWay(mask: number, cpu: Term, entry: CachedTable): Term {
    const at = indexOf(cpu, entry);
    return mask === 0 ? this.#walking.holdsFree(at) : this.#walking.holdsMask(mask, at);
  }

  /** True if any such walk may be. */
  someUnderWay(cpu: Term, entry: CachedTable): Term {
    return this.#walking.mayHold(indexOf(cpu, entry));
  }

  /** Ends the walks that have come to the tables of a scope. */
  cancel(cpu: Term, scope: TableScope): Body {
    return this.#entriesOf(scope).map((entry) => this.#walking.remove(indexOf(cpu, entry)));
  }

  #entriesOf(scope: TableScope): CachedTable[] {
    return tablesIn(this.#machine.domains, this.#tables, scope);
  }
}

function indexOf(cpu: Term, { asid, region, table }: CachedTable): EntryIndex {
  return [cpu, asid, region, table];
}
