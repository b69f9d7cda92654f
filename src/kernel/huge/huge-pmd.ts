/** Operations on PMD entries that map huge pages, and the splitting of one (mm/huge_memory.c, mm/pgtable-generic.c). */
import { primitive } from "../threads/primitive.ts";
import { oneOf, optional, options, parameterOf } from "../../model/arguments.ts";
import { huge } from "../arguments.ts";
import { mmCall } from "../entry/syscall.ts";
import { spinLock, spinUnlock } from "../locking/spinlock.ts";
import { bool, type Body } from "../../model/builder.ts";
import { literal, type Operand, or, type Place, type Term } from "../../model/term.ts";
import type { AccessPermission, HugePage } from "../handles.ts";
import { underItsLock } from "../mm/debug-vm.ts";
import { storeMapping, storeSoftware } from "../mm/pte.ts";
import type { ThreadProgram } from "../threads/thread-program.ts";

/** How `pmdp_invalidate()` replaces the entry: in one atomic step, or, as a mutation, by a load and a store. */
export type Replacement = "exchange" | "load and store";

export interface InvalidateAdOptions {
  readonly by?: Replacement;
  /** When the translations are flushed: as the architecture does it, unless given. */
  readonly flush?: "at once" | "by the gather";
}

export interface SplitOptions {
  /** Whether an entry that is not present is invalidated too, as before commit 3a5a8d343e1c. */
  readonly invalidate?: "always" | "present entries";
  /** Whether the table is linked before the flush: a mutation. */
  readonly populate?: "after the flush" | "before the flush";
}

/** `pmdp_invalidate()`: exchanges the entry for an invalid one and flushes; gives the old one. */
export function pmdpInvalidate(k: ThreadProgram, huge: HugePage): Place {
  const name = `pmdp_invalidate(${huge.name})`;
  return k.event(
    () => [`${name} leaves "`, invalidated(k, huge), '"'],
    () => {
      const old = replace(k, huge, "exchange");
      k.system.arch.flushTlbRange(k, [huge.page]);
      k.system.arch.pmdpInvalidated?.(k);
      return old;
    },
  );
}

/**
 * `pmdp_invalidate_ad()`, for when flags must not change any more: on x86 the flush is left to the gather, since the
 * hardware updates no entry that is not present (commit 4f83145721f3).
 */
export function pmdpInvalidateAd(k: ThreadProgram, huge: HugePage, options: InvalidateAdOptions = {}): Place {
  const { by = "exchange", flush = k.system.arch.defersPmdFlush ? "by the gather" : "at once" } = options;
  return k.event(`pmdp_invalidate_ad(${huge.name})`, () => {
    const old = replace(k, huge, by);
    if (flush === "at once") k.system.arch.flushTlbRange(k, [huge.page]);
    return old;
  });
}

/** `pmd_populate()`: a plain store that links the table which was kept for the region. */
export function pmdPopulate(k: ThreadProgram, huge: HugePage): void {
  const { entries } = k.system.huge!;
  const table = entries.named(entries.word({ kind: "table", of: huge.folio.name }));
  storePmd(k, huge, () => table, `pmd_populate(${huge.name})`);
}

/** `__split_huge_pmd()`: under the lock of the entry. */
export function splitHugePmd(
  k: ThreadProgram,
  huge: HugePage,
  { invalidate = "present entries", populate = "after the flush" }: SplitOptions = {},
): void {
  const { entries } = k.system.huge!;
  const old = entryRegister(k, huge);
  const splittable = (entry: Term): Term => or(entries.isMapping(entry), entries.isMigration(entry));
  underLock(k, huge, splittable, () => {
    if (populate === "before the flush") {
      k.event(`pmdp_establish(${huge.name}): no flush`, () => replace(k, huge, "exchange"));
    } else if (invalidate === "always") {
      pmdpInvalidate(k, huge);
    } else {
      readPmd(k, huge);
      k.if(entries.isMigration(old).not(), () => pmdpInvalidate(k, huge));
    }
    k.if(
      entries.isMigration(old),
      () => storeSoftware(k, huge.small, "swap", `set_pte_at(${huge.name}, migration entry)`, huge.ptl),
      () => fillTable(k, huge, old),
    );
    k.event("smp_wmb()", () => k.step({ label: "smp_wmb()", kind: "barrier", ways: [{}] }));
    pmdPopulate(k, huge);
    if (populate === "before the flush") k.system.arch.flushTlbRange(k, [huge.page]);
  });
}

/**
 * `change_huge_pmd()` for mprotect(2) of the whole region, with the gather's flush behind it. What is no mapping is left
 * as it is, and a migration entry keeps its permission.
 */
export function mprotectHuge(
  k: ThreadProgram,
  huge: HugePage,
  permission: AccessPermission & "ro",
  options: InvalidateAdOptions = {},
): void {
  const { entries } = k.system.huge!;
  const { observers } = k.system;
  mmCall(
    k,
    `mprotect(${huge.name}, PROT_READ)`,
    huge.mm,
    () => {
      const mapped = underLock(
        k,
        huge,
        (entry) => entries.isMapping(entry),
        () => {
          const old = pmdpInvalidateAd(k, huge, options);
          const changed = (): Operand => entries.changed(old, entries.format.writeProtected);
          storePmd(k, huge, changed, `set_pmd_at(${huge.name}, ${permission})`);
        },
      );
      k.if(mapped, () => k.system.arch.tlbFlush(k, [huge.page], { freedTables: false }));
    },
    { done: () => observers.tell("revoking", k.name, k.system.at(huge.page), "write") },
  );
}

