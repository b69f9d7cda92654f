/**
 * A hypervisor that gives one PCID to one address space after the other has to drop what is cached under it (XSA-292). If it
 * does so before it loads the other page tables, the old ones are still walked in between, and fill the TLB again.
 */
import { scenario } from "tlbcheck";

export default scenario(
  "pcid-switch",
  {
    about: "x86: a PCID is flushed and given to another address space, on one CPU",
    arch: ["intel", "amd"],
    headline: { variant: "flush-first", arch: "intel", property: "use-after-free-page" },
    variants: {
      "flush-first": {
        id: "010-X1",
        about: "the PCID is flushed, then CR3 is written with bit 63, which keeps what is cached",
        expect: { "use-after-free-page": "violated" },
        reason: "between the two the old address space is still loaded, and fills the TLB again",
        source: "before the fix of XSA-292",
      },
      "flush-last": {
        id: "010-X1f",
        about: "CR3 is written first, and the PCID flushed behind it",
        expect: { "use-after-free-page": "holds" },
        reason: "what is cached behind the write is of the new address space",
        source: "the fix of XSA-292",
      },
    },
  },
  (m, { variant }) => {
    const [old, next] = [m.mm("old"), m.mm("next")];
    const page = old.page("page0");
    const same = next.page("page0", { frame: m.spareFrame("frame:next") });
    m.check("use-after-free-page");
    m.thread("hypervisor", { cpu: 0, mm: old }, (k) => {
      if (variant === "flush-first") k.invpcid("single-context");
      k.movCr3(next, { keep: true });
      if (variant === "flush-last") k.invpcid("single-context");
      // The old domain is destroyed.
      k.lock(page.ptl);
      const entry = k.ptepGetAndClear(page);
      k.unlock(page.ptl);
      k.if(entry.present, () => k.freeFrame(entry.frame));
      k.load(same);
    });
  },
);
