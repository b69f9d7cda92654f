import { expect, test } from "vitest";
import family from "../../models/visited-set.ts";
import { modelOf, verdictsOf } from "../support/verdicts.ts";

test.each([
  { variant: "exchange", violated: {}, states: 52 },
  { variant: "plain-store", violated: { "in-the-table-once": 7, "none-lost": 10 }, states: 100 },
  { variant: "words-last", violated: { "words-published": 3 }, states: 86 },
])("visited-set, $variant", async ({ variant, violated, states }) => {
  expect(await verdictsOf(modelOf(family, variant))).toEqual({ violated, unreached: [], states });
});
