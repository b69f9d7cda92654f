/**
 * vmalloc areas of one page (mm/vmalloc.c): unmapped without a flush, freed at once, and their addresses given
 * away again only behind a flush of the kernel's translations, which comes later and for many areas together. An area
 * belongs to who has it, so that its entries are changed without a lock.
 */
import { primitive } from "../threads/primitive.ts";
import { page } from "../arguments.ts";
import { orNone } from "../../model/builder.ts";
import type { Place } from "../../model/term.ts";
import { allocPage } from "./alloc-page.ts";
import type { Page } from "../handles.ts";
import { ptepGetAndClear, storeMapping } from "./pte.ts";
import { type OldEntry } from "./pte-read.ts";
import type { ThreadProgram } from "../threads/thread-program.ts";

/** `vunmap_range_noflush()`: clears the entry and flushes nothing; gives what it mapped. */
export function vunmapRangeNoflush(k: ThreadProgram, page: Page): OldEntry {
  return k.event(`vunmap_range_noflush(${page.name})`, () => k.withoutLocks(() => ptepGetAndClear(k, page)));
}

/** `vmalloc()` at an address that was handed out before: maps a free frame there and returns it to the caller. */
export function vmalloc(k: ThreadProgram, page: Page): void {
  const { observers, machine } = k.system;
  const frame: Place = k.register(`${page.name}.new`, orNone(machine.domains.frame), null);
  k.event(`vmalloc(): ${page.name} again`, () => {
    allocPage(k, page, frame);
    k.withoutLocks(() =>
      storeMapping(k, page, { frame, writable: true, fresh: true }, `set_pte_at(${page.name}, new page)`),
    );
    k.step({
      label: `vmalloc() returns ${page.name}`,
      kind: "data",
      ways: [{ body: () => observers.tell("installed", k.system.at(page), frame) }],
    });
  });
}

export const vmallocPrimitives = {
  /** `vunmap_range_noflush()`: clears the entry of a kernel page and flushes nothing. */
  vunmapRangeNoflush: primitive(
    vunmapRangeNoflush,
    [page],
    "whether the entry was present, and the frame, in registers",
  ),
  /** `vmalloc()` at an address that was handed out before. */
  vmalloc: primitive(vmalloc, [page]),
};
