/** MMU notifiers, I/O page faults and permission upgrades: the order of their steps, and what rests on each. */
import { describe, expect, test } from "vitest";
import secondary from "../../models/secondary-tlb.ts";
import { scenario } from "../../src/index.ts";
import { compiledEngine } from "../../src/explorer/wasm-engine.ts";
import { weaken } from "../../src/necessity/weaken.ts";
import { diagnosticOf } from "../diagnostics.ts";
import { modelOf, verdictsOf } from "../support/verdicts.ts";

/** The labels of a thread's steps, in the order of its program. */
function stepsOf(variant: string, arch: string, thread: string): string[] {
  const names = modelOf(secondary, variant, undefined, arch).rules.map(({ name }) => name);
  const own = names.filter((name) => name.startsWith(`${thread}: `));
  return [...new Set(own.map((name) => name.replace(/^.*?: \d+ /, "").replace(/ \([^()]*\)$/, "")))];
}

/** What is violated if the step of this label is left out. */
async function without(variant: string, arch: string, thread: string, label: string): Promise<string[]> {
  const model = modelOf(secondary, variant, undefined, arch);
  const rule = model.rules.find(
    ({ name }) => name.startsWith(`${thread}: `) && name.replace(/^.*?: \d+ /, "") === label,
  );
  if (!rule) throw new Error(`no step "${label}"; there are ${stepsOf(variant, arch, thread).join(", ")}`);
  return Object.keys((await verdictsOf(weaken(model, rule.name, "omitted"))).violated).sort();
}

const SMMU = ["CMD_TLBI page0", "CMD_ATC_INV page0", "CMD_SYNC"];

describe("the notifier", () => {
  test("in flush_tlb_page() of arm64 stands between the TLBI and the DSB that awaits it", () => {
    const steps = stepsOf("upgrade-flush-notifies", "arm64", "iopf");
    const from = steps.indexOf("ptep_set_access_flags(page0): cmpxchg");
    expect(steps.slice(from + 1, from + 8)).toEqual([
      "dsb(ishst)",
      "read ASID of mm",
      "TLBI VALE1IS page0",
      ...SMMU,
      "dsb(ish)",
    ]);
  });

  test("in arch_tlbbatch_add_pending() of x86 follows the mask of the batch, for all of the address space", () => {
    const steps = stepsOf("add-pending-kswapd", "intel", "kswapd");
    const from = steps.indexOf("batch cpumask |= mm_cpumask");
    expect(steps.slice(from + 1, from + 4)).toEqual([
      "iotlb_inv_dsc all",
      "dev_tlb_inv_dsc all",
      "inv_wait_dsc",
    ]);
  });

  test("at the end of a batch on x86 follows put_cpu()", () => {
    const steps = stepsOf("batch-flush-kswapd", "amd", "kswapd");
    const crash = steps.indexOf("mmu_notifier_arch_invalidate_secondary_tlbs(NULL)");
    expect(steps[crash - 1]).toMatch(/put_cpu|flush|local_irq_restore|cpumask_test_cpu/);
    expect(steps.indexOf("free frame")).toBeGreaterThan(crash);
  });

  test("at the end of a range follows the lock, and no flush has one", () => {
    const steps = stepsOf("unmap-range-end", "arm64", "kswapd");
    const from = steps.indexOf("spin_unlock(mm.ptl)");
    expect(steps.slice(from + 1, from + 5)).toEqual([...SMMU, "dsb(ish)"]);
    expect(steps.slice(0, from).filter((step) => step.startsWith("CMD"))).toEqual([]);
    expect(stepsOf("upgrade", "arm64", "iopf").filter((step) => step.startsWith("CMD"))).toEqual([]);
  });

  test("through a null pointer ends the thread: nothing behind it happens", async () => {
    const taken = async (variant: string): Promise<readonly string[]> => {
      const model = modelOf(secondary, variant, undefined, "intel");
      const { firings } = await compiledEngine.search(model, { exhaustive: true });
      return model.rules.filter((_, i) => firings[i]! > 0).map(({ name }) => name.replace(/ \d+ /, " "));
    };
    expect(await taken("batch-flush-kswapd")).toContain(
      "kswapd: mmu_notifier_arch_invalidate_secondary_tlbs(NULL)",
    );
    expect(await taken("batch-flush-kswapd")).not.toContain("kswapd: free frame");
    expect(await taken("add-pending-kswapd")).toContain("kswapd: free frame");
  });

  test("is not written where there is no device", () => {
    const alone = scenario("alone", { about: "no device", arch: ["arm64", "intel"] }, (m) => {
      const mm = m.mm();
      const page = mm.page("page0");
      m.thread("task", { cpu: 0, mm }, (k) => k.munmap(page));
    });
    for (const arch of ["arm64", "intel"])
      expect(
        modelOf(alone, undefined, undefined, arch).rules.filter(({ name }) => /CMD|_dsc|notifier/.test(name)),
      ).toEqual([]);
  });
});

test("a batch on x86 takes a second CPU that may hold the translation: else it flushes at once, and notifies rightly", async () => {
  const reclaim = (cpus: number) =>
    scenario("cpus", { about: "kswapd with current->mm", arch: ["intel", "amd"] }, (m) => {
      const mm = m.mm();
      const page = mm.page("page0");
      m.device("device", { mm });
      m.details({ cpus, kernel: { notifiers: "batch flush" } });
      m.thread("kswapd", { cpu: 0 }, (k) => {
        k.if(
          k.shouldDeferFlush(mm),
          () => {
            k.ptepGetAndClear(page);
            k.setTlbUbcFlushPending(page);
          },
          () => k.ptepClearFlush(page),
        );
        k.tryToUnmapFlush();
      });
      m.check("misaddressed-invalidation");
    });
  for (const arch of ["intel", "amd"]) {
    const violated = async (cpus: number) =>
      Object.keys((await verdictsOf(modelOf(reclaim(cpus), undefined, undefined, arch))).violated);
    expect(await violated(2)).toEqual(["misaddressed-invalidation"]);
    expect(await violated(1)).toEqual([]);
  }
});

