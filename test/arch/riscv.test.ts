/**
 * Each rule of RISC-V weakened by itself, and the verdict that changes with it. Where a rule makes no
 * difference to a verdict, no verdict rests on it, and the test would not notice its loss.
 */
import { describe, expect, test } from "vitest";
import {
  type HardwareRules,
  type KernelCode,
  type Page,
  range,
  rule,
  scenario,
  type Thread,
} from "../../src/index.ts";
import { storeMapping } from "../../src/kernel/mm/pte.ts";
import { configurations } from "../../src/model/family.ts";
import { FALSE, literal, TRUE } from "../../src/model/term.ts";
import * as scenarios from "../support/scenarios.ts";
import { replaced } from "../support/hardware.ts";
import { modelOf, verdictsOf, violated } from "../support/verdicts.ts";

const ordered: Partial<HardwareRules> = { ordersWalks: rule("RV-7", "walks read memory", true) };
const validOnly: Partial<HardwareRules> = { cachesInvalid: rule("RV-1", "valid ones only", false) };

type Walk = "atomic" | "stepwise";
const WALKS: readonly Walk[] = ["atomic", "stepwise"];

/** One page is unmapped, flushed and freed, while a task on another hart may access it. */
const unmapAndFree = (walk: Walk, flush: (k: Thread, page: Page) => void) =>
  scenario("unmap-and-free", { about: "unmap, flush, free", arch: ["riscv"] }, (m) => {
    const mm = m.mm();
    mm.page("page0");
    const page = mm.page("page1");
    m.details({ walk });
    m.thread("reclaim", { cpu: 0 }, (k) => {
      const old = k.ptepGetAndClear(page);
      flush(k, page);
      k.freeFrame(old.frame);
    });
    m.thread("task", { cpu: 1, mm }, (k) => k.access(page));
    m.check("use-after-free-page");
  });
const byPage = (walk: Walk) => unmapAndFree(walk, (k, page) => k.flushTlbPage(page));
const byMm = (walk: Walk) => unmapAndFree(walk, (k, page) => k.flushTlbMm(page.mm));

/** A page is unmapped, and SFENCE.VMA executed on the hart of the call only, which then returns. */
const localFlush = scenario("local-flush", { about: "unmap, local SFENCE.VMA", arch: ["riscv"] }, (m) => {
  const mm = m.mm();
  const page = mm.page("page0");
  m.thread("unmaps", { cpu: 0, mm }, (k) => {
    k.ptepGetAndClear(page);
    k.do("SFENCE.VMA", "flush", () =>
      k.system.machine.invalidate(k.cpu(), "SFENCE.VMA rs1, x0", { asid: null, page: k.system.page(page) }),
    );
    k.do("return", "control", () => k.system.observers.tell("revoked", k.system.at(page), "all"));
  });
  m.thread("task", { cpu: 1, mm }, (k) => k.access(page));
  m.check("revoked-access");
});

/** Reclaim queues the flush of a page, mprotect() finds the entry cleared, and the task accesses the page. */
const batched = (drain: KernelCode | null, reclaimOn: number | number[] = 0) =>
  scenario("batched", { about: "reclaim's batched flush against mprotect()", arch: ["riscv"] }, (m) => {
    const mm = m.mm();
    const page = mm.page("page0");
    m.thread("kswapd", { cpu: reclaimOn }, (k) => {
      const old = k.pageVmaMappedWalk(page);
      k.if(old.present, () => {
        k.ptepGetAndClear(page);
        k.setTlbUbcFlushPending(page);
        k.setSwapEntry(page);
      });
      k.unlock(page.ptl);
      k.tryToUnmapFlush();
      k.if(old.present, () => k.freeFrame(old.frame));
    });
    m.thread("task", { cpu: 1, mm }, (k) => {
      k.mprotect(page, "ro", { drain: drain && ((t) => t.flushTlbBatchedPending(mm, drain)) });
      k.access(page);
    });
    m.check("revoked-access", "use-after-free-page");
  });
