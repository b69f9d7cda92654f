/** `docs/races.md` against the model files: verdicts, the diagram, and claims that no other test has. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import deferred from "../../models/deferred-kernel-flush.ts";
import mremap from "../../models/mremap-move.ts";
import nestedGather from "../../models/nested-gather.ts";
import reclaim from "../../models/reclaim-mprotect.ts";
import secondary from "../../models/secondary-tlb.ts";
import splitGup from "../../models/thp-split-gup.ts";
import tableFree from "../../models/table-free.ts";
import { type HardwareOverride, type KernelCode, rule, scenario, withRules } from "../../src/index.ts";
import { configurations, expectedVerdict, idsOf, variantId } from "../../src/model/family.ts";
import { TRUE } from "../../src/model/term.ts";
import { diagram } from "../../src/report/diagram.ts";
import { plainStyle } from "../../src/report/style.ts";
import { toldTrace } from "../support/forms.ts";
import { verdictsOf, violated } from "../support/verdicts.ts";
import { root } from "./snippets.ts";

const page = readFileSync(join(root, "docs/races.md"), "utf8");

/** The cells of the table's rows that begin with an identifier of the race. */
const rowsOf = (race: string): string[][] =>
  [...page.matchAll(new RegExp(`^\\| ${race}-.*$`, "gm"))].map(([line]) =>
    line
      .split("|")
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );

describe("docs/races.md", () => {
  test("the table has the variants of the model file, with the verdicts that it expects", () => {
    const architectures = reclaim.spec.arch!;
    const checked = ["revoked-access", "use-after-free-page", "incoherent-page"];
    const cellOf = (variant: string, arch: string): string => {
      const configuration = configurations(reclaim, { arch }).find((each) => each.variant === variant);
      if (!configuration) return "–";
      const violations = checked.filter(
        (name) => expectedVerdict(reclaim, configuration, name) === "violated",
      );
      return violations.join(", ") || "holds";
    };
    const told = Object.entries(reclaim.variants).map(([name, variant]) => [
      idsOf(variant).join(", "),
      name,
      ...architectures.map((arch) => cellOf(name, arch)),
    ]);
    expect(rowsOf("000").map((cells) => cells.slice(0, 2 + architectures.length))).toEqual(told);
  });

  test("the table of the fourth race has the variants and the verdicts of its model file", () => {
    const architectures = secondary.spec.arch!;
    const cellOf = (variant: string, arch: string): string => {
      const configuration = configurations(secondary, { arch }).find((each) => each.variant === variant);
      if (!configuration) return "–";
      const violations = secondary
        .build(configuration)
        .properties.map(({ name }) => name)
        .filter((name) => expectedVerdict(secondary, configuration, name) === "violated");
      return violations.join(", ") || "holds";
    };
    const told = Object.entries(secondary.variants).map(([name, variant]) => [
      idsOf(variant).join(", "),
      name,
      ...architectures.map((arch) => cellOf(name, arch)),
    ]);
    expect(rowsOf("002").map((cells) => cells.slice(0, 2 + architectures.length))).toEqual(told);
  });

  test("the table of the second race has the verdicts that its model file expects", () => {
    const checked = [
      "reused-address",
      "use-after-free-page",
      "access-before-flush",
      "transient-use-after-free",
    ];
    const told = configurations(deferred, { arch: "intel", parameters: { strict: "true" } }).map(
      (configuration) => {
        const declared = new Set(deferred.build(configuration).properties.map(({ name }) => name));
        const verdicts = checked.map((name) =>
          declared.has(name) ? expectedVerdict(deferred, configuration, name) : "–",
        );
        return [variantId(deferred, configuration), configuration.variant, ...verdicts];
      },
    );
    expect(rowsOf("004").map((cells) => cells.slice(0, 6))).toEqual(told);
  });

  test.each([
    { family: reclaim, variant: "barrier-only", arch: "arm64", property: "revoked-access" },
    { family: reclaim, variant: "no-drain", arch: "intel", property: "revoked-access" },
    { family: deferred, variant: "flag-after-flush", arch: "intel", property: "reused-address" },
    { family: tableFree, variant: "no-batch-page", arch: "intel", property: "use-after-free-table" },
    { family: secondary, variant: "upgrade", arch: "arm64", property: "endless-fault" },
    { family: secondary, variant: "batch-flush-other", arch: "intel", property: "stale-device-access" },
    { family: secondary, variant: "kernel-table", arch: "intel", property: "use-after-free-table" },
    { family: splitGup, variant: "unconditional", arch: "arm64", property: "taken-without-mapping" },
    { family: mremap, variant: "flush-last", arch: "arm64", property: "use-after-free-page" },
    { family: nestedGather, variant: "no-counter", arch: "arm64", property: "revoked-access" },
  ])(
    "the diagram of $variant on $arch is what the tool prints",
    async ({ family, variant, arch, property }) => {
      const trace = await toldTrace(family, { variant, arch, property });
      const drawn = diagram(trace, { width: 100, full: false, style: plainStyle });
      expect(page).toContain(`\`\`\`text\n${drawn.join("\n")}\n\`\`\``);
    },
  );

  test("000-A0 on x86 has the events of the commit's diagram, by the same CPUs in the same order", async () => {
    const lines = diagram(
      await toldTrace(reclaim, { variant: "no-drain", arch: "intel", property: "revoked-access" }),
      {
        width: 200,
        full: false,
        style: plainStyle,
      },
    );
    // The diagram of commit 3ea277194daa up to the write, with the CPU of each event.
    const events = [
      ["CPU1", "[walk: page0 RW into the TLB]"],
      ["CPU0", "ptep_get_and_clear("],
      ["CPU0", "set_tlb_ubc_flush_pending("],
      ["CPU1", "mprotect(page0, PROT_READ): "],
      ["CPU1", "change_pte_range(page0): not present, no flush"],
      ["CPU1", "store page0: through a cached RW entry"],
    ] as const;
    const column = lines[0]!.indexOf("CPU1");
    const places = events.map(([cpu, text]) => {
      const at = lines.findIndex((line) => line.includes(text));
      expect(lines[at]!.indexOf(text) >= column ? "CPU1" : "CPU0").toBe(cpu);
      return at;
    });
    expect(places).toEqual([...places].sort((a, b) => a - b));
    expect(lines.some((line) => line.includes("try_to_unmap_flush"))).toBe(false);
  });
});

