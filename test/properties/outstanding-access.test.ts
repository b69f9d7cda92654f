/** Accesses that began before a revoking call returned, and are performed after it. */
import { describe, expect, test } from "vitest";
import { type HardwareOverride, type Page, rule, scenario, type Thread, withRules } from "../../src/index.ts";
import type { HardwareRules } from "../../src/arch/architecture.ts";
import { violated } from "../support/verdicts.ts";

const NAME = "outstanding-access";

const replaced =
  (rules: Partial<HardwareRules>): HardwareOverride =>
  (architecture) =>
    withRules(architecture, rules);

type Revokes = (k: Thread, page: Page) => void;

function call(arch: string, revokes: Revokes, ...checked: string[]) {
  return scenario("call", { about: "a call and a store that races", arch: [arch] }, (m) => {
    if (arch === "amd") m.details({ kernel: { invlpgb: "async" } });
    const mm = m.mm();
    const page = mm.page("page0");
    m.spareFrame("spare");
    m.thread("changes", { cpu: 0, mm }, (k) => revokes(k, page));
    m.thread("stores", { cpu: 1, mm }, (k) => k.store(page));
    m.check(...checked);
  });
}

const calls = {
  "mprotect(PROT_READ)": (k: Thread, page: Page) => k.mprotect(page, "ro"),
  "munmap()": (k: Thread, page: Page) => k.munmap(page),
};

describe.each(Object.entries(calls))("%s", (_, revokes) => {
  test.each(["arm64", "intel", "amd", "riscv"])("leaves no access outstanding on %s", async (arch) => {
    expect(await violated(call(arch, revokes, NAME, "revoked-access"))).toEqual([]);
  });

  test("leaves one where completion does not await accesses (ARM-5, as with errata), but none that begins later", async () => {
    const hasty = replaced({ awaitsAccesses: rule("ARM-5", "awaits no access", false) });
    const family = call("arm64", revokes, "P-OUTSTANDING", "revoked-access");
    expect(await violated(family, undefined, hasty)).toEqual([NAME]);
  });

  test("leaves one where TLBSYNC does not await accesses (AMD-1)", async () => {
    const hasty = replaced({ awaitsAccesses: rule("HW-5", "awaits no access", false) });
    expect(await violated(call("amd", revokes, NAME), undefined, hasty)).toEqual([NAME]);
  });

  test.each(["intel", "riscv"])(
    "leaves one where an interrupt is taken in front of it on %s",
    async (arch) => {
      const early = replaced({
        mayInterrupt: rule("HW-5", "awaits no access", (machine, cpu) => machine.interrupts.on(cpu)),
      });
      expect(await violated(call(arch, revokes, NAME, "revoked-access"), undefined, early)).toEqual([NAME]);
    },
  );
});

test("what is granted again before the access is performed is not outstanding", async () => {
  const family = call(
    "arm64",
    (k, page) => {
      k.mprotect(page, "ro");
      k.mprotect(page, "rw");
    },
    NAME,
  );
  const hasty = replaced({ awaitsAccesses: rule("ARM-5", "awaits no access", false) });
  expect(await violated(family)).toEqual([]);
  // In between it is.
  expect(await violated(family, undefined, hasty)).toEqual([NAME]);
});

test("a device whose invalidations are not awaited has an access outstanding", async () => {
  const family = (waits: boolean) =>
    scenario("device", { about: "DMA that was translated before", arch: ["intel"] }, (m) => {
      const mm = m.mm();
      const page = mm.page("page0");
      m.device("device", { mm });
      m.thread("changes", { cpu: 0, mm }, (k) => k.mprotect(page, "ro"));
      if (!waits) m.hardware(() => ({ awaitsAccesses: rule("HW-5", "awaits no access", false) }));
      m.check(NAME);
    });
  expect(await violated(family(true))).toEqual([]);
  expect(await violated(family(false))).toEqual([NAME]);
});