const flushMm: KernelCode = (k) => k.flushTlbMm(k.mm!);

/** A hart that has never loaded the address space, so that no flush asks it, loads it after the flush. */
const laterSwitch = scenario("later-switch", { about: "a switch behind the flush", arch: ["riscv"] }, (m) => {
  const [a, b] = [m.mm("a"), m.mm("b")];
  const page = a.page("page0");
  m.thread("other", { cpu: 1, mm: b }, (k) => k.do("run", "control", () => []));
  m.thread("task", { cpu: 1, mm: a }, (k) => k.access(page));
  m.thread("reclaim", { cpu: 0 }, (k) => {
    const old = k.ptepGetAndClear(page);
    k.flushTlbPage(page);
    k.freeFrame(old.frame);
  });
  m.check("use-after-free-page");
});

const FAULT = "a fault on a page that is mapped";

/** A page is mapped, and then loaded on the same hart or another. */
const mapAndLoad = (walk: Walk, map: (k: Thread, page: Page) => void) =>
  scenario("map-and-load", { about: "an entry made valid", arch: ["riscv"] }, (m) => {
    const mm = m.mm();
    const page = mm.page("page0", { permission: null });
    m.spareFrame("new");
    m.details({ walk });
    m.thread("task", { cpu: 0, mm }, (k) => {
      const faults = k.register("faults", range(0, 1), 0);
      map(k, page);
      k.load(page, { onFault: (handler) => handler.do("count", "data", () => faults.set(1)) });
      m.goal(FAULT, () => faults.is(1));
    });
    m.check("use-after-free-page");
  });
const withFence = (walk: Walk) => mapAndLoad(walk, (k, page) => k.populate(page));
const withoutFence = (walk: Walk) =>
  mapAndLoad(walk, (k, page) =>
    storeMapping(
      k,
      page,
      { frame: literal(k.system.machine.domains.frame, "new"), writable: true },
      "set_pte_at()",
    ),
  );

const upgrade = scenarios.upgrade("riscv");

const twoSpaces = scenarios.twoSpaces("riscv");

const unreached = async (...model: Parameters<typeof modelOf>): Promise<readonly string[]> =>
  (await verdictsOf(modelOf(...model))).unreached;

describe("riscv, as it is", () => {
  test.each(WALKS)("a flush before the free protects the page, walks %s", async (walk) => {
    expect(await violated(byPage(walk))).toEqual([]);
    expect(await violated(byMm(walk))).toEqual([]);
  });

  test("queued flushes that mprotect() does not drain leave a usable entry, never after the free", async () => {
    expect(await violated(batched(null))).toEqual(["revoked-access"]);
  });

  test("a drain that flushes the address space closes it", async () => {
    expect(await violated(batched(flushMm))).toEqual([]);
  });

  test("a batch that may migrate waits for its interrupts on the hart that sent them", async () => {
    expect(await violated(batched(flushMm, [0, 1]))).toEqual([]);
  });

  test("RV-7: a drain that is a fence does not, for it does nothing to entries", async () => {
    expect(await violated(batched((k) => k.awaitOwnInvalidations()))).toEqual(["revoked-access"]);
  });

  test.each(WALKS)("update_mmu_cache() leaves no spurious fault on its own hart, walks %s", async (walk) => {
    expect(await unreached(withFence(walk))).toEqual([FAULT]);
  });

  test("an ASID keeps two address spaces apart", async () => {
    expect(await violated(twoSpaces)).toEqual([]);
  });
});

