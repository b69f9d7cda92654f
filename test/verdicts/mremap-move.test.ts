/**
 * The verdicts of the race of mremap(), typed from what commit eb66ae030829 and its discussion on the list say of
 * the code before and after it; 005-M2 and its neighbours are our analysis. Not from what the tool printed.
 * `docs/races.md` has the same table with the reasons.
 */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import mremap from "../../models/mremap-move.ts";
import { configurations, expectedVerdict, idsOf } from "../../src/model/family.ts";
import { verdictsOf } from "../support/verdicts.ts";

const UAF = "use-after-free-page";
const everywhere = ["arm64", "intel", "amd", "riscv"];

/** Identifier, name, whether use-after-free-page is violated, and the architectures that have the variant. */
const table: readonly (readonly [
  id: string,
  name: string,
  violated: boolean,
  architectures: readonly string[],
])[] = [
  ["005-M1", "flush-last", true, everywhere],
  ["005-M2", "flush-under-old-lock", false, everywhere],
  ["005-M2r", "flush-under-old-lock-reversed", true, ["arm64", "intel", "amd"]],
  ["005-M2o", "flush-under-one-lock", false, everywhere],
  ["005-M3", "fixed", false, everywhere],
  ["005-M3r", "fixed-reversed", false, ["arm64", "intel", "amd"]],
  ["005-M3a", "fixed-anonymous", false, everywhere],
  ["005-M4", "rmap-lock", false, everywhere],
  ["005-M4a", "rmap-lock-anonymous", true, everywhere],
  ["005-M3m", "flush-first", true, everywhere],
];

const cells = table.flatMap(([id, , violated, architectures]) =>
  architectures.map((arch) => [id, arch, violated] as const),
);

test("the table and the model file name the same variants on the same architectures", () => {
  const known = configurations(mremap).map(({ arch, variant }) => [mremap.variants[variant]!.id, arch]);
  expect(cells.map(([id, arch]) => [id, arch])).toEqual(known);
});

describe.each(cells)("%s on %s", (id, arch, violated) => {
  const expected = violated ? [UAF] : [];
  const [configuration] = configurations(mremap, { variant: id, arch });

  test(`violates ${expected[0] ?? "nothing"}, and shows something`, async () => {
    const verdicts = await verdictsOf(mremap.build(configuration!));
    expect(Object.keys(verdicts.violated)).toEqual(expected);
    expect(verdicts.unreached).toEqual([]);
  });

  test("is expected to by the model file", () => {
    expect(expectedVerdict(mremap, configuration!, UAF)).toBe(violated ? "violated" : "holds");
  });
});

/** On Intel the others that are violated have 300 000 states and more, on riscv all. */
const apart = cells.filter(([, arch, violated]) => arch === "arm64" || (arch === "intel" && !violated));

test.each(apart)("%s on %s with the access on a CPU of its own is the same", async (id, arch, violated) => {
  const [configuration] = configurations(mremap, { variant: id, arch, parameters: { apart: "true" } });
  const verdicts = await verdictsOf(mremap.build(configuration!));
  expect(Object.keys(verdicts.violated)).toEqual(violated ? [UAF] : []);
  expect(verdicts.unreached).toEqual([]);
});

/** 005-M2r has millions of states on x86 without it already (README.md). */
const withBuffers = cells.filter(([id, arch]) => id !== "005-M2r" || arch === "arm64");

test.each(withBuffers)("%s on %s with memory order tso is the same", async (id, arch, violated) => {
  const [configuration] = configurations(mremap, { variant: id, arch, parameters: { order: "tso" } });
  const verdicts = await verdictsOf(mremap.build(configuration!));
  expect(Object.keys(verdicts.violated)).toEqual(violated ? [UAF] : []);
  expect(verdicts.unreached).toEqual([]);
});

test("docs/races.md has the same table", () => {
  const page = readFileSync(new URL("../../docs/races.md", import.meta.url), "utf8");
  const rows = [...page.matchAll(/^\| (005-\w+) .*$/gm)].map(([line]) =>
    line.split("|").map((text) => text.trim()),
  );
  expect(rows.map((cellsOfRow) => cellsOfRow.slice(1, 7))).toEqual(
    table.map(([id, name, violated, architectures]) => [
      id,
      name,
      ...everywhere.map((arch) => (architectures.includes(arch) ? (violated ? "violated" : "holds") : "–")),
    ]),
  );
});

test("every variant has its source and its reason", () => {
  for (const variant of Object.values(mremap.variants)) {
    expect(idsOf(variant)).toHaveLength(1);
    expect(variant.source).toBeTruthy();
    expect(variant.reason).toBeTruthy();
  }
});
