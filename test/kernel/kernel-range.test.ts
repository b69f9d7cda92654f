/** `flush_tlb_kernel_range()` on every architecture, and remote fences by the firmware on riscv. */
import { describe, expect, test } from "vitest";
import { type Family, type Scenario, scenario, type Thread } from "../../src/index.ts";
import { modelOf, verdictsOf, violated } from "../support/verdicts.ts";

const everywhere = { about: "flushes", arch: ["arm64", "intel", "amd", "riscv"] };
type Kernel = NonNullable<Parameters<Scenario["details"]>[0]["kernel"]>;

/** A page of the kernel is unmapped, flushed and freed, while another CPU may load from it. */
function unmapKernelPage(
  kernel: Kernel,
  flush: (k: Thread, area: ReturnType<ReturnType<Scenario["mm"]>["page"]>) => void,
): Family {
  return scenario("kernel-range", everywhere, (m) => {
    const area = m.mm("kernel", { global: true }).page("area");
    m.details({ kernel });
    m.thread("unmaps", { cpu: 0 }, (k) => {
      const old = k.vunmapRangeNoflush(area);
      flush(k, area);
      k.freeFrame(old.frame);
    });
    m.thread("user", { cpu: 1, mm: area.mm }, (k) => k.load(area));
    m.check("use-after-free-page");
  });
}

const configurations: readonly [string, Kernel][] = [
  ["arm64", {}],
  ["intel", {}],
  ["amd", {}],
  ["amd", { invlpgb: "sync" }],
  ["riscv", {}],
  ["riscv", { rfence: "sbi" }],
];

describe.each(configurations)("flush_tlb_kernel_range() on %s with %j", (arch, kernel) => {
  test("drops the global entries of every CPU", async () => {
    const family = unmapKernelPage(kernel, (k, area) => k.flushTlbKernelRange(area));
    expect(await violated(family, undefined, undefined, arch)).toEqual([]);
  });

  test("and leaving it out is noticed", async () => {
    const family = unmapKernelPage(kernel, () => undefined);
    expect(await violated(family, undefined, undefined, arch)).toEqual(["use-after-free-page"]);
  });
});

test("with INVLPGB no CPU is interrupted: one with interrupts off does not hold the flush up", async () => {
  const family = (kernel: Kernel): Family =>
    scenario("irqs-off", everywhere, (m) => {
      const area = m.mm("kernel", { global: true }).page("area");
      m.details({ kernel });
      m.thread("flushes", { cpu: 0 }, (k) => k.flushTlbKernelRange(area));
      m.thread("waits", { cpu: 1 }, (k) => k.localIrqDisable());
    });
  expect(await violated(family({ invlpgb: "sync" }), undefined, undefined, "amd")).toEqual([]);
  expect(await violated(family({}), undefined, undefined, "amd")).toEqual(["deadlock"]);
});

test.each(["arm64", "riscv"])("a deferral is refused on %s", (arch) => {
  const family = unmapKernelPage({}, (k, area) => k.flushTlbKernelRange(area, "context-tracking"));
  expect(() => modelOf(family, undefined, undefined, arch)).toThrow(/puts off no flush/);
});

describe("remote fences on riscv", () => {
  const crossing = (rfence: "ipi" | "sbi"): Family =>
    scenario("crossing", everywhere, (m) => {
      const mm = m.mm();
      m.details({ kernel: { rfence } });
      ["page0", "page1"]
        .map((name) => mm.page(name))
        .forEach((page, cpu) =>
          m.thread(`flushes${cpu}`, { cpu, mm }, (k) => {
            k.localIrqDisable();
            k.flushTlbPage(page);
            k.localIrqEnable();
          }),
        );
    });

  test("two harts with interrupts off wait for each other, unless the firmware does it", async () => {
    expect(await violated(crossing("ipi"), undefined, undefined, "riscv")).toEqual(["deadlock"]);
    expect(await violated(crossing("sbi"), undefined, undefined, "riscv")).toEqual([]);
  });

  const freedBesideGup = (rfence: "ipi" | "sbi"): Family =>
    scenario("gup", everywhere, (m) => {
      const mm = m.mm();
      const table = mm.table("table0");
      const page = table.page("page0");
      m.details({ kernel: { rfence } });
      m.thread("unmaps", { cpu: 0, mm }, (k) => k.munmapTable(table, { path: "page batch" }));
      m.thread("gup", { cpu: 1, mm }, (k) => k.gupFast(page));
      m.check("use-after-free-table-software");
    });

  test("nobody waits for a walker with interrupts off where the firmware fences: tables need RCU", async () => {
    expect(await violated(freedBesideGup("ipi"), undefined, undefined, "riscv")).toEqual([]);
    expect(await violated(freedBesideGup("sbi"), undefined, undefined, "riscv")).toEqual([
      "use-after-free-table-software",
    ]);
  });

  test.each(["ipi", "sbi"] as const)("munmap() with %s reaches every hart", async (rfence) => {
    const family = scenario("munmap", everywhere, (m) => {
      const mm = m.mm();
      const page = mm.page("page0");
      m.details({ kernel: { rfence } });
      m.thread("unmaps", { cpu: 0, mm }, (k) => k.munmap(page));
      m.thread("loads", { cpu: 1, mm }, (k) => k.load(page));
      m.thread("loads too", { cpu: 2, mm }, (k) => k.load(page));
      m.check("use-after-free-page", "revoked-access");
    });
    const { violated: found, unreached } = await verdictsOf(modelOf(family, undefined, undefined, "riscv"));
    expect(found).toEqual({});
    expect(unreached).toEqual([]);
  });
});
