/**
 * The first race with memory order tso. No verdict differs from sc: the kernel's code has the barriers that these
 * variants need besides the one that is at issue, and on x86 each flush begins with a locked instruction.
 */
import { expect, test } from "vitest";
import reclaim from "../../models/reclaim-mprotect.ts";
import { type Configuration, configurations, expectedVerdict } from "../../src/model/family.ts";
import { verdictsOf, type Verdicts } from "../support/verdicts.ts";
import { STORE_BUFFER_DEPTH } from "../../src/kernel/cells.ts";

function configured(arch: string, variant: string, stores: number): Configuration {
  const parameters = { order: "tso", stores: String(stores) };
  return configurations(reclaim, { arch, variant, parameters })[0]!;
}

function explored(configuration: Configuration): Promise<Verdicts> {
  return verdictsOf(reclaim.build(configuration));
}

/** The variants without a barrier of arm64's own, and of those the ones with one page. */
const x86 = ["000-A0", "000-A0b", "000-A0s", "000-A1", "000-A2m", "000-A4", "000-A5"];
const cases = [
  ...configurations(reclaim, { arch: "arm64" }).map(({ variant }) => ["arm64", variant] as const),
  ...["intel", "amd"].flatMap((arch) => x86.map((variant) => [arch, variant] as const)),
];

test.each(cases)("%s %s with tso: as with sc, and no buffer is ever full", async (arch, variant) => {
  const configuration = configured(arch, variant, STORE_BUFFER_DEPTH);
  const { violated, states, unreached } = await explored(configuration);
  const properties = reclaim.build(configuration).properties.filter(({ kind }) => kind === "assertion");
  const expected = properties.filter(
    ({ name }) => expectedVerdict(reclaim, configuration, name) === "violated",
  );
  expect(Object.keys(violated).sort()).toEqual(expected.map(({ name }) => name).sort());
  expect(unreached).toEqual([]);
  // With room for one more, nothing more is reached.
  expect((await explored(configured(arch, variant, STORE_BUFFER_DEPTH + 1))).states).toBe(states);
});
