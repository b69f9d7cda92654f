/** The properties of huge pages, of updates by the hardware and of ASIDs: each violated, and its neighbour that holds. */
import { describe, expect, test } from "vitest";
import {
  type Details,
  type Family,
  type GupFastOptions,
  type HugePageOptions,
  type InvalidateAdOptions,
  type Page,
  rule,
  scenario,
  type SplitOptions,
  type Thread,
} from "../../src/index.ts";
import { replaced } from "../support/hardware.ts";
import { violated } from "../support/verdicts.ts";

/** A huge page is split while a task of the same address space does something with it. */
function split(
  arch: string,
  property: string,
  how: SplitOptions,
  meanwhile: { readonly page?: HugePageOptions; readonly gup?: GupFastOptions } = {},
): Family {
  return scenario("split", { about: "a huge page is split", arch: [arch] }, (m) => {
    const mm = m.mm();
    const huge = mm.hugePage("huge", meanwhile.page);
    m.thread("splitter", { cpu: 0, mm }, (k) => k.splitHugePmd(huge, how));
    m.thread("other", { cpu: 1, mm }, (k) =>
      meanwhile.gup ? k.gupFastHuge(huge, meanwhile.gup) : k.access(huge.page),
    );
    m.check(property);
  });
}

const migration = { entry: "migration" } as const;

describe("taken-without-mapping", () => {
  test("an invalidated migration entry that looks like a mapping violates it, one left alone does not", async () => {
    const walk = { page: migration, gup: { checksAccess: false } };
    expect(await violated(split("arm64", "P-GUP", { invalidate: "always" }, walk))).toEqual([
      "taken-without-mapping",
    ]);
    expect(await violated(split("arm64", "P-GUP", { invalidate: "present entries" }, walk))).toEqual([]);
  });
  test("a page that is mapped may be taken, also while its mapping is invalid for a moment", async () => {
    const walk = { gup: { checksAccess: false } };
    expect(await violated(split("arm64", "P-GUP", {}, walk))).toEqual([]);
  });
});

describe("unintended-entry", () => {
  test("a migration entry whose offset is lost violates it, one left alone does not", async () => {
    const walk = { page: migration, gup: {} };
    expect(await violated(split("intel", "P-ENTRYVAL", { invalidate: "always" }, walk))).toEqual([
      "unintended-entry",
    ]);
    expect(await violated(split("intel", "P-ENTRYVAL", { invalidate: "present entries" }, walk))).toEqual([]);
  });
});

describe("tlb-conflict", () => {
  test.each(["arm64", "intel", "amd", "riscv"])(
    "on %s a table linked before the flush violates it",
    async (arch) => {
      const before = { populate: "before the flush" } as const;
      expect(await violated(split(arch, "P-CONFLICT", before))).toEqual(["tlb-conflict"]);
      expect(await violated(split(arch, "P-CONFLICT", {}))).toEqual([]);
    },
  );

  test("entries that differ in permission alone are no conflict", async () => {
    const protect = scenario("protect", { about: "made read-only", arch: ["arm64"] }, (m) => {
      const mm = m.mm();
      const page = mm.page("page0");
      m.thread("task", { cpu: 0, mm }, (k) => k.mprotect(page, "ro", { drain: null }));
      m.thread("sibling", { cpu: 1, mm }, (k) => k.access(page));
      m.check("P-CONFLICT");
    });
    expect(await violated(protect)).toEqual([]);
  });

  const replace = (flush: boolean, arch: string): Family =>
    scenario("replace", { about: "another page", arch: [arch] }, (m) => {
      const mm = m.mm();
      const page = mm.page("page0");
      m.spareFrame("new");
      m.thread("task", { cpu: 0, mm }, (k) => {
        k.ptepGetAndClear(page);
        if (flush) k.flushTlbPage(page);
        k.populate(page);
      });
      m.thread("sibling", { cpu: 1, mm }, (k) => k.load(page));
      m.check("P-CONFLICT");
    });

  test.each(["arm64", "riscv"])(
    "on %s a page that replaces another without a flush in between violates it",
    async (arch) => {
      expect(await violated(replace(false, arch))).toEqual(["tlb-conflict"]);
      expect(await violated(replace(true, arch))).toEqual([]);
    },
  );

  test.each(["intel", "amd"])("X86-13: on %s it does not, for the size is the same", async (arch) => {
    expect(await violated(replace(false, arch))).toEqual([]);
    const any = replaced({ conflicts: rule("X86-13", "of one size too", "sizes or frames") });
    expect(await violated(replace(false, arch), undefined, any)).toEqual(["tlb-conflict"]);
  });
});

