/** Operations on page-table entries, each as the kernel names it. */
import { primitive } from "../threads/primitive.ts";
import { optional, parameterOf } from "../../model/arguments.ts";
import { frame, page, PERMISSION } from "../arguments.ts";
import { spinLock } from "../locking/spinlock.ts";
import { word } from "../../arch/text.ts";
import type { Store } from "../../arch/memory.ts";
import { bool, type Body, orNone } from "../../model/builder.ts";
import { and, FALSE, type Place, type Term } from "../../model/term.ts";
import { underItsLock } from "./debug-vm.ts";
import type { Frame, Page, Permission } from "../handles.ts";
import type { StoredMapping } from "../observers.ts";
import type { Lock } from "../locking/locks.ts";
import type { Way } from "../../program/step.ts";
import type { ThreadProgram } from "../threads/thread-program.ts";
import { pteOffsetMapLock } from "./pte-lock.ts";

/** An entry as it was read, in registers of the thread. */
export interface OldEntry {
  /** `pte_present()`: true of PROT_NONE too. */
  readonly present: Term;
  /** The frame that it mapped; none if it was not present. */
  readonly frame: Term;
  /** `pte_write()`. To be asked for while the program is written, as a register of its own. */
  readonly writable: Term;
  /** `pte_protnone()`: present, and no access is permitted. The same. */
  readonly protNone: Term;
}

/** What of an entry somebody asks for besides, in registers that are there only then. */
type Besides = "writable" | "protNone";
const asked = new WeakMap<ThreadProgram, Map<string, Place>>();

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

/** `ptep_get()`: reads the entry into registers. */
export function readEntry(k: ThreadProgram, page: Page): OldEntry {
  const old = entryRegisters(k, page);
  k.step({
    label: `ptep_get(${page.name})`,
    kind: "re-check",
    ways: [
      {
        body: () => load(k, page, old),
        text: () => [`ptep_get(${page.name}): `, word(isPresent(k, page), "present", "not present")],
      },
    ],
  });
  return old;
}

/** What the registers say of a page whose table is gone: that nothing is mapped. */
export function forgetEntry(k: ThreadProgram, page: Page): void {
  const old = entryRegisters(k, page);
  k.step({
    label: `no table of ${page.name}`,
    kind: "re-check",
    ways: [
      {
        body: () => [
          old.present.set(false),
          old.frame.set(null),
          besides(k, page, { writable: FALSE, protNone: FALSE }),
        ],
      },
    ],
  });
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
      before?.() ?? [],
      entry.exchange(k.cpu(), exchangeOrder, empty),
      after?.() ?? [],
    ],
  };
}

