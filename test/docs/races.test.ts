/** `docs/races.md` against the model files: verdicts, the diagram, and claims that no other test has. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import reclaim from "../../models/reclaim-mprotect.ts";
import { interpreter } from "../../src/explorer/interpreter.ts";
import { type HardwareOverride, type KernelCode, rule, scenario, withRules } from "../../src/index.ts";
import { configurations, expectedVerdict } from "../../src/model/family.ts";
import { TRUE } from "../../src/model/term.ts";
import { diagram } from "../../src/report/diagram.ts";
import { plainStyle } from "../../src/report/style.ts";
import { replayViolation } from "../../src/trace/replay.ts";
import { modelOf, verdictsOf, violated } from "../support/verdicts.ts";
import { root } from "./snippets.ts";

const page = readFileSync(join(root, "docs/races.md"), "utf8");

/** The cells of the table's rows that begin with an identifier of the race. */
const rows = [...page.matchAll(/^\| (000-\w+) .*$/gm)].map(([line]) =>
  line
    .split("|")
    .slice(1, -1)
    .map((cell) => cell.trim()),
);

describe("docs/races.md", () => {
  test("the table has the variants of the model file, with the verdicts that it expects", () => {
    const checked = ["revoked-access", "use-after-free-page", "incoherent-page"];
    const told = configurations(reclaim).map((configuration) => {
      const declared = new Set(reclaim.build(configuration).properties.map(({ name }) => name));
      const verdicts = checked.map((property) =>
        declared.has(property) ? expectedVerdict(reclaim, configuration, property) : "–",
      );
      return [reclaim.variants[configuration.variant]!.id, configuration.variant, ...verdicts];
    });
    expect(rows.map((cells) => cells.slice(0, 5))).toEqual(told);
  });

  test("the diagram of 000-A3 is what the tool prints", async () => {
    const model = modelOf(reclaim, "barrier-only");
    const { violations } = await interpreter.search(model, { properties: ["revoked-access"] });
    const trace = replayViolation(model, "revoked-access", violations[0]!.path!);
    const drawn = diagram(trace, { width: 100, full: false, style: plainStyle }).join("\n");
    expect(/^```text\n(.*?)\n```$/ms.exec(page)?.[1]).toBe(drawn);
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
