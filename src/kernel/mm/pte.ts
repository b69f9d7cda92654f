/** Operations on page-table entries, each as the kernel names it. */
import { spinLock } from "../locking/spinlock.ts";
import { word } from "../../arch/text.ts";
import type { Store } from "../../arch/memory.ts";
import { bool, type Body, orNone } from "../../model/builder.ts";
import type { Place, Term } from "../../model/term.ts";
import type { Page, Permission } from "../handles.ts";
import type { StoredMapping } from "../observers.ts";
import type { Way } from "../program/program.ts";
import type { ThreadProgram } from "../program/thread-program.ts";

/** An entry as it was read, in registers of the thread. */
export interface OldEntry {
  readonly present: Term;
  /** The frame that it mapped; none if it was not present. */
  readonly frame: Term;
}

export function pageVmaMappedWalk(k: ThreadProgram, page: Page): OldEntry {
  const old = entryRegisters(k, page);
  k.event(`page_vma_mapped_walk(${page.name}): spin_lock(${page.ptl.name})`, () => {
    spinLock(k, page.ptl);
    readEntry(k, page);
  });
  return old;
}

/** `ptep_get()`: reads the entry into registers. */
export function readEntry(k: ThreadProgram, page: Page): OldEntry {
  const old = entryRegisters(k, page);
  k.step({
    label: `ptep_get(${page.name})`,
    kind: "re-check",
    ways: [
      {
        body: () => load(k, page, old),
        text: () => [`ptep_get(${page.name}): `, word(seenEntry(k, page).valid, "present", "not present")],
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

/** xchg() of an entry, relaxed on arm64; a locked instruction on x86 in any case. */
export function exchangeForEmpty(
  k: ThreadProgram,
  page: Page,
  { before, after }: { before?: () => Body; after?: () => Body } = {},
): Way {
  const entry = k.system.entry(page);
  const empty = k.system.pageTables.fieldsOf({ software: "none" });
  return {
    guard: () => entry.mayExchange(k.cpu(), "relaxed"),
    body: () => [
      k.system.observers.tell("changed", k.name, page.mm),
      tellOverwritten(k, page),
      before?.() ?? [],
      entry.exchange(k.cpu(), "relaxed", empty),
      after?.() ?? [],
    ],
  };
}

/** cmpxchg_relaxed() of a present entry, which becomes writable. */
export function exchangeForWritable(k: ThreadProgram, page: Page, frame: Term, label: string): void {
  const entry = k.system.entry(page);
  const value = () => k.system.pageTables.fieldsOf({ frame, writable: true });
  k.system.noteRemap(k.name, page);
  k.step({
    label,
    kind: "data",
    ways: [
      {
        guard: () => entry.mayExchange(k.cpu(), "relaxed"),
        body: () => [
          tellMapped(k, page, { frame, writable: true, fresh: false }),
          tellOverwritten(k, page),
          entry.exchange(k.cpu(), "relaxed", value()),
        ],
      },
    ],
  });
}

/** What the thread reads in an entry. */
export function seenEntry(k: ThreadProgram, page: Page) {
  return k.system.entry(page).seenBy(k.cpu());
}

export function setSwapEntry(k: ThreadProgram, page: Page): void {
  storeSoftware(k, page, "swap", `set_pte_at(${page.name}, swap entry)`);
}

/** Stores an entry that is not present. */
export function storeSoftware(k: ThreadProgram, page: Page, entry: string, label: string): void {
  k.event(label, () => k.step({ label, kind: "data", ways: [plainStore(k, page, { software: entry })] }));
}

/** `pte_clear()`: a plain store over an entry that may be present. */
export function clearEntry(k: ThreadProgram, page: Page, label: string): void {
  const told = (): Body => [
    k.system.observers.tell("changed", k.name, page.mm),
    k.system.observers.tell("cleared", k.system.at(page)),
  ];
  k.event(label, () =>
    k.step({ label, kind: "data", ways: [plainStore(k, page, { software: "none" }, told)] }),
  );
}

export function setPteAt(k: ThreadProgram, page: Page, frame: Term, permission: Permission): void {
  const writable = permission === "rw";
  k.event([`set_pte_at(${page.name}, `, frame, writable ? " RW)" : " RO)"], () =>
    storeMapping(k, page, { frame, writable }, `set_pte_at(${page.name})`),
  );
}

/** A mapping to store; `fresh` if its frame was allocated for it. */
export interface NewMapping {
  readonly frame: Term;
  readonly writable: boolean;
  readonly fresh?: boolean;
}

/** Stores a present entry. */
export function storeMapping(k: ThreadProgram, page: Page, mapping: NewMapping, label: string): void {
  const { frame, writable, fresh = false } = mapping;
  const told = (): Body => tellMapped(k, page, { frame, writable, fresh });
  if (!fresh) k.system.noteRemap(k.name, page);
  k.event(label, () =>
    k.step({ label, kind: "data", ways: [plainStore(k, page, { frame, writable }, told)] }),
  );
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

/** Has observers see that the thread reads the entry. */
export function tellRead(k: ThreadProgram, page: Page): Body {
  return k.system.observers.tell("entryRead", k.name, k.system.at(page), seenEntry(k, page));
}

/** WRITE_ONCE() of an entry, as set_pte() is. */
function plainStore(k: ThreadProgram, page: Page, value: Store, told: () => Body = () => []): Way {
  const entry = k.system.entry(page);
  return {
    guard: () => entry.mayStore(k.cpu()),
    body: () => [told(), tellOverwritten(k, page), entry.store(k.cpu(), k.system.pageTables.fieldsOf(value))],
  };
}

interface EntryRegisters {
  readonly present: Place;
  readonly frame: Place;
}

function entryRegisters(k: ThreadProgram, page: Page): EntryRegisters {
  return {
    present: k.register(`${page.name}.present`, bool, false),
    frame: k.register(`${page.name}.frame`, orNone(k.system.machine.domains.frame), null),
  };
}

function load(k: ThreadProgram, page: Page, old: EntryRegisters) {
  const { valid, frame } = seenEntry(k, page);
  return [tellRead(k, page), old.present.set(valid), old.frame.set(frame)];
}
