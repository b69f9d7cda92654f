/** Small scenarios that the tests of several architectures share. */
import { choose, type Family, range, scenario } from "../../src/index.ts";

/** One page is unmapped under its lock, flushed by address and freed, while a task on another CPU may access it. */
export function unmapAndFree(...arch: readonly string[]): Family {
  return scenario("unmap-and-free", { about: "unmap, flush, free", arch }, (m) => {
    const mm = m.mm();
    const page = mm.page("page0");
    m.thread("reclaim", { cpu: 0 }, (k) => {
      k.lock(page.ptl);
      const old = k.ptepGetAndClear(page);
      k.unlock(page.ptl);
      k.flushTlbPage(page);
      k.freeFrame(old.frame);
    });
    m.thread("task", { cpu: 1, mm }, (k) => k.access(page));
    m.check("use-after-free-page");
  });
}

/** Two address spaces take turns on a CPU; each maps the same address to a page of its own. */
export function twoSpaces(...arch: readonly string[]): Family {
  return scenario("two-spaces", { about: "one address in two address spaces", arch }, (m) => {
    const [a, b] = [m.mm("a"), m.mm("b")];
    const mine = a.page("page0", { permission: null });
    const other = b.page("page0");
    m.spareFrame("new");
    m.thread("populates", { cpu: 0, mm: a }, (k) => {
      k.populate(mine);
      k.load(mine);
    });
    m.thread("loads", { cpu: 0, mm: b }, (k) => k.load(other));
    m.check("incoherent-page");
  });
}

/** The goal of `upgrade`. */
export const SPURIOUS = "two faults after the entry permits the store";

/** A page is made writable without a flush; the task's store goes on faulting as long as hardware lets it. */
export function upgrade(...arch: readonly string[]): Family {
  return scenario("upgrade", { about: "a permission upgrade without a flush", arch }, (m) => {
    const mm = m.mm();
    const page = mm.page("page0", { permission: "ro" });
    m.thread("task", { cpu: 0, mm }, (k) => {
      const faults = k.register("faults", range(0, 3), 0);
      k.changePteRange(page, "rw");
      k.store(page, {
        onFault: (handler) =>
          handler.do("spurious fault", "data", () =>
            faults.set(choose(faults.lessThan(3), faults.plus(1), faults)),
          ),
      });
      m.goal(SPURIOUS, () => faults.atLeast(2));
    });
    m.check("use-after-free-page");
  });
}
