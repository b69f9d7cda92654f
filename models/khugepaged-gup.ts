/**
 * khugepaged takes a page table out of use while get_user_pages_fast() may walk it with interrupts off. A flush by interrupts
 * waits for that walk, one that is broadcast by hardware or done by firmware does not: hence tlb_remove_table_sync_one()
 * before the table is used for anything else (commit 2ba99c5e0881).
 */
import { scenario } from "tlbcheck";

const SW = "use-after-free-table-software";

export default scenario(
  "khugepaged-gup",
  {
    about: "khugepaged reuses a page table that a walker without locks may still read",
    arch: ["arm64", "intel", "amd", "riscv"],
    headline: { variant: "flush-only", arch: "arm64", property: SW },
    variants: {
      "flush-only": {
        id: "015-G1",
        about: "pmdp_collapse_flush(), then the table is reused",
        expect: { [SW]: { arm64: "violated", intel: "holds", amd: "holds", riscv: "holds" } },
        reason: {
          arm64: "a broadcast TLBI does not wait for a walk by software",
          intel: "the flush interrupts the walker's CPU, which has interrupts off until the walk is over",
          amd: "the flush interrupts the walker's CPU, which has interrupts off until the walk is over",
          riscv: "the flush interrupts the walker's CPU, which has interrupts off until the walk is over",
        },
        source: "before commit 2ba99c5e0881",
      },
      "flush-only-broadcast": {
        id: "015-G1b",
        about: "the same where the flush is not by interrupts: INVLPGB, or a call of the firmware",
        expect: { [SW]: "violated" },
        arch: ["amd", "riscv"],
        reason: "nobody waits for the walk",
        source: "analysis; mm/mmu_gather.c: tlb_remove_table_sync_one()",
      },
      interrupted: {
        id: "015-G1f",
        about: "every other CPU is interrupted before the table is reused",
        expect: {},
        source: "commit 2ba99c5e0881",
      },
      "interrupted-broadcast": {
        id: "015-G1bf",
        about: "the same where the flush is not by interrupts",
        expect: {},
        arch: ["amd", "riscv"],
        source: "commit 2ba99c5e0881",
      },
    },
  },
  (m, { variant }) => {
    const mm = m.mm();
    const table = mm.table("table");
    const page = table.page("page0");
    m.details({ walk: "atomic" });
    if (variant.endsWith("-broadcast"))
      m.details({ kernel: m.arch === "amd" ? { invlpgb: "sync" } : { rfence: "sbi" } });
    m.check(SW, "use-after-free-table");
    m.thread("khugepaged", { cpu: 0 }, (k) => {
      k.mmapWriteLock(mm);
      const removed = k.pmdClear(table);
      // pmdp_collapse_flush(): on riscv SFENCE.VMA by address is for leaf entries only.
      if (m.arch === "riscv") k.flushTlbMm(mm);
      else k.flushTlbRange(page);
      if (variant.startsWith("interrupted")) k.smpCallFunction("tlb_remove_table_smp_sync");
      k.freeFrame(removed);
      k.mmapWriteUnlock(mm);
    });
    m.thread("walker", { cpu: 1, mm }, (k) => k.gupFast(page));
    m.goal("the table's page has another owner", ({ frames }) => frames.overwritten(table.frame));
  },
);
