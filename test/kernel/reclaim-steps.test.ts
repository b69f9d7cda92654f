/**
 * The fixed variant of the first race, with one step of the kernel's code at a time in a weaker form: what the
 * fix rests on must be missed, and what it does not rest on must not.
 */
import { describe, expect, test } from "vitest";
import reclaim from "../../models/reclaim-mprotect.ts";
import { weaken } from "../../src/necessity/weaken.ts";
import { modelOf, verdictsOf } from "../support/verdicts.ts";

const fixed = modelOf(reclaim, "flush-mm");

/** The one rule of an actor whose step has this label. */
function ruleOf(actor: string, label: string, nth = 0): string {
  const found = fixed.rules.filter(
    ({ name }) => name.startsWith(`${actor}: `) && name.replace(/^.*?: \d+ /, "") === label,
  );
  const rule = found[nth];
  if (!rule)
    throw new Error(
      `${actor} has no step "${label}" number ${nth}; it has ${fixed.rules.map(({ name }) => name).join(", ")}`,
    );
  return rule.name;
}

async function without(rule: string, form = "omitted"): Promise<string[]> {
  return Object.keys((await verdictsOf(weaken(fixed, rule, form))).violated).sort();
}

describe("flush_tlb_mm() in the drain, a step weakened", () => {
  test("nothing weakened: all hold", async () => {
    expect((await verdictsOf(fixed)).violated).toEqual({});
  });

  test("without the TLBI, or with a local one on the task's own CPU", async () => {
    expect(await without(ruleOf("task", "TLBI ASIDE1IS"))).toEqual(["revoked-access"]);
    // The task writes on the CPU that flushed: its own entry is gone either way.
    expect(await without(ruleOf("task", "TLBI ASIDE1IS"), "local")).toEqual([]);
  });

  test("without the DSB behind it, or with one that does not wait for TLBIs", async () => {
    expect(await without(ruleOf("task", "dsb(ish)"))).toEqual(["revoked-access"]);
    expect(await without(ruleOf("task", "dsb(ish)"), "dsb(ishst)")).toEqual(["revoked-access"]);
  });

  test("without the re-check of the counters, or without counting", async () => {
    expect(await without(ruleOf("task", "read tlb_flush_batched"))).toEqual(["revoked-access"]);
    expect(await without(ruleOf("kswapd", "atomic_inc(tlb_flush_batched)"))).toEqual(["revoked-access"]);
  });

  test("without mprotect() taking the page-table lock", async () => {
    expect(await without(ruleOf("task", "spin_lock(mm.ptl)"))).toContain("revoked-access");
  });

  test("without reclaim's own DSB or TLBI the page is freed under the task's entry", async () => {
    expect(await without(ruleOf("kswapd", "dsb(ish)"))).toEqual(["use-after-free-page"]);
    expect(await without(ruleOf("kswapd", "TLBI VALE1IS page0"))).toEqual(["use-after-free-page"]);
    expect(await without(ruleOf("kswapd", "TLBI VALE1IS page0"), "local")).toEqual(["use-after-free-page"]);
  });
});

describe("steps as data", () => {
  test("every step of a thread carries its kind, its line in the model file, and is weakly fair", () => {
    const steps = fixed.rules.filter(({ actor }) => ["kswapd", "task"].includes(actor.name));
    expect(steps.length).toBeGreaterThan(20);
    for (const rule of steps) {
      expect(rule.step, rule.name).not.toBeNull();
      expect(rule.fair, rule.name).toBe(true);
      expect(rule.source?.file, rule.name).toMatch(/models\/reclaim-mprotect\.ts$/);
    }
  });

  test("the parts of a queued flush are transitions of their own", () => {
    const labels = fixed.rules
      .filter(({ actor }) => actor.name === "kswapd")
      .map(({ name }) => name.replace(/^.*?: \d+ /, ""));
    const queue = [
      "dsb(ishst)",
      "read ASID of mm",
      "TLBI VALE1IS page0",
      "tlb_ubc.flush_required = true",
      "atomic_inc(tlb_flush_batched)",
    ];
    expect(labels.filter((label) => queue.includes(label))).toEqual(queue);
  });

  test("speculation and eviction are never fair", () => {
    const { rules } = modelOf(reclaim, "flush-mm", undefined, "arm64", { hardware: "enumerated" });
    for (const name of ["walk.read", "evict"])
      expect(rules.find((rule) => rule.name === name)?.fair).toBe(false);
  });

  test("an unknown rule or form is named with the known ones", () => {
    expect(() => weaken(fixed, "kswapd: 0 spin_lok(mm.ptl)", "omitted")).toThrow(/has no rule/);
    expect(() => weaken(fixed, ruleOf("task", "dsb(ish)"), "dsb")).toThrow(/no weaker form "dsb"/);
  });
});

test.each([
  ["arm64", "pending, dsb(ishst), TLBI ASIDE1IS, dsb(ish)"],
  ["intel", "pending, flush"],
])("on %s the row of the drain says what it does: %s", (arch, told) => {
  const texts = JSON.stringify(
    modelOf(reclaim, "flush-mm", undefined, arch).rules.map(({ event }) => event?.text),
  );
  expect(texts.includes(`"${told}"`)).toBe(true);
  expect(texts.includes("pending, nothing")).toBe(false);
});
