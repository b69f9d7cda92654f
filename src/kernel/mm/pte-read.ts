/** Reading page-table entries: what a thread sees in one, and what it has read, in its registers. */
import { TlbcheckError } from "../../model/diagnostic.ts";
import { callerSource } from "../../model/source.ts";
import { bool, type Body, orNone, when } from "../../model/builder.ts";
import { and, FALSE, type Place, type Term, TRUE } from "../../model/term.ts";
import type { Page } from "../handles.ts";
import type { ThreadProgram } from "../threads/thread-program.ts";

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

/** What of an entry somebody asks for besides, in registers that are there only then. */
type Besides = "writable" | "protNone" | "young" | "dirty";
const asked = new WeakMap<ThreadProgram, Map<string, Place>>();

export interface EntryRegisters extends OldEntry {
  readonly present: Place;
  readonly frame: Place;
}

/** What the thread has read of the entry last. */
export function oldEntry(k: ThreadProgram, page: Page): OldEntry {
  return entryRegisters(k, page);
}

export function entryRegisters(k: ThreadProgram, page: Page): EntryRegisters {
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

export function load(k: ThreadProgram, page: Page, old: EntryRegisters): Body {
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
export function flagsTaken(k: ThreadProgram, page: Page): Body {
  if (!hasFlags(k)) return [];
  const { accessed, dirty } = seenEntry(k, page);
  const told = k.system.observers.tell("flagsTaken", k.system.at(page));
  return [
    besides(k, page, { young: accessed, dirty }),
    when(k.system.locks.seenHeld(page.ptl, k.name, k.cpu()), told),
  ];
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

/** Has observers see that the thread reads the entry. */
export function tellRead(k: ThreadProgram, page: Page): Body {
  return k.system.observers.tell("entryRead", k.name, k.system.at(page), seenEntry(k, page));
}
