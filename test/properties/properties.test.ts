/** Each property in a scenario that violates it and in its neighbour that does not. */
import { describe, expect, test } from "vitest";
import deferred from "../../models/deferred-kernel-flush.ts";
import reclaim from "../../models/reclaim-mprotect.ts";
import secondary from "../../models/secondary-tlb.ts";
import tableFree from "../../models/table-free.ts";
import splitGup from "../../models/thp-split-gup.ts";
import { type KernelCode, kernelProperties, scenario } from "../../src/index.ts";
import { configurations, expectedVerdict } from "../../src/model/family.ts";
import { kernelProperty } from "../../src/properties/index.ts";
import { modelOf, violated } from "../support/verdicts.ts";

/** A task changes its own page, another CPU may have cached it before; then the other CPU accesses it. */
function shootdown(property: string, flushes: boolean, change: "mprotect" | "munmap") {
  return scenario("shootdown", { about: change, arch: ["arm64"] }, (m) => {
    const mm = m.mm();
    const page = mm.page("page0");
    m.spareFrame("new");
    m.thread("changes", { cpu: 0, mm }, (k) => {
      if (change === "mprotect") {
        if (flushes) k.mprotect(page, "ro");
        else
          k.syscall(
            "mprotect without its flush",
            () => void k.changePteRange(page, "ro"),
            () => k.system.observers.tell("revoked", k.system.at(page), "write"),
          );
      } else {
        if (flushes) k.munmap(page);
        else
          k.syscall(
            "munmap without its flush",
            () => void k.ptepGetAndClear(page),
            () => k.system.observers.tell("revoked", k.system.at(page), "all"),
          );
        k.populate(page);
      }
    });
    m.thread("sibling", { cpu: 1, mm }, (k) => k.access(page));
    m.check(property);
  });
}

describe.each(["revoked-access"])("%s", (property) => {
  test.each(["mprotect", "munmap"] as const)(
    "%s without its flush violates it, with the flush it holds",
    async (change) => {
      expect(await violated(shootdown(property, false, change))).toEqual([property]);
      expect(await violated(shootdown(property, true, change))).toEqual([]);
    },
  );
});

test("incoherent-page: a new page behind a stale entry violates it, a flush in between does not", async () => {
  expect(await violated(shootdown("incoherent-page", false, "munmap"))).toEqual(["incoherent-page"]);
  expect(await violated(shootdown("incoherent-page", true, "munmap"))).toEqual([]);
});

describe("what a property's own goal makes vacuous", () => {
  /** Nobody revokes anything, and nothing is installed. */
  const idle = (...properties: string[]) =>
    scenario("idle", { about: "a load", arch: ["arm64"] }, (m) => {
      const mm = m.mm();
      const page = mm.page("page0");
      m.thread("reads", { cpu: 0, mm }, (k) => k.load(page));
      m.check(...properties);
    });

  test.each([
    [["revoked-access", "use-after-free-page"], { "some access is revoked": ["revoked-access"] }],
    [
      ["incoherent-page", "use-after-free-page", "reused-address"],
      {
        "some page is installed (incoherent-page)": ["incoherent-page"],
        "some page is installed (reused-address)": ["reused-address"],
      },
    ],
  ])("%j: itself, and no other", (properties, expected) => {
    const goals = modelOf(idle(...properties)).properties.flatMap((each) =>
      each.kind === "goal" && each.of !== null ? [[each.name, each.of]] : [],
    );
    expect(Object.fromEntries(goals)).toEqual(expected);
  });
});

test("an access that began before the call returned may complete after it", async () => {
  // The sibling's access is translated, then everything is revoked without any flush, then it completes.
  const family = scenario("late", { about: "an access under way", arch: ["arm64"] }, (m) => {
    const mm = m.mm();
    const page = mm.page("page0");
    m.thread("revokes", { cpu: 0, mm }, (k) => {
      k.do(
        "wait for the access",
        "wait",
        () => [],
        () => [k.system.machine.access.idle(k.system.machine.cpu(1)).not()],
      );
      k.syscall(
        "revoke",
        () => k.do("nothing", "data", () => []),
        () => k.system.observers.tell("revoked", k.system.at(page), "all"),
      );
    });
    m.thread("sibling", { cpu: 1, mm }, (k) => k.access(page));
    m.check("revoked-access");
  });
  expect(await violated(family)).not.toContain("revoked-access");
});

test("what another thread maps before the call has returned is not revoked by it", async () => {
  const family = scenario("meanwhile", { about: "munmap beside populate", arch: ["arm64"] }, (m) => {
    const mm = m.mm();
    const page = mm.page("page0");
    m.spareFrame("new");
    m.thread("unmaps", { cpu: 0, mm }, (k) => k.munmap(page));
    m.thread("maps", { cpu: 1, mm }, (k) => {
      k.populate(page);
      k.load(page);
    });
    m.check("revoked-access", "incoherent-page", "use-after-free-page");
  });
  expect(await violated(family)).toEqual([]);
});

