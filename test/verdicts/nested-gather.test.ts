/**
 * The verdicts of nested gathers, typed from what commits 4647706ebeee and 99baac21e458 say of the code before and after
 * them; the mutations are our analysis. Not from what the tool printed. `docs/races.md` has the same table with the
 * reasons.
 */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import nested from "../../models/nested-gather.ts";
import { configurations, expectedVerdict, idsOf } from "../../src/model/family.ts";
import { weaken } from "../../src/necessity/weaken.ts";
import { verdictsOf } from "../support/verdicts.ts";

const REVOKED = "revoked-access";
const BOTH = [REVOKED, "use-after-free-page"];
const architectures = ["arm64", "intel", "amd", "riscv"];

/** Identifier, name, and whether revoked-access is violated: on all architectures alike. */
const table: readonly (readonly [id: string, name: string, violated: boolean])[] = [
  ["006-N0", "no-counter", true],
  ["006-N0s", "no-counter-one-cpu", true],
  ["006-N1", "always-flush", false],
  ["006-N2", "fixed", false],
  ["006-N2s", "fixed-one-cpu", false],
  ["006-N3", "fixed-whole-mm", false],
  ["006-N2d", "dec-before-flush", true],
  ["006-N2i", "inc-after-zap", true],
  ["006-N2e", "asked-too-early", true],
];

const cells = table.flatMap(([id, , violated]) => architectures.map((arch) => [id, arch, violated] as const));

test("the table and the model file name the same variants on the same architectures", () => {
  const known = configurations(nested).map(({ arch, variant }) => [nested.variants[variant]!.id, arch]);
  expect(cells.map(([id, arch]) => [id, arch])).toEqual(known);
});

describe.each([
  { walk: "atomic", order: "sc" },
  { walk: "stepwise", order: "sc" },
  { walk: "atomic", order: "tso" },
])("walks $walk, memory order $order", (parameters) => {
  test.each(cells)("%s on %s", async (id, arch, violated) => {
    const [configuration] = configurations(nested, { variant: id, arch, parameters });
    const verdicts = await verdictsOf(nested.build(configuration!));
    expect(Object.keys(verdicts.violated)).toEqual(violated ? [REVOKED] : []);
    expect(verdicts.unreached).toEqual([]);
    expect(expectedVerdict(nested, configuration!, REVOKED)).toBe(violated ? "violated" : "holds");
  });
});

/** What is violated in 006-N2 without the one step of this label that a thread has. */
async function without(arch: string, thread: string, label: string): Promise<string[]> {
  const [configuration] = configurations(nested, { variant: "006-N2", arch });
  const model = nested.build(configuration!);
  const names = model.rules.map(({ name }) => name).filter((name) => name.startsWith(`${thread}: `));
  const found = names.filter((name) => name.replace(/^.*?: \d+ /, "") === label);
  if (found.length !== 1) throw new Error(`not one step "${label}"; there are ${names.join(", ")}`);
  return Object.keys((await verdictsOf(weaken(model, found[0]!, "omitted"))).violated).sort();
}

// The flush that goes before a decrement goes before a free, too.
describe("the fix rests on", () => {
  // dec_tlb_flush_pending() relies on the flush before it to be complete, says its comment.
  test("the first thread waiting for its invalidation before it is no longer counted", async () => {
    expect(await without("arm64", "first", "dsb(ish)")).toEqual(BOTH);
    expect(await without("intel", "first", "wait for the IPIs")).toEqual(BOTH);
  });

  test("the second one's own flush, with the wait for it", async () => {
    expect(await without("arm64", "second", "TLBI VAE1IS page0")).toEqual(BOTH);
    expect(await without("arm64", "second", "dsb(ish)")).toEqual(BOTH);
  });
});

test("docs/races.md has the same table", () => {
  const page = readFileSync(new URL("../../docs/races.md", import.meta.url), "utf8");
  const rows = [...page.matchAll(/^\| (006-\w+) .*$/gm)].map(([line]) =>
    line.split("|").map((text) => text.trim()),
  );
  expect(rows.map((cellsOfRow) => cellsOfRow.slice(1, 7))).toEqual(
    table.map(([id, name, violated]) => [
      id,
      name,
      ...architectures.map(() => (violated ? "violated" : "holds")),
    ]),
  );
});

test("every variant has its source and its reason", () => {
  for (const variant of Object.values(nested.variants)) {
    expect(idsOf(variant)).toHaveLength(1);
    expect(variant.source).toBeTruthy();
    expect(variant.reason).toBeTruthy();
  }
});
