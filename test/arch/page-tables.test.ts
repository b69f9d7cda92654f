/**
 * Each rule on tables of two levels weakened by itself, and the verdict that changes with it: walks of several
 * steps, walk caches, what invalidations do to them, and what walks find in pages that were tables.
 */
import { describe, expect, test } from "vitest";
import tableFree from "../../models/table-free.ts";
import type { Machine } from "../../src/arch/machine.ts";
import {
  assert,
  type HardwareOverride,
  type HardwareRules,
  type Page,
  range,
  rule,
  scenario,
  type Scenario,
  type Thread,
} from "../../src/index.ts";
import { configurations, type Family } from "../../src/model/family.ts";
import { storeMapping } from "../../src/kernel/mm/pte.ts";
import { FALSE, literal } from "../../src/model/term.ts";
import { replaced } from "../support/hardware.ts";
import { modelOf, verdictsOf } from "../support/verdicts.ts";

const HW = "use-after-free-table";
const MCE = "machine-check";
const UAF = "use-after-free-page";

/** The violated properties of one variant on one architecture. */
async function violated(
  family: Family,
  arch: string,
  variant?: string,
  hardware?: HardwareOverride,
): Promise<string[]> {
  const [configuration] = configurations(family, { arch, variant });
  return Object.keys((await verdictsOf(family.build(configuration!, hardware))).violated).sort();
}

/** A table with one page is unlinked, something is done, and the table is freed. */
function unlinkAndFree(
  name: string,
  between: (k: Thread, page: Page) => void,
  declare: (m: Scenario) => void = () => undefined,
): Family {
  return scenario(
    name,
    { about: "unlink and free a table", arch: ["arm64", "intel", "amd", "riscv"] },
    (m) => {
      const mm = m.mm();
      const table = mm.table("table");
      const page = table.page("page0", { permission: null });
      declare(m);
      m.thread("unmapper", { cpu: 0, mm }, (k) => {
        const token = k.pmdClear(table);
        between(k, page);
        k.freeFrame(token);
      });
      m.check(HW, MCE);
    },
  );
}

/** What is loaded is loaded again. */
const movCr3 =
  (preserve: boolean) =>
  (k: Thread, { mm }: Page): void =>
    k.do("MOV CR3", "flush", () => {
      const { machine } = k.system;
      return machine.loadContext(k.cpu(), {
        space: k.system.space(mm),
        asid: machine.loadedAsid(k.cpu()),
        preserve,
      });
    });

/** `tlb_flush()` of the page, as if a table were freed with it or not. */
const flush =
  (freedTables: boolean) =>
  (k: Thread, page: Page): void =>
    k.system.arch.tlbFlush(k, [page], { freedTables });

/** The flush of a page whose table stays. */
const leafFlush = unlinkAndFree("leaf-flush", flush(false));
const leafFlushByInvlpgb = unlinkAndFree("leaf-flush-invlpgb", flush(false), (m) =>
  m.details({ kernel: { invlpgb: "sync" } }),
);
const tableFlush = unlinkAndFree("table-flush", flush(true));
const bare = unlinkAndFree("bare", () => undefined);
const keeping = unlinkAndFree("bit-63", movCr3(true));
const dropping = unlinkAndFree("no-bit-63", movCr3(false));

const noWalkCache = { mayCacheTable: rule("HW-3", "never kept", () => FALSE) };
const freshUpperEntry = { keepsUpperEntry: rule("HW-2", "walks stop where the upper entry changed", false) };

/** SFENCE.VMA with these operands. */
const sfence =
  (operands: string) =>
  (k: Thread, page: Page): void =>
    k.do(`SFENCE.VMA ${operands}`, "flush", () => {
      const { machine } = k.system;
      const scope = { asid: machine.loadedAsid(k.cpu()), page: k.system.page(page) };
      return machine.invalidate(k.cpu(), `SFENCE.VMA ${operands}`, scope);
    });