test("use-after-free-page: freeing before the flush violates it, freeing after it does not", async () => {
  const order = (free: "before" | "after") =>
    scenario("order", { about: "free and flush", arch: ["arm64"] }, (m) => {
      const mm = m.mm();
      const page = mm.page("page0");
      m.thread("unmaps", { cpu: 0 }, (k) => {
        const old = k.ptepGetAndClear(page);
        const flush: KernelCode = (t) => t.flushTlbPage(page);
        if (free === "after") flush(k);
        k.freeFrame(old.frame);
        if (free === "before") flush(k);
      });
      m.thread("task", { cpu: 1, mm }, (k) => k.access(page));
      m.check("P-UAF-PAGE");
    });
  expect(await violated(order("before"))).toEqual(["use-after-free-page"]);
  expect(await violated(order("after"))).toEqual([]);
});

test("a fault is handled and the access is made at the new page", async () => {
  const family = scenario("demand", { about: "demand paging", arch: ["arm64"] }, (m) => {
    const mm = m.mm();
    const page = mm.page("page0");
    m.spareFrame("new");
    m.thread("task", { cpu: 0, mm }, (k) => {
      k.munmap(page);
      k.store(page, { onFault: (handler) => handler.handleMmFault(page) });
    });
    m.check("use-after-free-page", "revoked-access", "incoherent-page");
  });
  expect(await violated(family)).toEqual([]);
});

describe("names", () => {
  test("each property answers to its name and its aliases", () => {
    for (const property of kernelProperties)
      for (const word of [property.name, ...property.aliases]) expect(kernelProperty(word)).toBe(property);
  });
  test("an unknown one is named with the nearest", () => {
    expect(() => kernelProperty("revoked-acces")).toThrow(/there is no property/);
    expect.assertions(2);
    try {
      kernelProperty("revoked-acces");
    } catch (error) {
      expect((error as { diagnostic: { hint: string } }).diagnostic.hint).toMatch(
        /did you mean "revoked-access"/,
      );
    }
  });
});

describe("tlb-generation", () => {
  /** A flush in a scenario of one CPU; the CPU may then note a generation that was never reached. */
  const noted = (ahead: boolean) =>
    scenario("noted", { about: "a generation noted by hand", arch: ["intel"] }, (m) => {
      const mm = m.mm();
      const page = mm.page("page0");
      m.thread("task", { cpu: 0, mm }, (k) => {
        k.flushTlbPage(page);
        const state = k.system.tlbGenerations!;
        if (ahead) k.do("note the next generation", "data", () => state.local(k.cpu()).increase());
      });
      m.check("tlb-generation");
    });

  test("a slot noted as flushed further than its address space violates it, a flush does not", async () => {
    expect(await violated(noted(true))).toEqual(["tlb-generation"]);
    expect(await violated(noted(false))).toEqual([]);
  });

  test("is refused where there are no generations", () => {
    const family = scenario("elsewhere", { about: "arm64", arch: ["arm64"] }, (m) => {
      const page = m.mm().page("page0");
      m.thread("task", { cpu: 0, mm: page.mm }, (k) => k.load(page));
      m.check("tlb-generation");
    });
    expect(() => modelOf(family)).toThrow(/is about x86; arm64 has no tlb_gen/);
  });
});

test("missed-flush: a CPU that is not lazy and left out violates it, with the right mask it holds", async () => {
  const family = (leftOut: boolean) =>
    scenario("left-out", { about: "the mask of a flush", arch: ["intel"] }, (m) => {
      const mm = m.mm();
      const page = mm.page("page0");
      m.thread("flushes", { cpu: 0, mm }, (k) => {
        const state = k.system.tlbGenerations!;
        if (leftOut)
          k.do("CPU1 out of the mask", "data", () => state.inMask(mm, k.system.machine.cpu(1)).set(false));
        k.flushTlbPage(page);
      });
      m.thread("runs", { cpu: 1, mm }, (k) => k.load(page));
      m.check("missed-flush");
    });
  expect(await violated(family(true))).toEqual(["missed-flush"]);
  expect(await violated(family(false))).toEqual([]);
});

describe("the models that come with tlbcheck", () => {
  /** What model files expect of each property; `test/verdicts` holds it against the search. */
  const expected = [reclaim, deferred, tableFree, secondary, splitGup].flatMap((family) =>
    configurations(family, { parameters: { strict: "true" } }).flatMap((configuration) =>
      family
        .build(configuration)
        .properties.map(({ name }) => ({ name, verdict: expectedVerdict(family, configuration, name) })),
    ),
  );
  const expectedOf = (property: string): string[] =>
    expected.filter(({ name }) => name === property).map(({ verdict }) => verdict);

  /** Each holds in every variant, or is in no model; what violates them is above and beside this file. */
  const elsewhere = [
    "tlb-generation",
    "missed-flush",
    "shared-asid",
    "outstanding-access",
    "oops",
    "lockdep",
    "debug-vm",
  ];

  test.each(kernelProperties.map(({ name }) => name).filter((name) => !elsewhere.includes(name)))(
    "have %s violated somewhere and holding elsewhere",
    (name) => {
      expect(new Set(expectedOf(name))).toEqual(new Set(["holds", "violated"]));
    },
  );
});
