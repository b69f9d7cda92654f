/**
 * Closed and enumerated hardware on scenarios made at random, weakened kernels among them: the same violations and goals,
 * and each enumerated step matched by a closed one. TLBCHECK_CLOSED_SCENARIOS says how many are compared; those that
 * are larger than a few thousand states are passed over. The seed is fixed.
 */
import * as fc from "fast-check";
import { expect, test } from "vitest";
import type { Model } from "../../src/model/model.ts";
import { closedFinds, enumeratedFinds, notSimulated } from "../support/forms.ts";
import { familyOf, type Generated, generated } from "../support/generated-scenario.ts";

const COMPARED = Number(process.env["TLBCHECK_CLOSED_SCENARIOS"] ?? 8);
const MAX_STATES = 5000;

const built = (each: Generated, hardware: string): Model =>
  familyOf(each).build({ arch: each.arch, variant: "default", parameters: { hardware } });

test(`${COMPARED} scenarios made at random`, { timeout: 0 }, async () => {
  let compared = 0;
  let violating = 0;
  for (const each of fc.sample(generated, { numRuns: 8 * COMPARED, seed: 1 })) {
    if (compared === COMPARED) break;
    const [reference, closed] = [built(each, "enumerated"), built(each, "closed")];
    expect(closed.saturated, JSON.stringify(each)).toBe(true);
    const expected = await enumeratedFinds(reference, MAX_STATES);
    if (!expected) continue;
    expect(await closedFinds(closed, reference), JSON.stringify(each)).toEqual(expected);
    expect(await notSimulated(reference, closed), JSON.stringify(each)).toEqual([]);
    compared += 1;
    if (Object.keys(expected.violated).length > 0) violating += 1;
  }
  expect(compared).toBe(COMPARED);
  expect(violating).toBeGreaterThan(0);
});