describe("walks of two levels, as they are", () => {
  test.each(["arm64", "intel", "amd", "riscv"])(
    "on %s a table that is freed without a flush is walked",
    async (arch) => {
      expect(await violated(bare, arch)).toContain(HW);
      expect(await violated(tableFlush, arch)).toEqual([]);
    },
  );
  test("a flush by address for the page alone protects the table on x86 without INVLPGB only", async () => {
    expect(await violated(leafFlush, "riscv")).toEqual([HW]);
    expect(await violated(leafFlush, "arm64")).toEqual([HW]);
    expect(await violated(leafFlush, "intel")).toEqual([]);
    expect(await violated(leafFlush, "amd")).toEqual([]);
    expect(await violated(leafFlushByInvlpgb, "amd")).toEqual([MCE, HW]);
  });
});

describe("RV-2, RV-7: SFENCE.VMA and walk caches", () => {
  const fenced = (operands: string) => unlinkAndFree("sfence", sfence(operands));
  const byAddress = ["rs1, rs2", "rs1, x0"];
  const ofAnyAddress = ["x0, rs2", "x0, x0"];

  test.each(byAddress)("RV-2: %s need only cover leaf entries, and the table is walked", async (operands) => {
    expect(await violated(fenced(operands), "riscv")).toEqual([HW]);
  });

  test.each(ofAnyAddress)("RV-2: %s covers all levels", async (operands) => {
    expect(await violated(fenced(operands), "riscv")).toEqual([]);
  });

  test("RV-2: an address form that covered upper entries would do, another that did not would not", async () => {
    const all = replaced({ tableScope: rule("RV-2", "all", (_, { asid }) => ({ asid, region: null })) });
    const none = replaced({ tableScope: rule("RV-2", "leaf entries only", () => null) });
    expect(await violated(fenced("rs1, rs2"), "riscv", undefined, all)).toEqual([]);
    expect(await violated(fenced("x0, rs2"), "riscv", undefined, none)).toEqual([HW]);
    expect(await violated(tableFree, "riscv", "fixed")).toEqual([]);
    expect(await violated(tableFree, "riscv", "fixed", none)).toContain(HW);
    expect(await violated(tableFree, "riscv", "lazy-defers", none)).toContain(HW);
  });

  test("RV-7: without walk caches an upper entry that was overwritten is still read, until the fence", async () => {
    const ordered = { ordersWalks: rule("RV-7", "walks read memory", true) };
    const strict = { ...noWalkCache, ...freshUpperEntry };
    expect(await violated(bare, "riscv", undefined, replaced(strict))).toEqual([HW]);
    expect(await violated(bare, "riscv", undefined, replaced({ ...strict, ...ordered }))).toEqual([]);
  });

  /** A page is unmapped, its descriptor fenced or not, and freed; then it is used. */
  const unmapPage = (flushed: boolean) =>
    scenario("leaf", { about: "unmap, fence, free", arch: ["riscv"] }, (m) => {
      const mm = m.mm();
      const page = mm.table("table").page("page0");
      m.thread("task", { cpu: 0, mm }, (k) => {
        const old = k.ptepGetAndClear(page);
        if (flushed) sfence("rs1, rs2")(k, page);
        k.freeFrame(old.frame);
        k.load(page);
      });
      m.check("use-after-free-page");
    });

  test("RV-7: a walk of two levels reads the descriptor before, until the fence", async () => {
    // No walk before the access: nothing was cached by then.
    const onDemand = { mayWalk: rule("HW-1", "on demand only", () => FALSE) };
    const ordered = { ordersWalks: rule("RV-7", "walks read memory", true) };
    expect(await violated(unmapPage(false), "riscv", undefined, replaced(onDemand))).toEqual([UAF]);
    expect(await violated(unmapPage(true), "riscv", undefined, replaced(onDemand))).toEqual([]);
    expect(
      await violated(unmapPage(false), "riscv", undefined, replaced({ ...onDemand, ...ordered })),
    ).toEqual([]);
    expect(await violated(unmapPage(true), "riscv")).toEqual([]);
  });
});

