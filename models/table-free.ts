/**
 * Freeing a page table takes four steps: unlink it, flush TLBs and walk caches, let software walkers finish, free
 * it. A walk cache holds the upper entry until the flush, and a walker that is sent there by it reads whatever the
 * page has become; software walkers are kept off by interrupts or RCU, which flush nothing. tlb_remove_table() of
 * v4.18 had three paths on which the flush came last (commits a6f572084fbe, d86564a2f085).
 */
import { and, scenario, type TableRemoval } from "tlbcheck";

const HW = "use-after-free-table";
const SW = "use-after-free-table-software";
const MCE = "machine-check";
const SPEC = "transient-use-after-free";

/** Violated where walk caches are flushed by the gather alone: arm64's pte_free_tlb() of 2018 had a TLBI of its own. */
const onX86 = { arm64: "holds", intel: "violated", amd: "violated", riscv: "holds" } as const;
const onAmd = { arm64: "holds", intel: "holds", amd: "violated", riscv: "holds" } as const;
/** RISC-V did not free tables by RCU then. */
const before = ["arm64", "intel", "amd"];
/** SPEC is a matter of --strict: what a walker finds in a page that was a table may lead anywhere. */
const hardware = { [HW]: onX86, [MCE]: onAmd, [SPEC]: onX86 };

const walksLazily = "the walker of a lazy CPU goes on walking; what it caches is flushed before it is used";

/** What tlb_remove_table() did in each variant. */
const removals: Readonly<Record<string, TableRemoval>> = {
  "single-user": { path: "single user", invalidate: false, flushesPgtable: true },
  "single-user-use-mm": { path: "single user", invalidate: false, flushesPgtable: true },
  "no-batch-page": {
    path: "no batch page",
    invalidate: false,
    fallback: "interrupts",
    flushesPgtable: true,
  },
  "no-batch-page-rcu": {
    path: "no batch page",
    invalidate: false,
    fallback: "interrupts",
    flushesPgtable: true,
  },
  "batch-full": { path: "batch full", invalidate: false, flushesPgtable: true },
  fixed: { path: "batched" },
  "fixed-no-batch-page": { path: "no batch page", fallback: "interrupts" },
  "fixed-batch-full": { path: "batch full" },
  "lazy-defers": { path: "batched", sparesLazy: true },
  "lazy-asked": { path: "batched" },
  "lazy-asked-for-tables": { path: "batched" },
  "no-rcu": { path: "page batch" },
  mainline: { path: "no batch page", fallback: "synchronize_rcu" },
  "mainline-call-rcu": { path: "no batch page", fallback: "call_rcu" },
  "interrupts-then-rcu-walker": { path: "no batch page", fallback: "interrupts" },
  "explicit-tlbi": { path: "batched", flushesPgtable: true },
};

