/**
 * Accessed and dirty flags that hardware sets, and lookups that two entries match: each rule weakened by itself, with
 * the verdict, or the goal that is reached, that changes.
 */
import { describe, expect, test } from "vitest";
import dirtyFlag from "../../models/dirty-flag.ts";
import splitGup from "../../models/thp-split-gup.ts";
import { type Body, bool } from "../../src/model/builder.ts";
import type { Machine } from "../../src/arch/machine.ts";
import { arm64 } from "../../src/arch/rules/arm64.ts";
import { compiledEngine } from "../../src/explorer/wasm-engine.ts";
import {
  type Family,
  type HardwareOverride,
  type HardwareRules,
  rule,
  scenario,
  withRules,
} from "../../src/index.ts";
import { judged } from "../../src/litmus/herd-report.ts";
import { runLitmus } from "../../src/litmus/run.ts";
import { and, FALSE, type Term } from "../../src/model/term.ts";
import { ownFolder, readTest, testOf } from "../litmus/files.ts";
import { replaced } from "../support/hardware.ts";
import { modelOf, verdictsOf, violated } from "../support/verdicts.ts";

const unreached = async (family: Family, variant?: string, hardware?: HardwareOverride, arch?: string) =>
  (await verdictsOf(modelOf(family, variant, hardware, arch))).unreached;

const FAULTED = "the store faults";

/** A task stores to a clean huge page; nobody changes anything. */
const storeToClean = (arch: string, hafdbs: boolean): Family =>
  scenario("store", { about: "one store", arch: [arch] }, (m) => {
    const mm = m.mm();
    const huge = mm.hugePage("huge", { dirty: false });
    m.details({ hafdbs });
    m.thread("task", { cpu: 0, mm }, (k) => {
      const faulted = k.register("faulted", bool, false);
      k.store(huge.page, { onFault: (handler) => handler.do("fault", "data", () => faulted.set(true)) });
      m.goal(FAULTED, () => faulted);
    });
  });

test.each(["arm64", "intel"])(
  "on %s the flags of a global page are set, whatever is loaded",
  async (arch) => {
    const store = scenario("global", { about: "a page of the kernel", arch: [arch] }, (m) => {
      const [kernel, user] = [m.mm("kernel", { global: true }), m.mm("user")];
      const huge = kernel.hugePage("huge", { dirty: false, young: false });
      m.details({ hafdbs: true });
      m.thread("task", { cpu: 0, mm: user }, (k) => k.store(huge.page));
      m.goal("marked as dirty", (system) => {
        const { entries, pmd } = { entries: system.huge!.entries, pmd: system.pmd(huge).memory.fields.pmd };
        return entries.is(pmd, (word) => entries.format.hardware!.isWritable(word));
      });
    });
    const { violated, unreached } = await verdictsOf(modelOf(store));
    expect([violated, unreached]).toEqual([{}, []]);
  },
);

const never = replaced({ setsFlags: rule("ARM-11", "no flag is set by hardware", () => false) });

describe("ARM-11", () => {
  test("ARM-11: without the update by hardware there is no dirty flag to lose", async () => {
    expect(await violated(splitGup, "load-and-store", undefined, "arm64")).toEqual(["lost-update"]);
    expect(await violated(splitGup, "load-and-store", never, "arm64")).toEqual([]);
  });

  test("ARM-11: an update that did not look whether the descriptor is still valid would be lost", async () => {
    const blind = replaced({ dirtiesInvalid: rule("ARM-11", "no look at the valid bit", () => "executed") });
    expect(await violated(splitGup, "exchange", undefined, "arm64")).toEqual([]);
    expect(await violated(splitGup, "exchange", blind, "arm64")).toEqual(["lost-update"]);
  });

  test("ARM-11: the access flag is set ahead of any access, but by a walker only while walks are made", async () => {
    const page = { young: false };
    const noWalk = replaced({ mayWalk: rule("HW-1", "on demand only", () => FALSE) });
    const marked = (arch: string, hafdbs: boolean): Family =>
      scenario("idle", { about: "nobody accesses the page", arch: [arch] }, (m) => {
        const mm = m.mm();
        const huge = mm.hugePage("huge", page);
        m.details({ hafdbs });
        m.thread("task", { cpu: 0, mm }, (k) => k.do("nothing", "data", () => []));
        m.goal("marked", (system) => {
          const { entries } = system.huge!;
          const entry = system.huge!.pmd(system.space(mm), system.page(huge.page));
          return entries.is(entry, (word) => entries.format.hardware!.isAccessed(word));
        });
      });
    expect(await unreached(marked("arm64", true))).toEqual([]);
    expect(await unreached(marked("arm64", true), undefined, noWalk)).toEqual(["marked"]);
    expect(await unreached(marked("arm64", false))).toEqual(["marked"]);
    expect(await unreached(marked("intel", false))).toEqual([]);
  });
});

