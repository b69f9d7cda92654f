/**
 * Each rule of Intel and AMD weakened by itself, and the verdict that changes with it; and the steps of the
 * `tlb_gen` protocol, each left out.
 */
import { describe, expect, test } from "vitest";
import reclaim from "../../models/reclaim-mprotect.ts";
import { assert, orNone } from "../../src/model/builder.ts";
import { forAll } from "../../src/model/term.ts";
import { weaken } from "../../src/necessity/weaken.ts";
import { type HardwareRules, type Page, rule, scenario, type Thread } from "../../src/index.ts";
import * as scenarios from "../support/scenarios.ts";
import { replaced } from "../support/hardware.ts";
import { modelOf, verdictsOf, violated } from "../support/verdicts.ts";

/** Executes INVLPG for a page, under the PCID that is loaded. */
function invlpg(k: Thread, page: Page): void {
  const { machine } = k.system;
  const operands = () => ({ asid: machine.loadedAsid(k.cpu()), page: k.system.page(page) });
  k.do(`INVLPG ${page.name}`, "flush", () => machine.invalidate(k.cpu(), "INVLPG", operands()));
}

/** A page is unmapped and freed behind a flush, while a task on another CPU may access it. */
const unmapAndFree = (flush: (k: Thread, page: Page) => void, walk: "atomic" | "stepwise" = "atomic") =>
  scenario("unmap-and-free", { about: "unmap, flush, free", arch: ["intel", "amd"] }, (m) => {
    const mm = m.mm();
    const page = mm.page("page0");
    m.details({ walk });
    m.thread("reclaim", { cpu: 0 }, (k) => {
      const old = k.ptepGetAndClear(page);
      flush(k, page);
      k.freeFrame(old.frame);
    });
    m.thread("task", { cpu: 1, mm }, (k) => k.access(page));
    m.check("use-after-free-page");
  });

const UAF = ["use-after-free-page"];

describe("X86-4", () => {
  const broadcast = replaced({
    targets: rule("X86-4", "every invalidation reaches every CPU", (machine) => machine.cpus()),
  });
  test("X86-4: an invalidation reaches its own CPU only, so a local flush is not enough", async () => {
    const local = scenario("local", { about: "a flush of one CPU", arch: ["intel"] }, (m) => {
      const mm = m.mm();
      const page = mm.page("page0");
      m.thread("unmaps", { cpu: 0, mm }, (k) =>
        k.syscall(
          "munmap with INVLPG only",
          () => {
            k.ptepGetAndClear(page);
            invlpg(k, page);
          },
          () => k.system.observers.tell("revoked", k.system.at(page), "all"),
        ),
      );
      m.thread("task", { cpu: 1, mm }, (k) => k.access(page));
      m.check("revoked-access");
    });
    expect(await violated(local)).toEqual(["revoked-access"]);
    expect(await violated(local, undefined, broadcast)).toEqual([]);
  });

  test("X86-4: an interrupt that does not await translated accesses lets them land in a freed page", async () => {
    const hasty = replaced({
      mayInterrupt: rule("X86-4", "awaits nothing", (machine, cpu) => machine.interrupts.on(cpu)),
    });
    const flushed = unmapAndFree((k, page) => k.flushTlbPage(page));
    expect(await violated(flushed)).toEqual([]);
    expect(await violated(flushed, undefined, hasty)).toEqual(UAF);
  });

  test("X86-4: a sender that does not wait for the acknowledgements frees too early", async () => {
    const model = modelOf(unmapAndFree((k, page) => k.flushTlbPage(page)));
    const wait = model.rules.find(({ name }) => name.endsWith("wait for the IPIs"))!;
    expect(Object.keys((await verdictsOf(weaken(model, wait.name, "omitted"))).violated)).toEqual(UAF);
  });
});

