/** `k.revokes()`, with which a caller says what nobody may reach any more. */
import { expect, test } from "vitest";
import { type Page, scenario, type Thread } from "../../src/index.ts";
import { violated } from "../support/verdicts.ts";

const arch = ["arm64", "intel", "amd", "riscv"] as const;

/** A page is made read-only or unmapped by one thread, which relies on it, while another accesses it. */
function relied(change: (k: Thread, page: Page) => void, what: "all" | "write", stores: boolean) {
  return scenario("relied", { about: "who relies on a revocation", arch }, (m) => {
    const mm = m.mm();
    const page = mm.page("page0");
    m.details({ oldDescriptors: false });
    m.thread("relies", { cpu: 0 }, (k) => {
      change(k, page);
      k.revokes(page, what);
    });
    m.thread("task", { cpu: 1, mm }, (k) => (stores ? k.store(page) : k.load(page)));
    m.check("revoked-access");
  });
}

const unmap = (k: Thread, page: Page): void => {
  k.lock(page.ptl);
  k.ptepGetAndClear(page);
  k.unlock(page.ptl);
};

test.each(arch)("%s: what is revoked before its flush is reached, behind it not", async (name) => {
  const early = relied(unmap, "all", false);
  const late = relied(
    (k, page) => {
      unmap(k, page);
      k.flushTlbPage(page);
    },
    "all",
    false,
  );
  expect(await violated(early, undefined, undefined, name)).toEqual(["revoked-access"]);
  expect(await violated(late, undefined, undefined, name)).toEqual([]);
});

test.each(arch)("%s: of write access alone stores are a violation, and loads are none", async (name) => {
  const protect = (k: Thread, page: Page): void => void k.changePteRange(page, "ro");
  expect(await violated(relied(protect, "write", true), undefined, undefined, name)).toEqual([
    "revoked-access",
  ]);
  expect(await violated(relied(protect, "write", false), undefined, undefined, name)).toEqual([]);
});
