/** Each property of page tables that go away, in a scenario that violates it and in its neighbour that does not. */
import { describe, expect, test } from "vitest";
import { type Family } from "../../src/model/family.ts";
import { scenario, type TableRemoval } from "../../src/index.ts";
import { violated } from "../support/verdicts.ts";

const batched: TableRemoval = { path: "batched" };
const unflushed: TableRemoval = { path: "batch full", invalidate: false };

/** A task unmaps a table, while a sibling looks at a page of it as a walk without locks does. */
function unmap(arch: string, property: string, removal: TableRemoval): Family {
  return scenario("unmap", { about: removal.path, arch: [arch] }, (m) => {
    m.details({ walk: "atomic" });
    const mm = m.mm();
    const table = mm.table("table");
    const page = table.page("page0");
    m.thread("unmaps", { cpu: 0, mm }, (k) => k.munmapTable(table, removal));
    m.thread("sibling", { cpu: 1, mm }, (k) => k.pteOffsetMap(page));
    m.check(property);
  });
}

describe("use-after-free-table", () => {
  test("a table that is freed before the flush violates it, after the flush it holds", async () => {
    expect(await violated(unmap("intel", "P-UAF-TABLE-HW", unflushed))).toEqual(["use-after-free-table"]);
    expect(await violated(unmap("intel", "P-UAF-TABLE-HW", batched))).toEqual([]);
  });
});

describe("use-after-free-table-software", () => {
  test("a wait for interrupts violates it, a grace period does not, whatever is flushed", async () => {
    const interrupts: TableRemoval = { path: "no batch page", fallback: "interrupts" };
    const property = "use-after-free-table-software";
    expect(await violated(unmap("intel", "P-UAF-TABLE-SW", interrupts))).toEqual([property]);
    expect(await violated(unmap("intel", "P-UAF-TABLE-SW", batched))).toEqual([]);
    expect(await violated(unmap("intel", "P-UAF-TABLE-SW", unflushed))).toEqual([]);
  });
});

describe("machine-check", () => {
  test("AMD violates it where a freed table is walked, Intel never does", async () => {
    expect(await violated(unmap("amd", "P-MCE", unflushed))).toEqual(["machine-check"]);
    expect(await violated(unmap("amd", "P-MCE", batched))).toEqual([]);
    expect(await violated(unmap("intel", "P-MCE", unflushed))).toEqual([]);
  });
});

test.each(["P-UAF-TABLE-HW", "P-UAF-TABLE-SW", "P-MCE"])(
  "%s is refused where no table can go away",
  (word) => {
    const family = scenario("one-level", { about: "no table", arch: ["intel"] }, (m) => {
      const mm = m.mm();
      const page = mm.page("page0");
      m.thread("task", { cpu: 0, mm }, (k) => k.load(page));
      m.check(word);
    });
    expect(() => family.build({ arch: "intel", variant: "default", parameters: {} })).toThrow(
      /no page table that can go away/,
    );
  },
);
