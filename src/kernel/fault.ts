/** Mapping a new page where nothing is mapped: on a fault, or by a call that populates its mapping. */
import { orNone, when } from "../model/builder.ts";
import { and, type Place } from "../model/term.ts";
import { allocPage } from "./alloc-page.ts";
import type { Page } from "./handles.ts";
import { pteAlloc } from "./pmd.ts";
import { readEntry, seenEntry, storeMapping } from "./pte.ts";
import type { Thread } from "./thread.ts";

export function handleMmFault(k: Thread, page: Page): void {
  const { machine } = k.system;
  const lock = k.system.mmapLock(page.mm);
  k.event(`handle_mm_fault(${page.name})`, () => {
    k.step({
      label: `mmap_read_lock(${page.mm.name})`,
      kind: "lock",
      sleeps: true,
      ways: [{ guard: () => lock.mayRead(k.cpu()), body: () => lock.read(k.cpu()) }],
    });
    mapNewFrame(k, page);
    k.step({
      label: `mmap_read_unlock(${page.mm.name})`,
      kind: "lock",
      ways: [{ guard: () => lock.mayUnlock(k.cpu()), body: () => lock.readUnlock(k.cpu()) }],
    });
    k.step({
      label: `return from the fault on ${page.name}`,
      kind: "control",
      ways: [
        {
          guard: () => [machine.mayComplete(k.cpu(), "exception")],
          body: () => [machine.synchronizeContext(k.cpu()), installed(k, page)],
        },
      ],
    });
  });
}

export function populate(k: Thread, page: Page): void {
  k.mmCall(
    `mmap(${page.name}, MAP_POPULATE)`,
    page.mm,
    () => k.event(`handle_mm_fault(${page.name})`, () => mapNewFrame(k, page)),
    { returned: () => installed(k, page) },
  );
}

/** do_anonymous_page(): allocates and maps a frame under the page-table lock, unless somebody else did. */
function mapNewFrame(k: Thread, page: Page): void {
  const frame = newFrame(k, page);
  const { table } = page;
  if (table) k.event(`__pte_alloc(${table.name})`, () => pteAlloc(k, table));
  k.lock(page.ptl);
  const old = readEntry(k, page);
  const alreadyMapped = (): void => {
    k.step({ label: `${page.name} is mapped`, kind: "data", ways: [{ body: () => frame.set(old.frame) }] });
    k.system.arch.updateMmuTlb?.(k, page);
  };
  const mapOne = (): void => {
    allocPage(k, page, frame);
    storeMapping(k, page, frame, true, `set_pte_at(${page.name}, new page)`);
    k.system.arch.updateMmuCache?.(k, page);
  };
  k.if(old.present, alreadyMapped, mapOne);
  k.unlock(page.ptl);
}

/** What the page is from now on: the frame that was mapped, unless it has been unmapped again meanwhile. */
function installed(k: Thread, page: Page) {
  const frame = newFrame(k, page);
  const { valid, frame: mapped } = seenEntry(k, page);
  return when(and(valid, mapped.is(frame)), k.system.observers.tell("installed", k.system.at(page), frame));
}

function newFrame(k: Thread, page: Page): Place {
  return k.register(`${page.name}.new`, orNone(k.system.machine.domains.frame), null);
}
