/** Instructions that a model file executes by itself: each does what its manual says, and its want is noticed. */
import { basename } from "node:path";
import { describe, expect, test } from "vitest";
import {
  and,
  type KernelCode,
  type Page,
  type Place,
  range,
  scenario,
  type Thread,
} from "../../src/index.ts";
import { diagnosticOf } from "../diagnostics.ts";
import { modelOf, verdictsOf, violated } from "../support/verdicts.ts";

const arch = ["arm64", "intel", "amd", "riscv"] as const;
type Arch = (typeof arch)[number];

/** A page is unmapped and freed; between the two, on the CPU that has it in its TLB, comes what is given. */
function unmapHere(flush: (k: Thread, page: Page) => void) {
  return scenario("unmap-here", { about: "unmap, flush, free on one CPU", arch }, (m) => {
    const mm = m.mm();
    const page = mm.page("page0");
    m.details({ oldDescriptors: false });
    m.thread("task", { cpu: 0, mm }, (k) => {
      k.lock(page.ptl);
      const old = k.ptepGetAndClear(page);
      k.unlock(page.ptl);
      flush(k, page);
      k.freeFrame(old.frame);
      k.load(page);
    });
    m.check("use-after-free-page");
  });
}

/** The flush of one page on this CPU, as each architecture does it. */
const local: Readonly<Record<Arch, (k: Thread, page: Page) => void>> = {
  arm64: (k, page) => {
    k.barrier("dsb(nshst)");
    k.tlbi("VALE1", page);
    k.barrier("dsb(nsh)");
  },
  intel: (k, page) => k.invlpg(page),
  amd: (k, page) => k.invlpg(page),
  riscv: (k, page) => k.sfenceVma(page, page.mm),
};

describe("an invalidation by address", () => {
  test.each(arch)("%s: without it the page is reached after its free, with it not", async (name) => {
    const [without, with_] = [unmapHere(() => undefined), unmapHere(local[name])];
    expect(await violated(without, undefined, undefined, name)).toEqual(["use-after-free-page"]);
    expect(await violated(with_, undefined, undefined, name)).toEqual([]);
  });

  test("arm64: a TLBI that no DSB has awaited is not complete", async () => {
    const issued = unmapHere((k, page) => k.tlbi("VALE1", page));
    expect(await violated(issued, undefined, undefined, "arm64")).toEqual(["use-after-free-page"]);
  });

  test("arm64: an ISB completes no TLBI", async () => {
    const issued = unmapHere((k, page) => {
      k.tlbi("VALE1", page);
      k.isb();
    });
    expect(await violated(issued, undefined, undefined, "arm64")).toEqual(["use-after-free-page"]);
  });
});

describe("an invalidation of more than one address", () => {
  const all: Readonly<Record<string, readonly [Arch, (k: Thread, page: Page) => void]>> = {
    "TLBI ASIDE1": [
      "arm64",
      (k, { mm }) => {
        k.tlbi("ASIDE1", mm);
        k.barrier("dsb(nsh)");
      },
    ],
    "TLBI VMALLE1": [
      "arm64",
      (k) => {
        k.tlbi("VMALLE1");
        k.barrier("dsb(nsh)");
      },
    ],
    "INVPCID single-context": ["intel", (k) => k.invpcid("single-context")],
    "INVPCID all": ["amd", (k) => k.invpcid("all")],
    "MOV CR3": ["intel", (k, { mm }) => k.movCr3(mm)],
    "SFENCE.VMA x0, rs2": ["riscv", (k, { mm }) => k.sfenceVma(null, mm)],
    "SFENCE.VMA rs1, x0": ["riscv", (k, page) => k.sfenceVma(page, null)],
    "SFENCE.VMA x0, x0": ["riscv", (k) => k.sfenceVma(null, null)],
  };
  test.each(Object.entries(all))("%s has the page with it", async (_, [name, flush]) => {
    expect(await violated(unmapHere(flush), undefined, undefined, name)).toEqual([]);
  });

  const nothing: Readonly<Record<string, readonly [Arch, (k: Thread, page: Page) => void]>> = {
    "MOV CR3 with bit 63": ["intel", (k, { mm }) => k.movCr3(mm, { keep: true })],
    "MSR TTBR0_EL1": ["arm64", (k, { mm }) => k.writeTtbr0(mm)],
    "CSRW satp": ["riscv", (k, { mm }) => k.writeSatp(mm)],
    ISB: ["arm64", (k) => k.isb()],
  };
  test.each(Object.entries(nothing))("%s keeps what is cached", async (_, [name, flush]) => {
    expect(await violated(unmapHere(flush), undefined, undefined, name)).toEqual(["use-after-free-page"]);
  });

  test("amd: INVLPGB acts on all CPUs once TLBSYNC has awaited it", async () => {
    const family = (sync: boolean) =>
      scenario("invlpgb", { about: "INVLPGB", arch }, (m) => {
        const mm = m.mm();
        const page = mm.page("page0");
        m.details({ kernel: { invlpgb: "sync" } });
        m.thread("unmaps", { cpu: 0 }, (k) => {
          k.lock(page.ptl);
          const old = k.ptepGetAndClear(page);
          k.unlock(page.ptl);
          k.invlpgb("page, final only", page);
          if (sync) k.barrier("tlbsync");
          k.freeFrame(old.frame);
        });
        m.thread("uses", { cpu: 1, mm }, (k) => k.load(page));
        m.check("use-after-free-page");
      });
    expect(await violated(family(false), undefined, undefined, "amd")).toEqual(["use-after-free-page"]);
    expect(await violated(family(true), undefined, undefined, "amd")).toEqual([]);
  });
});

