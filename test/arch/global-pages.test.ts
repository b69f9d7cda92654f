/**
 * Global entries: the kernel's addresses where no page-table isolation keeps them apart. A lookup uses them under any
 * identifier, and what flushes by identifier leaves them.
 */
import { describe, expect, test } from "vitest";
import deferred from "../../models/deferred-kernel-flush.ts";
import { type Details, type Family, type Page, rule, scenario, type Thread } from "../../src/index.ts";
import { and, FALSE, literal } from "../../src/model/term.ts";
import { replaced } from "../support/hardware.ts";
import { modelOf, violated } from "../support/verdicts.ts";

const UAF = ["use-after-free-page"];

interface Options {
  readonly global?: boolean;
  readonly details?: Details;
}

/**
 * The kernel uses an area, in whose translation context is of no matter, unmaps it, flushes on its one CPU, frees
 * the page, and uses the area again.
 */
function unmapKernelPage(
  flush: (k: Thread, area: Page) => void,
  { global = true, details = {} }: Options = {},
): Family {
  return scenario("kernel-page", { about: "unmap, flush, free", arch: ["intel", "arm64", "riscv"] }, (m) => {
    const kernel = m.mm("kernel", { global });
    m.mm("user");
    const area = kernel.page("area");
    m.details(details);
    m.thread("kernel", { cpu: 0, mm: kernel }, (k) => {
      k.load(area);
      const { frame } = k.vunmapRangeNoflush(area);
      flush(k, area);
      k.freeFrame(frame);
      k.load(area);
    });
    m.check("use-after-free-page");
  });
}

/** An invalidation by its name, with the identifier that is loaded and the address of the area. */
const by =
  (name: string) =>
  (k: Thread, area: Page): void => {
    const { machine } = k.system;
    k.do(name, "flush", () =>
      machine.invalidate(k.cpu(), name, { asid: machine.loadedAsid(k.cpu()), page: k.system.page(area) }),
    );
    if (k.system.machine.architecture.name === "arm64") k.barrier("dsb(ish)");
  };

/** MOV CR3, TTBR or satp of the same tables under one of two identifiers. */
const load =
  (slot: number, preserve: boolean) =>
  (k: Thread, { mm }: Page): void =>
    k.loadKernelTables(mm, { pcid: preserve, slot });

describe("x86", () => {
  test.each([
    ["MOV CR3", load(0, false), UAF],
    ["INVPCID single-context", by("INVPCID single-context"), UAF],
    ["INVPCID all", by("INVPCID all"), []],
    ["MOV CR4", by("MOV CR4"), []],
    ["INVLPG", by("INVLPG"), []],
  ] as const)("X86-7: a global entry behind %s", async (_, flush, expected) => {
    expect(await violated(unmapKernelPage(flush))).toEqual(expected);
    expect(await violated(unmapKernelPage(flush, { global: false }))).toEqual([]);
  });

  test("X86-7: a MOV CR3 that took global entries with it would do as a flush", async () => {
    const all = replaced({
      onContextWrite: rule("X86-7", "globals too", (machine, cpu, { asid }) =>
        machine.dropTranslations(cpu, { asid, page: null, globals: true }),
      ),
    });
    expect(await violated(unmapKernelPage(load(0, false)), undefined, all)).toEqual([]);
    expect(await violated(deferred, "004-D1g", undefined, "intel")).not.toEqual([]);
    expect(await violated(deferred, "004-D1g", all, "intel")).toEqual([]);
  });

  test("X86-8: a global entry is used under any PCID; if it were not, another PCID would hide it", async () => {
    const own = replaced({
      mayUse: rule("X86-8", "own PCID only", (machine, cpu, { asid }) =>
        and(machine.context.at(cpu).isNot(null), machine.loadedAsid(cpu).is(asid)),
      ),
    });
    expect(await violated(unmapKernelPage(load(1, true)))).toEqual(UAF);
    expect(await violated(unmapKernelPage(load(1, true)), undefined, own)).toEqual([]);
    expect(await violated(unmapKernelPage(load(1, true), { global: false }))).toEqual([]);
  });

  test("X86-8: what is cached under a PCID outlives a flush under another: 004-D1p has no global entry", async () => {
    const dropping = replaced({
      onContextWrite: rule("X86-8", "entries of all PCIDs go", (machine, cpu) =>
        machine.dropTranslations(cpu, { asid: null, page: null, globals: false }),
      ),
    });
    expect(await violated(deferred, "004-D1p", undefined, "intel")).not.toEqual([]);
    expect(await violated(deferred, "004-D1p", dropping, "intel")).toEqual([]);
  });

  test("X86-6: INVLPG takes global entries of its address in any PCID, and others in the loaded one only", async () => {
    const elsewhere = (k: Thread, area: Page): void => {
      load(1, true)(k, area);
      by("INVLPG")(k, area);
      load(0, true)(k, area);
    };
    expect(await violated(unmapKernelPage(elsewhere))).toEqual([]);
    expect(await violated(unmapKernelPage(elsewhere, { global: false }))).toEqual(UAF);
  });

  test("INTEL-1: on parts where INVLPG leaves global entries a kernel flush is lost", async () => {
    const details = { invlpgLeavesGlobals: true };
    expect(await violated(unmapKernelPage(by("INVLPG"), { details }))).toEqual(UAF);
    expect(await violated(unmapKernelPage(by("INVLPG"), { details, global: false }))).toEqual([]);
    expect(modelOf(unmapKernelPage(by("INVLPG"), { details })).assumptions).toContain(
      "INVLPG leaves global entries",
    );
  });
});