describe("ARM-11 of litmus tests", () => {
  const observed = async (name: string, rules: Partial<HardwareRules> = {}) => {
    const litmus = readTest(ownFolder, `${name}.litmus`);
    const options = { ets2: true, order: "tso", witness: false, engine: compiledEngine } as const;
    const result = await runLitmus(litmus, { ...options, architecture: withRules(arm64, rules) });
    return judged(litmus, result).verdict?.observation;
  };
  const early = { updatesFlagsLate: rule("ARM-11", "a flag is set before the access goes on", false) };

  test.each(["FLAG-LATE+DMB", "FLAG-LATE+fault", "DIRTY-LATE+DSB.ST"])(
    "ARM-11: %s rests on updates that are made later",
    async (name) => {
      expect(await observed(name)).toBe("Sometimes");
      expect(await observed(name, early)).toBe("Never");
    },
  );

  test.each(["FLAG-LATE+DSB", "DIRTY-LATE+DSB"])(
    "ARM-11: %s rests on the DSB that awaits them",
    async (name) => {
      const storesOnly = rule("ARM-11", "a DSB awaits no update", (machine: Machine, cpu: Term) =>
        machine.storesDrained(cpu),
      );
      expect(await observed(name)).toBe("Never");
      expect(await observed(name, { barrierAwaits: storesOnly })).toBe("Sometimes");
    },
  );
});

test("ARM-11: what TLBI and DSB await of other CPUs includes the updates of their accesses", async () => {
  const litmus = testOf({
    head: "TTHM=P0:HA",
    init: "pte_y=(oa:PA(y), af:0); 0:X1=y; 0:X2=z; 0:X3=1; 1:X1=y; 1:X2=z; 1:X4=PTE(y);",
    code: [
      " P0          | P1              ;",
      " LDR W0,[X1] | LDR W5,[X2]     ;",
      " DMB SY      | DSB SY          ;",
      " STR W3,[X2] | LSR X9,X1,#12   ;",
      "             | TLBI VAAE1IS,X9 ;",
      "             | DSB ISH         ;",
      "             | LDR X6,[X4]     ;",
    ].join("\n"),
    final: "exists (1:X5=1 /\\ 1:X6=(oa:PA(y), af:0))",
  });
  const options = { ets2: true, order: "tso", witness: false, engine: compiledEngine } as const;
  const alone = { awaitsAccesses: rule("ARM-5", "awaits no access", false) };
  const weak = await runLitmus(litmus, { ...options, architecture: withRules(arm64, alone) });
  expect(judged(litmus, await runLitmus(litmus, options)).verdict?.observation).toBe("Never");
  expect(judged(litmus, weak).verdict?.observation).toBe("Sometimes");
});

