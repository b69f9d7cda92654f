/**
 * Accessed and dirty flags of small pages: who sets them on each architecture, what each operation of the kernel leaves of
 * them (`arch/*\/include/asm/pgtable.h`), and what is refused.
 */
import { describe, expect, test } from "vitest";
import { bool } from "../../src/model/builder.ts";
import { and, type Term } from "../../src/model/term.ts";
import {
  type Family,
  type Page,
  type PageOptions,
  type Scenario,
  scenario,
  type Thread,
} from "../../src/index.ts";
import { diagnosticOf } from "../diagnostics.ts";
import { modelOf, verdictsOf } from "../support/verdicts.ts";

const everywhere = ["arm64", "intel", "amd", "riscv"] as const;
/** Where the hardware sets flags, and where faults do. */
const updating = { hafdbs: true, svadu: true };
const byFaults = ["arm64", "riscv"] as const;

interface OfPage {
  readonly options?: PageOptions;
  readonly hardware?: boolean;
}

/** One thread with its program, on one page; what it gives is a goal for each of the conditions. */
function alone(
  arch: string,
  { options = {}, hardware = false }: OfPage,
  program: (k: Thread, page: Page, m: Scenario) => Readonly<Record<string, () => Term>>,
): Family {
  return scenario("flags", { about: "flags of one page", arch: [arch] }, (m) => {
    const mm = m.mm();
    const page = mm.page("page0", options);
    m.details({ flags: true, ...(hardware ? updating : {}) });
    m.thread("task", { cpu: 0, mm }, (k) => {
      for (const [name, reached] of Object.entries(program(k, page, m))) m.goal(name, reached);
    });
  });
}

const unreached = async (family: Family) => (await verdictsOf(modelOf(family))).unreached;

/** What the entry is when the program has ended: each condition is one that some end fulfils, and its opposite none. */
async function ending(
  arch: string,
  of: OfPage,
  program: (k: Thread, page: Page) => void,
  holds: (entry: { young: Term; dirty: Term; writable: Term; valid: Term }) => Term,
): Promise<readonly string[]> {
  const family = alone(arch, of, (k, page) => {
    program(k, page);
    // An update of arm64's hardware may come late (ARM-11).
    if (arch === "arm64" && of.hardware) k.barrier("dsb(ish)");
    const ended = k.register("ended", bool, false);
    k.do("end", "data", () => ended.set(true));
    const entry = () => {
      const { accessed, dirty, writable, valid } = k.system.pte(page);
      return { young: accessed, dirty, writable, valid };
    };
    return {
      "as it should be": () => and(ended, holds(entry())),
      otherwise: () => and(ended, holds(entry()).not()),
    };
  });
  return unreached(family);
}

/** What is unreached where every end is as it should be. */
const ALWAYS = ["otherwise"];

/** Whether an access of the page takes a fault. */
const faults = (arch: string, of: OfPage, access: "load" | "store"): Family =>
  alone(arch, of, (k, page) => {
    const faulted = k.register("faulted", bool, false);
    k[access](page, {
      onFault: (handler) => {
        handler.do("fault", "data", () => faulted.set(true));
        handler.handleMmFault(page, { write: access === "store" });
      },
    });
    return { faulted: () => faulted };
  });

describe("an access of a page whose flags are clear", () => {
  const cases = [
    ["load", { young: false }],
    ["store", { dirty: false }],
    ["store", { young: false, dirty: false }],
  ] as const;
  for (const [access, options] of cases) {
    const told = `${access}, ${Object.keys(options).join(" and ")} clear`;
    test.each(everywhere)(`%s updates by itself: ${told}: no fault`, async (arch) => {
      expect(await unreached(faults(arch, { options, hardware: true }, access))).toEqual(["faulted"]);
    });
    test.each(byFaults)(`%s without updates: ${told}: the handler sets what is missing`, async (arch) => {
      expect(await unreached(faults(arch, { options }, access))).toEqual([]);
    });
    test.each(["intel", "amd"])(`%s always updates: ${told}`, async (arch) => {
      expect(await unreached(faults(arch, { options }, access))).toEqual(["faulted"]);
    });
  }

  test.each(everywhere)("%s: a load leaves a clean entry clean, a store marks it", async (arch) => {
    for (const hardware of [true, false]) {
      const of = { options: { young: false, dirty: false }, hardware };
      const handler = (write: boolean) => (page: Page) => ({
        onFault: (k: Thread) => k.handleMmFault(page, { write }),
      });
      expect(
        await ending(
          arch,
          of,
          (k, page) => k.load(page, handler(false)(page)),
          ({ young, dirty }) => and(young, dirty.not()),
        ),
      ).toEqual(ALWAYS);
      expect(
        await ending(
          arch,
          of,
          (k, page) => k.store(page, handler(true)(page)),
          ({ young, dirty }) => and(young, dirty),
        ),
      ).toEqual(ALWAYS);
    }
  });
});

