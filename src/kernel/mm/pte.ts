/** Operations on page-table entries, each as the kernel names it. */
import { primitive } from "../threads/primitive.ts";
import { CONDITION } from "../../model/argument-terms.ts";
import { optional, options, parameterOf } from "../../model/arguments.ts";
import { TlbcheckError } from "../../model/diagnostic.ts";
import { callerSource } from "../../model/source.ts";
import { frame, page, PERMISSION } from "../arguments.ts";
import { spinLock } from "../locking/spinlock.ts";
import { word } from "../../arch/text.ts";
import type { Store, StoredFlags } from "../../arch/memory.ts";
import { bool, type Body, orNone, when } from "../../model/builder.ts";
import { and, FALSE, type Operand, or, type Place, type Term, TRUE } from "../../model/term.ts";
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
  /** `pte_young()`, of scenarios with flags of small pages. The same. */
  readonly young: Term;
  /** `pte_dirty()`, of scenarios with flags of small pages. The same. */
  readonly dirty: Term;
}

/** The flags that an entry is given; both set unless given. */
export interface EntryFlags {
  /** `pte_mkyoung()` or `pte_mkold()`. */
  readonly young?: Operand;
  /** `pte_mkdirty()` or `pte_mkclean()`. */
  readonly dirty?: Operand;
}

/** What of an entry somebody asks for besides, in registers that are there only then. */
type Besides = "writable" | "protNone" | "young" | "dirty";
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
          besides(k, page, { writable: FALSE, protNone: FALSE, young: FALSE, dirty: FALSE }),
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
      before?.() ?? flagsTaken(k, page),
      hasFlags(k) ? k.system.observers.tell("flagsTaken", k.system.at(page)) : [],
      entry.exchange(k.cpu(), exchangeOrder, empty),
      after?.() ?? [],
    ],
  };
}

/** What `ptep_set_access_flags()` makes of an entry, of which it takes nothing away. */
export interface EntryUpgrade {
  readonly frame: Term;
  readonly writable: Operand;
  readonly dirty: Operand;
  /** Whether it is for a write, `dirty` in the kernel. */
  readonly write: Operand;
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

/** Whether the flags of small pages can be clear. */
export function hasFlags(k: ThreadProgram): boolean {
  return k.system.pageTables.storesFlags;
}

/** What the thread reads in an entry; flags that cannot be clear are set. */
export function seenEntry(k: ThreadProgram, page: Page) {
  const seen = k.system.entry(page).seenBy(k.cpu());
  return { accessed: TRUE, dirty: TRUE, ...seen };
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
    get young() {
      requireFlags(k, "young");
      return ask(k, page, "young");
    },
    get dirty() {
      requireFlags(k, "dirty");
      return ask(k, page, "dirty");
    },
  };
}

/** Refuses, with TLB201, to read or write flags that are always set. */
export function requireFlags(k: ThreadProgram, what: string): void {
  if (hasFlags(k)) return;
  throw new TlbcheckError("TLB201", `${what}: the flags of small pages are always set here`, {
    hint: "say m.details({ flags: true })",
    source: callerSource(),
  });
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
function besides(k: ThreadProgram, page: Page, read: Partial<Readonly<Record<Besides, Term>>>): Body {
  return Object.entries(read).map(([what, is]) => asked.get(k)?.get(`${page.name}.${what}`)?.set(is) ?? []);
}

function load(k: ThreadProgram, page: Page, old: EntryRegisters): Body {
  const { frame, writable } = seenEntry(k, page);
  return [
    tellRead(k, page),
    old.present.set(isPresent(k, page)),
    old.frame.set(frame),
    besides(k, page, { writable, protNone: isProtNone(k, page) }),
    flagsTaken(k, page),
  ];
}

/** The flags into registers; who holds the lock knows them from then on, and may overwrite them. */
function flagsTaken(k: ThreadProgram, page: Page): Body {
  if (!hasFlags(k)) return [];
  const { accessed, dirty } = seenEntry(k, page);
  const told = k.system.observers.tell("flagsTaken", k.system.at(page));
  return [
    besides(k, page, { young: accessed, dirty }),
    when(k.system.locks.seenHeld(page.ptl, k.name, k.cpu()), told),
  ];
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
