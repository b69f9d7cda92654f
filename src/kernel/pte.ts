/** Operations on page-table entries, each as the kernel names it. */
import { word } from "../arch/text.ts";
import { bool } from "../model/builder.ts";
import { orNone } from "../model/builder.ts";
import type { Place, Term } from "../model/term.ts";
import type { Page } from "./handles.ts";
import type { Thread } from "./thread.ts";

/** An entry as it was read, in registers of the thread. */
export interface OldEntry {
  readonly present: Term;
  /** The frame that it mapped; none if it was not present. */
  readonly frame: Term;
}

export function pageVmaMappedWalk(k: Thread, page: Page): OldEntry {
  const old = entryRegisters(k, page);
  k.event(`page_vma_mapped_walk(${page.name}): spin_lock(${page.ptl.name})`, () => {
    k.lock(page.ptl);
    readEntry(k, page);
  });
  return old;
}

/** `ptep_get()`: reads the entry into registers. */
export function readEntry(k: Thread, page: Page): OldEntry {
  const old = entryRegisters(k, page);
  k.step({
    label: `ptep_get(${page.name})`,
    kind: "re-check",
    ways: [
      {
        body: () => load(k, page, old),
        text: () => [`ptep_get(${page.name}): `, word(k.system.pte(page).valid, "present", "not present")],
      },
    ],
  });
  return old;
}

export function ptepGetAndClear(k: Thread, page: Page): OldEntry {
  const old = entryRegisters(k, page);
  const memory = k.system.pageTables;
  k.event(`ptep_get_and_clear(${page.name})`, () =>
    k.step({
      label: `ptep_get_and_clear(${page.name})`,
      kind: "data",
      ways: [
        {
          body: () => [
            load(k, page, old),
            k.system.observers.tell("cleared", k.system.at(page)),
            memory.store(k.system.space(page.mm), k.system.page(page), { software: "none" }),
          ],
        },
      ],
    }),
  );
  return old;
}

export function setSwapEntry(k: Thread, page: Page): void {
  storeSoftware(k, page, "swap", `set_pte_at(${page.name}, swap entry)`);
}

/** Stores an entry that is not present. */
export function storeSoftware(k: Thread, page: Page, entry: string, label: string): void {
  const memory = k.system.pageTables;
  k.event(label, () =>
    k.step({
      label,
      kind: "data",
      ways: [{ body: () => memory.store(k.system.space(page.mm), k.system.page(page), { software: entry }) }],
    }),
  );
}

/** `pte_clear()`: a plain store over an entry that may be present. */
export function clearEntry(k: Thread, page: Page, label: string): void {
  const { pageTables, observers } = k.system;
  k.event(label, () =>
    k.step({
      label,
      kind: "data",
      ways: [
        {
          body: () => [
            observers.tell("cleared", k.system.at(page)),
            pageTables.store(k.system.space(page.mm), k.system.page(page), { software: "none" }),
          ],
        },
      ],
    }),
  );
}

/** Stores a present entry. */
export function storeMapping(k: Thread, page: Page, frame: Term, writable: boolean, label: string): void {
  const { pageTables, observers } = k.system;
  k.event(label, () =>
    k.step({
      label,
      kind: "data",
      ways: [
        {
          body: () => [
            pageTables.store(k.system.space(page.mm), k.system.page(page), { frame, writable }),
            observers.tell("mapped", k.system.at(page), frame, writable),
          ],
        },
      ],
    }),
  );
}

interface EntryRegisters {
  readonly present: Place;
  readonly frame: Place;
}

function entryRegisters(k: Thread, page: Page): EntryRegisters {
  return {
    present: k.register(`${page.name}.present`, bool, false),
    frame: k.register(`${page.name}.frame`, orNone(k.system.machine.domains.frame), null),
  };
}

function load(k: Thread, page: Page, old: EntryRegisters) {
  const { valid, frame } = k.system.pte(page);
  return [old.present.set(valid), old.frame.set(frame)];
}