test.each(["intel", "amd"])(
  "%s: MOV CR3 loads other tables, and other accesses are possible",
  async (name) => {
    const family = scenario("switch", { about: "MOV CR3", arch }, (m) => {
      const [a, b] = [m.mm("a"), m.mm("b")];
      a.page("page0");
      const other = b.page("page1");
      m.thread("hypervisor", { cpu: 0, mm: a }, (k) => {
        k.movCr3(b, { slot: 1 });
        k.load(other);
        m.goal("the frame of b was read", (system) =>
          system.machine.tlb.holds(system.machine.cpu(0), {
            asid: "PCID2",
            page: "page1",
            frame: "frame:page1",
            writable: true,
          }),
        );
      });
      m.check("use-after-free-page");
    });
    expect((await verdictsOf(modelOf(family, undefined, undefined, name))).unreached).toEqual([]);
  },
);

describe("an instruction that the architecture lacks is refused, with the line", () => {
  const refused = (name: Arch, code: (k: Thread, page: Page) => void): string => {
    const family = scenario("lacks", { about: "an instruction", arch }, (m) => {
      const page = m.mm().page("page0");
      m.thread("t", { cpu: 0, mm: page.mm }, (k) => code(k, page));
    });
    const { code: number, source, message } = diagnosticOf(() => modelOf(family, undefined, undefined, name));
    return `${number} ${basename(source?.file ?? "nowhere")} ${message}`;
  };
  const HERE = "TLB201 instructions.test.ts";

  test.each([
    ["intel", (k: Thread, page: Page) => k.tlbi("VALE1IS", page), "intel has no instruction TLBI"],
    ["riscv", (k: Thread, page: Page) => k.invlpg(page), "riscv has no instruction INVLPG"],
    ["arm64", (k: Thread) => k.invpcid("all"), "arm64 has no instruction INVPCID"],
    ["intel", (k: Thread) => k.invlpgb("all"), "intel has no instruction INVLPGB"],
    ["arm64", (k: Thread, page: Page) => k.movCr3(page.mm), "arm64 has no instruction MOV CR3"],
    ["amd", (k: Thread, page: Page) => k.writeTtbr0(page.mm), "amd has no instruction MSR TTBR0_EL1"],
    ["arm64", (k: Thread, page: Page) => k.writeSatp(page.mm), "arm64 has no instruction CSRW satp"],
    ["amd", (k: Thread, page: Page) => k.sfenceVma(page, null), "amd has no instruction SFENCE.VMA"],
    ["riscv", (k: Thread) => k.isb(), "riscv has no instruction ISB"],
  ] as const)("on %s %s", (name, code, message) => {
    expect(refused(name, code)).toBe(`${HERE} ${message}`);
  });

  test.each([
    [(k: Thread, page: Page) => k.tlbi("VALE1SI", page), "arm64 has no invalidation VALE1SI"],
    [(k: Thread) => k.tlbi("VALE1IS"), "TLBI VALE1IS invalidates by address, and names no page"],
    [(k: Thread) => k.tlbi("ASIDE1IS"), "TLBI ASIDE1IS invalidates by ASID, and names none"],
    [
      (k: Thread, page: Page) => k.tlbi("VMALLE1IS", page),
      "TLBI VMALLE1IS invalidates everything, and takes no operand",
    ],
  ])("so are operands that it does not take: %#", (code, message) => {
    expect(refused("arm64", code)).toBe(`${HERE} ${message}`);
  });

  test("so is a PCID that does not exist", () => {
    expect(refused("intel", (k) => k.invpcid("single-context", { slot: 3 }))).toBe(
      `${HERE} k.invpcid(): there is no PCID 3`,
    );
  });
});

describe("smp_mb() and its like", () => {
  /** Whether of two threads that each store, and then load what the other stores, both can miss it. */
  const bothMiss = async (name: string, between: KernelCode): Promise<boolean> => {
    const family = scenario("store-buffering", { about: "two stores, two loads", arch }, (m) => {
      m.mm().page("page0");
      m.details({ order: "tso" });
      const names = ["x", "y"];
      const seen: Place[] = [];
      names.forEach((mine, cpu) =>
        m.thread(mine, { cpu }, (k) => {
          const [own, other] = [mine, names[1 - cpu]!].map((each) =>
            k.system.sharedVariable(each, range(0, 1), 0),
          );
          k.writeOnce(own!, 1);
          between(k);
          seen.push(k.readOnce(other!));
        }),
      );
      m.goal("both miss", (_, thread) =>
        and(...names.map((each) => thread(each).ended()), ...seen.map((each) => each.is(0))),
      );
    });
    const { unreached } = await verdictsOf(modelOf(family, undefined, undefined, name));
    return !unreached.includes("both miss");
  };

  test.each(arch)(
    "%s: a full barrier orders a load behind a store, one of stores or of loads does not",
    async (name) => {
      expect(await bothMiss(name, () => undefined)).toBe(true);
      expect(await bothMiss(name, (k) => k.smpWmb())).toBe(true);
      expect(await bothMiss(name, (k) => k.smpRmb())).toBe(true);
      expect(await bothMiss(name, (k) => k.smpMb())).toBe(false);
    },
  );
});
