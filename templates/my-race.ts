/**
 * A page is unmapped and freed while another CPU uses it. TLBs do not notice that an entry was cleared: until the flush
 * they may still translate, and what they translate to must not be freed before.
 *
 * Change it into your race. `tlbcheck my-race.ts` tries every interleaving of the threads, with all that hardware may
 * do meanwhile (walks, speculation, evictions, late invalidations), and compares with the verdicts expected below.
 */
import { and, scenario } from "tlbcheck";

export default scenario(
  "my-race",
  {
    about: "a page is unmapped and freed while another CPU uses it",
    // Everything is run on each of these: arm64, intel, amd, riscv.
    arch: ["arm64", "intel", "riscv"],
    // The trace that is shown below the table of all verdicts.
    headline: { variant: "broken", arch: "arm64" },
    // What a patch changes is a variant. It says what it expects, and why; a property that it does not name is
    // expected to hold. A verdict that differs makes the command fail, so that the file can run in CI.
    variants: {
      broken: {
        about: "the page is freed before the flush",
        expect: { "use-after-free-page": "violated" },
        reason: "a TLB still holds the entry that was cleared, and the access goes through it",
        source: "write here where that is known from: a commit, a mail",
      },
      fixed: {
        about: "the page is freed after the flush",
        expect: {},
        reason: "when the flush is complete, no TLB holds the entry, and no access through it is under way",
      },
    },
  },
  (m, { variant }) => {
    // An address space with one page, which is mapped read-write at first. Every page has a frame behind it.
    const mm = m.mm();
    const page = mm.page("page0");

    // A thread on CPU 0, in the kernel's words. Each call writes down steps: nothing happens here yet, so `if` works
    // for what is known now, such as the variant. For what is read while the thread runs there is `k.if(…)`.
    m.thread("reclaim", { cpu: 0 }, (k) => {
      k.lock(page.ptl);
      const old = k.ptepGetAndClear(page);
      k.unlock(page.ptl);
      if (variant === "broken") k.freeFrame(old.frame);
      k.flushTlbPage(page);
      if (variant === "fixed") k.freeFrame(old.frame);
    });

    // A thread in user mode on CPU 1, with the address space loaded: one load or store of the page, which is
    // translated by the TLB or a walk, or faults.
    m.thread("task", { cpu: 1, mm }, (k) => k.access(page));

    // What may never happen. `kernelProperties` of "tlbcheck" has all names.
    m.check("use-after-free-page");

    // An interesting state that has to be reachable, or else a verdict that nothing is violated proves nothing.
    m.goal("the page is freed before the task is done", (_, thread) =>
      and(thread("reclaim").ended(), thread("task").ended().not()),
    );
  },
);