describe("operations under the page-table lock", () => {
  const locked = (body: (k: Thread, page: Page) => void) => (k: Thread, page: Page) => {
    k.lock(page.ptl);
    body(k, page);
    k.unlock(page.ptl);
  };

  test.each(everywhere)(
    "%s: ptep_set_wrprotect() takes the permission and leaves the flags",
    async (arch) => {
      for (const dirty of [true, false])
        expect(
          await ending(
            arch,
            { options: { dirty } },
            locked((k, page) => k.ptepSetWrprotect(page)),
            (entry) => and(entry.writable.not(), entry.valid, dirty ? entry.dirty : entry.dirty.not()),
          ),
        ).toEqual(ALWAYS);
    },
  );

  test.each(byFaults)("%s: ptep_test_and_clear_young() takes that flag only", async (arch) => {
    expect(
      await ending(
        arch,
        {},
        locked((k, page) => void k.ptepTestAndClearYoung(page)),
        ({ young, dirty, writable }) => and(young.not(), dirty, writable),
      ),
    ).toEqual(ALWAYS);
  });

  test.each(everywhere)("%s: it gives whether the flag was set", async (arch) => {
    const asked = (young: boolean): Family =>
      alone(arch, { options: { young } }, (k, page) => {
        k.lock(page.ptl);
        const was = k.ptepTestAndClearYoung(page);
        const [yes, no] = [k.register("yes", bool, false), k.register("no", bool, false)];
        k.if(
          was,
          () => k.do("yes", "data", () => yes.set(true)),
          () => k.do("no", "data", () => no.set(true)),
        );
        k.unlock(page.ptl);
        return { yes: () => yes, no: () => no };
      });
    expect(await unreached(asked(true))).toEqual(["no"]);
    // A walker of x86 may set it at any time.
    expect(await unreached(asked(false))).toEqual(byFaults.some((each) => each === arch) ? ["yes"] : []);
  });

  test.each(everywhere)(
    "%s: ptep_set_access_flags() of a load makes it young, of a store dirty too",
    async (arch) => {
      const clear = { options: { young: false, dirty: false, permission: "ro" } as const };
      const upgrade = (write: boolean) =>
        locked((k, page) => {
          k.ptepGet(page);
          k.ptepSetAccessFlags(page, { write });
        });
      expect(
        await ending(arch, clear, upgrade(true), ({ young, dirty, writable }) => and(young, dirty, writable)),
      ).toEqual(ALWAYS);
      // x86 leaves it to the walker.
      if (byFaults.some((each) => each === arch))
        expect(
          await ending(arch, clear, upgrade(false), ({ young, dirty, writable }) =>
            and(young, dirty.not(), writable.not()),
          ),
        ).toEqual(ALWAYS);
    },
  );

  test.each(everywhere)("%s: set_pte_at() stores the flags that it is given", async (arch) => {
    for (const dirty of [true, false])
      expect(
        await ending(
          arch,
          { options: { dirty: !dirty } },
          locked((k, page) => {
            const old = k.ptepGetAndClear(page);
            k.setPteAt(page, old.frame, "rw", { dirty });
          }),
          (entry) => and(entry.valid, dirty ? entry.dirty : entry.dirty.not()),
        ),
      ).toEqual(ALWAYS);
  });

  test.each(everywhere)("%s: ptep_get_and_clear() gives them", async (arch) => {
    const asked = (dirty: boolean): Family =>
      alone(arch, { options: { dirty } }, (k, page) => {
        k.lock(page.ptl);
        const old = k.ptepGetAndClear(page).dirty;
        k.unlock(page.ptl);
        k.do("end", "data", () => []);
        return { dirty: () => old };
      });
    expect(await unreached(asked(true))).toEqual([]);
    expect(await unreached(asked(false))).toEqual(["dirty"]);
  });

  test.each(everywhere)("%s: mprotect() keeps the dirty flag", async (arch) => {
    for (const dirty of [true, false])
      expect(
        await ending(
          arch,
          { options: { dirty } },
          (k, page) => k.mprotect(page, "ro"),
          (entry) => (dirty ? entry.dirty : entry.dirty.not()),
        ),
      ).toEqual(ALWAYS);
  });
});

