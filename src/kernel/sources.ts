/**
 * The kernel primitives against the sources of Linux: for each the functions that it is written from, their memory order
 * on each architecture, and the locks that they take and the flushes that they do. `docs/kernel-sources.md` is made of it.
 */

/** What was looked at. */
export type ReadAt =
  /** The function itself, in a tree between v6.14 and v6.16. */
  | "v6.14+"
  /** Not the function but what is known of it; to be read before anything is rested on its details. */
  | "not read"
  /** A patch that is not merged, or nothing of Linux. */
  | "not in Linux";

/** Memory order: of a plain access, of an atomic, or of what it waits for. */
export interface OrderByArch {
  readonly arm64: string;
  readonly x86: string;
  readonly riscv: string;
}

export interface KernelSource {
  /** File and function, several separated by "; ". */
  readonly at: string;
  readonly read: ReadAt;
  readonly order: OrderByArch;
  /** The locks that it takes and drops itself, and what it flushes. */
  readonly does?: string;
}

const everywhere = (order: string): OrderByArch => ({ arm64: order, x86: order, riscv: order });
const byArch = (arm64: string, x86: string, riscv: string): OrderByArch => ({ arm64, x86, riscv });

const NONE = everywhere("–");
const PLAIN = everywhere("plain");
const EXCHANGE = byArch("relaxed", "full (XCHG)", "full (amoswap.aqrl)");
const STORE = everywhere("plain store");
const ACQUIRE = byArch("acquire", "full (locked)", "acquire");
const RELEASE = byArch("release", "plain store", "release");
const RWSEM_RELEASE = byArch("release", "full (locked)", "release");
const FLUSH = byArch("DSB ISHST, TLBI, DSB ISH", "full (atomic64_inc_return)", "fence, IPI or SBI call");

const row = (at: string, read: ReadAt, order: OrderByArch, does?: string): KernelSource => ({
  at,
  read,
  order,
  ...(does === undefined ? {} : { does }),
});

const patch = (what: string, order: OrderByArch = NONE): KernelSource =>
  row(`${what} (patches of 2025)`, "not in Linux", order);

