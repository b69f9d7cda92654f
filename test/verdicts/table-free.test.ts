/**
 * The verdicts of the third race, typed from the analysis of the mail threads on tlb_remove_table() and lazy TLB
 * mode (2017 to 2018, 2024) and of the commits that the model file names; not from what the tool printed.
 * `docs/races.md` has the same table with the reasons.
 */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import tableFree from "../../models/table-free.ts";
import { configurations, expectedVerdict } from "../../src/model/family.ts";
import { verdictsOf } from "../support/verdicts.ts";

const HW = "use-after-free-table";
const SW = "use-after-free-table-software";
const MCE = "machine-check";
const UAF = "use-after-free-page";

type Row = readonly [
  id: string,
  violated: {
    readonly arm64?: readonly string[];
    readonly intel?: readonly string[];
    readonly amd?: readonly string[];
    readonly riscv?: readonly string[];
  },
];

/** Identifier of the variant, and the properties that are violated on each architecture that has it. */
const table: readonly Row[] = [
  ["001-B1", { arm64: [], intel: [HW], amd: [HW, MCE] }],
  ["001-B1u", { arm64: [], intel: [HW, UAF], amd: [HW, MCE, UAF] }],
  ["001-B2", { arm64: [], intel: [HW], amd: [HW, MCE] }],
  // The explicit TLBI of arm64 keeps hardware off, and waits for no software.
  ["001-B2r", { arm64: [SW], intel: [HW, SW], amd: [HW, MCE, SW] }],
  ["001-B3", { arm64: [], intel: [HW], amd: [HW, MCE] }],
  ["001-B4", { arm64: [], intel: [], amd: [], riscv: [] }],
  ["001-B4n", { arm64: [], intel: [], amd: [], riscv: [] }],
  ["001-B4f", { arm64: [], intel: [], amd: [], riscv: [] }],
  ["001-B5", { arm64: [], intel: [HW], amd: [HW, MCE], riscv: [] }],
  ["001-B6", { arm64: [], intel: [], amd: [] }],
  ["001-B7", { arm64: [], intel: [], amd: [] }],
  ["001-B9", { intel: [], amd: [SW] }],
  ["001-B10", { arm64: [], intel: [], amd: [], riscv: [] }],
  ["001-B10c", { arm64: [], intel: [], amd: [], riscv: [] }],
  ["001-B10i", { arm64: [SW], intel: [SW], amd: [SW], riscv: [SW] }],
  ["001-B13", { arm64: [] }],
];

// RISC-V has an address space interrupt every hart that ever loaded it, lazy or not; it had no RCU table free in 2018.
const cells = table.flatMap(([id, violated]) =>
  Object.entries(violated).map(([arch, properties]) => [id, arch, [...properties].sort()] as const),
);

test("the table and the model file name the same variants on the same architectures", () => {
  const known = configurations(tableFree).map(({ arch, variant }) => [tableFree.variants[variant]!.id, arch]);
  expect(cells.map(([id, arch]) => [id, arch])).toEqual(known);
});

describe.each(cells)("%s on %s", (id, arch, expected) => {
  const [configuration] = configurations(tableFree, { variant: id, arch });

  test(`violates ${expected.join(", ") || "nothing"}, and shows something`, async () => {
    const verdicts = await verdictsOf(tableFree.build(configuration!));
    expect(Object.keys(verdicts.violated).sort()).toEqual(expected);
    expect(verdicts.unreached).toEqual([]);
  });

  test("is expected to by the model file", () => {
    const model = tableFree.build(configuration!);
    const assertions = model.properties.filter(({ kind }) => kind === "assertion").map(({ name }) => name);
    const claimed = assertions.filter(
      (name) => expectedVerdict(tableFree, configuration!, name) === "violated",
    );
    expect(claimed.sort()).toEqual(expected);
  });
});

test("001-B5: one run has use-after-free-page holding and use-after-free-table violated, and shows the lazy CPU back", async () => {
  const [configuration] = configurations(tableFree, { variant: "001-B5", arch: "intel" });
  const { violated, unreached } = await verdictsOf(tableFree.build(configuration!));
  const checked = tableFree.build(configuration!).properties.map(({ name }) => name);
  expect(checked).toEqual(expect.arrayContaining([HW, UAF, "revoked-access"]));
  expect(Object.keys(violated)).toEqual([HW]);
  // The task is back on the lazy CPU, and has accessed the page or faulted.
  expect(checked).toContain("task ends");
  expect(unreached).toEqual([]);
});

/** With the third step of a walk apart the variants in which garbage gets into two TLBs have millions of states. */
const large = ["001-B1u", "001-B2", "001-B2r", "001-B3"];
const small = cells.filter(([id, arch]) => arch === "arm64" || !large.includes(id));

test.each(small)("%s on %s with walks in three steps violates the same", async (id, arch, expected) => {
  const parameters = { walk: "stepwise" };
  const [configuration] = configurations(tableFree, { variant: id, arch, parameters });
  expect(Object.keys((await verdictsOf(tableFree.build(configuration!))).violated).sort()).toEqual(expected);
});

test("docs/races.md has the same table", () => {
  const words: Readonly<Record<string, string>> = { [HW]: "HW", [SW]: "SW", [MCE]: "MCE", [UAF]: "page" };
  const page = readFileSync(new URL("../../docs/races.md", import.meta.url), "utf8");
  const rows = [...page.matchAll(/^\| (001-\w+) .*$/gm)].map(([line]) =>
    line.split("|").map((text) => text.trim()),
  );
  const cell = (violated?: readonly string[]): string[] =>
    violated ? [...violated.map((name) => words[name]!)].sort() : ["–"];
  expect(rows.map(([, id, , ...verdicts]) => [id, ...verdicts.slice(0, 4).map(sortedWords)])).toEqual(
    table.map(([id, { arm64, intel, amd, riscv }]) => [id, ...[arm64, intel, amd, riscv].map(cell)]),
  );
});

function sortedWords(text: string): string[] {
  return text === "holds" ? [] : text.split(", ").sort();
}