/** A scenario that is built for its diagnostic. */
const refused = (declare: (m: Scenario) => void): string => {
  const family = scenario("refused", { about: "misuse", arch: ["intel"] }, (m) => {
    declare(m);
    m.thread("other", { cpu: 0 }, (k) => k.do("nothing", "data", () => []));
  });
  const { code, message } = diagnosticOf(() => modelOf(family));
  return `${code} ${message}`;
};

describe("refused", () => {
  test.each([
    ["huge pages", (m: Scenario) => void m.mm().hugePage("huge"), "huge pages"],
    ["tables", (m: Scenario) => void m.mm().table("table").page("page0"), "page tables"],
    [
      "devices",
      (m: Scenario) => {
        const mm = m.mm();
        mm.page("page0");
        m.device("nic", { mm });
      },
      "devices",
    ],
  ])("flags of small pages beside %s", (_, declare, what) => {
    const message = refused((m) => {
      m.details({ flags: true });
      declare(m);
    });
    expect(message).toMatch(`TLB201 m.details(): flags of small pages are not modelled beside ${what}`);
  });

  test.each([{ dirty: false }, { young: true }])("a page with flags in a scenario without: %j", (options) => {
    expect(refused((m) => void m.mm().page("page0", options))).toBe(
      "TLB201 page0 is declared with flags: say m.details({ flags: true }) too",
    );
  });

  test.each([
    ["young", (k: Thread, page: Page) => void k.ptepGet(page).young],
    ["dirty", (k: Thread, page: Page) => void k.ptepGet(page).dirty],
    ["k.setPteAt()", (k: Thread, page: Page) => k.setPteAt(page, page.frame, "rw", { dirty: true })],
    ["k.ptepSetAccessFlags()", (k: Thread, page: Page) => k.ptepSetAccessFlags(page)],
    ["ptep_test_and_clear_young(page0)", (k: Thread, page: Page) => void k.ptepTestAndClearYoung(page)],
    ["ptep_test_and_clear_young(page0)", (k: Thread, page: Page) => void k.ptepClearFlushYoung(page)],
  ])("%s in a scenario without", (what, program) => {
    const message = refused((m) => {
      const page = m.mm().page("page0");
      m.thread("task", { cpu: 0 }, (k) => program(k, page));
    });
    expect(message).toBe(`TLB201 ${what}: the flags of small pages are always set here`);
  });
});

describe("closed hardware", () => {
  const stored = (arch: string, hardware: "closed" | "enumerated"): Family =>
    scenario("closed", { about: "a store to a clean page", arch: [arch] }, (m) => {
      const mm = m.mm();
      const page = mm.page("page0", { young: false, dirty: false });
      m.details({ flags: true, hardware });
      m.check("revoked-access");
      m.thread("task", { cpu: 0, mm }, (k) =>
        k.store(page, { onFault: (handler) => handler.handleMmFault(page, { write: true }) }),
      );
      m.thread("kernel", { cpu: 1, mm }, (k) => {
        k.lock(page.ptl);
        k.ptepSetWrprotect(page);
        k.unlock(page.ptl);
        k.do("returned", "data", () => k.system.observers.tell("revoked", k.system.at(page), "write"));
      });
      m.goal("marked", (system) => system.pte(page).dirty);
    });

  test.each(["intel", "amd"])("%s: is enumerated where the hardware sets flags", (arch) => {
    expect(modelOf(stored(arch, "closed")).assumptions).toContain(
      "hardware enumerated: hardware sets flags of entries",
    );
  });

  test.each(byFaults)("%s: where faults set them it has the same verdicts", async (arch) => {
    const [closed, enumerated] = [modelOf(stored(arch, "closed")), modelOf(stored(arch, "enumerated"))];
    expect(closed.assumptions).toContain("hardware closed: states say what may be cached");
    const [one, other] = [await verdictsOf(closed), await verdictsOf(enumerated)];
    expect(Object.keys(one.violated)).toEqual(["revoked-access"]);
    expect([Object.keys(one.violated), one.unreached]).toEqual([
      Object.keys(other.violated),
      other.unreached,
    ]);
  });
});
