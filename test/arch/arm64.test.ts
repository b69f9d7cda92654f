/**
 * Each rule of arm64 weakened by itself, and the verdict that changes with it. Where a rule makes no
 * difference to a verdict, no verdict rests on it, and the test would not notice its loss.
 */
import { describe, expect, test } from "vitest";
import reclaim from "../../models/reclaim-mprotect.ts";
import { rule, scenario } from "../../src/index.ts";
import * as scenarios from "../support/scenarios.ts";
import { replaced } from "../support/hardware.ts";
import { modelOf, verdictsOf, violated } from "../support/verdicts.ts";
import { and, FALSE, forAll, TRUE } from "../../src/model/term.ts";

const unmapAndFree = scenarios.unmapAndFree("arm64");

const unmapAndFreeStepwise = scenario(
  "stepwise",
  { about: "the same, walks in two steps", arch: ["arm64"] },
  (m) => {
    const mm = m.mm();
    const page = mm.page("page0");
    m.details({ walk: "stepwise" });
    m.thread("reclaim", { cpu: 0 }, (k) => {
      const old = k.ptepGetAndClear(page);
      k.flushTlbPage(page);
      k.freeFrame(old.frame);
    });
    m.thread("task", { cpu: 1, mm }, (k) => k.access(page));
    m.check("use-after-free-page");
  },
);

const twoSpaces = scenarios.twoSpaces("arm64");

/** The second of two pages is unmapped and freed after a flush of the whole address space. */
const unmapAndFlushMm = scenario("flush-mm", { about: "unmap, flush all, free", arch: ["arm64"] }, (m) => {
  const mm = m.mm();
  mm.page("page0");
  const page = mm.page("page1");
  m.thread("reclaim", { cpu: 0 }, (k) => {
    const old = k.ptepGetAndClear(page);
    k.flushTlbMm(mm);
    k.freeFrame(old.frame);
  });
  m.thread("task", { cpu: 1, mm }, (k) => k.access(page));
  m.check("use-after-free-page");
});

const upgrade = scenarios.upgrade("arm64");

describe("arm64, as it is", () => {
  test("a flush before the free protects the page", async () => {
    expect(await violated(unmapAndFree)).toEqual([]);
    expect(await violated(unmapAndFreeStepwise)).toEqual([]);
  });
  test("an ASID keeps two address spaces apart", async () => {
    expect(await violated(twoSpaces)).toEqual([]);
  });
  test("a cached read-only entry may keep faulting (ARM-10)", async () => {
    expect((await verdictsOf(modelOf(upgrade))).unreached).toEqual([]);
  });
});

describe("arm64, one rule weakened", () => {
  test("HW-1: without speculative walks nothing is cached before the task's own access", async () => {
    const onDemand = replaced({ mayWalk: rule("HW-1", "on demand only", () => FALSE) });
    expect(await violated(reclaim, "barrier-only", onDemand)).toEqual([]);
  });

  test("HW-4: with entries that stay the verdicts are the same, so none rests on eviction", async () => {
    const kept = replaced({ mayEvict: rule("HW-4", "never evicted", () => FALSE) });
    expect(await violated(reclaim, "barrier-only", kept)).toEqual(["revoked-access"]);
    expect(await violated(reclaim, "flush-mm", kept)).toEqual([]);
    const [all, fewer] = await Promise.all(
      [undefined, kept].map((rules) =>
        verdictsOf(modelOf(unmapAndFree, undefined, rules, "arm64", { hardware: "enumerated" })),
      ),
    );
    expect(fewer!.states).toBeLessThan(all!.states);
  });

  test("HW-5: a walk that is not cancelled fills a stale entry behind the invalidation", async () => {
    const uncancelled = replaced({ cancelsWalks: rule("HW-5", "walks go on", false) });
    expect(await violated(unmapAndFreeStepwise, undefined, uncancelled)).toEqual(["use-after-free-page"]);
  });

  test("HW-5, ARM-5: completion that does not await accesses already translated lets one hit the freed page", async () => {
    const hasty = replaced({ awaitsAccesses: rule("ARM-5", "awaits no access", false) });
    expect(await violated(unmapAndFree, undefined, hasty)).toEqual(["use-after-free-page"]);
    expect(await violated(reclaim, "flush-mm", hasty)).toContain("use-after-free-page");
  });

  test("ARM-1: with writable descriptors never cached there is nothing stale to write through", async () => {
    const readOnly = replaced({
      mayCache: rule("ARM-1", "read-only only", ({ valid, writable }) => and(valid, writable.not())),
    });
    const verdicts = await verdictsOf(modelOf(reclaim, "barrier-only", readOnly));
    expect(verdicts.violated).not.toHaveProperty("revoked-access");
  });

  test("ARM-3: an invalidation by ASID that removed the entries of one address only would not do", async () => {
    const narrow = replaced({
      scope: rule("ARM-3", "one address", ({ by }, { asid, page }) => ({
        asid,
        page: by === "asid" ? "page0" : page,
      })),
    });
    expect(await violated(unmapAndFlushMm)).toEqual([]);
    expect(await violated(unmapAndFlushMm, undefined, narrow)).toEqual(["use-after-free-page"]);
  });

  test("ARM-4: a broadcast that acts on the issuing CPU only leaves the other one's entry", async () => {
    const local = replaced({
      targets: rule("ARM-4", "local", (_machine, _invalidation, issuer) => [issuer]),
    });
    expect(await violated(unmapAndFree, undefined, local)).toEqual(["use-after-free-page"]);
    // The task that calls mprotect() flushes its own CPU; only reclaim, on the other one, is fooled.
    expect(await violated(reclaim, "flush-mm", local)).toEqual(["use-after-free-page"]);
  });

  test("ARM-6: a DSB that does not wait lets the free overtake the invalidation", async () => {
    const hasty = replaced({ barrierAwaits: rule("ARM-6", "awaits nothing", () => TRUE) });
    expect(await violated(unmapAndFree, undefined, hasty)).toEqual(["use-after-free-page"]);
  });

  test("ARM-7: a DSB that waits for every CPU's TLBIs closes the race, so the verdict rests on this rule", async () => {
    const everybody = replaced({
      barrierAwaits: rule("ARM-7", "a DSB awaits the TLBIs of all CPUs", (machine) =>
        forAll(machine.domains.cpu, (cpu) => machine.invalidation.complete(cpu, "broadcast")),
      ),
    });
    expect(await violated(reclaim, "barrier-only")).toEqual(["revoked-access"]);
    expect(await violated(reclaim, "barrier-only", everybody)).toEqual([]);
  });

  test("ARM-10: a fault that drops the entry ends spurious faults", async () => {
    const dropping = replaced({
      onFault: rule("ARM-10", "drops the entry", (machine, cpu, at) => machine.dropTranslations(cpu, at)),
    });
    expect((await verdictsOf(modelOf(upgrade, undefined, dropping))).unreached).toEqual([scenarios.SPURIOUS]);
  });

  test("ARM-13: a lookup that ignores the ASID finds the other address space's page", async () => {
    const blind = replaced({ mayUse: rule("ARM-13", "any ASID", () => TRUE) });
    expect(await violated(twoSpaces, undefined, blind)).toEqual(["incoherent-page"]);
  });

  test("ARM-15: without the DSB of the context switch a migrating batch frees too early", async () => {
    expect(await violated(reclaim, "migrating")).toEqual([]);
    const bare = replaced({ switchAwaits: rule("ARM-15", "awaits nothing", () => TRUE) });
    expect(await violated(reclaim, "migrating", bare)).toEqual(["use-after-free-page"]);
  });
});
