/** The line below the table of a suite. */
import { expect, test } from "vitest";
import { suiteConclusion } from "../../src/report/suite.ts";

test("what has no verdict is not called as expected", () => {
  const configurations = [{ variant: "a", arch: null, outcome: null }];
  expect(suiteConclusion([{ name: "x", about: "", configurations }])).toBe(
    "0 verdicts on 1 configuration, 1 without a verdict",
  );
});