describe("X86-3", () => {
  test("X86-3: without the update by hardware there is no dirty flag to lose", async () => {
    expect(await violated(splitGup, "load-and-store", undefined, "intel")).toEqual(["lost-update"]);
    expect(await violated(splitGup, "load-and-store", never, "intel")).toEqual([]);
  });

  test("X86-3: the exchange without a flush rests on the update reading the entry again", async () => {
    const blind = replaced({ dirtiesInvalid: rule("X86-3", "no look at P", () => "executed") });
    for (const arch of ["intel", "amd"]) {
      expect(await violated(splitGup, "exchange", undefined, arch)).toEqual([]);
      expect(await violated(splitGup, "exchange", blind, arch)).toEqual(["lost-update"]);
    }
  });

  test("X86-3: Knights Landing marks an entry that is not present, by a store that is not made", async () => {
    const STRAY = "the entry becomes dirty behind the exchange";
    const [present, dirty] = [1n << 0n, 1n << 6n];
    const invalidate = (dirtiesInvalid: boolean, arch = "intel"): Family =>
      scenario("stray", { about: "made invalid", arch: [arch] }, (m) => {
        const mm = m.mm();
        const huge = mm.hugePage("huge", { dirty: false });
        m.details({ dirtiesInvalid });
        m.thread("task", { cpu: 0, mm }, (k) => {
          const old = k.pmdpInvalidateAd(huge);
          k.do("look at it", "data", () => []);
          m.goal(STRAY, (system) => {
            const { entries } = system.huge!;
            const entry = system.huge!.pmd(system.space(mm), system.page(huge.page));
            return and(
              entries.is(old, (word) => (word & (present | dirty)) === present),
              entries.is(entry, (word) => (word & (present | dirty)) === dirty),
            );
          });
        });
        m.thread("sibling", { cpu: 1, mm }, (k) => k.store(huge.page));
        m.check("P-LOST");
      });
    expect(await unreached(invalidate(false))).toEqual([STRAY]);
    expect(await unreached(invalidate(true))).toEqual([]);
    expect(modelOf(invalidate(true)).assumptions.join()).toContain("Knights Landing");
    expect(await unreached(invalidate(true, "amd"))).toEqual([STRAY]);
    expect(modelOf(invalidate(true, "amd")).assumptions.join()).not.toContain("Knights Landing");
    expect(await violated(invalidate(true))).toEqual([]);
  });
});

describe("a store to a clean page", () => {
  test.each([
    ["arm64", true],
    ["intel", false],
    ["amd", false],
  ] as const)("%s, FEAT_HAFDBS %s: the hardware marks it, and no fault is taken", async (arch, hafdbs) => {
    expect(await unreached(storeToClean(arch, hafdbs))).toEqual([FAULTED]);
  });
  test.each(["arm64", "riscv"])("%s without updates by hardware: it faults for ever", async (arch) => {
    expect(await unreached(storeToClean(arch, false))).toEqual(["task ends"]);
  });
});

describe("ARM-9, X86-13", () => {
  const REPORTED = "a conflict is reported";
  /** The mutation 003-T2, with a note of lookups that the hardware reports. */
  const populateFirst = (arch: string): Family =>
    scenario("conflict", { about: "the table is linked before the flush", arch: [arch] }, (m) => {
      const mm = m.mm();
      const huge = mm.hugePage("huge");
      m.thread("splitter", { cpu: 0, mm }, (k) => k.splitHugePmd(huge, { populate: "before the flush" }));
      m.thread("task", { cpu: 1, mm }, (k) => {
        const reported = k.register("reported", bool, false);
        k.system.machine.access.onConflict((): Body => reported.set(true));
        k.access(huge.page);
        m.goal(REPORTED, () => reported);
      });
      m.check("P-CONFLICT");
    });
  const silent = replaced({ reportsConflict: rule("ARM-9", "either entry is used, silently", false) });
  const loud = replaced({ reportsConflict: rule("RV-2", "may be reported", true) });

  test.each(["arm64", "intel", "amd"])(
    "ARM-9, X86-13: on %s a lookup may be reported, or use either entry",
    async (arch) => {
      expect(await unreached(populateFirst(arch))).toEqual([]);
      expect(await unreached(populateFirst(arch), undefined, silent)).toEqual([REPORTED]);
      expect(await violated(populateFirst(arch), undefined, silent)).toEqual(["tlb-conflict"]);
    },
  );

  test("RV-2: riscv uses either, and reports nothing", async () => {
    expect(await unreached(populateFirst("riscv"))).toEqual([REPORTED]);
    expect(await unreached(populateFirst("riscv"), undefined, loud)).toEqual([]);
  });

  test("ARM-9: a lookup that overlooked the older entry would hide the missing flush", async () => {
    const none = replaced({
      mayCache: rule("ARM-1", "no huge page is cached", ({ valid, frame }) =>
        and(valid, frame.isNot("huge:folio")),
      ),
    });
    expect(await violated(populateFirst("arm64"), undefined, none)).toEqual([]);
  });
});

