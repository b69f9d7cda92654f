/**
 * ARM-8 and X86-11: what orders a CPU's stores before what it does next, left out, and the verdict that changes
 * with it. The verdict changes with memory order "tso" only: with "sc" a store is in memory at once.
 */
import { describe, expect, test } from "vitest";
import { type Family, type HardwareOverride, rule, scenario, withRules } from "../../src/index.ts";
import type { Model } from "../../src/model/model.ts";
import { weaken } from "../../src/necessity/weaken.ts";
import { and, TRUE } from "../../src/model/term.ts";
import * as scenarios from "../support/scenarios.ts";
import { verdictsOf } from "../support/verdicts.ts";

type Order = "sc" | "tso";

function build(family: Family, order: Order, hardware?: HardwareOverride): Model {
  return family.build({ arch: family.spec.arch![0]!, variant: "default", parameters: { order } }, hardware);
}

async function violatedBy(model: Model): Promise<string[]> {
  return Object.keys((await verdictsOf(model)).violated).sort();
}

/** The model with the step of this actor and label in a weaker form. */
function weakened(model: Model, actor: string, label: string, form: string): Model {
  const found = model.rules.find(
    ({ name }) => name.startsWith(`${actor}: `) && name.replace(/^.*?: \d+ /, "") === label,
  );
  if (!found)
    throw new Error(`there is no step ${label} among ${model.rules.map(({ name }) => name).join("; ")}`);
  return weaken(model, found.name, form);
}

describe("DSB ISHST before the TLBI", () => {
  const unmapAndFree = scenarios.unmapAndFree("arm64");
  const without = (order: Order): Model =>
    weakened(build(unmapAndFree, order), "reclaim", "dsb(ishst)", "omitted");

  test("ARM-8: with it the flush protects the page", async () => {
    expect(await violatedBy(build(unmapAndFree, "sc"))).toEqual([]);
    expect(await violatedBy(build(unmapAndFree, "tso"))).toEqual([]);
  });

  test("ARM-8: without it a walker reads the old descriptor again behind the TLBI", async () => {
    expect(await violatedBy(without("tso"))).toEqual(["use-after-free-page"]);
    expect(await violatedBy(without("sc"))).toEqual([]);
  });

  test("ARM-8: were the exchange of the entry to drain, as a locked instruction does, nothing would rest on it", async () => {
    const locked: HardwareOverride = (architecture) =>
      withRules(architecture, { drains: rule("ARM-8", "atomics drain", () => true) });
    const model = weakened(build(unmapAndFree, "tso", locked), "reclaim", "dsb(ishst)", "omitted");
    expect(await violatedBy(model)).toEqual([]);
  });
});

describe("a DMB in the place of DSB ISHST", () => {
  /** flush_tlb_page() by hand, with this barrier before its TLBI. */
  const unmap = (barrier: string): Family =>
    scenario("by-hand", { about: "unmap, flush, free", arch: ["arm64"] }, (m) => {
      const mm = m.mm();
      const page = mm.page("page0");
      m.thread("reclaim", { cpu: 0 }, (k) => {
        const old = k.ptepGetAndClear(page);
        k.barrier(barrier);
        k.do("TLBI", "flush", () =>
          k.system.machine.invalidate(k.cpu(), "VALE1IS", {
            asid:
              k.system.machine.domains.asid.kind === "names" ? k.system.machine.domains.asid.members[0]! : 0,
            page: k.system.page(page),
          }),
        );
        k.barrier("dsb(ish)");
        k.freeFrame(old.frame);
      });
      m.thread("task", { cpu: 1, mm }, (k) => k.access(page));
      m.check("use-after-free-page");
    });
  const waits: HardwareOverride = (architecture) =>
    withRules(architecture, {
      barrierAwaits: rule("ARM-18", "a DMB awaits stores, too", (machine, cpu) =>
        and(machine.storesDrained(cpu), machine.invalidation.complete(cpu, "broadcast")),
      ),
    });

  test("ARM-18: it orders accesses, so that a walker may read the old descriptor behind the TLBI", async () => {
    expect(await violatedBy(build(unmap("dsb(ishst)"), "tso"))).toEqual([]);
    for (const barrier of ["dmb(ish)", "dmb(ishst)"]) {
      expect(await violatedBy(build(unmap(barrier), "tso"))).toEqual(["use-after-free-page"]);
      expect(await violatedBy(build(unmap(barrier), "sc"))).toEqual([]);
    }
  });

  test("ARM-18: were it to wait for the stores it would do", async () => {
    expect(await violatedBy(build(unmap("dmb(ish)"), "tso", waits))).toEqual([]);
  });
});