test("RV-1: a descriptor cached as invalid faults on a page that is mapped by then, in two levels too", async () => {
  const fault = "a fault on a mapped page";
  const mapAndLoad = scenario("map", { about: "an entry made valid", arch: ["riscv"] }, (m) => {
    const mm = m.mm();
    const page = mm.table("table").page("page0", { permission: null });
    m.spareFrame("new");
    m.thread("task", { cpu: 0, mm }, (k) => {
      const faults = k.register("faults", range(0, 1), 0);
      storeMapping(
        k,
        page,
        { frame: literal(k.system.machine.domains.frame, "new"), writable: true },
        "set_pte_at()",
      );
      k.load(page, { onFault: (handler) => handler.do("count", "data", () => faults.set(1)) });
      m.goal(fault, () => faults.is(1));
    });
    m.check(UAF);
  });
  const ordered = { ordersWalks: rule("RV-7", "walks read memory", true) };
  const validOnly = { cachesInvalid: rule("RV-1", "valid ones only", false) };
  const unreached = async (...rules: Partial<HardwareRules>[]) =>
    (
      await verdictsOf(
        modelOf(mapAndLoad, undefined, replaced(Object.assign({}, ...rules) as Partial<HardwareRules>)),
      )
    ).unreached;
  expect(await unreached(ordered)).toEqual([]);
  expect(await unreached(ordered, validOnly)).toEqual([fault]);
  expect(await unreached(validOnly)).toEqual([]);
});