/** By the name of the primitive in `k`. */
export const kernelSources: Readonly<Record<string, KernelSource>> = {
  syscall: row("arch/*/kernel: entry code", "not read", NONE),
  mmCall: row("mm/mprotect.c, mm/mmap.c: the system calls", "not read", ACQUIRE, "mmap_write_lock()"),
  barrier: row("arch/*/include/asm/barrier.h", "not read", everywhere("as named")),
  load: row("user code", "not in Linux", PLAIN),
  store: row("user code", "not in Linux", PLAIN),
  access: row("user code", "not in Linux", PLAIN),

  localIrqDisable: row("include/linux/irqflags.h: local_irq_disable()", "not read", NONE),
  localIrqEnable: row("include/linux/irqflags.h: local_irq_enable()", "not read", NONE),
  localIrqSave: row("include/linux/irqflags.h: local_irq_save()", "not read", NONE),
  localIrqRestore: row("include/linux/irqflags.h: local_irq_restore()", "not read", NONE),
  smpCallFunction: row(
    "kernel/smp.c: smp_call_function(); mm/mmu_gather.c: tlb_remove_table_sync_one()",
    "v6.14+",
    everywhere("sending awaits stores"),
    "preemption off; waits for every other CPU",
  ),
  onEachCpuMask: row(
    "kernel/smp.c: on_each_cpu_mask()",
    "not read",
    everywhere("sending awaits stores"),
    "preemption off; waits for the CPUs of the mask",
  ),

  lock: row("include/linux/spinlock.h: spin_lock()", "not read", ACQUIRE),
  unlock: row("include/linux/spinlock.h: spin_unlock()", "not read", RELEASE),
  downRead: row("kernel/locking/rwsem.c: down_read()", "not read", ACQUIRE),
  upRead: row("kernel/locking/rwsem.c: up_read()", "not read", RWSEM_RELEASE),
  downWrite: row("kernel/locking/rwsem.c: down_write()", "not read", ACQUIRE),
  upWrite: row("kernel/locking/rwsem.c: up_write()", "not read", RWSEM_RELEASE),

  writeOnce: row("include/asm-generic/rwonce.h: WRITE_ONCE()", "not read", STORE),
  readOnce: row("include/asm-generic/rwonce.h: READ_ONCE()", "not read", everywhere("plain load")),
  atomicAdd: row(
    "Documentation/atomic_t.txt: atomic_add()",
    "not read",
    byArch("relaxed", "full (locked)", "relaxed"),
  ),
  atomicAddReturn: row("Documentation/atomic_t.txt: atomic_add_return()", "not read", everywhere("full")),

  pageVmaMappedWalk: row(
    "mm/page_vma_mapped.c: page_vma_mapped_walk()",
    "not read",
    ACQUIRE,
    "page-table lock, which is kept",
  ),
  ptepGet: row("arch/*/include/asm/pgtable.h: ptep_get()", "v6.14+", everywhere("plain load (READ_ONCE)")),
  ptepGetAndClear: row("arch/*/include/asm/pgtable.h: ptep_get_and_clear()", "v6.14+", EXCHANGE),
  ptepClearFlush: row(
    "mm/pgtable-generic.c: ptep_clear_flush()",
    "v6.14+",
    EXCHANGE,
    "flush_tlb_page(), if pte_accessible()",
  ),
  setPteAt: row("arch/*/include/asm/pgtable.h: set_ptes()", "v6.14+", STORE),
  setSwapEntry: row("arch/*/include/asm/pgtable.h: set_ptes()", "v6.14+", STORE),
  zapPteRange: row(
    "mm/memory.c: zap_pte_range()",
    "v6.14+",
    EXCHANGE,
    "pte_offset_map_lock(); the flush is the gather's",
  ),
  changePteRange: row(
    "mm/mprotect.c: change_pte_range()",
    "v6.14+",
    EXCHANGE,
    "pte_offset_map_lock(), flush_tlb_batched_pending(); the flush is the gather's",
  ),

  flushTlbMm: row(
    "arch/arm64/include/asm/tlbflush.h, arch/x86/include/asm/tlbflush.h, arch/riscv/mm/tlbflush.c: flush_tlb_mm()",
    "v6.14+",
    FLUSH,
    "x86: lazy CPUs too (freed_tables)",
  ),
  flushTlbPage: row(
    "arch/arm64/include/asm/tlbflush.h, arch/x86/include/asm/tlbflush.h, arch/riscv/mm/tlbflush.c: flush_tlb_page()",
    "v6.14+",
    FLUSH,
    "arm64: TLBI VALE1IS; x86: spares lazy CPUs",
  ),
  flushTlbRange: row(
    "arch/arm64/include/asm/tlbflush.h, arch/x86/include/asm/tlbflush.h, arch/riscv/mm/tlbflush.c: flush_tlb_range()",
    "v6.14+",
    FLUSH,
    "arm64: TLBI VAE1IS; x86: lazy CPUs too (freed_tables)",
  ),
  awaitOwnInvalidations: row(
    "arch/arm64/include/asm/tlbflush.h: arch_tlbbatch_flush(); arch/x86/include/asm/tlb.h: __tlbsync()",
    "v6.14+",
    byArch("DSB ISH", "full (MFENCE), TLBSYNC", "fence"),
  ),
  flushTlbKernelRange: row(
    "arch/arm64/include/asm/tlbflush.h, arch/x86/mm/tlb.c, arch/riscv/mm/tlbflush.c: flush_tlb_kernel_range()",
    "v6.14+",
    byArch("DSB ISHST, TLBI VAALE1IS, DSB ISH, ISB", "IPI, or INVLPGB and TLBSYNC", "fence, IPI or SBI call"),
    "every CPU, global entries too",
  ),

  shouldDeferFlush: row("mm/rmap.c: should_defer_flush(); arch_tlbbatch_should_defer()", "v6.14+", PLAIN),
  setTlbUbcFlushPending: row(
    "mm/rmap.c: set_tlb_ubc_flush_pending(); arch_tlbbatch_add_pending()",
    "v6.14+",
    byArch("relaxed; DSB ISHST, TLBI", "full (locked)", "relaxed"),
    "under the page-table lock; arm64 issues TLBI VALE1IS",
  ),
  tryToUnmapFlush: row(
    "mm/rmap.c: try_to_unmap_flush(); arch_tlbbatch_flush()",
    "v6.14+",
    byArch("DSB ISH", "IPI, or INVLPGB and TLBSYNC", "fence, IPI or SBI call"),
  ),
  flushTlbBatchedPending: row(
    "mm/rmap.c: flush_tlb_batched_pending()",
    "v6.14+",
    everywhere("full (atomic_cmpxchg)"),
    "under the page-table lock; flush_tlb_mm()",
  ),

  vunmapRangeNoflush: row("mm/vmalloc.c: vunmap_range_noflush()", "not read", STORE),
  vmalloc: row("mm/vmalloc.c: vmalloc()", "not read", STORE),
  loadKernelTables: row(
    "arch/x86/entry/calling.h: SWITCH_TO_KERNEL_CR3",
    "not read",
    byArch("–", "serialising", "–"),
  ),
  loadUserTables: row(
    "arch/x86/entry/calling.h: SWITCH_TO_USER_CR3",
    "not read",
    byArch("–", "serialising", "–"),
  ),
  flushKernelHere: row(
    "arch/x86/mm/tlb.c: native_flush_tlb_global()",
    "v6.14+",
    byArch("–", "serialising", "–"),
  ),
  contextTracking: patch("kernel/context_tracking.c: ct_kernel_enter(), ct_user_enter()", everywhere("full")),
  contextTrackingWork: patch("kernel/context_tracking.c: ct_work_flush()"),
  setKernelCr3Loaded: patch("arch/x86/entry/calling.h: kernel_cr3_loaded", STORE),

  mprotect: row(
    "mm/mprotect.c: do_mprotect_pkey(), change_protection()",
    "v6.14+",
    EXCHANGE,
    "mmap_write_lock(), pte_offset_map_lock(); tlb_finish_mmu()",
  ),
  munmap: row(
    "mm/vma.c: do_vmi_munmap(); mm/memory.c: unmap_vmas()",
    "not read",
    EXCHANGE,
    "mmap_write_lock(), pte_offset_map_lock(); tlb_finish_mmu()",
  ),
  populate: row("mm/gup.c: populate_vma_page_range()", "not read", STORE, "mmap lock, pte_offset_map_lock()"),
  handleMmFault: row(
    "mm/memory.c: handle_pte_fault(), do_anonymous_page(), wp_page_reuse(), do_numa_page()",
    "not read",
    byArch("relaxed (cmpxchg_relaxed)", "plain store", "plain store"),
    "mmap lock, pte_offset_map_lock(); arm64: flush_tlb_page(); riscv: SFENCE.VMA here",
  ),
  handleIoPageFault: row(
    "drivers/iommu/iommu-sva.c: iommu_sva_handle_mm()",
    "not read",
    byArch("relaxed (cmpxchg_relaxed)", "plain store", "plain store"),
    "mmap_read_lock(), pte_offset_map_lock()",
  ),
  mmuNotifierInvalidateRange: row(
    "mm/mmu_notifier.c: mn_hlist_invalidate_range_start(), …_end()",
    "not read",
    NONE,
  ),
  iommuSvaInvalidateKvaRange: row(
    "drivers/iommu/iommu-sva.c: iommu_sva_invalidate_kva_range()",
    "not read",
    NONE,
    "IOTLB and ATC of every device",
  ),

  munmapTable: row(
    "mm/memory.c: free_pgtables(); mm/mmu_gather.c: tlb_remove_table(), tlb_finish_mmu()",
    "v6.14+",
    EXCHANGE,
    "mmap_write_lock(); tlb_flush() with freed_tables before the table goes to RCU",
  ),
  pmdClear: row("arch/*/include/asm/pgtable.h: pmd_clear()", "v6.14+", STORE),
  gupFast: row("mm/gup.c: gup_fast_pte_range()", "not read", everywhere("plain load"), "interrupts off"),
  pteOffsetMap: row(
    "mm/pgtable-generic.c: ___pte_offset_map()",
    "v6.14+",
    everywhere("plain load (pmdp_get_lockless)"),
    "rcu_read_lock() until pte_unmap()",
  ),

  rcuReadLock: row("include/linux/rcupdate.h: rcu_read_lock()", "not read", NONE),
  rcuReadUnlock: row("include/linux/rcupdate.h: rcu_read_unlock()", "not read", NONE),
  synchronizeRcu: row("kernel/rcu/tree.c: synchronize_rcu()", "not read", everywhere("full")),
  callRcuFree: row("kernel/rcu/tree.c: call_rcu()", "not read", everywhere("full")),

  pmdpInvalidate: row(
    "mm/pgtable-generic.c: pmdp_invalidate(); arch/*/include/asm/pgtable.h: pmdp_establish()",
    "v6.14+",
    EXCHANGE,
    "flush_pmd_tlb_range()",
  ),
  pmdpInvalidateAd: row(
    "mm/pgtable-generic.c, arch/x86/mm/pgtable.c: pmdp_invalidate_ad()",
    "v6.14+",
    EXCHANGE,
    "flush_pmd_tlb_range(); x86: none, the gather flushes",
  ),
  pmdPopulate: row("arch/*/include/asm/pgalloc.h: pmd_populate()", "not read", STORE),
  splitHugePmd: row(
    "mm/huge_memory.c: __split_huge_pmd_locked()",
    "not read",
    EXCHANGE,
    "PMD lock; pmdp_invalidate()",
  ),
  mprotectHuge: row(
    "mm/huge_memory.c: change_huge_pmd()",
    "not read",
    EXCHANGE,
    "PMD lock; pmdp_invalidate_ad(), the gather's flush",
  ),
  gupFastHuge: row(
    "mm/gup.c: gup_fast_pmd_leaf()",
    "not read",
    everywhere("full (try_grab_folio_fast)"),
    "interrupts off",
  ),
  copyFrame: row("mm/migrate.c: folio_migrate_copy()", "not read", PLAIN),
  freeFrame: row("include/linux/mm.h: put_page_testzero()", "not read", everywhere("full")),

  kthreadUseMm: row(
    "kernel/kthread.c: kthread_use_mm(); arch/x86/mm/tlb.c: switch_mm_irqs_off(); arch/riscv/mm/context.c: switch_mm()",
    "v6.14+",
    byArch("TTBR0 and ISB", "full (cpumask_set_cpu), MOV CR3", "relaxed; satp orders nothing"),
    "interrupts off",
  ),
  kthreadUnuseMm: row(
    "kernel/kthread.c: kthread_unuse_mm(); arch/x86/mm/tlb.c: enter_lazy_tlb()",
    "v6.14+",
    byArch("–", "plain store (is_lazy)", "–"),
  ),
};
