/**
 * Races with memory order tso. No verdict differs from sc: the kernel's code has the barriers that these
 * variants need besides the one that is at issue, and on x86 each flush begins with a locked instruction.
 */
import { expect, test } from "vitest";
import reclaim from "../../models/reclaim-mprotect.ts";
import tableFree from "../../models/table-free.ts";
import { type Configuration, configurations, expectedVerdict, type Family } from "../../src/model/family.ts";
import { verdictsOf, type Verdicts } from "../support/verdicts.ts";
import { STORE_BUFFER_DEPTH } from "../../src/kernel/locking/cells.ts";

function configured(family: Family, arch: string, variant: string, stores: number): Configuration {
  const parameters = { order: "tso", stores: String(stores) };
  return configurations(family, { arch, variant, parameters })[0]!;
}

function explored(family: Family, configuration: Configuration): Promise<Verdicts> {
  return verdictsOf(family.build(configuration));
}

/** The variants of the first race without a barrier of arm64's own, and of those the ones with one page. */
const x86 = ["000-A0", "000-A0b", "000-A0s", "000-A1", "000-A2m", "000-A4", "000-A5"];
/** The variants of the third in which garbage gets into two TLBs. */
const large = ["single-user-use-mm", "no-batch-page", "no-batch-page-rcu", "batch-full"];
const cases = [
  ...configurations(reclaim, { arch: "arm64" }).map(
    ({ variant }) => ["reclaim-mprotect", "arm64", variant] as const,
  ),
  ...["intel", "amd"].flatMap((arch) => x86.map((variant) => ["reclaim-mprotect", arch, variant] as const)),
  ...configurations(tableFree)
    .filter(({ arch, variant }) => arch === "arm64" || !large.includes(variant))
    .map(({ arch, variant }) => ["table-free", arch!, variant] as const),
];

test.each(cases)("%s %s %s with tso: as with sc, and no buffer is ever full", async (name, arch, variant) => {
  const family = name === "table-free" ? tableFree : reclaim;
  const configuration = configured(family, arch, variant, STORE_BUFFER_DEPTH);
  const { violated, states, unreached } = await explored(family, configuration);
  const properties = family.build(configuration).properties.filter(({ kind }) => kind === "assertion");
  const expected = properties.filter(
    ({ name: property }) => expectedVerdict(family, configuration, property) === "violated",
  );
  expect(Object.keys(violated).sort()).toEqual(expected.map((property) => property.name).sort());
  expect(unreached).toEqual([]);
  // With room for one more, nothing more is reached.
  const deeper = configured(family, arch, variant, STORE_BUFFER_DEPTH + 1);
  expect((await explored(family, deeper)).states).toBe(states);
});
