/**
 * Each rule of IOMMUs and of the devices behind them weakened by itself, and the verdict that changes with it; and
 * the commands of an invalidation, in other orders than the kernel's.
 */
import { describe, expect, test } from "vitest";
import secondary from "../../models/secondary-tlb.ts";
import { type Device, type Family, or, type Page, rule, scenario, type Thread } from "../../src/index.ts";
import { and, FALSE } from "../../src/model/term.ts";
import { replaced } from "../support/hardware.ts";
import { modelOf, verdictsOf, violated } from "../support/verdicts.ts";
import { diagnosticOf } from "../diagnostics.ts";

const STALE = ["stale-device-access"];
const ENDLESS = ["endless-fault"];

/** A command of a CPU for the IOMMU of a device, or a wait for all that it has queued. */
function command(k: Thread, device: Device, page: Page, what: "IOTLB" | "ATC" | "wait"): void {
  const { invalidation } = k.system.device(device);
  if (what === "wait")
    k.do(
      "wait",
      "wait",
      () => [],
      () => [invalidation.complete(k.cpu())],
    );
  else k.do(what, "flush", () => invalidation.queue(k.cpu(), what, k.system.page(page)));
}

/** A page is unmapped, invalidated in some way and freed, while a device may access it. */
function unmapAndFree(
  invalidate: (k: Thread, device: Device, page: Page) => void,
  walk: "atomic" | "stepwise" = "atomic",
): Family {
  return scenario("unmap-and-free", { about: "unmap, invalidate, free", arch: ["arm64"] }, (m) => {
    const mm = m.mm();
    const page = mm.page("page0");
    const device = m.device("device", { mm });
    m.details({ walk });
    m.thread("reclaim", { cpu: 0 }, (k) => {
      const old = k.ptepGetAndClear(page);
      invalidate(k, device, page);
      k.freeFrame(old.frame);
    });
    m.goal("the device has the page cached when it is unmapped", (system) =>
      and(system.pte(page).valid.not(), system.device(device).atc.holdsSome(system.page(page))),
    );
    m.check("stale-device-access");
  });
}

const inOrder = (...commands: ("IOTLB" | "ATC" | "wait")[]): Family =>
  unmapAndFree((k, device, page) => {
    for (const each of commands) command(k, device, page, each);
  });

describe("IOMMU-1", () => {
  test("IOMMU-1: the IOTLB, the ATC, and a wait; none of them can be left out", async () => {
    expect(await violated(inOrder("IOTLB", "ATC", "wait"))).toEqual([]);
    expect((await verdictsOf(modelOf(inOrder("IOTLB", "ATC", "wait")))).unreached).toEqual([]);
    expect(await violated(inOrder("ATC", "wait"))).toEqual(STALE);
    expect(await violated(inOrder("IOTLB", "wait"))).toEqual(STALE);
    expect(await violated(inOrder("IOTLB", "ATC"))).toEqual(STALE);
  });

  test("IOMMU-1: in the other order the ATC fills again from the IOTLB", async () => {
    expect(await violated(inOrder("ATC", "IOTLB", "wait"))).toEqual(STALE);
  });

  test("IOMMU-1: commands that overtook each other would need a wait between them", async () => {
    const unordered = replaced({ commandsInOrder: rule("IOMMU-1", "in any order", false) });
    expect(await violated(inOrder("IOTLB", "ATC", "wait"), undefined, unordered)).toEqual(STALE);
    expect(await violated(inOrder("IOTLB", "wait", "ATC", "wait"), undefined, unordered)).toEqual([]);
  });
});

test("IOMMU-1: commands await the stores of their CPU; else a walk would find the old entry behind them", async () => {
  const lateStore = scenario("late-store", { about: "no barrier but the driver's", arch: ["arm64"] }, (m) => {
    const mm = m.mm();
    const page = mm.page("page0");
    m.device("device", { mm });
    m.details({ order: "tso", kernel: { notifiers: "range end" } });
    m.thread("reclaim", { cpu: 0 }, (k) => {
      const old = k.mmuNotifierInvalidateRange([page], () => k.ptepGetAndClear(page));
      k.freeFrame(old.frame);
    });
    m.check("stale-device-access");
  });
  const unordered = replaced({
    drains: rule("ARM-2", "commands await nothing", (what) => what === "full atomic"),
  });
  expect(await violated(lateStore)).toEqual([]);
  expect(await violated(lateStore, undefined, unordered)).toEqual(STALE);
});