describe("lost-update", () => {
  const protect = (arch: string, options: InvalidateAdOptions, page: HugePageOptions): Family =>
    scenario("protect", { about: "made read-only", arch: [arch] }, (m) => {
      const mm = m.mm();
      const huge = mm.hugePage("huge", page);
      m.details({ hafdbs: true });
      m.thread("task", { cpu: 0, mm }, (k) => k.mprotectHuge(huge, "ro", options));
      m.thread("sibling", { cpu: 1, mm }, (k) => k.store(huge.page));
      m.check("P-LOST");
    });

  test.each(["arm64", "intel"])("on %s a dirty flag set between load and store is lost", async (arch) => {
    const page = { dirty: false };
    expect(await violated(protect(arch, { by: "load and store" }, page))).toEqual(["lost-update"]);
    expect(await violated(protect(arch, { by: "exchange" }, page))).toEqual([]);
  });

  test.each(["arm64", "intel"])("on %s an accessed flag is, too", async (arch) => {
    const page = { young: false };
    expect(await violated(protect(arch, { by: "load and store" }, page))).toEqual(["lost-update"]);
    expect(await violated(protect(arch, { by: "exchange" }, page))).toEqual([]);
  });

  test("a mapping that has both flags already has none to lose", async () => {
    expect(await violated(protect("intel", { by: "load and store" }, {}))).toEqual([]);
  });

  test("a store to a page that was copied is lost, unless the flush comes before the copy", async () => {
    const migrate = (steps: (k: Thread, flush: () => void, copy: () => void) => void): Family =>
      scenario("migrate", { about: "unmap, copy", arch: ["arm64"] }, (m) => {
        const mm = m.mm();
        const page = mm.page("page0");
        m.thread("migrates", { cpu: 0 }, (k) => {
          const old = k.ptepGetAndClear(page);
          steps(
            k,
            () => k.flushTlbPage(page),
            () => k.copyFrame(old.frame),
          );
        });
        m.thread("task", { cpu: 1, mm }, (k) => k.access(page));
        m.check("P-LOST");
      });
    expect(await violated(migrate((_k, flush, copy) => [copy(), flush()]))).toEqual(["lost-update"]);
    expect(await violated(migrate((_k, flush, copy) => [flush(), copy()]))).toEqual([]);
  });
});

describe("shared-asid", () => {
  /** Two address spaces, on one CPU in turn or on one each. */
  const two = (
    cpus: readonly [number, number],
    options: { shared: boolean; cnp: boolean },
    details: Details = {},
  ): Family =>
    scenario("two", { about: "two address spaces", arch: ["arm64"] }, (m) => {
      const a = m.mm("a");
      const b = m.mm("b", options.shared ? { asidOf: a } : {});
      const [mine, other] = [a.page("page0"), b.page("page1")];
      m.details({ cnp: options.cnp, ...details });
      m.thread("first", { cpu: cpus[0], mm: a }, (k) => k.load(mine));
      m.thread("second", { cpu: cpus[1], mm: b }, (k) => k.load(other));
      m.check("P-ASID");
    });

  test("one ASID for two address spaces violates it on the CPU that runs both", async () => {
    expect(await violated(two([0, 0], { shared: true, cnp: false }))).toEqual(["shared-asid"]);
    expect(await violated(two([0, 0], { shared: false, cnp: false }))).toEqual([]);
  });

  test("a walk that ends after another address space was loaded belongs to the one that it began in", async () => {
    const stepwise = (shared: boolean): Family => two([0, 0], { shared, cnp: false }, { walk: "stepwise" });
    expect(await violated(stepwise(true))).toEqual(["shared-asid"]);
    expect(await violated(stepwise(false))).toEqual([]);
  });

  test.each(["atomic", "stepwise"] as const)("global entries are of no ASID, %s", async (walk) => {
    const global = scenario("global", { about: "a page of the kernel too", arch: ["arm64"] }, (m) => {
      const [a, b, kernel] = [m.mm("a"), m.mm("b"), m.mm("kernel", { global: true })];
      const [mine, other, everybodys] = [a.page("page0"), b.page("page1"), kernel.page("area")];
      m.details({ walk });
      m.thread("first", { cpu: 0, mm: a }, (k) => k.load(mine));
      m.thread("second", { cpu: 0, mm: b }, (k) => {
        k.load(everybodys);
        k.load(other);
      });
      m.check("P-ASID");
    });
    expect(await violated(global)).toEqual([]);
  });

  test.each(["atomic", "stepwise"] as const)(
    "CnP, %s: what a TLBI awaits goes from all CPUs",
    async (walk) => {
      const unmap = scenario("unmap", { about: "munmap()", arch: ["arm64"] }, (m) => {
        const mm = m.mm();
        const page = mm.page("page0");
        m.details({ cnp: true, walk });
        m.thread("unmaps", { cpu: 0, mm }, (k) => k.munmap(page));
        m.thread("task", { cpu: 1, mm }, (k) => k.load(page));
        m.check("P-REVOKE", "P-UAF-PAGE");
      });
      expect(await violated(unmap)).toEqual([]);
    },
  );

  test("on two CPUs it does only where they share their entries", async () => {
    expect(await violated(two([0, 1], { shared: true, cnp: true }))).toEqual(["shared-asid"]);
    expect(await violated(two([0, 1], { shared: true, cnp: false }))).toEqual([]);
    expect(await violated(two([0, 1], { shared: false, cnp: true }))).toEqual([]);
  });
});