describe("arm64", () => {
  test.each([
    ["ASIDE1IS", UAF],
    ["VALE1IS", []],
    ["VAALE1IS", []],
    ["VMALLE1IS", []],
  ])("ARM-13: a global entry behind TLBI %s", async (name, expected) => {
    expect(await violated(unmapKernelPage(by(name)), undefined, undefined, "arm64")).toEqual(expected);
  });

  test("ARM-13: a global entry is used under any ASID; if it were not, another ASID would hide it", async () => {
    const own = replaced({
      mayUse: rule("ARM-13", "own ASID only", (machine, cpu, { asid }) => machine.loadedAsid(cpu).is(asid)),
    });
    expect(await violated(unmapKernelPage(load(1, true)), undefined, undefined, "arm64")).toEqual(UAF);
    expect(await violated(unmapKernelPage(load(1, true)), undefined, own, "arm64")).toEqual([]);
  });
});

test.each([
  ["x0, rs2", UAF],
  ["rs1, rs2", UAF],
  ["rs1, x0", []],
  ["x0, x0", []],
])("RV-2: a global entry behind SFENCE.VMA %s, walks reading memory", async (operands, expected) => {
  const ordered = replaced({ ordersWalks: rule("RV-7", "walks read memory", true) });
  const family = unmapKernelPage(by(`SFENCE.VMA ${operands}`));
  expect(await violated(family, undefined, ordered, "riscv")).toEqual(expected);
});

test.each(["intel", "amd"])(
  "X86-9: on %s a fault drops the global entry that it came from, as spurious_kernel_fault() relies on",
  async (arch) => {
    const upgrade = scenario("upgrade", { about: "RO to RW, no flush", arch: [arch] }, (m) => {
      const kernel = m.mm("kernel", { global: true });
      const area = kernel.page("area", { permission: "ro" });
      m.thread("upgrades", { cpu: 0, mm: kernel }, (k) => k.setPteAt(area, k.ptepGet(area).frame, "rw"));
      m.thread("stores", { cpu: 1, mm: kernel }, (k) =>
        k.store(area, { onFault: (handler) => handler.do("spurious fault", "data", () => []) }),
      );
      m.check("endless-fault");
    });
    const kept = replaced({ onFault: rule("X86-9", "drops nothing", () => []) });
    expect(await violated(upgrade)).toEqual([]);
    expect(await violated(upgrade, undefined, kept)).toEqual(["endless-fault"]);
  },
);

describe("RV-7: of tables of the kernel that are mapped globally a hart with another context loaded reads", () => {
  // What was cached, or read by a walk under way, is no reason.
  const readAnew = replaced({
    mayCacheTable: rule("HW-3", "no walk caches", () => FALSE),
    keepsUpperEntry: rule("HW-2", "walks look twice", false),
  });

  /** On one hart: what its TLB holds goes, which orders no walk; or it fences. Then the page is used again. */
  const used = (what: "descriptor" | "upper entry", fenced: boolean): Family =>
    scenario("old", { about: "cleared, dropped, freed, used", arch: ["riscv"] }, (m) => {
      const [kernel, user] = [m.mm("kernel", { global: true }), m.mm("user")];
      const table = kernel.table("table");
      const area = table.page("area");
      user.table("other").page("page0");
      m.thread("task", { cpu: 0, mm: user }, (k) => {
        const { machine } = k.system;
        const old = k.ptepGet(area);
        if (what === "descriptor") k.ptepGetAndClear(area);
        else k.do("pmd_clear", "data", () => k.system.tables!.link(k.system.space(kernel), "table", null));
        k.do("drop", "flush", () =>
          fenced
            ? machine.invalidate(k.cpu(), "SFENCE.VMA x0, x0", { asid: null, page: null })
            : machine.dropTranslations(k.cpu(), { asid: null, page: null }, null),
        );
        if (what === "descriptor") k.freeFrame(old.frame);
        else k.freeFrame(literal(machine.domains.frame, table.frame.name));
        k.load(area);
      });
      m.check(what === "descriptor" ? "use-after-free-page" : "use-after-free-table");
    });

  test.each([
    ["descriptor", "use-after-free-page"],
    ["upper entry", "use-after-free-table"],
  ] as const)("an old %s until it fences", async (what, property) => {
    expect(await violated(used(what, false), undefined, readAnew)).toEqual([property]);
    expect(await violated(used(what, true), undefined, readAnew)).toEqual([]);
  });
});

test("a page that is global is mapped in one address space only", () => {
  const family = scenario("twice", { about: "one address, global and not", arch: ["intel"] }, (m) => {
    const kernel = m.mm("kernel", { global: true });
    kernel.page("area");
    const area = m.mm("user").page("area", { permission: null });
    m.thread("task", { cpu: 0 }, (k) => k.load(area));
  });
  expect(() => modelOf(family)).toThrow(/area is mapped globally, so user cannot map it too/);
});