describe("IOMMU-2", () => {
  const reaches = (...caches: ("IOTLB" | "ATC")[]) =>
    replaced({ broadcastReaches: rule("IOMMU-2", "devices hear broadcasts", caches) });

  test("IOMMU-2: a flush of the CPUs' TLBs leaves what a device has cached", async () => {
    const flushed = scenario("cpus-only", { about: "no notifier", arch: ["arm64"] }, (m) => {
      const mm = m.mm();
      const page = mm.page("page0");
      m.device("device", { mm });
      m.details({ kernel: { notifiers: "range end" } });
      m.thread("reclaim", { cpu: 0 }, (k) => {
        const old = k.ptepGetAndClear(page);
        k.flushTlbPage(page);
        k.freeFrame(old.frame);
      });
      m.check("stale-device-access");
    });
    expect(await violated(flushed)).toEqual(STALE);
    expect(await violated(flushed, undefined, reaches("IOTLB"))).toEqual(STALE);
    expect(await violated(flushed, undefined, reaches("IOTLB", "ATC"))).toEqual([]);
  });

  test("IOMMU-2: 002-C0 would hold if the TLBI of ptep_set_access_flags() reached IOTLB and ATC", async () => {
    expect(await violated(secondary, "upgrade")).toEqual(ENDLESS);
    expect(await violated(secondary, "upgrade", reaches("IOTLB"))).toEqual(ENDLESS);
    expect(await violated(secondary, "upgrade", reaches("IOTLB", "ATC"))).toEqual([]);
  });
});

test("IOMMU-3: a device begins accesses by what is cached until the invalidation has taken effect", async () => {
  const patient = replaced({
    deviceMayUse: rule("IOMMU-3", "not while an invalidation is queued", (device, page) =>
      or(device.invalidation.pending("IOTLB", page), device.invalidation.pending("ATC", page)).not(),
    ),
  });
  // Instead of awaiting its commands the kernel only looks that no access is under way.
  const free = scenario("no-wait", { about: "freed behind the commands", arch: ["arm64"] }, (m) => {
    const mm = m.mm();
    const page = mm.page("page0");
    const device = m.device("device", { mm });
    m.thread("reclaim", { cpu: 0 }, (k) => {
      const old = k.ptepGetAndClear(page);
      command(k, device, page, "IOTLB");
      command(k, device, page, "ATC");
      k.do(
        "no access under way: free",
        "data",
        () => k.system.frames.free(old.frame),
        () => [k.system.device(device).idle()],
      );
    });
    m.check("stale-device-access");
  });
  expect(await violated(free)).toEqual(STALE);
  expect(await violated(free, undefined, patient)).toEqual([]);
});

describe("IOMMU-4", () => {
  const keeps = replaced({ onDeviceFault: rule("IOMMU-4", "drops nothing", () => []) });
  const drops = (...caches: ("IOTLB" | "ATC")[]) =>
    replaced({
      onDeviceFault: rule("IOMMU-4", "drops", (device, page) =>
        caches.map((cache) => device.cacheOf(cache).drop(page)),
      ),
    });

  test.each(["intel", "amd"])(
    "IOMMU-4: 002-C0x on %s rests on the fault dropping the entry in both",
    async (arch) => {
      expect(await violated(secondary, "upgrade", undefined, arch)).toEqual([]);
      expect(await violated(secondary, "upgrade", keeps, arch)).toEqual(ENDLESS);
      expect(await violated(secondary, "upgrade", drops("IOTLB"), arch)).toEqual(ENDLESS);
      expect(await violated(secondary, "upgrade", drops("ATC"), arch)).toEqual(ENDLESS);
    },
  );

  test("IOMMU-4: 002-C0 rests on the SMMU and the device keeping it", async () => {
    expect(await violated(secondary, "upgrade", drops("IOTLB", "ATC"))).toEqual([]);
  });
});