describe("what cannot be asked is refused", () => {
  const build = (family: Family) => () =>
    family.build({ arch: family.spec.arch![0]!, variant: "default", parameters: {} });

  test.each(["P-GUP", "P-ENTRYVAL"])("%s of a scenario without huge pages", (word) => {
    const family = scenario("small", { about: "no huge page", arch: ["arm64"] }, (m) => {
      const mm = m.mm();
      const page = mm.page("page0");
      m.thread("task", { cpu: 0, mm }, (k) => k.load(page));
      m.check(word);
    });
    expect(build(family)).toThrow(/has no huge page/);
  });

  test.each(["powerpc", "loongarch", "mips"])(
    "an access, or a property of accesses or TLBs, on %s",
    (arch) => {
      expect(build(split(arch, "P-GUP", {}))).toThrow(
        expect.objectContaining({ diagnostic: expect.objectContaining({ code: "TLB207" }) as object }),
      );
      const walk = { gup: {} };
      for (const word of [
        "P-CONFLICT",
        "P-LOST",
        "P-UAF-PAGE",
        "P-REVOKE",
        "P-COHERENT",
        "P-ASID",
        "P-SPEC",
        "P-LIVE",
      ])
        expect(build(split(arch, word, {}, walk))).toThrow(
          expect.objectContaining({ diagnostic: expect.objectContaining({ code: "TLB207" }) as object }),
        );
    },
  );

  test("a page that is no huge page beside one that is", () => {
    const family = scenario("mixed", { about: "both", arch: ["arm64"] }, (m) => {
      const mm = m.mm();
      mm.hugePage("huge");
      const page = mm.page("page0");
      m.thread("task", { cpu: 0, mm }, (k) => k.load(page));
    });
    expect(build(family)).toThrow(/page0 is no huge page/);
  });

  test("a device beside a huge page: IOMMUs set no flags here, and have no sizes", () => {
    const family = scenario("device", { about: "a device", arch: ["intel"] }, (m) => {
      const mm = m.mm();
      const huge = mm.hugePage("huge");
      m.device("device", { mm });
      m.thread("task", { cpu: 0, mm }, (k) => k.splitHugePmd(huge));
    });
    expect(build(family)).toThrow(/no IOMMU is modelled over entries that map huge pages/);
  });

  test.each<[string, (k: Thread, page: Page) => void]>([
    ["munmap", (k, page) => k.munmap(page)],
    ["mprotect", (k, page) => k.mprotect(page, "ro")],
    ["populate", (k, page) => k.populate(page)],
    ["vmalloc", (k, page) => k.vmalloc(page)],
    ["reclaim", (k, page) => k.pageVmaMappedWalk(page)],
    [
      "handle_mm_fault",
      (k, page) => k.store(page, { onFault: (t) => t.handleMmFault(page, { write: true }) }),
    ],
    ["set_pte_at, swap entry", (k, page) => k.setSwapEntry(page)],
    ["gup_fast of small pages", (k, page) => k.gupFast(page)],
  ])("%s at the address of a huge page, whose own entry is below", (_, does) => {
    const family = scenario("below", { about: "a word for small pages", arch: ["arm64"] }, (m) => {
      const mm = m.mm();
      const { page } = mm.hugePage("huge");
      m.spareFrame("new");
      m.thread("task", { cpu: 0, mm }, (k) => does(k, page));
    });
    expect(build(family)).toThrow(/huge is a huge page/);
  });

  test("lost flags with store buffers", () => {
    const family = scenario("buffered", { about: "tso", arch: ["intel"] }, (m) => {
      const mm = m.mm();
      const huge = mm.hugePage("huge");
      m.details({ order: "tso" });
      m.thread("task", { cpu: 0, mm }, (k) => k.mprotectHuge(huge, "ro"));
      m.check("P-LOST");
    });
    expect(build(family)).toThrow(/memory order tso/);
  });

  test("a shared ASID on x86, and P-ASID of walks of two levels", () => {
    const shared = scenario("shared", { about: "one PCID", arch: ["intel"] }, (m) => {
      const a = m.mm("a");
      const b = m.mm("b", { asidOf: a });
      const page = b.page("page0");
      m.thread("task", { cpu: 0, mm: b }, (k) => k.load(page));
    });
    expect(build(shared)).toThrow(/shares an ASID/);
    const tables = scenario("tables", { about: "two levels", arch: ["arm64"] }, (m) => {
      const mm = m.mm();
      const page = mm.table("table").page("page0");
      m.thread("task", { cpu: 0, mm }, (k) => k.load(page));
      m.check("P-ASID");
    });
    expect(build(tables)).toThrow(/several steps/);
  });
});
