/** What the fixed forms of the fourth race rest on: each step taken out again, and what is violated then. */
import { describe, expect, test } from "vitest";
import splitGup from "../../models/thp-split-gup.ts";
import { weaken } from "../../src/model/weaken.ts";
import { modelOf, verdictsOf } from "../support/verdicts.ts";

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