describe("one CPU hides the race", () => {
  const bare: HardwareOverride = (architecture) =>
    withRules(architecture, { switchAwaits: rule("ARM-15", "awaits nothing", () => TRUE) });

  /** 000-A3s with a drain of the caller's choice. */
  const oneCpu = (drain: KernelCode | null) =>
    scenario("one-cpu", { about: "reclaim and mprotect() take turns", arch: ["arm64"] }, (m) => {
      const mm = m.mm();
      const page0 = mm.page("page0");
      m.thread("kswapd", { cpu: 0 }, (k) => {
        const old = k.pageVmaMappedWalk(page0);
        k.if(old.present, () => {
          k.ptepGetAndClear(page0);
          k.setTlbUbcFlushPending(page0);
          k.setSwapEntry(page0);
        });
        k.unlock(page0.ptl);
        k.tryToUnmapFlush();
      });
      m.thread("task", { cpu: 0, mm }, (k) => {
        k.mprotect(page0, "ro", { drain });
        k.access(page0);
      });
      m.check("revoked-access");
    });

  test("by the DSB of the drain, even if the context switch has none", async () => {
    expect(await violated(reclaim, "barrier-only-one-cpu", bare)).toEqual([]);
  });

  test("by the DSB of the context switch, even if there is no drain, and by nothing else then", async () => {
    expect(await violated(oneCpu(null))).toEqual([]);
    expect(await violated(oneCpu(null), undefined, bare)).toEqual(["revoked-access"]);
  });
});

test("ARM-17: without FEAT_ETS2 the fix rests on system calls dropping walks done ahead", async () => {
  const kept: HardwareOverride = (architecture) =>
    withRules(architecture, { onContextSynchronization: rule("ARM-17", "drops nothing", () => []) });
  const [configuration] = configurations(reclaim, { variant: "flush-mm", parameters: { ets2: "false" } });
  const verdicts = async (hardware?: HardwareOverride) =>
    Object.keys((await verdictsOf(reclaim.build(configuration!, hardware))).violated);
  expect(await verdicts()).toEqual([]);
  expect(await verdicts(kept)).toEqual(["revoked-access"]);
});
