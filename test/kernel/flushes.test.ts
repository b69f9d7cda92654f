/** Flushes of kernels on x86 and riscv where threads migrate, have interrupts off, sleep, or share names. */
import { describe, expect, test } from "vitest";
import { and, bool, type Page, scenario, type Scenario, type Thread } from "../../src/index.ts";
import { modelOf, verdictsOf, violated } from "../support/verdicts.ts";

const everywhere = { about: "flushes", arch: ["intel", "amd", "riscv", "arm64"] } as const;

test.each(["page0", "page1"])(
  "two address spaces, one with page0, the other with %s, are flushed each by its own handler",
  async (name) => {
    const family = scenario("two-spaces", everywhere, (m) => {
      const [a, b] = [m.mm("a"), m.mm("b")];
      const inA = a.page("page0", { frame: m.spareFrame("frame:a") });
      const inB = b.page(name, { frame: m.spareFrame("frame:b") });
      m.thread("flushes", { cpu: 0, mm: a }, (k) => k.flushTlbPage(inA));
      m.thread("unmaps", { cpu: 1, mm: b }, (k) => k.munmap(inB));
      m.thread("uses", { cpu: 2, mm: b }, (k) => k.load(inB));
      m.check("use-after-free-page");
    });
    expect(await violated(family, undefined, undefined, "intel")).toEqual([]);
  },
  120_000,
);

test.each(["intel", "amd", "riscv"])(
  "%s: a thread of the process that completes a batch stays on its CPU meanwhile",
  async (arch) => {
    const family = scenario("batch", everywhere, (m) => {
      const mm = m.mm();
      const page = mm.page("page0");
      m.thread("sibling", { cpu: [0, 1], mm }, (k) =>
        k.syscall("madvise(MADV_PAGEOUT)", () => {
          const old = k.pageVmaMappedWalk(page);
          k.if(old.present, () => {
            k.ptepGetAndClear(page);
            k.setTlbUbcFlushPending(page);
            k.setSwapEntry(page);
          });
          k.unlock(page.ptl);
          k.tryToUnmapFlush();
          k.if(old.present, () => k.freeFrame(old.frame));
        }),
      );
      m.thread("task", { cpu: 1, mm }, (k) => k.access(page));
      m.check("use-after-free-page");
    });
    expect(await violated(family, undefined, undefined, arch)).toEqual([]);
  },
);

test("a thread that flushes kernel translations stays on its CPU meanwhile", async () => {
  const family = scenario("kernel-flush", everywhere, (m) => {
    const area = m.mm("kernel").page("area");
    m.thread("housekeeping", { cpu: [0, 1] }, (k) => {
      const old = k.vunmapRangeNoflush(area);
      k.flushTlbKernelRange(area);
      k.freeFrame(old.frame);
    });
    m.thread("user", { cpu: 1, mm: area.mm }, (k) => k.load(area));
    m.check("use-after-free-page");
  });
  expect(await violated(family, undefined, undefined, "intel")).toEqual([]);
});

test("AMD-1: a flush by INVLPGB needs no barrier in the switch, for it stays on its CPU until TLBSYNC", async () => {
  const family = scenario("invlpgb", everywhere, (m) => {
    const mm = m.mm();
    const page = mm.page("page0");
    m.details({ kernel: { invlpgb: "sync" } });
    m.thread("unmaps", { cpu: [0, 1], mm }, (k) => k.munmap(page));
    m.thread("uses", { cpu: 1, mm }, (k) => k.load(page));
    m.check("use-after-free-page");
  });
  expect(await violated(family, undefined, undefined, "amd")).toEqual([]);
});

describe("interrupts off", () => {
  test.each(["intel", "riscv"])("%s: two CPUs that flush so wait for each other for ever", async (arch) => {
    const family = scenario("irqs-off", everywhere, (m) => {
      const mm = m.mm();
      const pages = [mm.page("page0"), mm.page("page1")];
      pages.forEach((page, cpu) =>
        m.thread(`flushes${cpu}`, { cpu, mm }, (k) => {
          k.localIrqDisable();
          k.flushTlbPage(page);
          k.localIrqEnable();
        }),
      );
      m.check("use-after-free-page");
    });
    expect(await violated(family, undefined, undefined, arch)).toEqual(["deadlock"]);
  });

  test.each(["intel", "riscv"])(
    "%s: one CPU that does so flushes itself and waits for the other",
    async (arch) => {
      const family = scenario("irqs-off-once", everywhere, (m) => {
        const mm = m.mm();
        const page = mm.page("page0");
        m.thread("flushes", { cpu: 0, mm }, (k) => {
          k.localIrqDisable();
          k.flushTlbPage(page);
          k.localIrqEnable();
        });
        m.thread("uses", { cpu: 1, mm }, (k) => k.load(page));
        m.check("use-after-free-page");
      });
      expect(await violated(family, undefined, undefined, arch)).toEqual([]);
    },
  );
});

