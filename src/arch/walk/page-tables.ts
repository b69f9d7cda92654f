/**
 * Page tables of two levels, for machines whose lower tables can go away: an upper entry of a translation
 * context points to a table page, which lies in a frame like any other page and holds the leaf descriptors of a
 * region of addresses. A walk reads the one and then the other, each when it gets there (HW-2), and what it has
 * read of the upper level may be used again by later walks (HW-3).
 */
import type { Body } from "../../model/builder.ts";
import { eachOf, type Operand, type Term, TRUE } from "../../model/term.ts";
import type { Domain } from "../../model/domain.ts";
import type { Descriptor, Features, HardwareRule, Invalidation, Scope } from "../architecture.ts";
import { rule } from "../architecture.ts";
import type { Domains } from "../domains.ts";
import type { DescriptorMemory } from "../memory.ts";

/** A walk's use of a table page, as observers see it. */
export interface TableUse {
  /** Whose walk it is, in words: the walker of a CPU, or an IOMMU. */
  readonly walker: readonly (string | Term)[];
  readonly table: Term;
  readonly page: Term;
}

/** Called while the model is built; what it returns becomes a part of the step. */
export type TableObserver = (use: TableUse) => Body;

/** Called while the model is built for each store to an upper entry; what it returns comes before the store. */
export type LinkObserver = (space: Operand, region: Operand) => Body;

/** Descriptors in table pages, as walkers see them. */
export interface TableMemory extends DescriptorMemory {
  /** What one upper entry translates. */
  readonly region: Domain;
  /** The region that a page lies in, in every context. */
  regionOf(page: Operand): Term;
  /** The table page that the upper entry of a region points to, or none. */
  table(space: Operand, region: Operand): Term;
  /** The descriptor of a page in a table page, whether or not an upper entry points there. */
  entry(table: Operand, page: Operand): Descriptor;
  /** Registers a view of the stores to upper entries. */
  onLink(observer: LinkObserver): void;
  /** True if the frame was given to somebody who has written anything else into it. */
  overwritten(frame: Operand): Term;
}

/** An entry of a walk cache: the table page of a region, under an address-space identifier. */
export interface CachedTable {
  readonly asid: Operand;
  readonly region: Operand;
  readonly table: Operand;
}

/** Which walk-cache entries an invalidation is about; null stands for any. */
export interface TableScope {
  readonly asid: Operand | null;
  readonly region: Operand | null;
}

/** Choices of an architecture that make a difference only where a table can go away. */
export interface TableRules {
  /** Whether a walk goes on with an upper entry that has changed since it was read. */
  readonly keepsUpperEntry: HardwareRule<boolean>;
  /** When an upper entry that a walk has read is kept for later walks, before the leaf is read. */
  readonly mayCacheTable: HardwareRule<() => Term>;
  /** Which walk-cache entries an invalidation removes, of those its operands name; null for none. */
  readonly tableScope: HardwareRule<
    (invalidation: Invalidation, operands: Scope, regionOf: (page: Operand) => Term) => TableScope | null
  >;
  /** Whether a walk finds anything at all in a page that has another owner, or nothing valid. */
  readonly findsAnything: HardwareRule<boolean>;
  /** Whether consuming what is no table may raise a machine check. */
  readonly raisesMachineCheck: HardwareRule<boolean>;
  /** Whether the walker sets the accessed flag of an entry, in whatever page it reads it. */
  readonly setsAccessed: HardwareRule<(features: Features) => boolean>;
}

/** What architectures have in common; of the rest, each has its own rule. */
export const commonTableRules: Omit<TableRules, "tableScope" | "setsAccessed"> = {
  keepsUpperEntry: rule(
    "HW-2",
    "a walk goes on with the upper entry that it has read, whatever became of it",
    true,
  ),
  mayCacheTable: rule(
    "HW-3",
    "an upper entry is kept for later walks, even if no leaf below it is valid",
    () => TRUE,
  ),
  findsAnything: rule("HW-8", "a walk of a page that has another owner finds anything", true),
  raisesMachineCheck: rule("HW-8", "a walk that finds garbage takes it for an entry", false),
};

/** Whether a region is in a scope. */
export function regionIn(region: Term, scope: Operand | null): Term {
  return scope === null ? TRUE : region.is(scope);
}

/** The walk-cache entries that a scope names, cached or not. */
export function tablesIn(domains: Domains, tables: TableMemory, scope: TableScope): CachedTable[] {
  const asids = scope.asid === null ? eachOf(domains.asid) : [scope.asid];
  const regions = scope.region === null ? eachOf(tables.region) : [scope.region];
  return asids.flatMap((asid) =>
    regions.flatMap((region) => eachOf(domains.frame).map((table) => ({ asid, region, table }))),
  );
}