describe("between loaded_mm and tlb_gen in switch_mm_irqs_off()", () => {
  /** A CPU comes back to an address space while a page of it is unmapped, flushed and freed on another CPU. */
  const comesBack = scenario("comes-back", { about: "a switch against a flush", arch: ["intel"] }, (m) => {
    const [a, b] = [m.mm("a"), m.mm("b")];
    const page = a.page("page0");
    m.thread("task", { cpu: 1, mm: a }, (k) => k.load(page));
    m.thread("other", { cpu: 1, mm: b }, (k) => k.do("work", "data", () => []));
    m.thread("reclaim", { cpu: 0 }, (k) => {
      const old = k.ptepGetAndClear(page);
      k.flushTlbPage(page);
      k.freeFrame(old.frame);
    });
    m.check("use-after-free-page");
  });
  const without = (order: Order): Model =>
    weakened(
      build(comesBack, order),
      "switch_mm(a) on CPU1",
      "cpumask_set_cpu(mm_cpumask(a))",
      "without draining",
    );

  test("X86-11: with the full barrier a CPU that switches is asked to flush, or reads the new generation", async () => {
    expect(await violatedBy(build(comesBack, "sc"))).toEqual([]);
    expect(await violatedBy(build(comesBack, "tso"))).toEqual([]);
  });

  test("X86-11: without it the CPU is spared and reads the old generation", async () => {
    expect(await violatedBy(without("tso"))).toEqual(["use-after-free-page"]);
    expect(await violatedBy(without("sc"))).toEqual([]);
  });
});

describe("back from lazy mode", () => {
  const lazy = scenario("lazy", { about: "a lazy CPU against a flush", arch: ["intel"] }, (m) => {
    const mm = m.mm();
    const page = mm.page("page0");
    m.thread("task", { cpu: 1, mm }, (k) => k.load(page));
    m.thread("kthread", { cpu: 1 }, (k) => k.do("work", "data", () => []));
    m.thread("reclaim", { cpu: 0 }, (k) => {
      const old = k.ptepGetAndClear(page);
      k.flushTlbPage(page);
      k.freeFrame(old.frame);
    });
    m.check("use-after-free-page");
  });
  const noFullBarrier: HardwareOverride = (architecture) =>
    withRules(architecture, { barrierAwaits: rule("X86-11", "a full barrier awaits nothing", () => TRUE) });

  test("X86-11: without smp_mb() between is_lazy and tlb_gen the CPU is spared and reads the old generation", async () => {
    expect(await violatedBy(build(lazy, "tso"))).toEqual([]);
    expect(await violatedBy(build(lazy, "tso", noFullBarrier))).toEqual(["use-after-free-page"]);
    expect(await violatedBy(build(lazy, "sc", noFullBarrier))).toEqual([]);
  });
});

describe("between the entry and mm_cpumask in a flush", () => {
  /** An entry is cleared by a plain store while another CPU loads the address space for the first time. */
  const plainClear = scenario(
    "plain-clear",
    { about: "a plain store, a flush, a free", arch: ["intel"] },
    (m) => {
      const [b, a] = [m.mm("b"), m.mm("a")];
      const page = a.page("page0");
      m.thread("other", { cpu: 1, mm: b }, (k) => k.do("work", "data", () => []));
      m.thread("task", { cpu: 1, mm: a }, (k) => k.load(page));
      m.thread("reclaim", { cpu: 0 }, (k) => {
        const old = k.ptepGet(page);
        k.setSwapEntry(page);
        k.flushTlbPage(page);
        k.freeFrame(old.frame);
      });
      m.check("use-after-free-page");
    },
  );
  const plain = (order: Order): Model =>
    weakened(build(plainClear, order), "reclaim", "inc_mm_tlb_gen(a)", "without draining");

  test("X86-11: the locked increment of tlb_gen has the entry in memory before the mask is read", async () => {
    expect(await violatedBy(build(plainClear, "tso"))).toEqual([]);
  });

  test("X86-11: with a plain one a CPU that is not in the mask yet may walk to the old entry", async () => {
    expect(await violatedBy(plain("tso"))).toEqual(["use-after-free-page"]);
    expect(await violatedBy(plain("sc"))).toEqual([]);
  });
});

test("RV-2: SFENCE.VMA awaits the stores of its hart, so that no later walk of it reads what they overwrite", async () => {
  const oneHart = scenario("one-hart", { about: "a plain store and a local flush", arch: ["riscv"] }, (m) => {
    const mm = m.mm();
    const page = mm.page("page0");
    m.thread("task", { cpu: 0, mm }, (k) => {
      const old = k.vunmapRangeNoflush(page);
      k.flushTlbPage(page);
      k.freeFrame(old.frame);
      k.load(page);
    });
    m.check("use-after-free-page");
  });
  expect(await violatedBy(build(oneHart, "sc"))).toEqual([]);
  expect(await violatedBy(build(oneHart, "tso"))).toEqual([]);
});