export default scenario(
  "table-free",
  {
    about: "page tables that are freed, against hardware and software walkers",
    arch: ["arm64", "intel", "amd", "riscv"],
    headline: { variant: "no-batch-page", arch: "intel", property: HW },
    variants: {
      "single-user": {
        id: "001-B1",
        about: "mm_users is 1, so the table is freed at once; one CPU",
        arch: before,
        expect: hardware,
        reason: "its own walker still has the upper entry in its walk cache",
        source: "before commit a6f572084fbe",
      },
      "single-user-use-mm": {
        id: "001-B1u",
        about:
          "the same, and a kernel thread on another CPU uses the address space without being a user of it",
        arch: before,
        expect: { ...hardware, "use-after-free-page": onX86 },
        reason: "its accesses are translated by the garbage that its walker finds",
        source: "before commit a6f572084fbe",
      },
      "no-batch-page": {
        id: "001-B2",
        about: "no page for a batch: interrupts that do nothing, then free; gup_fast() on another CPU",
        arch: before,
        expect: hardware,
        reason: "an empty interrupt waits for regions with interrupts off, and flushes nothing",
        source: "before commit d86564a2f085",
      },
      "no-batch-page-rcu": {
        id: "001-B2r",
        about: "the same, the software walker is in an RCU read-side section with interrupts on",
        arch: before,
        expect: { ...hardware, [SW]: "violated" },
        reason: "an empty interrupt is no grace period",
        source: "analysis",
      },
      "batch-full": {
        id: "001-B3",
        about: "the batch is full and sent off to RCU before the flush",
        arch: before,
        expect: hardware,
        reason: "a grace period is no TLB flush",
        source: "before commit d86564a2f085",
      },
      fixed: {
        id: "001-B4",
        about: "unlink, flush, grace period, free; a lazy kernel thread on another CPU",
        expect: {},
        source: "commit d86564a2f085",
      },
      "fixed-no-batch-page": {
        id: "001-B4n",
        about: "the same where no page for a batch could be allocated: flush, interrupts, free",
        expect: {},
        source: "commit d86564a2f085",
      },
      "fixed-batch-full": {
        id: "001-B4f",
        about: "the same where the batch is full",
        expect: {},
        source: "commit d86564a2f085",
      },
      "lazy-defers": {
        id: "001-B5",
        about: "lazy CPUs are not asked to flush; they do so when they leave lazy mode",
        expect: hardware,
        reason: {
          arm64: "a TLBI reaches lazy CPUs like any other",
          intel: walksLazily,
          amd: walksLazily,
          riscv: "a lazy hart stays in mm_cpumask, and is interrupted like any other",
        },
        source: "v4.14-rc, before commit b956575bed91",
      },
      "lazy-asked": {
        id: "001-B6",
        about: "lazy CPUs are asked by every flush, and let go of the address space",
        arch: before,
        expect: {},
        source: "commit b956575bed91",
      },
      "lazy-asked-for-tables": {
        id: "001-B7",
        about: "lazy CPUs are asked by flushes that free tables, and by no other",
        // The page before was freed while a lazy CPU still had its translation.
        arch: before,
        expect: { [SPEC]: onX86 },
        source: "commit 2ff6ddf19c0e",
      },
      "no-rcu": {
        id: "001-B9",
        about: "tables freed with the data pages, behind a flush that sends interrupts or, on AMD, INVLPGB",
        expect: { [SW]: onAmd },
        arch: ["intel", "amd"],
        reason: "without an interrupt nothing waits for regions with interrupts off",
        source: "before commit a37259732a7d",
      },
      mainline: {
        id: "001-B10",
        about: "no page for a batch: flush, synchronize_rcu(), free",
        expect: {},
        source: "commit 1fb3d8c20bfa",
      },
      "mainline-call-rcu": {
        id: "001-B10c",
        about: "no page for a batch: flush, call_rcu(), which frees",
        expect: {},
        source: "CONFIG_PT_RECLAIM",
      },
      "interrupts-then-rcu-walker": {
        id: "001-B10i",
        about:
          "no page for a batch: flush, interrupts, free; the software walker is in an RCU read-side section",
        expect: { [SW]: "violated" },
        reason: "hardware walkers are kept off by the flush; an empty interrupt is no grace period",
        source: "before commit 1fb3d8c20bfa",
      },
      "explicit-tlbi": {
        id: "001-B13",
        about: "pte_free_tlb() invalidates the table itself before it is queued",
        expect: {},
        arch: ["arm64"],
        source: "arm64 in 2018",
      },
    },
  },
  (m, { variant, variantIs }) => {
    const mm = m.mm();
    const table = mm.table("table");
    const page = table.page("page0");

    if (variantIs("no-rcu") && m.arch === "amd") m.details({ kernel: { invlpgb: "sync" } });

    m.thread("unmapper", { cpu: 0, mm }, (k) => {
      if (variantIs("lazy-asked-for-tables")) k.munmap(page, { drain: null });
      k.munmapTable(table, removals[variant]);
      if (variantIs("single-user")) k.access(page);
    });

    if (variantIs("single-user-use-mm"))
      m.thread("kthread", { cpu: 1 }, (k) => {
        k.kthreadUseMm(mm);
        k.access(page);
        k.kthreadUnuseMm(mm);
      });

    const irqsOff = variantIs("no-batch-page", "fixed-no-batch-page", "no-rcu", "explicit-tlbi");
    const underRcu = variantIs(
      "no-batch-page-rcu",
      "batch-full",
      "fixed-batch-full",
      "mainline",
      "mainline-call-rcu",
      "interrupts-then-rcu-walker",
    );
    if (irqsOff || underRcu)
      m.thread("walker", { cpu: 1, mm }, (k) => (irqsOff ? k.gupFast(page) : k.pteOffsetMap(page)));

    const lazy = variantIs("fixed", "lazy-defers", "lazy-asked", "lazy-asked-for-tables");
    if (lazy) {
      m.thread("kthread", { cpu: 1 }, (k) => k.do("kernel work", "data", () => []));
      m.thread("task", { cpu: 1, mm }, (k) => k.access(page));
    }

    m.goal("the table's page has another owner", ({ frames }) => frames.overwritten(table.frame));
    m.goal("a walk cache has the table after it was unlinked", (system) =>
      and(system.isLinked(table).not(), system.isWalkCached(table)),
    );
    m.check(HW, MCE);
    if (irqsOff || underRcu) m.check(SW);
    if (lazy || variantIs("single-user", "single-user-use-mm"))
      m.check("use-after-free-page", "revoked-access");
  },
);
