/** How a kernel uses its hardware, where it has a choice. */

export interface KernelOptions {
  /**
   * AMD: flushes by INVLPGB under an ASID that all CPUs share. "sync" completes each at once; "async" queues
   * those of a batch and completes them with one TLBSYNC. By interrupt unless given.
   */
  readonly invlpgb?: "sync" | "async";
  /**
   * Where the TLBs of devices are invalidated, by MMU notifiers:
   * - `arch flush`: in the architecture's flushes and where they are queued (commit 6bbd42e2df8f); unless given;
   * - `batch flush`: the same, but for a batch on x86 at its end, with `current->mm` (75c400f82d34 of linux-next);
   * - `range end`: in `mmu_notifier_invalidate_range_end()`, and in no flush (before).
   */
  readonly notifiers?: "arch flush" | "batch flush" | "range end";
  /**
   * arm64: whose TLBs are flushed of an entry that a fault makes writable. Those of all CPUs, unless given; of the
   * faulting one with the patches of 2025; others may then fault without cause, and flush their own.
   */
  readonly upgrades?: "broadcast" | "local";
  /**
   * riscv: who has other harts execute SFENCE.VMA (`riscv_use_sbi_for_rfence()`). The kernel by interrupt, unless given;
   * or the firmware, which interrupts a hart whatever the kernel has turned off there, so that no flush waits for a
   * walker with interrupts off.
   */
  readonly rfence?: "ipi" | "sbi";
}