describe("ARM-13", () => {
  test("ARM-13: two address spaces under one ASID on two CPUs meet only where entries are shared", async () => {
    const two = scenario("two", { about: "one ASID", arch: ["arm64"] }, (m) => {
      const a = m.mm("a");
      const b = m.mm("b", { asidOf: a });
      const [mine, other] = [a.page("page0"), b.page("page1")];
      m.thread("first", { cpu: 0, mm: a }, (k) => k.load(mine));
      m.thread("second", { cpu: 1, mm: b }, (k) => k.load(other));
      m.check("shared-asid");
    });
    const shared = replaced({ sharesEntries: rule("ARM-13", "CnP", () => true) });
    expect(await violated(two)).toEqual([]);
    expect(await violated(two, undefined, shared)).toEqual(["shared-asid"]);
  });
});

describe("small pages", () => {
  const updating = ["arm64", "intel", "amd", "riscv"];
  const cites = (arch: string): string => ({ arm64: "ARM-11", riscv: "RV-5" })[arch] ?? "X86-3";

  test.each(updating)(
    "ARM-11, X86-3, RV-5: on %s there is no flag to lose without the update by hardware",
    async (arch) => {
      const none = replaced({ setsFlags: rule(cites(arch), "no flag is set by hardware", () => false) });
      expect(await violated(dirtyFlag, "mkclean-two-steps", undefined, arch)).toEqual(["lost-update"]);
      expect(await violated(dirtyFlag, "mkclean-two-steps", none, arch)).toEqual([]);
    },
  );

  test.each(updating)(
    "ARM-11, X86-3, RV-5: on %s the late flush of a clean entry rests on the update reading the entry again",
    async (arch) => {
      const blind = replaced({
        dirtiesInvalid: rule(cites(arch), "no look at the valid bit", () => "executed"),
      });
      expect(await violated(dirtyFlag, "reclaim", undefined, arch)).toEqual([]);
      expect(await violated(dirtyFlag, "reclaim", blind, arch)).toEqual(["lost-update"]);
    },
  );

  test("ARM-11: an update that is still to be made keeps the kernel from writing the entry", async () => {
    const early = replaced({ updatesFlagsLate: rule("ARM-11", "set before the access", false) });
    for (const hardware of [undefined, early])
      for (const variant of ["mkclean", "reclaim"])
        expect(await violated(dirtyFlag, variant, hardware, "arm64")).toEqual([]);
  });

  test("X86-3: Knights Landing marks a small entry that is gone too, by a store that is not made", async () => {
    const STRAY = "the entry is marked although nothing is mapped";
    const stray = (dirtiesInvalid: boolean, arch: string): Family =>
      scenario("stray", { about: "cleared", arch: [arch] }, (m) => {
        const mm = m.mm();
        const page = mm.page("page0", { dirty: false });
        m.details({ flags: true, dirtiesInvalid });
        m.thread("kernel", { cpu: 0 }, (k) => {
          k.lock(page.ptl);
          k.ptepClearFlush(page);
          k.unlock(page.ptl);
        });
        m.thread("task", { cpu: 1, mm }, (k) => k.store(page));
        m.check("P-LOST");
        m.goal(STRAY, (system) => and(system.pte(page).valid.not(), system.pte(page).dirty));
      });
    for (const [dirtiesInvalid, arch, expected] of [
      [false, "intel", [STRAY]],
      [true, "intel", []],
      [true, "amd", [STRAY]],
    ] as const) {
      const verdicts = await verdictsOf(modelOf(stray(dirtiesInvalid, arch)));
      expect([verdicts.violated, verdicts.unreached]).toEqual([{}, expected]);
    }
  });
});
