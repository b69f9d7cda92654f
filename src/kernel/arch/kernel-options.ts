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
  /**
   * What switches and flushes by interrupt lack, as they did before a fix. Nothing, unless given. On x86:
   * - `flush barrier`: a flush may read the mask before its stores can be seen (before commit 71b3c126e611);
   * - `switching`: a flush spares a CPU that is about to switch (CVE-2025-37964, before fea4e317f9e7);
   * - `switch barrier`: a CPU that is in the mask already reads the generation before others can see that it switches
   *   (before 83b0177a6c48);
   * - `switch order`: a CPU reads the generation, and then says that it switches (stable trees before that);
   * - `partial flush check`: an interrupt flushes its pages alone, whatever flush the CPU has missed (a mutation).
   *
   * On riscv:
   * - `footprints`: a hart leaves the mask of an address space as it switches from it (before 82dd33fde026).
   */
  readonly lacks?:
    "flush barrier" | "switching" | "switch barrier" | "switch order" | "partial flush check" | "footprints";
}