/** `pmd_trans_huge_lock()`: takes the lock and looks whether the entry is still of a kind; gives whether it was. */
function underLock(
  k: ThreadProgram,
  huge: HugePage,
  accepts: (entry: Term) => Term,
  body: () => void,
): Place {
  const accepted = k.register(`${huge.name}.accepted`, bool, false);
  const look = (): Body => accepted.set(accepts(k.system.pmd(huge).seenBy(k.cpu()).pmd));
  k.event(`spin_lock(${huge.ptl.name})`, () => {
    spinLock(k, huge.ptl);
    k.step({ label: `pmd_trans_huge(${huge.name})`, kind: "re-check", ways: [{ body: look }] });
  });
  k.if(accepted, body);
  spinUnlock(k, huge.ptl);
  return accepted;
}

/** What was there in a register of the thread. */
function entryRegister(k: ThreadProgram, { name }: HugePage): Place {
  const { entries } = k.system.huge!;
  return k.register(`${name}.old PMD entry`, entries.domain, entries.named(entries.format.none));
}

/** `pmdp_get()` under the lock. */
function readPmd(k: ThreadProgram, huge: HugePage): void {
  const old = entryRegister(k, huge);
  const label = `pmdp_get(${huge.name})`;
  const seen = () => k.system.pmd(huge).seenBy(k.cpu()).pmd;
  k.event(
    () => [`${label}: `, seen()],
    () => k.step({ label, kind: "re-check", ways: [{ body: () => old.set(seen()) }] }),
  );
}

/** Replaces the entry by an invalid one, and gives the old one. */
function replace(k: ThreadProgram, huge: HugePage, by: Replacement): Place {
  const cell = k.system.pmd(huge);
  const old = entryRegister(k, huge);
  const taken = (): Body => [
    old.set(cell.seenBy(k.cpu()).pmd),
    k.system.observers.tell("flagsTaken", k.system.at(huge.page)),
  ];
  if (by === "load and store") {
    k.step({ label: `pmdp_get(${huge.name})`, kind: "data", ways: [{ body: taken }] });
    const { entries } = k.system.huge!;
    storePmd(k, huge, () => entries.changed(old, entries.format.invalidated), `set_pmd(${huge.name})`);
    return old;
  }
  const { exchangeOrder } = k.system.arch;
  const locked = underItsLock(k, huge, huge.ptl);
  k.step({
    label: `pmdp_establish(${huge.name})`,
    kind: "data",
    ways: [
      {
        guard: () => cell.mayExchange(k.cpu(), exchangeOrder),
        body: () => [locked(), taken(), cell.exchange(k.cpu(), exchangeOrder, { pmd: invalidated(k, huge) })],
      },
    ],
  });
  return old;
}

/** What the entry becomes if it is invalidated now. */
function invalidated(k: ThreadProgram, huge: HugePage) {
  const { entries } = k.system.huge!;
  return entries.changed(k.system.pmd(huge).seenBy(k.cpu()).pmd, entries.format.invalidated);
}

/** A plain store to the entry. */
function storePmd(k: ThreadProgram, huge: HugePage, entry: () => Operand, label: string): void {
  const cell = k.system.pmd(huge);
  const locked = underItsLock(k, huge, huge.ptl);
  const stored = (): Body => k.system.observers.tell("flagsStored", k.system.at(huge.page));
  k.event(label, () =>
    k.step({
      label,
      kind: "data",
      ways: [
        {
          guard: () => cell.mayStore(k.cpu()),
          body: () => [locked(), stored(), cell.store(k.cpu(), { pmd: entry() })],
        },
      ],
    }),
  );
}

/** Entries of the same pages with the same permission, in the table that is not linked yet: its own lock is not needed. */
function fillTable(k: ThreadProgram, huge: HugePage, old: Place): void {
  const { entries } = k.system.huge!;
  const part = literal(k.system.machine.domains.frame, huge.part.name);
  const store = (writable: boolean): void =>
    storeMapping(k, huge.small, { frame: part, writable, lock: huge.ptl }, `set_pte_at(${huge.name})`);
  k.if(
    entries.is(old, entries.format.isWritable),
    () => store(true),
    () => store(false),
  );
}

const INVALIDATE = parameterOf(
  "options",
  optional(
    options<InvalidateAdOptions>({
      by: optional(oneOf("exchange", "load and store")),
      flush: optional(oneOf("at once", "by the gather")),
    }),
  ),
);
const SPLIT = options<SplitOptions>({
  invalidate: optional(oneOf("always", "present entries")),
  populate: optional(oneOf("after the flush", "before the flush")),
});
const OLD_PMD = "the old entry, in a register";

export const hugePrimitives = {
  /** `pmdp_invalidate()`: exchanges the PMD entry for an invalid one and flushes; gives the old one. */
  pmdpInvalidate: primitive(pmdpInvalidate, [huge], OLD_PMD),
  /** `pmdp_invalidate_ad()`: the same, for when its flags must not change any more; x86 flushes later. */
  pmdpInvalidateAd: primitive(pmdpInvalidateAd, [huge, INVALIDATE], OLD_PMD),
  /** `pmd_populate()`: links the table that was kept for the region. */
  pmdPopulate: primitive(pmdPopulate, [huge]),
  /** `__split_huge_pmd()`: the mapping as a whole becomes one of its pages by a table. */
  splitHugePmd: primitive(splitHugePmd, [huge, parameterOf("options", optional(SPLIT))]),
  /** mprotect(2) of a region that a PMD entry maps: `change_huge_pmd()`. */
  mprotectHuge: primitive(mprotectHuge, [huge, parameterOf("permission", oneOf("ro")), INVALIDATE]),
};
