/**
 * The verdicts of the race of secondary TLBs, typed from the analysis of the mail thread "mmu_notifiers: Call
 * invalidate_range() when invalidating TLBs" (2023) and of the commits that the model file names; not from what the
 * tool printed. `docs/races.md` has the same table with the reasons.
 */
import { describe, expect, test } from "vitest";
import secondary from "../../models/secondary-tlb.ts";
import { compiledEngine } from "../../src/explorer/wasm-engine.ts";
import { configurations, expectedVerdict, variantId } from "../../src/model/family.ts";
import { foldedRows, rowsOf } from "../../src/report/rows.ts";
import { replayViolation } from "../../src/trace/replay.ts";
import { modelOf, verdictsOf } from "../support/verdicts.ts";

const LIVE = "endless-fault";
const SECONDARY = "stale-device-access";
const WRONG_MM = "misaddressed-invalidation";
/** P-SECONDARY is P-UAF-PAGE for devices, so where a device uses a freed page both are violated. */
const UAF = "use-after-free-page";
/** Of CVE-2025-71202: what an IOMMU reads in a table that is none any more may permit DMA anywhere. */
const TABLE = "use-after-free-table";

/** The properties that are violated, by architecture and identifier of the variant; none for "holds". */
const x86: Readonly<Record<string, readonly string[]>> = {
  "002-C0x": [],
  "002-C1": [],
  "002-C1r": [],
  // A null pointer: the crash comes before the page is freed.
  "002-C2": [WRONG_MM],
  "002-C2w": [WRONG_MM, SECONDARY, UAF],
  "002-C2o": [],
  "002-C3": [],
  "002-C3w": [],
  "002-C4": [TABLE, SECONDARY],
  "002-C4f": [],
};
const table: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>> = {
  // The notifier of a batch was at the right place on arm64 from the beginning.
  arm64: { "002-C0": [LIVE], "002-C1": [], "002-C1l": [], "002-C1r": [], "002-C3": [], "002-C3w": [] },
  intel: x86,
  amd: x86,
};

const all = configurations(secondary).map((configuration) => {
  const id = variantId(secondary, configuration)!;
  return [id, configuration.arch!, table[configuration.arch!]?.[id], configuration] as const;
});

test("the table and the model file name the same configurations", () => {
  const typed = Object.entries(table).flatMap(([arch, ids]) => Object.keys(ids).map((id) => `${id} ${arch}`));
  expect(all.map(([id, arch]) => `${id} ${arch}`).sort()).toEqual(typed.sort());
});

describe.each([
  ["walks in one step", { walk: "atomic" }],
  ["walks in two steps", {}],
  ["store buffers", { order: "tso" }],
  ["no evictions", { evict: "false" }],
] as const)("%s", (_, parameters) => {
  test.each(all)("%s on %s violates %j", async (id, arch, expected) => {
    const [configuration] = configurations(secondary, { variant: id, arch, parameters });
    const { violated, states, unreached } = await verdictsOf(secondary.build(configuration!));
    expect(Object.keys(violated).sort()).toEqual([...expected!].sort());
    expect(unreached).toEqual([]);
    expect(states).toBeLessThan(1_000_000);
  });
});

test.each(all)("%s on %s: the model file expects %j", (_, __, expected, configuration) => {
  const { properties } = secondary.build(configuration);
  const claimed = properties.filter(
    ({ name, kind }) => kind !== "goal" && expectedVerdict(secondary, configuration, name) === "violated",
  );
  expect(claimed.map(({ name }) => name).sort()).toEqual([...expected!].sort());
});

test("002-C0 is a lasso of no more rows than the analysis has", async () => {
  const model = modelOf(secondary, "upgrade");
  const { violations } = await compiledEngine.search(model, { properties: [LIVE] });
  const trace = replayViolation(model, LIVE, violations[0]!.path!);
  const { rows, cycle } = rowsOf(trace, foldedRows);
  const told = rows.map(({ actor, text }) => `${actor}: ${text}`);
  // Device fill RO, write fault, the entry made RW; respond, the retry hits RO, the spurious fault.
  expect(told.slice(0, cycle!)).toEqual([
    "device: [translation: page0 RO into the ATC]",
    "device: DMA: write page0: permission fault, by an RO entry of the ATC",
    "iopf: iommu_sva_handle_iopf(page0): made writable, dsb(ishst), TLBI VALE1IS page0, dsb(ish)",
  ]);
  expect(told.slice(cycle!)).toEqual([
    "device: DMA again: write page0: permission fault, by an RO entry of the ATC",
    "iopf: iommu_sva_handle_iopf(page0): spurious, nothing flushed",
  ]);
  expect(rows.length).toBeLessThanOrEqual(6);
});

test("002-C0x has the kernel code of 002-C0: the fault handler of x86 flushes nothing", () => {
  const stepsOf = (arch: string): string[] =>
    modelOf(secondary, "upgrade", undefined, arch)
      .rules.filter(({ actor }) => actor.name === "iopf")
      .map(({ name }) => name.replace(/^iopf: \d+ /, ""));
  const flush = ["dsb(ishst)", "read ASID of mm", "TLBI VALE1IS page0", "dsb(ish)"];
  const generic = (arch: string): string[] =>
    stepsOf(arch).filter((step) => !flush.includes(step) && !step.startsWith("ptep_set_access_flags"));
  expect(stepsOf("arm64")).toEqual(expect.arrayContaining(flush));
  expect(generic("intel")).toEqual(generic("arm64"));
});
