/** Operations on page-table entries, each as the kernel names it. */
import { primitive } from "../threads/primitive.ts";
import { CONDITION } from "../../model/argument-terms.ts";
import { optional, options, parameterOf } from "../../model/arguments.ts";
import { frame, page, PERMISSION } from "../arguments.ts";
import type { EntryUpgrade } from "../arch/kernel-arch.ts";
import { spinLock } from "../locking/spinlock.ts";
import { word } from "../../arch/text.ts";
import type { Store, StoredFlags } from "../../arch/memory.ts";
import type { Body } from "../../model/builder.ts";
import { type Operand, or, type Term } from "../../model/term.ts";
import { underItsLock } from "./debug-vm.ts";
import type { Frame, Page, Permission } from "../handles.ts";
import type { StoredMapping } from "../observers.ts";
import type { Lock } from "../locking/locks.ts";
import type { Way } from "../../program/step.ts";
import type { ThreadProgram } from "../threads/thread-program.ts";
import { pteOffsetMapLock } from "./pte-lock.ts";
import {
  entryRegisters,
  flagsTaken,
  forgetEntry,
  hasFlags,
  isPresent,
  load,
  type OldEntry,
  requireFlags,
  seenEntry,
} from "./pte-read.ts";

/** The flags that an entry is given; both set unless given. */
export interface EntryFlags {
  /** `pte_mkyoung()` or `pte_mkold()`. */
  readonly young?: Operand;
  /** `pte_mkdirty()` or `pte_mkclean()`. */
  readonly dirty?: Operand;
}

export function pageVmaMappedWalk(k: ThreadProgram, page: Page): OldEntry {
  const old = entryRegisters(k, page);
  k.event(`page_vma_mapped_walk(${page.name}): spin_lock(${page.ptl.name})`, () => {
    const mapped = pteOffsetMapLock(k, page);
    k.if(
      mapped,
      () => readEntry(k, page),
      () => {
        // There is no table, and so nothing is mapped; the caller drops the lock in any case.
        forgetEntry(k, page);
        spinLock(k, page.ptl);
      },
    );
  });
  return old;
}

/** `ptep_get()` of a scenario: under the lock, since an entry that is read without it may be another one at once. */
function ptepGet(k: ThreadProgram, page: Page): OldEntry {
  return readEntry(k, page, underItsLock(k, page, page.ptl, "reads"));
}

/** `ptep_get()`: reads the entry into registers. */
export function readEntry(k: ThreadProgram, page: Page, locked: () => Body = () => []): OldEntry {
  const old = entryRegisters(k, page);
  k.step({
    label: `ptep_get(${page.name})`,
    kind: "re-check",
    ways: [
      {
        body: () => [locked(), load(k, page, old)],
        text: () => [`ptep_get(${page.name}): `, word(isPresent(k, page), "present", "not present")],
      },
    ],
  });
  return old;
}

export function ptepGetAndClear(k: ThreadProgram, page: Page): OldEntry {
  const old = entryRegisters(k, page);
  k.event(`ptep_get_and_clear(${page.name})`, () =>
    k.step({
      label: `ptep_get_and_clear(${page.name})`,
      kind: "data",
      ways: [
        exchangeForEmpty(k, page, {
          before: () => [load(k, page, old), k.system.observers.tell("cleared", k.system.at(page))],
        }),
      ],
    }),
  );
  return old;
}

/** The exchange of an entry for an empty one, in the order that the architecture gives it. */
export function exchangeForEmpty(
  k: ThreadProgram,
  page: Page,
  { before, after }: { before?: () => Body; after?: () => Body } = {},
): Way {
  const entry = k.system.entry(page);
  const { exchangeOrder } = k.system.arch;
  const empty = k.system.pageTables.fieldsOf({ software: "none" });
  const locked = underItsLock(k, page, page.ptl);
  return {
    guard: () => entry.mayExchange(k.cpu(), exchangeOrder),
    body: () => [
      locked(),
      k.system.observers.tell("changed", k.name, page.mm),
      tellOverwritten(k, page),
      before?.() ?? flagsTaken(k, page),
      hasFlags(k) ? k.system.observers.tell("flagsTaken", k.system.at(page)) : [],
      entry.exchange(k.cpu(), exchangeOrder, empty),
      after?.() ?? [],
    ],
  };
}

/** cmpxchg_relaxed() of a present entry, which keeps what it has besides. */
export function exchangeForUpgrade(
  k: ThreadProgram,
  page: Page,
  { frame, writable, dirty }: EntryUpgrade,
  label: string,
): void {
  const entry = k.system.entry(page);
  const value = () =>
    k.system.pageTables.fieldsOf(
      hasFlags(k)
        ? {
            frame,
            writable: or(seenEntry(k, page).writable, writable),
            dirty: or(seenEntry(k, page).dirty, dirty),
          }
        : { frame, writable },
    );
  k.system.noteRemap(k.name, page);
  const locked = underItsLock(k, page, page.ptl);
  k.step({
    label,
    kind: "data",
    ways: [
      {
        guard: () => entry.mayExchange(k.cpu(), "relaxed"),
        body: () => [
          locked(),
          tellMapped(k, page, { frame, writable, fresh: false }),
          tellOverwritten(k, page),
          entry.exchange(k.cpu(), "relaxed", value()),
        ],
      },
    ],
  });
}

export function setSwapEntry(k: ThreadProgram, page: Page): void {
  storeSoftware(k, page, "swap", `set_pte_at(${page.name}, swap entry)`);
}

/** Stores an entry that is not present, under its lock. */
export function storeSoftware(
  k: ThreadProgram,
  page: Page,
  entry: string,
  label: string,
  lock: Lock = page.ptl,
): void {
  const way = plainStore(k, page, { software: entry }, { lock });
  k.event(label, () => k.step({ label, kind: "data", reads: false, ways: [way] }));
}