/** cmpxchg_relaxed() of a present entry, which becomes writable. */
export function exchangeForWritable(k: ThreadProgram, page: Page, frame: Term, label: string): void {
  const entry = k.system.entry(page);
  const value = () => k.system.pageTables.fieldsOf({ frame, writable: true });
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

/** `pte_present()` of what the thread reads: a mapping, or PROT_NONE, which keeps its frame. */
export function isPresent(k: ThreadProgram, page: Page): Term {
  return seenEntry(k, page).frame.isNot(null);
}

/** `pte_protnone()` of what the thread reads. */
export function isProtNone(k: ThreadProgram, page: Page): Term {
  return and(isPresent(k, page), seenEntry(k, page).valid.not());
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
): void {
  const frame = k.system.frame(to);
  const told = { none: " PROT_NONE)", ro: " RO)", rw: " RW)" }[permission];
  k.event([`set_pte_at(${page.name}, `, frame, told], () =>
    storePermission(k, page, frame, permission, `set_pte_at(${page.name})`),
  );
}

/** Stores a present entry of that permission. */
export function storePermission(
  k: ThreadProgram,
  page: Page,
  frame: Term,
  permission: Permission,
  label: string,
): void {
  if (permission !== "none") return storeMapping(k, page, { frame, writable: permission === "rw" }, label);
  const told = (): Body => k.system.observers.tell("changed", k.name, page.mm);
  k.event(label, () =>
    k.step({ label, kind: "data", reads: false, ways: [plainStore(k, page, { kept: frame }, { told })] }),
  );
}

/** A mapping to store; `fresh` if its frame was allocated for it. */
export interface NewMapping {
  readonly frame: Term;
  readonly writable: boolean;
  readonly fresh?: boolean;
  /** What the entry is changed under; the lock of its table unless given. */
  readonly lock?: Lock;
}

/** Stores an entry that maps the frame, under its lock. */
export function storeMapping(k: ThreadProgram, page: Page, mapping: NewMapping, label: string): void {
  const { frame, writable, fresh = false, lock = page.ptl } = mapping;
  const told = (): Body => tellMapped(k, page, { frame, writable, fresh });
  if (!fresh) k.system.noteRemap(k.name, page);
  const way = plainStore(k, page, { frame, writable }, { told, lock });
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

/** Has observers see that the thread reads the entry. */
export function tellRead(k: ThreadProgram, page: Page): Body {
  return k.system.observers.tell("entryRead", k.name, k.system.at(page), seenEntry(k, page));
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
  return {
    guard: () => entry.mayStore(k.cpu()),
    body: () => [
      locked(),
      told(),
      tellOverwritten(k, page),
      entry.store(k.cpu(), k.system.pageTables.fieldsOf(value)),
    ],
  };
}

interface EntryRegisters extends OldEntry {
  readonly present: Place;
  readonly frame: Place;
}

/** What the thread has read of the entry last. */
export function oldEntry(k: ThreadProgram, page: Page): OldEntry {
  return entryRegisters(k, page);
}

function entryRegisters(k: ThreadProgram, page: Page): EntryRegisters {
  return {
    present: k.register(`${page.name}.present`, bool, false),
    frame: k.register(`${page.name}.frame`, orNone(k.system.machine.domains.frame), null),
    get writable() {
      return ask(k, page, "writable");
    },
    get protNone() {
      return ask(k, page, "protNone");
    },
  };
}

/** The register of what is asked for, which every reading of the entry by the thread then sets. */
function ask(k: ThreadProgram, page: Page, what: Besides): Place {
  const known = asked.get(k) ?? new Map<string, Place>();
  asked.set(k, known);
  const register = k.register(`${page.name}.${what === "protNone" ? "PROT_NONE" : what}`, bool, false);
  known.set(`${page.name}.${what}`, register);
  return register;
}

/** Sets the registers that were asked for. */
function besides(k: ThreadProgram, page: Page, read: Readonly<Record<Besides, Term>>): Body {
  return (["writable", "protNone"] as const).map(
    (what) => asked.get(k)?.get(`${page.name}.${what}`)?.set(read[what]) ?? [],
  );
}

function load(k: ThreadProgram, page: Page, old: EntryRegisters): Body {
  return [
    tellRead(k, page),
    old.present.set(isPresent(k, page)),
    old.frame.set(seenEntry(k, page).frame),
    besides(k, page, { writable: seenEntry(k, page).writable, protNone: isProtNone(k, page) }),
  ];
}

const OLD_ENTRY = "what the entry was: present, frame, writable, protNone, each in a register";

export const ptePrimitives = {
  /** `page_vma_mapped_walk()`: takes the page-table lock; gives whether the page is mapped. */
  pageVmaMappedWalk: primitive(pageVmaMappedWalk, [page], OLD_ENTRY),
  /** `ptep_get()`: reads the entry. */
  ptepGet: primitive(readEntry, [page], OLD_ENTRY),
  /** `ptep_get_and_clear()`: exchanges the entry for an empty one; gives the old one. */
  ptepGetAndClear: primitive(ptepGetAndClear, [page], OLD_ENTRY),
  /** `pte_clear()`: a plain store of an empty entry. */
  pteClear: primitive(pteClear, [page]),
  /** `ptep_clear_flush()`: exchanges the entry for an empty one and flushes the page. */
  ptepClearFlush: primitive(ptepClearFlush, [page], OLD_ENTRY),
  /** `set_pte_at()` of an entry that maps the frame; read-write unless given. */
  setPteAt: primitive(setPteAt, [page, frame, parameterOf("permission", optional(PERMISSION))]),
  /** `set_pte_at()` of a swap entry. */
  setSwapEntry: primitive(setSwapEntry, [page]),
};
