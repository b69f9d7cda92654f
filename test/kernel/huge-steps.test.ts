/** What the fixed forms of the fourth race rest on: each step taken out again, and what is violated then. */
import { describe, expect, test } from "vitest";
import splitGup from "../../models/thp-split-gup.ts";
import { type HugePageOptions, scenario, type Thread, type HugePage } from "../../src/index.ts";
import { weaken } from "../../src/necessity/weaken.ts";
import { modelOf, verdictsOf, violated } from "../support/verdicts.ts";

/** What is violated with the one step whose rule's name ends so left out. */
async function without(variant: string, arch: string, step: string): Promise<string[]> {
  const model = modelOf(splitGup, variant, undefined, arch);
  const [rule, ...more] = model.rules.filter(({ name }) => name.endsWith(step));
  if (!rule || more.length > 0) throw new Error(`name one rule: ${step}`);
  return Object.keys((await verdictsOf(weaken(model, rule.name, "omitted"))).violated).sort();
}

describe("003-T1", () => {
  test.each([
    ["arm64", ["taken-without-mapping", "unintended-entry"]],
    ["intel", ["unintended-entry"]],
    ["riscv", []],
  ])("on %s rests on the look at the entry before it is invalidated", async (arch, violated) => {
    expect(await without("fixed", arch, "pmdp_get(huge)")).toEqual(violated);
  });
});

describe("003-T1p", () => {
  test("rests on the flush between the invalid entry and the table", async () => {
    expect(await without("fixed-mapping", "arm64", "TLBI VAE1IS huge")).toEqual(["tlb-conflict"]);
    expect(await without("fixed-mapping", "intel", "wait for the IPIs")).toEqual(["tlb-conflict"]);
  });
  test("and on its completion", async () => {
    expect(await without("fixed-mapping", "arm64", "dsb(ish)")).toEqual(["tlb-conflict"]);
  });
});

describe("an entry that is of another kind by the time that the lock is taken is left alone", () => {
  /** Two threads do the same to one page, or one does it to what is not for it, while a third one looks. */
  const both = (page: HugePageOptions, does: (k: Thread, huge: HugePage) => void) =>
    scenario("both", { about: "twice", arch: ["intel"] }, (m) => {
      const mm = m.mm();
      const huge = mm.hugePage("huge", page);
      m.thread("first", { cpu: 0, mm }, (k) => does(k, huge));
      m.thread("second", { cpu: 1, mm }, (k) => does(k, huge));
      m.thread("walker", { cpu: 2, mm }, (k) => k.gupFastHuge(huge));
      m.check("P-ENTRYVAL");
    });

  test("a table is not split", async () => {
    const split = both({}, (k, huge) => k.splitHugePmd(huge, { invalidate: "always" }));
    expect(await violated(split)).toEqual([]);
    // A table that is invalidated is seen.
    const unlooked = both({}, (k, huge) => {
      k.splitHugePmd(huge);
      k.pmdpInvalidateAd(huge);
    });
    expect(await violated(unlooked)).toEqual(["unintended-entry"]);
  });

  test("a migration entry is not made read-only", async () => {
    const migration = { entry: "migration" } as const;
    expect(await violated(both(migration, (k, huge) => k.mprotectHuge(huge, "ro")))).toEqual([]);
    // The same operation, without a look at what the entry is.
    const unlooked = both(migration, (k, huge) => void k.pmdpInvalidateAd(huge));
    expect(await violated(unlooked)).toEqual(["unintended-entry"]);
  });
});
