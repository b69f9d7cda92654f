/**
 * The verdicts of the first race, typed from the analysis of the mail thread "arm64/mm: Close theoretical race
 * where stale TLB entry remains valid" (2025) and of the commits that the model file names; not from what the
 * tool printed. `docs/races.md` has the same table with the reasons.
 */
import { describe, expect, test } from "vitest";
import reclaim from "../../models/reclaim-mprotect.ts";
import { configurations, expectedVerdict, variantId } from "../../src/model/family.ts";
import { verdictsOf } from "../support/verdicts.ts";

const REVOKE = "revoked-access";
const UAF = "use-after-free-page";
const COHERENT = "incoherent-page";

/** The properties that are violated, by architecture and identifier of the variant; none for "holds". */
const table: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>> = {
  arm64: {
    "000-A0": [REVOKE],
    "000-A0b": [COHERENT, REVOKE],
    "000-A0s": [],
    "000-A0t": [],
    "000-A1": [],
    // Two tables with a lock each: the race that commit 5ee2fa2f0636 closed with its counters.
    "000-A1t": [REVOKE],
    "000-A2": [],
    "000-A2m": [REVOKE],
    "000-A3": [REVOKE],
    "000-A3s": [],
    "000-A4": [],
    "000-A5": [],
    "000-A6": [UAF],
    "000-A7": [REVOKE],
    "000-A7b": [],
  },
  intel: {
    "000-A0": [REVOKE],
    "000-A0b": [COHERENT, REVOKE],
    "000-A0s": [],
    // A switch within one address space looks at no generation.
    "000-A0t": [REVOKE],
    "000-A1": [],
    "000-A1t": [REVOKE],
    "000-A2": [],
    "000-A2m": [REVOKE],
    "000-A4": [],
    "000-A5": [],
    // The mask of the batch is in the task, and the flush is by interrupt.
    "000-A6": [],
  },
  amd: {
    "000-A0": [REVOKE],
    "000-A0b": [COHERENT, REVOKE],
    "000-A0s": [],
    "000-A0t": [REVOKE],
    "000-A1": [],
    "000-A1t": [REVOKE],
    "000-A2": [],
    "000-A2m": [REVOKE],
    // INVLPGB and TLBSYNC in the place of TLBI and DSB.
    "000-A3": [REVOKE],
    "000-A3s": [],
    "000-A4": [],
    "000-A4i": [],
    "000-A5": [],
    "000-A6": [UAF],
  },
  riscv: {
    "000-A8n": [REVOKE],
    // The hart that maps the new page executes SFENCE.VMA for it, and no other hart accesses.
    "000-A0b": [],
    // A switch neither flushes nor catches up.
    "000-A0s": [REVOKE],
    "000-A0t": [REVOKE],
    "000-A1": [],
    "000-A1t": [REVOKE],
    "000-A2": [],
    "000-A2m": [REVOKE],
    "000-A8f": [REVOKE],
    "000-A8": [],
    "000-A5": [],
    "000-A6": [],
  },
};

const all = configurations(reclaim).map((configuration) => {
  const id = variantId(reclaim, configuration)!;
  return [id, configuration.arch!, table[configuration.arch!]?.[id], configuration] as const;
});

test("the table and the model file name the same configurations", () => {
  const typed = Object.entries(table).flatMap(([arch, ids]) => Object.keys(ids).map((id) => `${id} ${arch}`));
  expect(all.map(([id, arch]) => `${id} ${arch}`).sort()).toEqual(typed.sort());
});

test.each(all)("%s on %s violates %j", async (_, __, expected, configuration) => {
  const { violated, states } = await verdictsOf(reclaim.build(configuration));
  expect(Object.keys(violated).sort()).toEqual(expected);
  expect(states).toBeLessThan(3_000_000);
});

test.each(all)("%s on %s: the model file expects %j", (_, __, expected, configuration) => {
  const { properties } = reclaim.build(configuration);
  const claimed = properties.filter(
    ({ name, kind }) => kind !== "goal" && expectedVerdict(reclaim, configuration, name) === "violated",
  );
  expect(claimed.map(({ name }) => name).sort()).toEqual(expected);
});

/** Those whose two-table variants have millions of states with walks in two steps. */
const oneTable = all.filter(([id]) => !["000-A1t", "000-A2"].includes(id));

describe("walks in two steps", () => {
  const chosen = all.filter(([id, arch]) => arch === "arm64" || !["000-A1t", "000-A2"].includes(id));
  test.each(chosen)("%s on %s violates the same", async (id, arch, expected) => {
    const [configuration] = configurations(reclaim, { variant: id, arch, parameters: { walk: "stepwise" } });
    expect(Object.keys((await verdictsOf(reclaim.build(configuration!))).violated).sort()).toEqual(expected);
  });
});

/** Walks that run ahead of a CPU's own barriers change none of them: system calls are exceptions, which drop them. */
describe("without ETS2", () => {
  const chosen = oneTable.filter(([, arch]) => arch === "arm64");
  test.each(chosen)("%s on %s violates the same", async (id, arch, expected) => {
    const [configuration] = configurations(reclaim, { variant: id, arch, parameters: { ets2: "false" } });
    expect(Object.keys((await verdictsOf(reclaim.build(configuration!))).violated).sort()).toEqual(expected);
  });
});
