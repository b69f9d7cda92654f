/**
 * The verdicts of the first race, typed from the analysis of the mail thread "arm64/mm: Close theoretical race
 * where stale TLB entry remains valid" (2025) and of the commits that the model file names; not from what the
 * tool printed. `docs/races.md` has the same table with the reasons.
 */
import { expect, test } from "vitest";
import reclaim from "../../models/reclaim-mprotect.ts";
import { configurations, expectedVerdict } from "../../src/model/family.ts";
import { verdictsOf, violated } from "../support/verdicts.ts";

const REVOKE = "revoked-access";
const UAF = "use-after-free-page";

/** Identifier of the variant, and the properties that are violated on arm64. */
const table: readonly (readonly [id: string, violated: readonly string[]])[] = [
  ["000-A0", [REVOKE]],
  ["000-A0b", ["incoherent-page", REVOKE]],
  ["000-A0s", []],
  ["000-A1", []],
  // Two tables with a lock each: the race that commit 5ee2fa2f0636 closed with its counters.
  ["000-A1t", [REVOKE]],
  ["000-A2", []],
  ["000-A2m", [REVOKE]],
  ["000-A3", [REVOKE]],
  ["000-A3s", []],
  ["000-A4", []],
  ["000-A5", []],
  ["000-A6", [UAF]],
  ["000-A7", [REVOKE]],
  ["000-A7b", []],
];

test("the table and the model file name the same variants", () => {
  const ids = Object.values(reclaim.variants).map(({ id }) => id);
  expect(table.map(([id]) => id)).toEqual(ids);
});

test.each(table)("%s on arm64 violates %j", async (id, expected) => {
  expect(await violated(reclaim, id)).toEqual(expected);
});

/** Walks that run ahead of a CPU's own barriers change none of them: system calls are exceptions, which drop them. */
const small = table.filter(([id]) => !["000-A1t", "000-A2"].includes(id));

test.each(small)("%s on arm64 without ETS2 violates the same", async (id, expected) => {
  const [configuration] = configurations(reclaim, { variant: id, parameters: { ets2: "false" } });
  expect(Object.keys((await verdictsOf(reclaim.build(configuration!))).violated).sort()).toEqual(expected);
});

test.each(table)("%s on arm64 with walks in two steps violates the same", async (id, expected) => {
  const [configuration] = configurations(reclaim, { variant: id, parameters: { walk: "stepwise" } });
  expect(Object.keys((await verdictsOf(reclaim.build(configuration!))).violated).sort()).toEqual(expected);
});

test.each(table)("%s: the model file expects the same", (id, expected) => {
  const [configuration] = configurations(reclaim, { variant: id });
  const model = reclaim.build(configuration!);
  const assertions = model.properties.filter(({ kind }) => kind === "assertion").map(({ name }) => name);
  const claimed = assertions.filter((name) => expectedVerdict(reclaim, configuration!, name) === "violated");
  expect(claimed.sort()).toEqual(expected);
});