/** A walker in software, interrupts off, reads an entry and then the page; reclaim frees it behind a flush. */
const gupFast = (invlpgb?: "sync") =>
  scenario("gup-fast", { about: "IRQs off against a flush", arch: ["intel", "amd"] }, (m) => {
    const mm = m.mm();
    const page = mm.page("page0");
    if (invlpgb) m.details({ kernel: { invlpgb } });
    m.thread("reclaim", { cpu: 0 }, (k) => {
      const old = k.ptepGetAndClear(page);
      k.flushTlbPage(page);
      k.freeFrame(old.frame);
    });
    m.thread("gup", { cpu: 1, mm }, (k) => {
      const { builder, frames, machine } = k.system;
      builder.assertion("software walk", { consequence: "a software walker uses a page that was freed" });
      const found = k.register("found", orNone(machine.domains.frame), null);
      k.localIrqDisable();
      k.do("read the entry", "data", () => found.set(k.system.pte(page).frame));
      k.if(found.isNot(null), () =>
        k.do("use the page", "data", () => assert("software walk", frames.inUse(found))),
      );
      k.localIrqEnable();
    });
    m.check("use-after-free-page");
  });

test("X86-5: interrupts that are off delay the flush; if they did not, a page would be freed under a walker", async () => {
  const deaf = replaced({
    mayInterrupt: rule("X86-5", "interrupts are always on", (machine, cpu) => machine.access.idle(cpu)),
  });
  expect(await violated(gupFast())).toEqual([]);
  expect(await violated(gupFast(), undefined, deaf)).toEqual(["software walk"]);
});

test("AMD-4: INVLPGB does not wait for CPUs with interrupts off", async () => {
  expect(await violated(gupFast(), undefined, undefined, "amd")).toEqual([]);
  expect(await violated(gupFast("sync"), undefined, undefined, "amd")).toEqual(["software walk"]);
});

describe("X86-6", () => {
  /** INVLPG of a page of one address space, while another one is loaded on the CPU that has cached it. */
  const wrongSpace = scenario("wrong-pcid", { about: "INVLPG under another PCID", arch: ["intel"] }, (m) => {
    const [a, b] = [m.mm("a"), m.mm("b")];
    const page = a.page("page0");
    b.page("page1");
    m.thread("reads", { cpu: 0, mm: a }, (k) => {
      k.load(page);
      k.load(page);
    });
    m.thread("unmaps", { cpu: 0, mm: b }, (k) => {
      const old = k.ptepGetAndClear(page);
      invlpg(k, page);
      k.freeFrame(old.frame);
    });
    m.check("use-after-free-page");
  });
  const scopeOf = (choice: HardwareRules["scope"]["choice"]) =>
    replaced({ scope: rule("X86-6", "weakened", choice) });

  test("X86-6: INVLPG drops entries of the loaded PCID and of no other", async () => {
    const everywhere = scopeOf((_, { page }) => ({ asid: null, page }));
    expect(await violated(wrongSpace)).toEqual(UAF);
    expect(await violated(wrongSpace, undefined, everywhere)).toEqual([]);
  });

  test("X86-6: an INVLPG that left the entry of its address would make no flush complete", async () => {
    const flushed = scenario("own-cpu", { about: "one CPU", arch: ["intel"] }, (m) => {
      const mm = m.mm();
      const [page, other] = [mm.page("page0"), mm.page("page1")];
      m.thread("task", { cpu: 0, mm }, (k) => {
        k.load(page);
        const old = k.ptepGetAndClear(page);
        invlpg(k, page);
        k.freeFrame(old.frame);
        k.load(page);
        k.load(other);
      });
      m.check("use-after-free-page");
    });
    const missing = scopeOf((_, { asid }) => ({ asid, page: "page1" }));
    expect(await violated(flushed)).toEqual([]);
    expect(await violated(flushed, undefined, missing)).toEqual(UAF);
  });
});

/** Two address spaces take turns on CPU1, while CPU0 unmaps and frees a page of one of them. */
const switching = scenario("switching", { about: "a flush against a switch", arch: ["intel"] }, (m) => {
  const [a, b] = [m.mm("a"), m.mm("b")];
  const page = a.page("page0");
  b.page("page1");
  m.thread("unmaps", { cpu: 0, mm: a }, (k) => {
    const old = k.ptepGetAndClear(page);
    k.flushTlbPage(page);
    k.freeFrame(old.frame);
  });
  // The first to run on CPU1 is of the address space that is not flushed.
  m.thread("other", { cpu: 1, mm: b }, (k) => k.do("runs", "data", () => []));
  m.thread("reads", { cpu: 1, mm: a }, (k) => {
    k.load(page);
    k.load(page);
  });
  m.check("use-after-free-page", "tlb-generation", "missed-flush");
});

