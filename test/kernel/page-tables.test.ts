/** The kernel's words for page tables that go away: unlinking, waiting for walkers, linking a new table. */
import { describe, expect, test } from "vitest";
import { bool, type KernelCode, type Place, range, scenario } from "../../src/index.ts";
import { configurations, type Family } from "../../src/model/family.ts";
import { modelOf, verdictsOf, type Verdicts, violated } from "../support/verdicts.ts";

const SW = "use-after-free-table-software";

/** A table is unlinked and freed after a wait; a sibling walks it in a section of its own kind. */
function unlink(wait: KernelCode, walk: "gupFast" | "pteOffsetMap"): Family {
  return scenario("unlink", { about: walk, arch: ["arm64"] }, (m) => {
    const mm = m.mm();
    const table = mm.table("table");
    const page = table.page("page0", { permission: null });
    m.thread("unlinks", { cpu: 0, mm }, (k) => {
      const token = k.pmdClear(table);
      wait(k);
      k.freeFrame(token);
    });
    m.thread("walks", { cpu: 1, mm }, (k) => k[walk](page));
    m.check(SW);
  });
}

function explored(family: Family, arch: string, order: string): Promise<Verdicts> {
  const [configuration] = configurations(family, { arch, parameters: { order } });
  return verdictsOf(family.build(configuration!));
}

const nothing: KernelCode = () => undefined;
const interrupts: KernelCode = (k) => k.smpCallFunction("sync");
const gracePeriod: KernelCode = (k) => k.synchronizeRcu();

describe("what keeps a table from a software walker", () => {
  test.each([
    ["nothing", nothing, "gupFast", [SW]],
    ["interrupts", interrupts, "gupFast", []],
    ["synchronize_rcu()", gracePeriod, "gupFast", []],
    ["nothing", nothing, "pteOffsetMap", [SW]],
    ["interrupts", interrupts, "pteOffsetMap", [SW]],
    ["synchronize_rcu()", gracePeriod, "pteOffsetMap", []],
  ] as const)("%s (%#): %o %s, in both memory orders", async (_name, wait, walk, expected) => {
    const family = unlink(wait, walk);
    expect(await violated(family)).toEqual(expected);
    expect(Object.keys((await explored(family, "arm64", "tso")).violated)).toEqual(expected);
  });
});

test.each(["arm64", "intel", "amd"])(
  "on %s pmd_clear() is a plain store: with tso another CPU finds the table behind it",
  async (arch) => {
    const family = scenario(
      "late",
      { about: "unlinked, and found", arch: ["arm64", "intel", "amd"] },
      (m) => {
        const mm = m.mm();
        const table = mm.table("table");
        const page = table.page("page0", { permission: null });
        const unlinked: Place[] = [];
        m.thread("unlinks", { cpu: 0, mm }, (k) => {
          unlinked.push(k.system.builder.variable("unlinked", bool, false));
          k.pmdClear(table);
          k.do("unlinked", "data", () => unlinked[0]!.set(true));
        });
        m.thread("walks", { cpu: 1, mm }, (k) => {
          const found = k.register("found", bool, false);
          k.system.observers.add({ tableRead: () => found.set(true) });
          m.goal("found", () => found);
          k.do(
            "wait",
            "wait",
            () => [],
            () => [unlinked[0]!],
          );
          k.gupFast(page);
        });
      },
    );
    expect((await explored(family, arch, "sc")).unreached).toEqual(["found"]);
    expect((await explored(family, arch, "tso")).unreached).toEqual([]);
  },
);

test("a grace period does not wait for sections that begin after it", async () => {
  const family = scenario("later", { about: "two readers", arch: ["arm64"] }, (m) => {
    const mm = m.mm();
    const table = mm.table("table");
    table.page("page0", { permission: null });
    m.thread("waits", { cpu: 0, mm }, (k) => {
      const over = k.register("over", range(0, 1), 0);
      k.synchronizeRcu();
      k.do("over", "data", () => over.set(1));
      m.goal("over while a section is open", (_system, thread) =>
        thread("reads").at("rcu_read_unlock()").and(over.is(1)),
      );
    });
    m.thread("reads", { cpu: 1, mm }, (k) => {
      k.rcuReadLock();
      k.rcuReadUnlock();
    });
  });
  expect((await verdictsOf(modelOf(family))).unreached).toEqual([]);
});

test.each(["arm64", "intel", "amd"])(
  "on %s a new table is linked where an old one was unmapped",
  async (arch) => {
    const family = scenario("again", { about: "unmap, populate, access", arch: [arch] }, (m) => {
      m.details({ walk: "atomic" });
      const mm = m.mm();
      const table = mm.table("table");
      const page = table.page("page0");
      m.spareFrame("spare0");
      m.spareFrame("spare1");
      m.thread("task", { cpu: 0, mm }, (k) => {
        k.munmapTable(table);
        k.populate(page);
        k.store(page);
      });
      m.check("use-after-free-table", "use-after-free-page", "incoherent-page", "revoked-access");
    });
    const { violated: found, unreached } = await verdictsOf(modelOf(family));
    expect(found).toEqual({});
    expect(unreached).toEqual([]);
  },
);

test("every page lies in a table if one does", () => {
  const family = scenario("mixed", { about: "a page outside", arch: ["arm64"] }, (m) => {
    const mm = m.mm();
    mm.table("table").page("page0");
    const outside = mm.page("page1");
    m.thread("task", { cpu: 0, mm }, (k) => k.load(outside));
  });
  expect(() => family.build({ arch: "arm64", variant: "default", parameters: {} })).toThrow(
    /page1 lies in no table/,
  );
});