describe("walks of two levels, one rule weakened", () => {
  test("HW-2: a walk that stops where the upper entry has changed needs a walk cache to go wrong", async () => {
    expect(await violated(bare, "intel", undefined, replaced(noWalkCache))).toEqual([HW]);
    const both = replaced({ ...noWalkCache, ...freshUpperEntry });
    expect(await violated(bare, "intel", undefined, both)).toEqual([]);
  });

  test("HW-3, X86-10: without walk caches it is enough to end the walks that are under way", async () => {
    expect(await violated(keeping, "intel")).toEqual([HW]);
    expect(await violated(keeping, "intel", undefined, replaced(noWalkCache))).toEqual([]);
  });

  test.each(["arm64", "intel", "amd"])(
    "HW-5: a walk under way that outlives the flush reads the freed table, on %s",
    async (arch) => {
      const uncancelled = replaced({ cancelsWalks: rule("HW-5", "walks go on", false) });
      expect(await violated(tableFlush, arch, undefined, uncancelled)).toContain(HW);
    },
  );

  test("HW-4: walk caches that are never evicted change no verdict", async () => {
    const kept = replaced({ mayEvict: rule("HW-4", "never evicted", () => FALSE) });
    expect(await violated(bare, "intel", undefined, kept)).toEqual([HW]);
    expect(await violated(tableFlush, "arm64", undefined, kept)).toEqual([]);
  });

  test("HW-8: if walks found nothing in reused pages no access would land in a foreign one", async () => {
    const nothing = replaced({ findsAnything: rule("HW-8", "nothing valid", false) });
    expect(await violated(tableFree, "intel", "single-user-use-mm")).toEqual([UAF, HW]);
    expect(await violated(tableFree, "intel", "single-user-use-mm", nothing)).toEqual([HW]);
    expect(await violated(bare, "amd", undefined, nothing)).toEqual([HW]);
  });

  test("ARM-3: a last-level TLBI leaves the walk caches, one of all levels removes them", async () => {
    const all = replaced({
      tableScope: rule("ARM-3", "every TLBI", (_invalidation, { asid }) => ({ asid, region: null })),
    });
    const none = replaced({ tableScope: rule("ARM-3", "no TLBI", () => null) });
    expect(await violated(leafFlush, "arm64", undefined, all)).toEqual([]);
    expect(await violated(tableFlush, "arm64", undefined, none)).toEqual([HW]);
    expect(await violated(tableFree, "arm64", "explicit-tlbi", none)).toEqual([HW]);
  });

  test("X86-3: with accessed flags set by walkers one is written into the page's next owner", async () => {
    const write = "foreign-write";
    const writes = (walkerSetsAccessed: boolean) =>
      unlinkAndFree(
        "accessed",
        (k) => {
          k.system.builder.assertion(write);
          k.system.machine.tables!.walker.onWrite(() => assert(write, false));
        },
        (m) => m.details({ walkerSetsAccessed }),
      );
    expect(await violated(writes(true), "intel")).toEqual([write, HW]);
    expect(await violated(writes(false), "intel")).toEqual([HW]);
    const never = replaced({ setsAccessed: rule("X86-3", "never", () => false) });
    expect(await violated(writes(true), "intel", undefined, never)).toEqual([HW]);
  });

  test("X86-6: an INVLPG that dropped leaf entries only would not protect tables", async () => {
    const leavesTables = replaced({ tableScope: rule("X86-6", "no walk caches", () => null) });
    expect(await violated(leafFlush, "intel", undefined, leavesTables)).toEqual([HW]);
  });

  test("X86-7: a MOV CR3 that left the walk caches of its PCID would not protect tables", async () => {
    const leavesTables = replaced({
      onContextWrite: rule("X86-7", "TLB entries only", (machine: Machine, cpu, { asid, preserve }) =>
        preserve ? [] : machine.dropTranslations(cpu, { asid, page: null }, null),
      ),
    });
    expect(await violated(dropping, "intel")).toEqual([]);
    expect(await violated(dropping, "intel", undefined, leavesTables)).toEqual([HW]);
  });

  test("X86-9: on Intel a fault forgets the table above its address, on AMD it need not", async () => {
    const fault = scenario("fault", { about: "a fault before the free", arch: ["intel", "amd"] }, (m) => {
      const mm = m.mm();
      const table = mm.table("table");
      const page = table.page("page0", { permission: null });
      m.thread("unmapper", { cpu: 0, mm }, (k) => {
        const token = k.pmdClear(table);
        k.load(page);
        k.freeFrame(token);
      });
      m.check(HW);
    });
    const kept = replaced({ onFault: rule("X86-9", "drops nothing", () => []) });
    expect(await violated(fault, "intel")).toEqual([]);
    expect(await violated(fault, "intel", undefined, kept)).toEqual([HW]);
    expect(await violated(fault, "amd")).toEqual([HW]);
  });

  test("X86-12: a walk that outlived the switch of a lazy CPU to init_mm would read the freed table", async () => {
    const uncancelled = replaced({
      onContextWrite: rule("X86-12", "walks go on", (machine: Machine, cpu, { asid, preserve }) =>
        preserve ? [] : machine.dropTranslations(cpu, { asid, page: null }),
      ),
    });
    expect(await violated(tableFree, "intel", "lazy-asked")).toEqual([]);
    expect(await violated(tableFree, "intel", "lazy-asked", uncancelled)).toEqual([HW]);
  });

  test("AMD-2: an INVLPGB for final levels that dropped tables would protect them", async () => {
    const all = replaced({
      tableScope: rule("AMD-2", "every one", (_invalidation, { asid }) => ({ asid, region: null })),
    });
    expect(await violated(leafFlushByInvlpgb, "amd", undefined, all)).toEqual([]);
  });

  test("AMD-3: a machine check is raised where the rule says so", async () => {
    const raises = (yes: boolean) => replaced({ raisesMachineCheck: rule("AMD-3", String(yes), yes) });
    expect(await violated(bare, "amd")).toEqual([MCE, HW]);
    expect(await violated(bare, "amd", undefined, raises(false))).toEqual([HW]);
    expect(await violated(bare, "intel", undefined, raises(true))).toEqual([MCE, HW]);
  });
});