describe("the fixes rest on each of their commands", () => {
  test.each([
    ["CMD_TLBI page0", ["endless-fault"]],
    ["CMD_ATC_INV page0", ["endless-fault"]],
    // Without the wait they take effect all the same, in the end.
    ["CMD_SYNC", []],
  ])("002-C1 without %s: %j", async (label, expected) => {
    expect(await without("upgrade-flush-notifies", "arm64", "iopf", label)).toEqual(expected);
  });

  const stale = ["stale-device-access", "use-after-free-page"];
  test.each(SMMU)("002-C3 on arm64 without %s", async (label) => {
    expect(await without("add-pending-kswapd", "arm64", "kswapd", label)).toEqual(stale);
  });

  test.each(["iotlb_inv_dsc all", "dev_tlb_inv_dsc all", "inv_wait_dsc"])(
    "002-C3 on intel without %s",
    async (label) => {
      expect(await without("add-pending-kswapd", "intel", "kswapd", label)).toEqual(stale);
    },
  );
});

describe("a page that is reused with a flush of the faulting CPU only (002-C1l)", () => {
  const variant = "upgrade-local-flush";

  test("has TLBI and DSB for this CPU alone, the notifier in between, and none on a spurious fault", () => {
    const flush = ["dsb(nshst)", "read ASID of mm", "TLBI VALE1 page0"];
    const steps = modelOf(secondary, variant)
      .rules.map(({ name }) => name)
      .filter((name) => name.startsWith("iopf: "))
      .map((name) => name.replace(/^.*?: \d+ /, ""));
    const from = steps.indexOf("ptep_set_access_flags(page0): cmpxchg");
    expect(steps.slice(from + 1, from + 12)).toEqual([...flush, ...SMMU, "dsb(nsh)", ...flush, "dsb(nsh)"]);
  });

  test.each([
    // The device is told by nobody.
    ["CMD_TLBI page0", ["endless-fault"]],
    ["CMD_ATC_INV page0", ["endless-fault"]],
  ])("without the iopf thread's %s: %j", async (label, expected) => {
    expect(await without(variant, "arm64", "iopf", label)).toEqual(expected);
  });

  test("without the flush of a spurious fault the other CPU faults for ever", async () => {
    const model = modelOf(secondary, variant);
    const flushes = model.rules.filter(({ name }) => /^task: \d+ TLBI VALE1 page0$/.test(name));
    expect(flushes).toHaveLength(2);
    const weakened = weaken(model, flushes[1]!.name, "omitted");
    expect(Object.keys((await verdictsOf(weakened)).violated)).toEqual(["endless-fault"]);
  });
});

describe("notifiers of whole calls", () => {
  const call = (notifiers: "arch flush" | "range end", body: "munmap" | "mprotect") =>
    scenario("call", { about: body, arch: ["arm64", "intel", "amd"] }, (m) => {
      const mm = m.mm();
      const page = mm.page("page0");
      m.device("device", { mm });
      m.details({ kernel: { notifiers } });
      m.thread("task", { cpu: 0, mm }, (k) => {
        if (body === "munmap") k.munmap(page);
        else k.mprotect(page, "ro");
      });
      m.check("stale-device-access", "misaddressed-invalidation");
    });
  const cases = (["arch flush", "range end"] as const).flatMap((placement) =>
    (["munmap", "mprotect"] as const).flatMap((body) =>
      ["arm64", "intel", "amd"].map((arch) => [placement, body, arch] as const),
    ),
  );
  test.each(cases)("%s: %s() on %s takes back what devices have", async (placement, body, arch) => {
    const { violated } = await verdictsOf(modelOf(call(placement, body), undefined, undefined, arch));
    expect(violated).toEqual({});
  });
});

describe("a write fault", () => {
  const fault = (permission: "ro" | "rw" | null) =>
    scenario("fault", { about: "handle_mm_fault()", arch: ["arm64", "intel", "amd", "riscv"] }, (m) => {
      const mm = m.mm();
      const page = mm.page("page0", { permission });
      m.spareFrame("new");
      m.thread("task", { cpu: 0, mm }, (k) => {
        k.handleMmFault(page, { write: true });
        m.goal("the page is writable", (system) => system.pte(page).writable);
        m.goal("a frame was taken for it", (system) => system.pte(page).frame.is("new"));
      });
      m.check("endless-fault");
    });

  test.each(["arm64", "intel", "amd", "riscv"])(
    "on %s reuses a read-only page, and maps one where none is",
    async (arch) => {
      const unreached = async (permission: "ro" | "rw" | null) =>
        (await verdictsOf(modelOf(fault(permission), undefined, undefined, arch))).unreached;
      expect(await unreached("ro")).toEqual(["a frame was taken for it"]);
      expect(await unreached("rw")).toEqual(["a frame was taken for it"]);
      expect(await unreached(null)).toEqual([]);
    },
  );
});

test("a device is served by one thread", () => {
  const two = scenario("two", { about: "two threads", arch: ["arm64"] }, (m) => {
    const mm = m.mm();
    mm.page("page0");
    const device = m.device("device", { mm });
    for (const name of ["a", "b"])
      m.thread(name, { cpu: 0, serves: device }, (k) => k.handleIoPageFault(device));
  });
  expect(diagnosticOf(() => modelOf(two))).toMatchObject({
    code: "TLB201",
    message: "the faults of device are handled by two threads",
  });
});
