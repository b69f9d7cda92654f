/**
 * The verdicts of x86's switches and flushes, typed from what the commits say of the code before and after them; that of
 * 007-P1 from the comment of flush_tlb_func(). Not from what the tool printed.
 */
import { describe, expect, test } from "vitest";
import model from "../../models/x86-tlb-generations.ts";
import { configurations, expectedVerdict } from "../../src/model/family.ts";
import { verdictsOf } from "../support/verdicts.ts";

const REVOKE = "revoked-access";

/** Identifier, name, whether revoked-access is violated, and whether it is if every store is in memory at once. */
const table = [
  ["007-M1", "mask-read-early", true, false],
  ["007-M1f", "mask-read-ordered", false, false],
  ["007-S1", "switching-spared", true, true],
  ["007-S1f", "switching-counts", false, false],
  ["007-O1", "switching-unordered", true, false],
  ["007-O1f", "switching-ordered", false, false],
  ["007-O1s", "switching-late", true, true],
  ["007-P1", "partial-any", true, true],
  ["007-P1f", "partial-next", false, false],
] as const;

test("the table and the model file name the same variants", () => {
  const told = Object.entries(model.variants).map(([name, { id }]) => [id, name]);
  expect(told).toEqual(table.map(([id, name]) => [id, name]));
});

describe.each(table)("%s", (id, _, violated, underSc) => {
  test.each(["intel", "amd"])("on %s", async (arch) => {
    const [configuration] = configurations(model, { variant: id, arch });
    const verdicts = await verdictsOf(model.build(configuration!));
    expect(Object.keys(verdicts.violated)).toEqual(violated ? [REVOKE] : []);
    expect(verdicts.unreached).toEqual([]);
    expect(expectedVerdict(model, configuration!, REVOKE)).toBe(violated ? "violated" : "holds");
  });

  test("with every store in memory at once", async () => {
    const [configuration] = configurations(model, {
      variant: id,
      arch: "intel",
      parameters: { order: "sc" },
    });
    const verdicts = await verdictsOf(model.build(configuration!));
    expect(Object.keys(verdicts.violated)).toEqual(underSc ? [REVOKE] : []);
  });
});
