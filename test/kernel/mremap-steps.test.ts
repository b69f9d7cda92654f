/** The fix of the race of mremap(), with one step of mremap() left out or weaker. */
import { expect, test } from "vitest";
import mremap from "../../models/mremap-move.ts";
import { configurations } from "../../src/model/family.ts";
import { weaken } from "../../src/necessity/weaken.ts";
import { verdictsOf } from "../support/verdicts.ts";

const UAF = ["use-after-free-page"];

/** What is violated on an architecture if mremap()'s step of this label has another form. */
async function without(arch: string, label: string, form = "omitted"): Promise<string[]> {
  const [configuration] = configurations(mremap, { variant: "005-M3", arch });
  const model = mremap.build(configuration!);
  const names = model.rules.map(({ name }) => name).filter((name) => name.startsWith("mremap: "));
  const found = names.find((name) => name.replace(/^.*?: \d+ /, "") === label);
  if (found === undefined) throw new Error(`no step "${label}"; there are ${names.join(", ")}`);
  return Object.keys((await verdictsOf(weaken(model, found, form))).violated).sort();
}

test("without the TLBI, with a local one, or without waiting for it the page is used after the free", async () => {
  expect(await without("arm64", "TLBI VAE1IS old")).toEqual(UAF);
  expect(await without("arm64", "TLBI VAE1IS old", "local")).toEqual(UAF);
  expect(await without("arm64", "dsb(ish)")).toEqual(UAF);
});

test("so it is on riscv without waiting for the interrupts", async () => {
  expect(await without("riscv", "wait for IPI SFENCE.VMA old of mm")).toEqual(UAF);
});

// ftruncate()'s own flush, which is waited for, finds a generation missing and drops everything.
test.each(["intel", "amd"])("on %s tlb_gen makes up for it", async (arch) => {
  expect(await without(arch, "wait for the IPIs")).toEqual([]);
  expect(await without(arch, "inc_mm_tlb_gen(mm)")).toEqual(UAF);
});

// Whoever comes through the reverse map looks at the old address first, so that either lock keeps them waiting.
test.each(["table0", "table1"])("without the lock of %s the other one is enough", async (table) => {
  expect(await without("arm64", `spin_lock(mm.ptl(${table}))`)).toEqual([]);
});