/** `pte_clear()`: a plain store over an entry that may be present. */
function pteClear(k: ThreadProgram, page: Page): void {
  const label = `pte_clear(${page.name})`;
  const told = (): Body => [
    k.system.observers.tell("changed", k.name, page.mm),
    k.system.observers.tell("cleared", k.system.at(page)),
  ];
  const way = plainStore(k, page, { software: "none" }, { told });
  k.event(label, () => k.step({ label, kind: "data", reads: false, ways: [way] }));
}

/** `ptep_clear_flush()`: flushes what was present. */
export function ptepClearFlush(k: ThreadProgram, page: Page): OldEntry {
  const old = ptepGetAndClear(k, page);
  k.if(old.present, () => k.system.arch.flushTlbPage(k, page));
  return old;
}

export function setPteAt(
  k: ThreadProgram,
  page: Page,
  to: Term | Frame,
  permission: Permission = "rw",
  flags: EntryFlags = {},
): void {
  if (Object.keys(flags).length > 0) requireFlags(k, "k.setPteAt()");
  const frame = k.system.frame(to);
  const told = { none: " PROT_NONE)", ro: " RO)", rw: " RW)" }[permission];
  k.event([`set_pte_at(${page.name}, `, frame, told], () =>
    storePermission(k, page, { frame, permission, ...flags }, `set_pte_at(${page.name})`),
  );
}

/** Stores a present entry of that permission. */
export function storePermission(
  k: ThreadProgram,
  page: Page,
  { frame, permission, ...flags }: EntryFlags & { readonly frame: Term; readonly permission: Permission },
  label: string,
): void {
  if (permission !== "none")
    return storeMapping(k, page, { frame, writable: permission === "rw", ...flags }, label);
  const told = (): Body => k.system.observers.tell("changed", k.name, page.mm);
  const way = plainStore(k, page, { kept: frame, ...stored(flags) }, { told });
  k.event(label, () => k.step({ label, kind: "data", reads: false, ways: [way] }));
}

/** A mapping to store; `fresh` if its frame was allocated for it. */
export interface NewMapping extends EntryFlags {
  readonly frame: Term;
  readonly writable: Operand;
  readonly fresh?: boolean;
  /** What the entry is changed under; the lock of its table unless given. */
  readonly lock?: Lock;
}

/** Stores an entry that maps the frame, under its lock. */
export function storeMapping(k: ThreadProgram, page: Page, mapping: NewMapping, label: string): void {
  const { frame, writable, fresh = false, lock = page.ptl } = mapping;
  const told = (): Body => tellMapped(k, page, { frame, writable, fresh });
  if (!fresh) k.system.noteRemap(k.name, page);
  const way = plainStore(k, page, { frame, writable, ...stored(mapping) }, { told, lock });
  k.event(label, () => k.step({ label, kind: "data", reads: false, ways: [way] }));
}

function tellMapped(k: ThreadProgram, page: Page, mapping: StoredMapping): Body {
  const { observers } = k.system;
  return [
    observers.tell("changed", k.name, page.mm),
    observers.tell("mapped", k.name, k.system.at(page), mapping),
  ];
}

function tellOverwritten(k: ThreadProgram, page: Page): Body {
  return k.system.observers.tell("entryOverwritten", k.name, k.system.at(page), seenEntry(k, page));
}

/** WRITE_ONCE() of an entry, as set_pte() is. */
function plainStore(
  k: ThreadProgram,
  page: Page,
  value: Store,
  { told = () => [], lock = page.ptl }: { readonly told?: () => Body; readonly lock?: Lock } = {},
): Way {
  const entry = k.system.entry(page);
  const locked = underItsLock(k, page, lock);
  const fields = k.system.pageTables.fieldsOf(value);
  return {
    guard: () => entry.mayStore(k.cpu()),
    body: () => [
      locked(),
      told(),
      tellOverwritten(k, page),
      hasFlags(k) ? k.system.observers.tell("flagsStored", k.system.at(page), fields.dirty) : [],
      entry.store(k.cpu(), fields),
    ],
  };
}

function stored({ young = true, dirty = true }: EntryFlags): StoredFlags {
  return { accessed: young, dirty };
}

const OLD_ENTRY = "what the entry was: present, frame, writable, protNone, young, dirty, each in a register";
const FLAGS = options<EntryFlags>({ young: optional(CONDITION), dirty: optional(CONDITION) });

export const ptePrimitives = {
  /** `page_vma_mapped_walk()`: takes the page-table lock; gives whether the page is mapped. */
  pageVmaMappedWalk: primitive(pageVmaMappedWalk, [page], OLD_ENTRY),
  /** `ptep_get()`: reads the entry, under its lock or in `lockless()`. */
  ptepGet: primitive(ptepGet, [page], OLD_ENTRY),
  /** `ptep_get_and_clear()`: exchanges the entry for an empty one; gives the old one. */
  ptepGetAndClear: primitive(ptepGetAndClear, [page], OLD_ENTRY),
  /** `pte_clear()`: a plain store of an empty entry. */
  pteClear: primitive(pteClear, [page]),
  /** `ptep_clear_flush()`: exchanges the entry for an empty one and flushes the page. */
  ptepClearFlush: primitive(ptepClearFlush, [page], OLD_ENTRY),
  /** `set_pte_at()` of an entry that maps the frame; read-write, and young and dirty, unless given. */
  setPteAt: primitive(setPteAt, [
    page,
    frame,
    parameterOf("permission", optional(PERMISSION)),
    parameterOf("flags", optional(FLAGS)),
  ]),
  /** `set_pte_at()` of a swap entry. */
  setSwapEntry: primitive(setSwapEntry, [page]),
};