describe("riscv, one rule weakened", () => {
  test.each(WALKS)(
    "RV-1: only a cached invalid entry faults on a mapped page if walks read memory, walks %s",
    async (walk) => {
      expect(await unreached(withoutFence(walk), undefined, replaced(ordered))).toEqual([]);
      expect(await unreached(withoutFence(walk), undefined, replaced(ordered, validOnly))).toEqual([FAULT]);
    },
  );

  test.each(WALKS)(
    "RV-1, RV-7: a walk that reads the old descriptor faults as well, cached or not, walks %s",
    async (walk) => {
      expect(await unreached(withoutFence(walk))).toEqual([]);
      expect(await unreached(withoutFence(walk), undefined, replaced(validOnly))).toEqual([]);
    },
  );

  test("RV-2: an SFENCE.VMA that acted on every hart would need no interrupt", async () => {
    const broadcast = replaced({
      targets: rule("RV-2", "on every hart", (machine) => machine.cpus()),
    });
    expect(await violated(localFlush)).toEqual(["revoked-access"]);
    expect(await violated(localFlush, undefined, broadcast)).toEqual([]);
  });

  test("RV-2: an SFENCE.VMA of an ASID that removed the entries of one address only would not do", async () => {
    const narrow = replaced({
      scope: rule("RV-2", "one address", ({ by }, { asid, page }) => ({
        asid,
        page: by === "asid" ? "page0" : page,
      })),
    });
    expect(await violated(byMm("atomic"), undefined, narrow)).toEqual(["use-after-free-page"]);
  });

  test("RV-2: a lookup that ignores the ASID finds the other address space's page", async () => {
    const blind = replaced({ mayUse: rule("RV-2", "any ASID", () => TRUE) });
    expect(await violated(twoSpaces, undefined, blind)).toEqual(["incoherent-page"]);
  });

  test("RV-6: a fault that dropped the entry would end spurious faults, if walks read memory", async () => {
    const dropping: Partial<HardwareRules> = {
      onFault: rule("RV-6", "drops the entry", (machine, cpu, at) => machine.dropTranslations(cpu, at)),
    };
    expect(await unreached(upgrade, undefined, replaced(ordered))).toEqual([]);
    expect(await unreached(upgrade, undefined, replaced(ordered, dropping))).toEqual([scenarios.SPURIOUS]);
    // The retry walks again, and may find the old descriptor again.
    expect(await unreached(upgrade, undefined, replaced(dropping))).toEqual([]);
  });

  test("RV-7: a hart that no flush has asked reads the old descriptor after it has loaded the context", async () => {
    expect(await violated(laterSwitch)).toEqual(["use-after-free-page"]);
    expect(await violated(laterSwitch, undefined, replaced(ordered))).toEqual([]);
    const fencing = replaced({
      onContextWrite: rule("RV-7", "writing satp orders walks", (machine, cpu) =>
        machine.oldDescriptors!.bind(cpu, { asid: null, page: null }),
      ),
    });
    expect(await violated(laterSwitch, undefined, fencing)).toEqual([]);
  });

  test("RV-7: its switch leaves the freedom out, and the assumptions say which it is", async () => {
    const [configuration] = configurations(laterSwitch, {});
    const built = (rv7: boolean) =>
      laterSwitch.build({ ...configuration!, parameters: { ...configuration!.parameters, rv7 } });
    expect(Object.keys((await verdictsOf(built(true))).violated)).toEqual(["use-after-free-page"]);
    expect(built(true).assumptions).toContain(
      "walks may read overwritten descriptors until SFENCE.VMA (RV-7, by the letter)",
    );
    expect((await verdictsOf(built(false))).violated).toEqual({});
    expect(built(false).assumptions).toContain("walks read memory: the freedom of RV-7 is left out");
  });

  test("HW-5: a walk that is not cancelled fills a stale entry behind SFENCE.VMA", async () => {
    const uncancelled = replaced({ cancelsWalks: rule("HW-5", "walks go on", false) });
    expect(await violated(byPage("stepwise"), undefined, uncancelled)).toEqual(["use-after-free-page"]);
  });

  test("HW-1: without speculative walks nothing is cached before the task's own access", async () => {
    const onDemand: Partial<HardwareRules> = { mayWalk: rule("HW-1", "on demand only", () => FALSE) };
    expect(await violated(batched(null), undefined, replaced(ordered, onDemand))).toEqual([]);
    // The walk that the access asks for may still read the old descriptor.
    expect(await violated(batched(null), undefined, replaced(onDemand))).toEqual(["revoked-access"]);
  });
});
