/** `alloc_page()`, and references of folios: nobody gets one of a free frame, and the last that is dropped frees it. */
import { describe, expect, test } from "vitest";
import { and, type Family, scenario, type Thread } from "../../src/index.ts";
import { compiledEngine } from "../../src/explorer/wasm-engine.ts";
import { modelOf, verdictsOf } from "../support/verdicts.ts";

const arch = ["arm64", "intel", "amd", "riscv"] as const;

/** Reclaim unmaps a page and drops the reference of the mapping; somebody else takes one of his own meanwhile, or none. */
function reclaimed(takes: boolean): Family {
  return scenario("reclaimed", { about: "a page is reclaimed that somebody uses", arch }, (m) => {
    const mm = m.mm();
    const page = mm.page("page0");
    m.thread("reclaim", { cpu: 0 }, (k) => {
      k.lock(page.ptl);
      const old = k.ptepGetAndClear(page);
      k.unlock(page.ptl);
      k.flushTlbPage(page);
      k.folioPut(old.frame);
    });
    m.thread("user", { cpu: 1 }, (k) => {
      const entry = k.ptepGet(page);
      k.if(entry.present, () => {
        const uses = (): void => {
          k.do("uses the page", "data", () => []);
          m.goal("it is free while it is used", (system, thread) =>
            and(thread("user").at("uses the page"), system.frames.inUse(entry.frame).not()),
          );
        };
        if (!takes) return uses();
        k.if(k.folioTryGet(entry.frame), () => {
          uses();
          k.folioPut(entry.frame);
        });
      });
    });
  });
}

describe.each(arch)("%s", (name) => {
  test("a frame that somebody refers to is not freed, one that nobody does is", async () => {
    const unreached = async (takes: boolean) =>
      (await verdictsOf(modelOf(reclaimed(takes), undefined, undefined, name))).unreached;
    expect(await unreached(false)).toEqual([]);
    expect(await unreached(true)).toEqual(["it is free while it is used"]);
  });
});

/** A thread with a frame of its own that nothing maps. */
const alone = (code: (k: Thread) => void): Family =>
  scenario("alone", { about: "a frame is allocated", arch }, (m) => {
    m.mm().page("page0");
    m.spareFrame("spare");
    m.thread("t", { cpu: 0 }, code);
  });

test("an allocated frame has one reference: one put frees it, a second is a misuse", async () => {
  const once = alone((k) => k.folioPut(k.allocPage()));
  const twice = alone((k) => {
    const frame = k.allocPage("buffer");
    k.folioPut(frame);
    k.folioPut(frame);
  });
  const found = async (family: Family) =>
    (await compiledEngine.search(modelOf(family), { exhaustive: true })).violations.map(
      ({ property }) => property,
    );
  expect(await found(once)).toEqual([]);
  expect(await found(twice)).toContain("debug-vm");
});

test("an allocation waits while no frame is free", async () => {
  const family = alone((k) => {
    k.allocPage("first");
    k.allocPage("second");
  });
  const { violations } = await compiledEngine.search(modelOf(family), { exhaustive: true });
  expect(violations.map(({ property }) => property)).toEqual(["out-of-memory"]);
});
