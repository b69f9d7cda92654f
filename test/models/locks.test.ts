import { describe, expect, test } from "vitest";
import peterson from "../../models/peterson.ts";
import ticketLock from "../../models/ticket-lock.ts";
import { modelOf, verdictsOf } from "../support/verdicts.ts";

/** States as SPIN and rumur count them, too. */
describe("peterson", () => {
  test.each([
    { variant: "fixed", violated: {}, states: 20 },
    { variant: "turn-first", violated: { exclusion: 6 }, states: 32 },
    { variant: "no-turn", violated: { deadlock: 4 }, states: 15 },
    { variant: "store-buffer", violated: { exclusion: 6 }, states: 98 },
    { variant: "fair", violated: {}, states: 20 },
    { variant: "unfair", violated: { "starvation-0": 0, "starvation-1": 0 }, states: 20 },
  ])("$variant", async ({ variant, violated, states }) => {
    expect(await verdictsOf(modelOf(peterson, variant))).toEqual({ violated, unreached: [], states });
  });
});

describe("ticket-lock", () => {
  test.each([
    { variant: "fixed", violated: {}, states: 375 },
    { variant: "two-steps", violated: { exclusion: 6, deadlock: 12 }, states: 6899 },
    { variant: "few-tickets", violated: { exclusion: 5, deadlock: 11 }, states: 771 },
  ])("$variant", async ({ variant, violated, states }) => {
    expect(await verdictsOf(modelOf(ticketLock, variant))).toEqual({ violated, unreached: [], states });
  });
});
