/** Exception returns drop what a CPU remembers without FEAT_ETS2 (ARM-17), whoever takes the exception. */
import { expect, test } from "vitest";
import { scenario } from "../../src/index.ts";
import { violated } from "../support/verdicts.ts";

test("a switch to another address space does not take remembered walks along", async () => {
  const family = scenario("spaces", { about: "two address spaces on a CPU", arch: ["arm64"] }, (m) => {
    m.details({ ets2: false });
    const [a, b] = [m.mm("a"), m.mm("b")];
    const mine = a.page("page0", { frame: m.spareFrame("fa") });
    const other = b.page("page0", { frame: m.spareFrame("fb") });
    m.thread("a", { cpu: 0, mm: a }, (k) => k.load(mine));
    m.thread("b", { cpu: 0, mm: b }, (k) => k.load(other));
    m.thread("reclaim", { cpu: 1 }, (k) => {
      const old = k.ptepGetAndClear(mine);
      k.flushTlbPage(mine);
      k.freeFrame(old.frame);
    });
    m.check("use-after-free-page");
  });
  expect(await violated(family)).toEqual([]);
});

test("a fault handler of the scenario's own returns by an exception return", async () => {
  const family = scenario("handler", { about: "a handler that frees another page", arch: ["arm64"] }, (m) => {
    m.details({ ets2: false });
    const mm = m.mm();
    const asked = mm.page("asked", { permission: "ro" });
    const freed = mm.page("freed");
    m.thread("task", { cpu: 0, mm }, (k) => {
      k.store(asked, {
        onFault: (handler) => {
          handler.changePteRange(asked, "rw");
          const old = handler.ptepGetAndClear(freed);
          handler.flushTlbRange(asked, freed);
          handler.if(old.present, () => handler.freeFrame(old.frame));
        },
      });
      k.load(freed);
    });
    m.check("use-after-free-page");
  });
  expect(await violated(family)).toEqual([]);
});

test("a barrier or an invalidation that the architecture does not have is named with those that it has", () => {
  const family = scenario("unknown", { about: "no such barrier", arch: ["arm64"] }, (m) => {
    const mm = m.mm();
    mm.page("page0");
    m.thread("task", { cpu: 0, mm }, (k) => k.barrier("dsb(foo)"));
  });
  expect(() => family.build({ arch: "arm64", variant: "default", parameters: {} })).toThrow(
    /has no barrier dsb\(foo\)/,
  );
});
