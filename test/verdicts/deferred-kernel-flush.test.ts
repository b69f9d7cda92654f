/**
 * The verdicts of the race of deferred kernel flushes, typed from the analysis of the mail thread
 * "context_tracking,x86: Defer some IPIs until a user->kernel transition" (2025); not from what the tool printed.
 */
import { describe, expect, test } from "vitest";
import deferred from "../../models/deferred-kernel-flush.ts";
import { configurations, expectedVerdict, variantId } from "../../src/model/family.ts";
import { verdictsOf } from "../support/verdicts.ts";

const VAREUSE = "reused-address";
const UAF = "use-after-free-page";
const ENTRY = "access-before-flush";
const SPEC = "transient-use-after-free";
const TABLE = "use-after-free-table";

/** The properties that are violated, the same on Intel and AMD but for machine checks; none for "holds". */
const table: Readonly<Record<string, readonly string[]>> = {
  "004-D0": [],
  "004-D0c": [UAF],
  "004-D0r": [],
  "004-D1": [],
  "004-D1v": [ENTRY, VAREUSE, UAF],
  // The thread names the reuse of the address; the old page is free by then, and its flush is still to come.
  // The flush that was put off is done, and does not cover what is used.
  "004-D1g": [VAREUSE, UAF],
  "004-D1p": [VAREUSE, UAF],
  "004-D2": [ENTRY, VAREUSE, UAF],
  "004-D3": [],
  // What is cached behind the flush is not older than that, so that it is no matter of P-ENTRY.
  "004-D3t": [VAREUSE, UAF],
  "004-D4": [],
  "004-D4v": [ENTRY, VAREUSE, UAF],
  // Also without PCIDs, by a walk on the way out: the kernel's tables are loaded until MOV CR3, and context tracking
  // has said "user" before that.
  "004-D6": [TABLE],
  "004-D8": [],
};

/**
 * With --strict, transient-use-after-free is violated wherever a page is freed before the flush: vfree() does so on
 * purpose. D3 and D3t free it behind the flush, which the isolated CPU has still to make. In D6 no page is freed, but a
 * walk of the freed table finds anything.
 */
const holdsSpec = ["004-D0r"];

/** A walk of garbage raises a machine check on AMD (AMD-3). */
const expectedOn = (arch: string, id: string): readonly string[] =>
  arch === "amd" && id === "004-D6" ? [...table[id]!, "machine-check"] : table[id]!;

const all = configurations(deferred).map((configuration) => {
  const id = variantId(deferred, configuration)!;
  return [id, configuration.arch!, expectedOn(configuration.arch!, id), configuration] as const;
});

test("the table and the model file name the same variants", () => {
  expect([...new Set(all.map(([id]) => id))].sort()).toEqual(Object.keys(table).sort());
});

describe.each([
  ["with isolation and PCIDs", {}],
  ["without isolation", { pti: "false" }],
  ["without PCIDs", { pcid: "false" }],
] as const)("%s", (_, parameters) => {
  test.each(all)("%s on %s violates %j", async (id, arch, expected) => {
    const [configuration] = configurations(deferred, { variant: id, arch, parameters });
    const { violated, states, unreached } = await verdictsOf(deferred.build(configuration!));
    expect(Object.keys(violated).sort()).toEqual([...expected].sort());
    expect(unreached).toEqual([]);
    expect(states).toBeLessThan(100_000);
  });
});

test.each(all)("%s on %s with --strict", async (id, arch, expected) => {
  const [configuration] = configurations(deferred, { variant: id, arch, parameters: { strict: "true" } });
  const model = deferred.build(configuration!);
  const transient = holdsSpec.includes(id) ? [] : [SPEC];
  const violated = Object.keys((await verdictsOf(model)).violated);
  expect(violated.sort()).toEqual([...expected, ...transient].sort());
  expect(expectedVerdict(deferred, configuration!, SPEC)).toBe(transient.length > 0 ? "violated" : "holds");
});

test("004-D3 and 004-D3t differ only by the store buffer: without it both hold", async () => {
  for (const id of ["004-D3", "004-D3t"]) {
    const [configuration] = configurations(deferred, {
      variant: id,
      arch: "intel",
      parameters: { order: "sc" },
    });
    const { violated } = await verdictsOf(deferred.build(configuration!));
    expect(Object.keys(violated)).toEqual([]);
  }
});

test.each(all)("%s on %s: the model file expects %j", (_, __, expected, configuration) => {
  const { properties } = deferred.build(configuration);
  const claimed = properties.filter(
    ({ name, kind }) => kind !== "goal" && expectedVerdict(deferred, configuration, name) === "violated",
  );
  expect(claimed.map(({ name }) => name).sort()).toEqual([...expected].sort());
});