test.each(["intel", "riscv", "arm64"])(
  "%s: a thread that sleeps for mmap_lock leaves its CPU to the one that holds it",
  async (arch) => {
    const family = scenario("two-munmaps", everywhere, (m) => {
      const mm = m.mm();
      const pages = [mm.page("page0"), mm.page("page1")];
      pages.forEach((page, i) => m.thread(`unmaps${i}`, { cpu: 0, mm }, (k) => k.munmap(page)));
      m.check("use-after-free-page");
    });
    expect(await violated(family, undefined, undefined, arch)).toEqual([]);
  },
);

describe("flush_tlb_range() of a table that was unlinked (commit 3ef938c35035)", () => {
  /** CPU1 is idle with the process loaded lazily; its walker may have the table in its walk cache. */
  const freed = (flush: (k: Thread, page: Page) => void, invlpgb?: "sync") =>
    scenario("lazy", everywhere, (m) => {
      const mm = m.mm();
      const table = mm.table("table");
      const page = table.page("page0", { permission: null });
      m.details({ cpus: 2, ...(invlpgb ? { kernel: { invlpgb } } : {}) });
      m.thread("unmaps", { cpu: 0, mm }, (k) => {
        const token = k.pmdClear(table);
        flush(k, page);
        k.freeFrame(token);
      });
      m.check("use-after-free-table");
    });

  test("asks lazy CPUs too, which one of a page spares", async () => {
    const range = freed((k, page) => k.flushTlbRange(page));
    const page = freed((k, page) => k.flushTlbPage(page));
    expect(await violated(range, undefined, undefined, "intel")).toEqual([]);
    expect(await violated(page, undefined, undefined, "intel")).toEqual(["use-after-free-table"]);
  });

  test("drops upper entries with INVLPGB as well", async () => {
    const range = freed((k, page) => k.flushTlbRange(page), "sync");
    expect(await violated(range, undefined, undefined, "amd")).toEqual([]);
  });

  test("the flush of a gather that freed no table spares lazy CPUs, as munmap(2) of a page has it", async () => {
    const family = scenario("gather", everywhere, (m) => {
      const mm = m.mm();
      const page = mm.page("page0");
      m.details({ cpus: 2 });
      m.thread("unmaps", { cpu: 0, mm }, (k) => k.munmap(page));
      m.goal("the lazy CPU has entries when munmap() has returned", (system, thread) =>
        and(
          thread("unmaps").ended(),
          system.machine.tlb.holds(system.machine.cpu(1), {
            asid: "PCID1",
            page: page.name,
            frame: "frame:page0",
            writable: true,
          }),
        ),
      );
      m.check("use-after-free-page");
    });
    expect((await verdictsOf(modelOf(family, undefined, undefined, "intel"))).unreached).toEqual([]);
  });
});

describe("should_flush_tlb() of a CPU in the mask that uses another address space (v6.14)", () => {
  const left = scenario("trim", everywhere, (m) => {
    const [a, b] = [m.mm("a"), m.mm("b")];
    const pages = [a.page("page0"), b.page("page1")];
    m.details({ cpus: 2 });
    m.thread("flushes", { cpu: 0, mm: a }, (k) => {
      const elsewhere = k.system.sharedVariable("elsewhere", bool, false);
      k.do(
        "wait for vhost",
        "wait",
        () => [],
        () => [elsewhere.memory.fields.value],
      );
      k.flushTlbPage(pages[0]!);
    });
    m.thread("vhost", { cpu: 1 }, (k) => {
      k.kthreadUseMm(b);
      k.writeOnce(k.system.sharedVariable("elsewhere", bool, false), true);
    });
    const leftMask =
      (inMask: boolean): Parameters<Scenario["goal"]>[1] =>
      (system, thread) =>
        and(thread("flushes").ended(), system.tlbGenerations!.inMask(a, system.machine.cpu(1)).is(inMask));
    m.goal("trimmed", leftMask(false));
    m.goal("spared", leftMask(true));
  });

  test("now and then it is asked, and leaves the mask", async () => {
    expect((await verdictsOf(modelOf(left, undefined, undefined, "intel"))).unreached).toEqual([]);
  });
});
