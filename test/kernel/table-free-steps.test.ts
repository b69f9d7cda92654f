/**
 * The fixed variants of the third race, with one step of the kernel's code at a time left out or weaker: what the
 * order unlink, flush, wait, free rests on must be missed.
 */
import { describe, expect, test } from "vitest";
import tableFree from "../../models/table-free.ts";
import { configurations } from "../../src/model/family.ts";
import { weaken } from "../../src/necessity/weaken.ts";
import { verdictsOf } from "../support/verdicts.ts";

const HW = "use-after-free-table";
const SW = "use-after-free-table-software";

/** What is violated on an architecture if the unmapper's step of this label has another form. */
async function without(variant: string, arch: string, label: string, form = "omitted"): Promise<string[]> {
  const [configuration] = configurations(tableFree, { variant, arch });
  const model = tableFree.build(configuration!);
  const rule = model.rules.find(
    ({ name }) => name.startsWith("unmapper: ") && name.replace(/^.*?: \d+ /, "") === label,
  );
  if (!rule)
    throw new Error(`no step "${label}"; there are ${model.rules.map(({ name }) => name).join(", ")}`);
  return Object.keys((await verdictsOf(weaken(model, rule.name, form))).violated).sort();
}

describe("flush, interrupts, free, a step weakened", () => {
  test("without the TLBI, or with a local one, hardware walks the freed table", async () => {
    expect(await without("001-B4n", "arm64", "TLBI VAE1IS page0")).toEqual([HW]);
    expect(await without("001-B4n", "arm64", "TLBI VAE1IS page0", "local")).toEqual([HW]);
  });

  test("without waiting for the TLBI", async () => {
    expect(await without("001-B4n", "arm64", "dsb(ish)")).toEqual([HW]);
  });

  test("without waiting for the interrupts of the flush", async () => {
    expect(await without("001-B4n", "intel", "wait for the IPIs")).toContain(HW);
  });

  test.each(["arm64", "intel", "amd"])(
    "on %s the second round of interrupts matters only where the first sent none",
    async (arch) => {
      const wait = "wait for IPI tlb_remove_table_smp_sync";
      expect(await without("001-B4n", arch, wait)).toEqual(arch === "arm64" ? [SW] : []);
    },
  );
});

test("without waiting for the grace period a software walker is hit, and hardware is not", async () => {
  expect(await without("001-B10", "arm64", "synchronize_rcu()")).toEqual([SW]);
  expect(await without("001-B10", "intel", "synchronize_rcu()")).toEqual([SW]);
});
