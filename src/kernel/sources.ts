/**
 * The kernel primitives against the sources of Linux: for each the functions that it is written from, their memory order
 * on each architecture, and the locks that they take and the flushes that they do. `docs/kernel-sources.md` is made of it.
 */

/** What was looked at. */
export type ReadAt =
  /** The function itself, in v6.12. */
  | "v6.12"
  /** The function itself, in a tree between v6.14 and v6.16. */
  | "v6.14+"
  /** The function itself, in v7.0. */
  | "v7.0"
  /** The commit that added it. */
  | "its commit"
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
  syscall: row(
    "arch/arm64/kernel/entry.S: kernel_entry; arch/x86/entry/entry_64.S: entry_SYSCALL_64",
    "v6.12",
    NONE,
  ),
  mmCall: row(
    "mm/mprotect.c: do_mprotect_pkey(); mm/mmap.c: __vm_munmap()",
    "v6.12",
    ACQUIRE,
    "mmap_write_lock_killable()",
  ),
  barrier: row("arch/*/include/asm/barrier.h: dsb(), isb(), mb()", "v6.12", everywhere("as named")),
  smpMb: row(
    "arch/*/include/asm/barrier.h: __smp_mb()",
    "v6.12",
    byArch("DMB ISH", "full (LOCK ADD)", "fence rw,rw"),
  ),
  smpWmb: row(
    "arch/*/include/asm/barrier.h: __smp_wmb()",
    "v6.12",
    byArch("DMB ISHST", "compiler", "fence w,w"),
  ),
  smpRmb: row(
    "arch/*/include/asm/barrier.h: __smp_rmb()",
    "v6.12",
    byArch("DMB ISHLD", "compiler", "fence r,r"),
  ),
  tlbi: row("arch/arm64/include/asm/tlbflush.h: __tlbi()", "v6.12", byArch("none, until a DSB", "–", "–")),
  isb: row("arch/arm64/include/asm/barrier.h: isb()", "v6.12", byArch("ISB", "–", "–")),
  writeTtbr0: row(
    "arch/arm64/mm/context.c: cpu_do_switch_mm()",
    "v6.12",
    byArch("none, until an ISB", "–", "–"),
  ),
  invlpg: row("arch/x86/mm/tlb.c: invlpg()", "v6.12", byArch("–", "serialising", "–")),
  invpcid: row("arch/x86/include/asm/invpcid.h: __invpcid()", "v6.12", byArch("–", "serialising", "–")),
  invlpgb: row("arch/x86/include/asm/tlb.h: __invlpgb()", "v6.14+", byArch("–", "none, until TLBSYNC", "–")),
  movCr3: row("arch/x86/mm/tlb.c: load_new_mm_cr3()", "v6.12", byArch("–", "serialising", "–")),
  sfenceVma: row(
    "arch/riscv/include/asm/tlbflush.h: local_flush_tlb_all(), local_flush_tlb_page()",
    "v6.12",
    byArch("–", "–", "stores before walks of this hart"),
  ),
  writeSatp: row("arch/riscv/mm/context.c: set_mm_asid()", "v6.12", byArch("–", "–", "none")),
  load: row("user code", "not in Linux", PLAIN),
  store: row("user code", "not in Linux", PLAIN),
  kernelLoad: row(
    "arch/arm64/mm/fault.c, arch/riscv/mm/fault.c: die_kernel_fault(); arch/x86/mm/fault.c: page_fault_oops()",
    "v6.12",
    PLAIN,
  ),
  kernelStore: row(
    "arch/arm64/mm/fault.c, arch/riscv/mm/fault.c: die_kernel_fault(); arch/x86/mm/fault.c: page_fault_oops()",
    "v6.12",
    PLAIN,
  ),
  access: row("user code", "not in Linux", PLAIN),

  localIrqDisable: row("include/linux/irqflags.h: local_irq_disable()", "v6.12", NONE),
  localIrqEnable: row("include/linux/irqflags.h: local_irq_enable()", "v6.12", NONE),
  localIrqSave: row("include/linux/irqflags.h: local_irq_save()", "v6.12", NONE),
  localIrqRestore: row("include/linux/irqflags.h: local_irq_restore()", "v6.12", NONE),
  smpCallFunction: row(
    "kernel/smp.c: smp_call_function(), smp_call_function_many_cond(); mm/mmu_gather.c: tlb_remove_table_sync_one()",
    "v6.12",
    everywhere("sending awaits stores"),
    "preemption off; waits for every other CPU",
  ),
  smpCallFunctionSingle: row(
    "kernel/smp.c: smp_call_function_single()",
    "v6.12",
    everywhere("sending awaits stores"),
    "preemption off; on this CPU: interrupts off; waits",
  ),
  onEachCpu: row(
    "include/linux/smp.h: on_each_cpu(); kernel/smp.c: on_each_cpu_cond_mask()",
    "v6.12",
    everywhere("sending awaits stores"),
    "preemption off; on this CPU: interrupts off; waits",
  ),
  onEachCpuMask: row(
    "include/linux/smp.h: on_each_cpu_mask(); kernel/smp.c: on_each_cpu_cond_mask(), smp_call_function_many_cond()",
    "v6.12",
    everywhere("sending awaits stores"),
    "preemption off; waits for the CPUs of the mask",
  ),

  lock: row(
    "include/linux/spinlock.h: spin_lock(); include/asm-generic/qspinlock.h: queued_spin_lock()",
    "v6.12",
    ACQUIRE,
  ),
  unlock: row(
    "include/linux/spinlock.h: spin_unlock(); include/asm-generic/qspinlock.h: queued_spin_unlock()",
    "v6.12",
    RELEASE,
  ),
  downRead: row("kernel/locking/rwsem.c: down_read(), rwsem_read_trylock()", "v6.12", ACQUIRE),
  upRead: row("kernel/locking/rwsem.c: up_read(), __up_read()", "v6.12", RWSEM_RELEASE),
  downWrite: row("kernel/locking/rwsem.c: down_write(), rwsem_write_trylock()", "v6.12", ACQUIRE),
  upWrite: row("kernel/locking/rwsem.c: up_write(), __up_write()", "v6.12", RWSEM_RELEASE),

  mmapReadLock: row("include/linux/mmap_lock.h: mmap_read_lock()", "v6.12", ACQUIRE),
  mmapReadUnlock: row("include/linux/mmap_lock.h: mmap_read_unlock()", "v6.12", RWSEM_RELEASE),
  mmapWriteLock: row("include/linux/mmap_lock.h: mmap_write_lock()", "v6.12", ACQUIRE),
  mmapWriteUnlock: row(
    "include/linux/mmap_lock.h: mmap_write_unlock(), vma_end_write_all()",
    "v6.12",
    RWSEM_RELEASE,
    "the locks of VMAs as well",
  ),
  vmaStartRead: row("include/linux/mm.h: vma_start_read()", "v6.12", ACQUIRE, "tries once"),
  vmaEndRead: row("include/linux/mm.h: vma_end_read()", "v6.12", RWSEM_RELEASE),
  vmaStartWrite: row(
    "include/linux/mm.h: vma_start_write()",
    "v6.12",
    ACQUIRE,
    "under mmap_write_lock(), until mmap_write_unlock()",
  ),

  complete: row("kernel/sched/completion.c: complete()", "v6.12", RELEASE, "the lock of the wait queue"),
  completeAll: row(
    "kernel/sched/completion.c: complete_all()",
    "v6.12",
    RELEASE,
    "the lock of the wait queue",
  ),
  waitForCompletion: row(
    "kernel/sched/completion.c: wait_for_completion(), do_wait_for_common()",
    "v6.12",
    ACQUIRE,
    "the lock of the wait queue; sleeps",
  ),
  writeSeqcountBegin: row(
    "include/linux/seqlock.h: do_raw_write_seqcount_begin()",
    "v6.12",
    byArch("plain store, DMB ISHST", "plain store", "plain store, fence w,w"),
  ),
  writeSeqcountEnd: row(
    "include/linux/seqlock.h: do_raw_write_seqcount_end()",
    "v6.12",
    byArch("DMB ISHST, plain store", "plain store", "fence w,w, plain store"),
  ),
  readSeqcountBegin: row(
    "include/linux/seqlock.h: read_seqcount_begin()",
    "v6.12",
    byArch("plain load, DMB ISHLD", "plain load", "plain load, fence r,r"),
  ),
  readSeqcountRetry: row(
    "include/linux/seqlock.h: do_read_seqcount_retry()",
    "v6.12",
    byArch("DMB ISHLD, plain load", "plain load", "fence r,r, plain load"),
  ),
  staticBranchEnable: row(
    "kernel/jump_label.c: static_key_enable(), jump_label_update()",
    "v6.12",
    everywhere("every CPU is synchronised"),
    "jump_label_lock(); sleeps",
  ),
  staticBranchDisable: row(
    "kernel/jump_label.c: static_key_disable(), jump_label_update()",
    "v6.12",
    everywhere("every CPU is synchronised"),
    "jump_label_lock(); sleeps",
  ),
  staticBranch: row(
    "include/linux/jump_label.h: static_branch_likely(), static_branch_unlikely()",
    "v6.12",
    NONE,
  ),

  writeOnce: row("include/asm-generic/rwonce.h: WRITE_ONCE()", "v6.12", STORE),
  readOnce: row("include/asm-generic/rwonce.h: READ_ONCE()", "v6.12", everywhere("plain load")),
  atomicAdd: row(
    "arch/*/include/asm/atomic.h, atomic_lse.h: atomic_add()",
    "v6.12",
    byArch("relaxed", "full (locked)", "relaxed"),
  ),
  atomicAddReturn: row(
    "arch/*/include/asm/atomic.h, atomic_lse.h: atomic_add_return()",
    "v6.12",
    everywhere("full"),
  ),

  pageVmaMappedWalk: row(
    "mm/page_vma_mapped.c: page_vma_mapped_walk(), map_pte(), check_pte()",
    "v7.0",
    ACQUIRE,
    "page-table lock, which is kept; looks at the upper entry again under it",
  ),
  ptepGet: row("arch/*/include/asm/pgtable.h: ptep_get()", "v6.14+", everywhere("plain load (READ_ONCE)")),
  ptepGetAndClear: row("arch/*/include/asm/pgtable.h: ptep_get_and_clear()", "v6.14+", EXCHANGE),
  pteClear: row("arch/*/include/asm/pgtable.h: pte_clear()", "v6.12", STORE),
  ptepClearFlush: row(
    "mm/pgtable-generic.c: ptep_clear_flush()",
    "v6.14+",
    EXCHANGE,
    "flush_tlb_page(), if pte_accessible()",
  ),
  setPteAt: row("arch/*/include/asm/pgtable.h: set_ptes()", "v6.14+", STORE),
  setSwapEntry: row("arch/*/include/asm/pgtable.h: set_ptes()", "v6.14+", STORE),
  ptepTestAndClearYoung: row(
    "arch/*/include/asm/pgtable.h: ptep_test_and_clear_young()",
    "v6.12",
    byArch("relaxed (cmpxchg_relaxed)", "full (BTR)", "full (amoand.aqrl)"),
  ),
  ptepClearFlushYoung: row(
    "arch/arm64/include/asm/pgtable.h, arch/x86/mm/pgtable.c, arch/riscv/include/asm/pgtable.h: ptep_clear_flush_young()",
    "v6.12",
    byArch("relaxed (cmpxchg_relaxed)", "full (BTR)", "full (amoand.aqrl)"),
    "arm64: flush_tlb_page_nosync(), if it was young; others flush nothing",
  ),
  ptepSetWrprotect: row(
    "arch/*/include/asm/pgtable.h: ptep_set_wrprotect()",
    "v6.12",
    byArch("relaxed (cmpxchg_relaxed)", "full (CMPXCHG)", "relaxed (amoand)"),
  ),
  ptepSetAccessFlags: row(
    "arch/arm64/mm/fault.c, arch/x86/mm/pgtable.c, arch/riscv/mm/pgtable.c: ptep_set_access_flags()",
    "v6.12",
    byArch("relaxed (cmpxchg_relaxed)", "plain store", "plain store"),
    "arm64: flush_tlb_page() for a write; x86: stores nothing but for a write; riscv: SFENCE.VMA here",
  ),
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
    "arm64: TLBI VALE1IS; x86: spares lazy CPUs, and now and then trims the mask",
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
  tryToUnmapFlushDirty: row(
    "mm/rmap.c: try_to_unmap_flush_dirty()",
    "v6.12",
    NONE,
    "try_to_unmap_flush(), if an entry was dirty (commit d950c9477d51)",
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

  vunmapRangeNoflush: row("mm/vmalloc.c: vunmap_range_noflush(), vunmap_pte_range()", "v6.12", EXCHANGE),
  vmalloc: row("mm/vmalloc.c: vmalloc(), vmap_pages_pte_range()", "v6.12", STORE),
  loadKernelTables: row(
    "arch/x86/entry/calling.h: SWITCH_TO_KERNEL_CR3",
    "v6.12",
    byArch("–", "serialising", "–"),
  ),
  loadUserTables: row(
    "arch/x86/entry/calling.h: SWITCH_TO_USER_CR3",
    "v6.12",
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
    "mm/vma.c: vms_complete_munmap_vmas(), vms_clear_ptes(); mm/memory.c: unmap_vmas()",
    "v6.12",
    EXCHANGE,
    "mmap_write_lock(), pte_offset_map_lock(); tlb_finish_mmu()",
  ),
  populate: row(
    "mm/gup.c: populate_vma_page_range()",
    "v6.12",
    STORE,
    "mmap_read_lock() in mm_populate(), pte_offset_map_lock()",
  ),
  handleMmFault: row(
    "mm/memory.c: handle_pte_fault(), do_anonymous_page(), wp_page_reuse(), do_numa_page()",
    "v6.12",
    byArch("relaxed (cmpxchg_relaxed)", "plain store", "plain store"),
    "mmap lock, pte_offset_map_lock(); arm64: flush_tlb_page(); riscv: SFENCE.VMA here",
  ),
  handleIoPageFault: row(
    "drivers/iommu/iommu-sva.c: iommu_sva_handle_mm()",
    "v6.12",
    byArch("relaxed (cmpxchg_relaxed)", "plain store", "plain store"),
    "mmap_read_lock(), pte_offset_map_lock()",
  ),
  mmuNotifierInvalidateRange: row(
    "mm/mmu_notifier.c: mn_hlist_invalidate_range_start(), __mmu_notifier_arch_invalidate_secondary_tlbs()",
    "v6.12",
    NONE,
    "srcu_read_lock()",
  ),
  iommuSvaInvalidateKvaRange: row(
    "drivers/iommu/iommu-sva.c: iommu_sva_invalidate_kva_range()",
    "its commit",
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
  gupFast: row(
    "mm/gup.c: gup_fast(), gup_fast_pte_range()",
    "v6.12",
    everywhere("plain load"),
    "interrupts off",
  ),
  pteOffsetMap: row(
    "mm/pgtable-generic.c: ___pte_offset_map()",
    "v6.14+",
    everywhere("plain load (pmdp_get_lockless)"),
    "rcu_read_lock() until pte_unmap()",
  ),

  rcuReadLock: row("include/linux/rcupdate.h: rcu_read_lock()", "v6.12", NONE),
  rcuReadUnlock: row("include/linux/rcupdate.h: rcu_read_unlock()", "v6.12", NONE),
  synchronizeRcu: row(
    "kernel/rcu/tree.c: synchronize_rcu(), synchronize_rcu_normal()",
    "v6.12",
    everywhere("full"),
  ),
  callRcuFree: row("kernel/rcu/tree.c: call_rcu(), __call_rcu_common()", "v6.12", everywhere("full")),

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
  pmdPopulate: row(
    "arch/*/include/asm/pgalloc.h: pmd_populate(); arch/*/include/asm/pgtable.h: set_pmd()",
    "v6.12",
    byArch("plain store, DSB ISHST, ISB", "plain store", "plain store"),
  ),
  splitHugePmd: row(
    "mm/huge_memory.c: __split_huge_pmd_locked()",
    "v6.12",
    EXCHANGE,
    "PMD lock; pmdp_invalidate()",
  ),
  mprotectHuge: row(
    "mm/huge_memory.c: change_huge_pmd()",
    "v6.12",
    EXCHANGE,
    "PMD lock; pmdp_invalidate_ad(), the gather's flush",
  ),
  gupFastHuge: row(
    "mm/gup.c: gup_fast_pmd_leaf(), try_grab_folio_fast()",
    "v6.12",
    everywhere("full (try_grab_folio_fast)"),
    "interrupts off",
  ),
  allocPage: row("mm/page_alloc.c: __alloc_pages_noprof()", "v6.12", NONE),
  folioTryGet: row(
    "include/linux/page_ref.h: folio_try_get(), page_ref_add_unless()",
    "v6.12",
    everywhere("full"),
  ),
  folioPut: row("include/linux/mm.h: folio_put(), put_page_testzero()", "v6.12", everywhere("full")),
  revokes: row("what a caller relies on", "not in Linux", NONE),
  copyFrame: row("mm/migrate.c: __migrate_folio(); mm/util.c: folio_mc_copy()", "v6.12", PLAIN),
  freeFrame: row("include/linux/mm.h: folio_put(), put_page_testzero()", "v6.12", everywhere("full")),

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