describe("the tlb_gen protocol", () => {
  const model = modelOf(switching);
  const ruleOf = (label: string): string => model.rules.find(({ name }) => name.includes(label))!.name;

  test("holds with all of its steps", async () => {
    const { violated: found, unreached } = await verdictsOf(model);
    expect({ found, unreached }).toEqual({ found: {}, unreached: [] });
  });

  test("X86-7: MOV CR3 that keeps the entries of the PCID makes the generations useless", async () => {
    const weakened = weaken(model, ruleOf("switch_mm(a) on CPU1: 5 MOV CR3 (flush)"), "no flush");
    expect(Object.keys((await verdictsOf(weakened)).violated)).toEqual(UAF);
    const keeps = replaced({ onContextWrite: rule("X86-7", "MOV CR3 drops nothing", () => []) });
    expect(await violated(switching, undefined, keeps)).toEqual(UAF);
  });

  test("a CPU that is not in the mask when it reads the generation is left out of a flush", async () => {
    const weakened = weaken(model, ruleOf("switch_mm(a) on CPU1: 3 cpumask_set_cpu"), "omitted");
    expect(Object.keys((await verdictsOf(weakened)).violated).sort()).toEqual(["missed-flush", ...UAF]);
  });
});

test("X86-8: entries of other PCIDs stay and are not used; if they were, address spaces would mix", async () => {
  const both = scenarios.twoSpaces("intel");
  const untagged = replaced({
    mayUse: rule("X86-8", "under any PCID", (machine, cpu) => machine.context.at(cpu).isNot(null)),
  });
  expect(await violated(both)).toEqual([]);
  expect(await violated(both, undefined, untagged)).toEqual(["incoherent-page"]);
});

describe.each(["intel", "amd"])("X86-9 on %s", (arch) => {
  const upgrade = scenarios.upgrade("intel", "amd");

  test("X86-9: a fault drops the entry, so there is at most one that is spurious (X86-2)", async () => {
    const kept = replaced({ onFault: rule("X86-9", "drops nothing", () => []) });
    expect((await verdictsOf(modelOf(upgrade, undefined, undefined, arch))).unreached).toEqual([
      scenarios.SPURIOUS,
    ]);
    expect((await verdictsOf(modelOf(upgrade, undefined, kept, arch))).unreached).toEqual([]);
  });
});

test("X86-12: an invalidation that left walks under way would leave what they fill", async () => {
  const stepwise = unmapAndFree((k, page) => k.flushTlbPage(page), "stepwise");
  const survive = replaced({ cancelsWalks: rule("X86-12", "walks survive", false) });
  expect(await violated(stepwise)).toEqual([]);
  expect(await violated(stepwise, undefined, survive)).toEqual(UAF);
});

test("AMD-1: a TLBSYNC that awaited everybody's INVLPGBs would close 000-A3", async () => {
  const everybody = replaced({
    barrierAwaits: rule("AMD-1", "awaits the INVLPGBs of all CPUs", (machine) =>
      forAll(machine.domains.cpu, (cpu) => machine.invalidation.complete(cpu, "broadcast")),
    ),
  });
  expect(await violated(reclaim, "barrier-only", undefined, "amd")).toEqual(["revoked-access"]);
  expect(await violated(reclaim, "barrier-only", everybody, "amd")).toEqual([]);
});

test("AMD-1: INVLPGBs that are outstanding when their task leaves its CPU are lost to the TLBSYNC elsewhere", async () => {
  expect(await violated(reclaim, "migrating", undefined, "amd")).toEqual([]);
  expect(await violated(reclaim, "migrating-no-barrier", undefined, "amd")).toEqual(UAF);
});
