/** Transient accesses, explored on demand: what a page that is freed before its flush is exposed to. */
import { expect, test } from "vitest";
import { rule, scenario, withRules } from "../../src/index.ts";
import { FALSE } from "../../src/model/term.ts";
import { violated } from "../support/verdicts.ts";

const SPEC = "transient-use-after-free";

/** A page is unmapped and freed, flushed before or after; the kernel accesses it no more. */
const freeing = (flush: "before" | "after", strict: boolean) =>
  scenario("freeing", { about: "unmap, flush, free", arch: ["arm64", "intel", "riscv"] }, (m) => {
    const mm = m.mm();
    const page = mm.page("page0");
    m.details({ strict });
    m.thread("task", { cpu: 0, mm }, (k) => {
      const old = k.ptepGetAndClear(page);
      if (flush === "before") k.flushTlbPage(page);
      k.freeFrame(old.frame);
      if (flush === "after") k.flushTlbPage(page);
    });
    m.check("use-after-free-page");
  });

test.each(["arm64", "intel", "riscv"])(
  "HW-7: on %s speculation uses what is cached, where no access of the program does",
  async (arch) => {
    expect(await violated(freeing("after", true), undefined, undefined, arch)).toEqual([SPEC]);
    expect(await violated(freeing("after", false), undefined, undefined, arch)).toEqual([]);
    expect(await violated(freeing("before", true), undefined, undefined, arch)).toEqual([]);
  },
);

test("HW-7: it uses usable entries only, and does not walk", async () => {
  const unusable = withRulesOf({ mayUse: rule("HW-7", "no entry is usable", () => FALSE) });
  expect(await violated(freeing("after", true), undefined, unusable)).toEqual([]);
  const noWalks = withRulesOf({ mayWalk: rule("HW-1", "on demand only", () => FALSE) });
  expect(await violated(freeing("after", true), undefined, noWalks)).toEqual([]);
});

function withRulesOf(rules: Parameters<typeof withRules>[1]) {
  return (architecture: Parameters<typeof withRules>[0]) => withRules(architecture, rules);
}
