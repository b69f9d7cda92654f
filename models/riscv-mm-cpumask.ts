/**
 * On riscv with ASIDs a hart keeps the entries of an address space that it leaves. A flush asks the harts of the mask; if a
 * hart leaves the mask as it switches, its entries outlive the flush, and are used when it comes back (82dd33fde026).
 */
import { scenario } from "tlbcheck";

export default scenario(
  "riscv-mm-cpumask",
  {
    about: "riscv: a hart leaves an address space, misses a flush, and comes back",
    arch: ["riscv"],
    headline: { variant: "left", arch: "riscv", property: "use-after-free-page" },
    variants: {
      left: {
        id: "011-R1",
        about: "switch_mm() takes the hart out of the mask of the address space that it leaves",
        expect: { "use-after-free-page": "violated", "revoked-access": "violated" },
        reason: "munmap() does not ask the hart, which finds its old entries under the same ASID",
        source: "before commit 82dd33fde026",
      },
      kept: {
        id: "011-R1f",
        about: "the hart stays in the mask",
        expect: { "use-after-free-page": "holds", "revoked-access": "holds" },
        reason: "munmap() has the hart drop the entries, whatever it has loaded",
        source: "commit 82dd33fde026",
      },
    },
  },
  (m, { variant }) => {
    const [mm, other] = [m.mm(), m.mm("other")];
    const page = mm.page("page0");
    if (variant === "left") m.details({ kernel: { lacks: "footprints" } });
    m.check("use-after-free-page", "revoked-access");
    m.thread("unmaps", { cpu: 0, mm }, (k) => k.munmap(page));
    m.thread("vhost", { cpu: 1 }, (k) => {
      k.kthreadUseMm(other);
      k.kthreadUseMm(mm);
      k.load(page);
    });
  },
);
