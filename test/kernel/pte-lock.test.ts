/**
 * `pte_offset_map_lock()` compares the upper entry again behind the lock (`__pte_offset_map_lock()` in
 * mm/pgtable-generic.c), so that no entry is stored into a table that was unlinked before the lock was had.
 */
import { describe, expect, test } from "vitest";
import {
  assert,
  type Family,
  type Mm,
  type Page,
  type Scenario,
  scenario,
  type SystemProperty,
  type Table,
  type Thread,
} from "../../src/index.ts";
import { violated } from "../support/verdicts.ts";

/** An entry that is written while the table that it lies in is not linked. */
const lostEntry = (table: Table): SystemProperty => ({
  name: "lost-entry",
  attach: (system) => {
    const { builder, observers } = system;
    const linked = () => system.upperEntry(table).memory.fields.table.isNot(null);
    builder.assertion("lost-entry", { consequence: "an entry was written in a table that is not linked" });
    observers.add({
      mapped: () => assert("lost-entry", linked(), ["an entry is stored"]),
      cleared: () => assert("lost-entry", linked(), ["an entry is cleared"]),
    });
  },
});

/** An empty table is unlinked under its lock alone, as try_to_free_pte() in mm/pt_reclaim.c does it. */
function removes(k: Thread, mm: Mm, table: Table, page: Page, whatever: boolean): void {
  k.lock(page.ptl);
  const entry = k.ptepGet(page);
  k.if(
    whatever ? false : entry.present,
    () => k.unlock(page.ptl),
    () => {
      k.pmdClear(table);
      k.unlock(page.ptl);
      k.flushTlbMm(mm);
    },
  );
}

type Task = (k: Thread, page: Page) => void;

function race(task: Task, { mapped = false, arch = "arm64" } = {}): Family {
  return scenario(
    "race",
    { about: "an entry against the removal of its table", arch: [arch] },
    (m: Scenario) => {
      const mm = m.mm();
      const table = mm.table("table0");
      const page = table.page("page0", { permission: mapped ? "rw" : null });
      m.spareFrame("a");
      m.spareFrame("b");
      m.thread("removes", { cpu: 0, mm }, (k) => removes(k, mm, table, page, mapped));
      m.thread("task", { cpu: 1, mm }, (k) => task(k, page));
      m.check(lostEntry(table));
      m.goal("the table goes away", (system) => system.upperEntry(table).memory.fields.table.is(null));
    },
  );
}

describe("no entry is written in a table that is gone", () => {
  test.each<[string, Task, boolean]>([
    ["a fault", (k, page) => k.load(page, { onFault: (handler) => handler.handleMmFault(page) }), false],
    ["mmap(MAP_POPULATE)", (k, page) => k.populate(page), false],
    ["zap_pte_range()", (k, page) => void k.zapPteRange(page, { drain: null }), true],
    ["change_pte_range()", (k, page) => void k.changePteRange(page, "ro"), true],
    ["mprotect()", (k, page) => k.mprotect(page, "ro", { drain: null }), true],
    [
      "page_vma_mapped_walk()",
      (k, page) => {
        const old = k.pageVmaMappedWalk(page);
        k.if(old.present, () => void k.ptepGetAndClear(page));
        k.unlock(page.ptl);
      },
      true,
    ],
  ])("%s", async (_, task, mapped) => {
    expect(await violated(race(task, { mapped }))).toEqual([]);
  });

  test("a lock that is taken without the second look is too late", async () => {
    const careless: Task = (k, page) => {
      const old = k.ptepGet(page);
      k.if(old.present, () => {
        k.lock(page.ptl);
        k.ptepGetAndClear(page);
        k.unlock(page.ptl);
      });
    };
    expect(await violated(race(careless, { mapped: true }))).toEqual(["lost-entry"]);
  });
});
