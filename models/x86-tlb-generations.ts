/**
 * How switches of address spaces and flushes of TLBs find each other on x86 (arch/x86/mm/tlb.c): a CPU enters the mask and
 * says that it switches before it reads `tlb_gen`; a flush increases `tlb_gen` before it looks who is in the mask, and
 * what they have loaded. Each variant that is violated lacks one step of that.
 */
import { type Details, type Page, scenario, type Scenario, type Thread } from "tlbcheck";

type Lacks = NonNullable<Details["kernel"]>["lacks"];

const violated = { "revoked-access": "violated" } as const;
const holds = { "revoked-access": "holds" } as const;

export default scenario(
  "x86-tlb-generations",
  {
    about: "x86: a flush by interrupt meets a CPU that switches, or another flush",
    arch: ["intel", "amd"],
    headline: { variant: "switching-spared", arch: "intel", property: "revoked-access" },
    variants: {
      "mask-read-early": {
        id: "007-M1",
        about: "a flush reads the mask while its store to the entry waits in the store buffer",
        expect: violated,
        reason: "the CPU that switches sets its bit and walks between the two, and gets no interrupt",
        source: "before commit 71b3c126e611, CVE-2016-2069",
      },
      "mask-read-ordered": {
        id: "007-M1f",
        about: "the same with a full barrier in between",
        expect: holds,
        reason: "either the flush sees the bit, or the walk sees the entry",
        source: "commit 71b3c126e611",
      },
      "switching-spared": {
        id: "007-S1",
        about: "a flush spares a CPU that has decided not to flush and loads CR3",
        expect: violated,
        reason: "neither the generation that the CPU has read nor an interrupt has it flush",
        source: "before commit fea4e317f9e7, CVE-2025-37964",
      },
      "switching-counts": {
        id: "007-S1f",
        about: "a CPU that switches is interrupted",
        expect: holds,
        reason: "LOADED_MM_SWITCHING counts as the address space that is flushed",
        source: "commit fea4e317f9e7",
      },
      "switching-unordered": {
        id: "007-O1",
        about: "a CPU that is in the mask already reads the generation while its LOADED_MM_SWITCHING waits",
        expect: violated,
        reason: "there is no locked operation in between, since the bit of the mask is set",
        source: "before commit 83b0177a6c48",
      },
      "switching-ordered": {
        id: "007-O1f",
        about: "the same with smp_mb() where the bit is set already",
        expect: holds,
        reason: "either the flush sees the CPU switch, or the CPU sees the new generation",
        source: "commit 83b0177a6c48",
      },
      "switching-late": {
        id: "007-O1s",
        about: "a CPU reads the generation, and then says that it switches",
        expect: violated,
        reason: "the flush finds the CPU in another address space, whatever the memory order",
        source: "stable trees 6.1, 6.6 and 6.12 before their fix",
      },
      "partial-any": {
        id: "007-P1",
        about: "mutation: an interrupt flushes its page alone, although the CPU has missed a full flush",
        expect: violated,
        reason: "the interrupt of the full flush then finds its generation reached, and does nothing",
        source: "analysis; the comment of flush_tlb_func()",
      },
      "partial-next": {
        id: "007-P1f",
        about: "two flushes whose interrupts arrive in reverse order",
        expect: holds,
        reason: "who is behind by more than the flush asks for flushes everything",
        source: "commit b0579ade7cd8",
      },
    },
  },
  (m, { variant }) => {
    const lacks: Readonly<Record<string, Lacks>> = {
      "mask-read-early": "flush barrier",
      "switching-spared": "switching",
      "switching-unordered": "switch barrier",
      "switching-late": "switch order",
      "partial-any": "partial flush check",
    };
    const step = lacks[variant];
    if (step) m.details({ kernel: { lacks: step } });
    m.check("revoked-access");
    if (variant.startsWith("partial")) return twoFlushes(m);
    const maskRead = variant.startsWith("mask-read");
    if (maskRead || (variant.startsWith("switching-") && variant.endsWith("ordered")))
      m.details({ order: "tso", storeBuffer: 3 });
    // A CPU without a task has loaded the address space that is declared first: it is in no other mask.
    const [first, second] = (maskRead ? ["other", "mm"] : ["mm", "other"]).map((name) => m.mm(name));
    const [mm, other] = maskRead ? [second!, first!] : [first!, second!];
    const page = mm.page("page0");
    m.thread("unmaps", { cpu: 0, mm }, (k) => unmap(k, page, () => k.flushTlbPage(page)));
    m.thread("vhost", { cpu: 1 }, (k) => {
      // Then the mask has the CPU, and a PCID is kept for the process.
      if (!maskRead) k.kthreadUseMm(other);
      k.kthreadUseMm(mm);
      k.load(page);
    });
  },
);

/** Two flushes of one address space, of everything and of one page, and a task that may have everything cached. */
function twoFlushes(m: Scenario): void {
  const mm = m.mm();
  const page = mm.page("page0");
  const empty = mm.page("page1", { permission: null });
  m.thread("full", { cpu: 0 }, (k) => unmap(k, page, () => k.flushTlbMm(mm)));
  m.thread("partial", { cpu: 1 }, (k) => k.flushTlbPage(empty));
  m.thread("task", { cpu: 2, mm }, (k) => k.load(page));
}

function unmap(k: Thread, page: Page, flush: () => void): void {
  k.lock(page.ptl);
  k.pteClear(page);
  k.unlock(page.ptl);
  flush();
  k.revokes(page);
}
