/** Rows of traces about flushes: each says whether its CPU flushed, and which caches of devices were invalidated. */
import { describe, expect, test } from "vitest";
import x86 from "../../models/x86-tlb-generations.ts";
import { compiledEngine } from "../../src/explorer/wasm-engine.ts";
import { bool, scenario } from "../../src/index.ts";
import type { Model } from "../../src/model/model.ts";
import { diagram } from "../../src/report/diagram.ts";
import { plainStyle } from "../../src/report/style.ts";
import { replayViolation } from "../../src/trace/replay.ts";
import { modelOf } from "../support/verdicts.ts";

/** The lines of the trace to the violation, each on one line. */
async function rowsOf(model: Model, property: string): Promise<string> {
  const { violations } = await compiledEngine.search(model, { properties: [property] });
  const trace = replayViolation(model, property, violations[0]!.path!);
  return diagram(trace, { width: 400, full: true, style: plainStyle }).join("\n");
}

describe("flush_tlb_func()", () => {
  test("says that it flushed, that its generation was reached, or that it is lazy", async () => {
    const model = modelOf(x86, "partial-any", undefined, "intel");
    const rows = await rowsOf(model, "revoked-access");
    // The partial flush does it for its page; the full one finds its generation reached, which is the race.
    expect(rows).toContain("flush_tlb_func(mm, page1): flushes");
    expect(rows).toContain("flush_tlb_func(mm): flushed already, no flush");
    expect(rows.indexOf("flush_tlb_func(mm, page1): flushes")).toBeLessThan(
      rows.indexOf("flush_tlb_func(mm): flushed already, no flush"),
    );
    expect(rows).not.toContain("flush_tlb_func(mm): flushes");
  });

  test("says that the CPU uses another address space", async () => {
    const family = scenario("elsewhere", { about: "an interrupt finds another mm", arch: ["intel"] }, (m) => {
      const [a, b] = [m.mm("a"), m.mm("b")];
      a.page("page0");
      const other = b.page("page1");
      m.thread("flushes", { cpu: 0, mm: a }, (k) => {
        const elsewhere = k.system.sharedVariable("elsewhere", bool, false).memory.fields.value;
        k.do(
          "wait for vhost",
          "wait",
          () => [],
          () => [elsewhere],
        );
        k.flushTlbMm(a);
        k.revokes(other);
      });
      m.thread("vhost", { cpu: 1 }, (k) => {
        k.kthreadUseMm(b);
        k.writeOnce(k.system.sharedVariable("elsewhere", bool, false), true);
        k.load(other);
      });
      m.check("revoked-access");
    });
    const rows = await rowsOf(modelOf(family), "revoked-access");
    expect(rows).toContain("flush_tlb_func(a): another address space, no flush");
  });
});

test.each([
  ["intel", "iotlb_inv_dsc", "dev_tlb_inv_dsc"],
  ["amd", "INVALIDATE_IOMMU_PAGES", "INVALIDATE_IOTLB_PAGES"],
  ["arm64", "CMD_TLBI", "CMD_ATC_INV"],
] as const)(
  "%s: a flush names the page whose entries IOTLB and ATC drop, and no other",
  async (arch, iotlb, atc) => {
    const family = scenario("device", { about: "a device is told", arch: [arch] }, (m) => {
      const mm = m.mm();
      const [page, other] = [mm.page("page0"), mm.page("page1")];
      m.device("device", { mm });
      m.thread("unmaps", { cpu: 0, mm }, (k) => {
        k.flushTlbPage(page);
        k.revokes(other);
      });
      m.check("stale-device-access");
    });
    const rows = await rowsOf(modelOf(family), "stale-device-access");
    expect(rows).toContain(`${iotlb} page0`);
    expect(rows).toContain(`${atc} page0`);
    expect(rows).not.toContain(`${iotlb} page1`);
  },
);
