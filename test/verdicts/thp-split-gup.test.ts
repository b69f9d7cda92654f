/**
 * The verdicts of the fourth race, typed from the mail thread of April 2024 on splitting a migration entry, from the
 * survey of architectures in it, from the commits that the model file names, and from analysis where that is said;
 * not from what the tool printed. `docs/races.md` has the same table with the reasons.
 */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import splitGup from "../../models/thp-split-gup.ts";
import { interpreter } from "../../src/explorer/interpreter.ts";
import { configurations, expectedVerdict } from "../../src/model/family.ts";
import { diagram } from "../../src/report/diagram.ts";
import { plainStyle } from "../../src/report/style.ts";
import { replayViolation } from "../../src/trace/replay.ts";
import { modelOf, verdictsOf } from "../support/verdicts.ts";

const GUP = "taken-without-mapping";
const ENTRY = "unintended-entry";
const CONFLICT = "tlb-conflict";
const LOST = "lost-update";

type Row = readonly [id: string, violated: Readonly<Record<string, readonly string[]>>];

/** Identifier of the variant, and the properties that are violated on each architecture that has it. */
const table: readonly Row[] = [
  [
    "003-T0",
    {
      arm64: [GUP, ENTRY],
      intel: [ENTRY],
      amd: [ENTRY],
      riscv: [],
      powerpc: [GUP, ENTRY],
      // The thread's survey says that pmd_present() also asks for HUGE, and asks for confirmation: __swp_entry_to_pmd()
      // sets it, so both are violated.
      loongarch: [GUP, ENTRY],
      mips: [],
    },
  ],
  [
    // Not in the thread: gup_huge_pmd() asks pmd_access_permitted() before it takes the page.
    "003-T0a",
    {
      arm64: [ENTRY],
      intel: [ENTRY],
      amd: [ENTRY],
      riscv: [],
      powerpc: [ENTRY],
      loongarch: [GUP, ENTRY],
      mips: [],
    },
  ],
  ["003-T1", { arm64: [], intel: [], amd: [], riscv: [], powerpc: [], loongarch: [], mips: [] }],
  ["003-T1p", { arm64: [], intel: [], amd: [], riscv: [] }],
  ["003-T2", { arm64: [CONFLICT], intel: [CONFLICT], amd: [CONFLICT], riscv: [CONFLICT] }],
  ["003-T3", { arm64: [LOST], intel: [LOST], amd: [LOST] }],
  ["003-T4", { arm64: [], intel: [], amd: [] }],
  // The flag that is overwritten was set by a store that faulted, so that no store is lost.
  ["003-T4k", { intel: [] }],
];

const cells = table.flatMap(([id, violated]) =>
  Object.entries(violated).map(([arch, properties]) => [id, arch, [...properties].sort()] as const),
);

test("the table and the model file name the same variants on the same architectures", () => {
  const known = configurations(splitGup).map(({ arch, variant }) => [splitGup.variants[variant]!.id, arch]);
  expect(cells.map(([id, arch]) => [id, arch])).toEqual(known);
});

describe.each(cells)("%s on %s", (id, arch, expected) => {
  const [configuration] = configurations(splitGup, { variant: id, arch });

  test(`violates ${expected.join(", ") || "nothing"}, and shows something`, async () => {
    const verdicts = await verdictsOf(splitGup.build(configuration!));
    expect(Object.keys(verdicts.violated).sort()).toEqual(expected);
    expect(verdicts.unreached).toEqual([]);
  });

  test("is expected to by the model file", () => {
    const model = splitGup.build(configuration!);
    const assertions = model.properties.filter(({ kind }) => kind === "assertion").map(({ name }) => name);
    const claimed = assertions.filter(
      (name) => expectedVerdict(splitGup, configuration!, name) === "violated",
    );
    expect(claimed.sort()).toEqual(expected);
  });
});

const walked = cells.filter(([, arch]) => ["arm64", "intel", "amd", "riscv"].includes(arch));

test.each(walked)("%s on %s with walks in two steps violates the same", async (id, arch, expected) => {
  const [configuration] = configurations(splitGup, { variant: id, arch, parameters: { walk: "stepwise" } });
  expect(Object.keys((await verdictsOf(splitGup.build(configuration!))).violated).sort()).toEqual(expected);
});

const buffered = walked.filter(([id]) => !["003-T3", "003-T4", "003-T4k"].includes(id));

test.each(buffered)("%s on %s with store buffers violates the same", async (id, arch, expected) => {
  const [configuration] = configurations(splitGup, { variant: id, arch, parameters: { order: "tso" } });
  expect(Object.keys((await verdictsOf(splitGup.build(configuration!))).violated).sort()).toEqual(expected);
});

test("the trace of 003-T0 on arm64 has the steps of the thread up to the reference, and no others", async () => {
  const model = modelOf(splitGup, "unconditional", undefined, "arm64");
  const { violations } = await interpreter.search(model, { properties: [GUP] });
  const trace = replayViolation(model, GUP, violations[0]!.path!);
  // The lock; the exchange, whose flush is not reached; then, with interrupts off, the first read, in which the
  // entry is present and a leaf, and the reference.
  const steps = trace.steps.map(({ text }) => text);
  expect(steps).toEqual([
    "spin_lock(mm.pmd_lock)",
    "pmd_trans_huge(huge)",
    "pmdp_establish(huge)",
    "local_irq_disable()",
    "pmdp_get_lockless(huge): maps page 0x8000",
    "try_grab_folio(): page 0x8000",
  ]);
  expect(trace.consequence).toContain("page 0x8000");
  // A title of two lines, a mark at the end; the thread's trace has the lock, the exchange and G1 to G4 by then.
  const rows = diagram(trace, { width: 100, full: false, style: plainStyle }).length - 3;
  expect(rows).toBeLessThanOrEqual(6);
});

test("docs/races.md has the same table", () => {
  const words: Readonly<Record<string, string>> = {
    [GUP]: "taken",
    [ENTRY]: "entry",
    [CONFLICT]: "conflict",
    [LOST]: "lost",
  };
  const page = readFileSync(new URL("../../docs/races.md", import.meta.url), "utf8");
  const rows = [...page.matchAll(/^\| (003-\w+) .*$/gm)].map(([line]) =>
    line.split("|").map((text) => text.trim()),
  );
  const architectures = ["arm64", "intel", "amd", "riscv", "powerpc", "loongarch", "mips"];
  const cell = (violated?: readonly string[]): string =>
    violated ? [...violated.map((name) => words[name]!)].sort().join(", ") || "holds" : "–";
  const sorted = (text: string): string => text.split(", ").sort().join(", ");
  expect(rows.map(([, id, , ...verdicts]) => [id, ...verdicts.slice(0, 7).map(sorted)])).toEqual(
    table.map(([id, violated]) => [id, ...architectures.map((arch) => cell(violated[arch]))]),
  );
});
