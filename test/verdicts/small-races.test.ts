/**
 * The verdicts of races that are a few lines each, typed from what the commits say of the code before and after them. Not
 * from what the tool printed.
 */
import { describe, expect, test } from "vitest";
import copyBeforeFlush from "../../models/copy-before-flush.ts";
import dirtyFlag from "../../models/dirty-flag.ts";
import entrySeenNone from "../../models/entry-seen-none.ts";
import khugepagedGup from "../../models/khugepaged-gup.ts";
import kvmNotifierRetry from "../../models/kvm-notifier-retry.ts";
import pcidSwitch from "../../models/pcid-switch.ts";
import pvTlbFlush from "../../models/pv-tlb-flush.ts";
import riscvMmCpumask from "../../models/riscv-mm-cpumask.ts";
import { scenario } from "../../src/index.ts";
import { configurations, expectedVerdict, type Family } from "../../src/model/family.ts";
import { diagnosticOf } from "../diagnostics.ts";
import { modelOf, verdictsOf } from "../support/verdicts.ts";

const everywhere = ["arm64", "intel", "amd", "riscv"];
const two = ["arm64", "intel"];

/** Identifier, name, what is violated, and the architectures that have the variant. */
const tables: readonly (readonly [
  Family,
  readonly (readonly [
    id: string,
    name: string,
    violated: readonly string[],
    architectures: readonly string[],
  ])[],
])[] = [
  [
    copyBeforeFlush,
    [
      ["008-N1", "numa-migration", ["lost-update"], everywhere],
      ["008-N1f", "numa-migration-pending", [], everywhere],
      ["008-W1", "write-protect", ["lost-update"], two],
      ["008-W1f", "write-protect-pending", [], two],
      ["008-Z1", "zap-dirty", ["lost-update"], everywhere],
      ["008-Z1f", "zap-dirty-flushed", [], everywhere],
    ],
  ],
  [
    entrySeenNone,
    [
      ["009-D1", "migrate-device", ["revoked-access"], everywhere],
      ["009-D1f", "migrate-device-flushed", [], everywhere],
      ["009-T1", "numa-hint", ["revoked-access"], two],
      ["009-T1f", "numa-hint-in-place", [], two],
    ],
  ],
  [
    pcidSwitch,
    [
      ["010-X1", "flush-first", ["use-after-free-page"], ["intel", "amd"]],
      ["010-X1f", "flush-last", [], ["intel", "amd"]],
    ],
  ],
  [
    riscvMmCpumask,
    [
      ["011-R1", "left", ["revoked-access", "use-after-free-page"], ["riscv"]],
      ["011-R1f", "kept", [], ["riscv"]],
    ],
  ],
  [
    dirtyFlag,
    [
      ["012-C1", "mkclean-two-steps", ["lost-update"], everywhere],
      ["012-C1h", "mkclean-by-faults", [], ["arm64", "riscv"]],
      ["012-C1f", "mkclean", [], everywhere],
      ["012-R1", "reclaim-unflushed", ["lost-update"], everywhere],
      ["012-R1h", "reclaim-by-faults", [], ["arm64", "riscv"]],
      ["012-R1f", "reclaim", [], everywhere],
      ["012-F1", "fault-plain-store", ["lost-update"], ["riscv"]],
      ["012-F1f", "fault-exchange", [], ["arm64", "intel", "amd"]],
      ["012-A1", "aging", [], everywhere],
      ["012-A1f", "aging-flushed", [], everywhere],
    ],
  ],
  [
    kvmNotifierRetry,
    [
      ["013-K1", "no-retry", ["use-after-free-page"], ["arm64", "intel", "amd"]],
      ["013-K2", "sequence-late", ["use-after-free-page"], ["arm64", "intel", "amd"]],
      ["013-K3", "unlocked-check", ["use-after-free-page"], ["arm64", "intel", "amd"]],
      ["013-K1f", "retry", [], ["arm64", "intel", "amd"]],
    ],
  ],
  [
    pvTlbFlush,
    [
      ["014-V1", "copied", ["use-after-free-page"], ["intel", "amd"]],
      ["014-V1f", "exchanged", [], ["intel", "amd"]],
    ],
  ],
];

describe.each(tables.map(([family, table]) => [family.name, family, table] as const))(
  "%s",
  (_, family, table) => {
    const cells = table.flatMap(([id, name, violated, architectures]) =>
      architectures.map((arch) => [id, arch, name, violated] as const),
    );

    test("has the variants of the table, on the same architectures", () => {
      const known = configurations(family).map(({ arch, variant }) => [
        family.variants[variant]!.id,
        arch,
        variant,
      ]);
      expect(cells.map(([id, arch, name]) => [id, arch, name])).toEqual(known);
    });

    test.each(cells)("%s on %s", async (id, arch, __, violated) => {
      const [configuration] = configurations(family, { variant: id, arch });
      const verdicts = await verdictsOf(family.build(configuration!));
      expect(Object.keys(verdicts.violated).sort()).toEqual(violated);
      expect(verdicts.unreached).toEqual([]);
      for (const property of violated)
        expect(expectedVerdict(family, configuration!, property)).toBe("violated");
    });
  },
);

test.each([
  ["arm64", "switching", undefined, "arm64"],
  ["intel", "footprints", undefined, "intel"],
  ["riscv", "switch barrier", undefined, "riscv"],
  ["amd", "switching", "sync", "amd with INVLPGB"],
] as const)("%s: lacking %s is refused where there is no such step", (arch, lacks, invlpgb, where) => {
  const family = scenario("lacks", { about: "a step is left out", arch: everywhere }, (m) => {
    const mm = m.mm();
    mm.page("page0");
    m.details({ kernel: { lacks, ...(invlpgb ? { invlpgb } : {}) } });
    m.thread("t", { cpu: 0, mm }, () => undefined);
  });
  const { code, message } = diagnosticOf(() => modelOf(family, undefined, undefined, arch));
  expect(`${code} ${message}`).toBe(
    `TLB201 m.details(): kernel.lacks is "${lacks}", which ${where} does not have`,
  );
});

describe("khugepaged-gup", () => {
  const SW = "use-after-free-table-software";
  /** By variant: the architectures on which a walk by software reads what the table has become. */
  const table = {
    "flush-only": [["arm64"], everywhere],
    "flush-only-broadcast": [
      ["amd", "riscv"],
      ["amd", "riscv"],
    ],
    interrupted: [[], everywhere],
    "interrupted-broadcast": [[], ["amd", "riscv"]],
  } as const;
  const cells = Object.entries(table).flatMap(([variant, [bad, all]]) =>
    all.map((arch) => [variant, arch, bad.some((each) => each === arch) ? [SW] : []] as const),
  );

  test("has these variants", () => {
    const known = configurations(khugepagedGup).map(({ arch, variant }) => [variant, arch]);
    expect(cells.map(([variant, arch]) => [variant, arch])).toEqual(known);
  });

  test.each(cells)("%s on %s", async (variant, arch, violated) => {
    const [configuration] = configurations(khugepagedGup, { variant, arch });
    const verdicts = await verdictsOf(khugepagedGup.build(configuration!));
    expect([Object.keys(verdicts.violated), verdicts.unreached]).toEqual([violated, []]);
  });
});