describe("HW-5", () => {
  const stepwise = unmapAndFree((k, device, page) => {
    for (const each of ["IOTLB", "ATC", "wait"] as const) command(k, device, page, each);
  }, "stepwise");

  test("HW-5: an invalidation ends translation requests under way; else their answers would stay", async () => {
    const survive = replaced({ cancelsWalks: rule("HW-5", "requests survive", false) });
    expect(await violated(stepwise)).toEqual([]);
    expect(await violated(stepwise, undefined, survive)).toEqual(STALE);
  });

  test("HW-5: a wait that did not await accesses under way would let one land in a freed page", async () => {
    const hasty = replaced({ awaitsAccesses: rule("HW-5", "awaits no accesses", false) });
    const complete = inOrder("IOTLB", "ATC", "wait");
    expect(await violated(complete)).toEqual([]);
    expect(await violated(complete, undefined, hasty)).toEqual(STALE);
  });
});

test("HW-4: 002-C0 does not rest on evictions, and C1 and C0x do not need them", async () => {
  const stays = replaced({ mayEvict: rule("HW-4", "entries stay", () => FALSE) });
  expect(await violated(secondary, "upgrade", stays)).toEqual(ENDLESS);
  expect(await violated(secondary, "upgrade-flush-notifies", stays)).toEqual([]);
  expect(await violated(secondary, "upgrade", stays, "intel")).toEqual([]);
});

test("IOMMU-5: a fault waits for its answer, then the access is tried again; without anybody to answer it ends", async () => {
  const faults = (served: boolean) =>
    scenario("faults", { about: "a write to a read-only page", arch: ["arm64", "intel"] }, (m) => {
      const mm = m.mm();
      const page = mm.page("page0", { permission: "ro" });
      const device = m.device("device", { mm });
      if (served) m.thread("iopf", { cpu: 0, serves: device }, (k) => k.handleIoPageFault(device));
      else m.thread("idle", { cpu: 0 }, (k) => k.do("nothing", "data", () => []));
      m.goal("a fault waits", (system) => system.device(device).faulted());
      m.goal("the device tries again", (system) => system.device(device).retries());
      m.goal("the write is on its way", (system) => {
        const hardware = system.device(device);
        return and(hardware.performs(system.page(page)), hardware.store);
      });
      m.check("stale-device-access");
    });
  expect((await verdictsOf(modelOf(faults(true)))).unreached).toEqual([]);
  expect((await verdictsOf(modelOf(faults(false)))).unreached).toEqual([
    "a fault waits",
    "the device tries again",
    "the write is on its way",
  ]);
});

describe("IOMMU-6", () => {
  const TABLE = "use-after-free-table";
  const reachesNone = replaced({ walksKernel: rule("IOMMU-6", "walks reach no kernel address", false) });

  /** A table of the kernel is unlinked, with something before and behind that, and freed. */
  const freed = (
    before: (k: Thread, area: Page, device: Device) => void,
    behind: (k: Thread, area: Page, device: Device) => void,
    { arch = "intel" } = {},
  ): Family =>
    scenario("free-kernel-table", { about: "a table of the kernel is freed", arch: [arch] }, (m) => {
      const device = m.device("device", { mm: m.mm() });
      const table = m.mm("kernel", { global: true }).table("table");
      const area = table.page("area", { permission: null });
      m.thread("vmap", { cpu: 0 }, (k) => {
        before(k, area, device);
        const page = k.pmdClear(table);
        behind(k, area, device);
        k.freeFrame(page);
      });
      m.check(TABLE, "stale-device-access");
    });
  const nothing = (): void => {};
  const cpus = (k: Thread, area: Page): void => k.flushTlbKernelRange(area);
  const told = (k: Thread, area: Page): void => {
    cpus(k, area);
    k.iommuSvaInvalidateKvaRange();
  };

  test.each(["intel", "amd"])(
    "IOMMU-6: 002-C4 on %s rests on a walk for the device reaching the kernel's addresses",
    async (arch) => {
      expect(await violated(secondary, "kernel-table", undefined, arch)).toEqual([...STALE, TABLE]);
      expect(await violated(secondary, "kernel-table", reachesNone, arch)).toEqual([]);
    },
  );

  test("IOMMU-6: a device on arm64 walks by TTBR0, which has no kernel address", async () => {
    const unflushed = freed(nothing, nothing, { arch: "arm64" });
    const mayWalk = rule("HW-1", "no CPU walks", () => FALSE);
    const walksKernel = rule("IOMMU-6", "walks reach the kernel's addresses", true);
    expect(await violated(unflushed, undefined, replaced({ mayWalk }))).toEqual([]);
    expect(await violated(unflushed, undefined, replaced({ mayWalk, walksKernel }))).toEqual([
      ...STALE,
      TABLE,
    ]);
  });

  test("IOMMU-6: a walk for a device finds nothing that permits it an access, while the table is one", async () => {
    const mapped = scenario("mapped", { about: "the kernel maps a page", arch: ["intel"] }, (m) => {
      const device = m.device("device", { mm: m.mm() });
      const area = m.mm("kernel", { global: true }).table("table").page("area");
      m.thread("kernel", { cpu: 0 }, (k) => k.load(area));
      m.goal("it reads the upper entry", (system) =>
        system.device(device).kernelWalks!.holds("area", "kernel.table"),
      );
      m.goal("the device has it cached", (system) => system.device(device).iotlb.holdsSome("area"));
    });
    expect((await verdictsOf(modelOf(mapped))).unreached).toEqual(["the device has it cached"]);
  });

  test("HW-3: behind the walks that were under way there is the walk cache", async () => {
    const keepsNone = replaced({ mayCacheTable: rule("HW-3", "no upper entry is kept", () => FALSE) });
    const awaitsWalks = freed(nothing, (k, area, device) => {
      cpus(k, area);
      k.do(
        "no walk under way",
        "wait",
        () => [],
        () => [k.system.device(device).kernelWalks!.idle()],
      );
    });
    expect(await violated(awaitsWalks)).toEqual([...STALE, TABLE]);
    expect(await violated(awaitsWalks, undefined, keepsNone)).toEqual([]);
    expect(await violated(freed(nothing, cpus), undefined, keepsNone)).toEqual([...STALE, TABLE]);
  });

  test("HW-5: an invalidation ends the walk under way; else it would read the table that is freed", async () => {
    const survive = replaced({ cancelsWalks: rule("HW-5", "walks survive", false) });
    expect(await violated(freed(nothing, told))).toEqual([]);
    expect(await violated(freed(nothing, told), undefined, survive)).toContain(TABLE);
  });

  test("HW-8: that a device gets an access of it rests on what a walk finds in a page with another owner", async () => {
    const findsNothing = replaced({ findsAnything: rule("HW-8", "a walk finds old content", false) });
    expect(await violated(secondary, "kernel-table", findsNothing, "intel")).toEqual([TABLE]);
  });

  test("IOMMU-1: of the commands the one for the IOTLB and the wait are needed, behind the cleared entry", async () => {
    const commands = (...which: ("IOTLB" | "ATC" | "wait")[]) =>
      freed(nothing, (k, area, device) => {
        cpus(k, area);
        for (const each of which) command(k, device, area, each);
      });
    expect(await violated(commands("IOTLB", "wait"))).toEqual([]);
    expect(await violated(commands("ATC", "wait"))).toEqual([...STALE, TABLE]);
    expect(await violated(commands("IOTLB", "ATC"))).toEqual([...STALE, TABLE]);
    expect(await violated(freed(told, cpus))).toEqual([...STALE, TABLE]);
  });
});

describe("where no IOMMU is modelled", () => {
  const withDevice = (arch: string, table: boolean) =>
    scenario("elsewhere", { about: "a device", arch: [arch] }, (m) => {
      const mm = m.mm();
      const page = table ? mm.table("table").page("page0") : mm.page("page0");
      m.device("device", { mm });
      m.thread("task", { cpu: 0, mm }, (k) => k.load(page));
    });

  test("a device is refused: on riscv, and over page tables of its own that can go away", () => {
    expect(diagnosticOf(() => modelOf(withDevice("riscv", false)))).toMatchObject({
      code: "TLB201",
      message: "no IOMMU is modelled on riscv yet",
    });
    expect(diagnosticOf(() => modelOf(withDevice("intel", true)))).toMatchObject({
      code: "TLB201",
      message: "no IOMMU is modelled over page tables of mm that can go away yet: device is bound to it",
    });
  });
});
