/**
 * A thread of a scenario, `k`: the words of the kernel's vocabulary, each written in a file of its subject. How
 * a program is put together from steps, branches and events is in `program/thread-program.ts`. One list on
 * purpose, however long: `docs/words.md` is made of it, and a word is found by reading down.
 */
import type { Body } from "../model/builder.ts";
import type { Operand, Place, Term } from "../model/term.ts";
import { accessPage, type AccessOptions } from "./entry/access.ts";
import { copyFrame, freeFrame } from "./mm/alloc-page.ts";
import { atomicAdd, atomicAddReturn } from "./locking/atomic.ts";
import { barrier } from "./locking/barrier.ts";
import {
  type BatchOptions,
  drainPending,
  flushTlbBatchedPending,
  setTlbUbcFlushPending,
  tryToUnmapFlush,
} from "./mm/batched-unmap.ts";
import {
  contextTracking,
  contextTrackingWork,
  flushKernelHere,
  flushTlbKernelRange,
  type LoadKernelTables,
  loadKernelTables,
  type LocalFlush,
  loadUserTables,
  setKernelCr3Loaded,
} from "./entry/kernel-entry.ts";
import type { Deferral } from "./entry/context-tracking.ts";
import { vmalloc, vunmapRangeNoflush } from "./mm/vmalloc.ts";
import { type FaultOptions, handleMmFault, populate } from "./mm/fault.ts";
import type { Cell } from "./locking/cells.ts";
import type { Lock, RwSem } from "./locking/locks.ts";
import type { Device, HugePage, Mm, Page, Permission, Table } from "./handles.ts";
import { onEachCpuMask, smpCallFunction } from "./locking/interrupts.ts";
import { handleIoPageFault } from "./mm/io-page-fault.ts";
import { localIrqRestore, localIrqSave, setIrqs } from "./locking/irqs-off.ts";
import type { KernelCode } from "./program/thread-program.ts";
import { gupFastHuge, type GupFastOptions } from "./huge/gup-pmd.ts";
import {
  type InvalidateAdOptions,
  mprotectHuge,
  pmdPopulate,
  pmdpInvalidate,
  pmdpInvalidateAd,
  splitHugePmd,
  type SplitOptions,
} from "./huge/huge-pmd.ts";
import { gupFast, pteOffsetMap } from "./mm/lockless-walk.ts";
import { invalidateKernelRange, invalidateRange } from "./mm/mmu-notifier.ts";
import { munmapTable, type TableRemoval } from "./mm/mmu-gather.ts";
import { pmdClear } from "./mm/pmd.ts";
import { changePteRange, mprotect, type MprotectOptions } from "./mm/mprotect.ts";
import { munmap, type MunmapOptions, zapPte } from "./mm/munmap.ts";
import {
  type OldEntry,
  pageVmaMappedWalk,
  ptepGetAndClear,
  readEntry,
  setPteAt,
  setSwapEntry,
} from "./mm/pte.ts";
import { readOnce, writeOnce } from "./locking/once.ts";
import { callRcuFree, rcuReadLock, rcuReadUnlock, synchronizeRcu } from "./locking/rcu-sections.ts";
import { downRead, downWrite, upRead, upWrite } from "./locking/semaphore.ts";
import { requireHandle } from "./require.ts";
import { spinLock, spinUnlock } from "./locking/spinlock.ts";
import { mmCall, type MmCallOptions, syscall } from "./entry/syscall.ts";
import { ThreadProgram } from "./program/thread-program.ts";
import { kthreadUnuseMm, kthreadUseMm } from "./mm/use-mm.ts";

export class Thread extends ThreadProgram {
  override run(code: KernelCode): void {
    code(this);
  }

  // Entry and exit.

  /**
   * A system call: exception entry, the body, exception return. The entry is told in the same row as the
   * first event of the body. `returned` is done as it returns.
   */
  syscall(name: string, body: () => void, returned: () => Body = () => []): void {
    syscall(this, name, body, returned);
  }

  /**
   * A system call that changes an address space, under `mmap_write_lock()`. `done` is told as the lock is
   * dropped, when all of the work is done; the call returns after that.
   */
  mmCall(name: string, mm: Mm, body: () => void, options: MmCallOptions = {}): void {
    requireHandle(mm, "mm");
    mmCall(this, name, mm, body, options);
  }

  // Instructions.

  /** A barrier of the architecture, such as `dsb(ish)`, and the weaker ones that may stand in its place. */
  barrier(name: string, weaker: readonly string[] = []): void {
    barrier(this, name, weaker);
  }

  /** Loads from a user page. */
  load(page: Page, options: AccessOptions = {}): void {
    accessPage(this, page, ["load"], options);
  }

  /** Stores to a user page. */
  store(page: Page, options: AccessOptions = {}): void {
    accessPage(this, page, ["store"], options);
  }

  /** Loads from a user page or stores to it: either may happen. */
  access(page: Page, options: AccessOptions = {}): void {
    accessPage(this, page, ["load", "store"], options);
  }

  // Interrupts.

  /** `local_irq_disable()`: this CPU takes no interrupts from here on. */
  localIrqDisable(): void {
    setIrqs(this, "local_irq_disable()", true);
  }

  /** `local_irq_enable()`. */
  localIrqEnable(): void {
    setIrqs(this, "local_irq_enable()", false);
  }

  /** `local_irq_save()`: turns interrupts off; gives whether they were. */
  localIrqSave(): Place {
    return localIrqSave(this);
  }

  /** `local_irq_restore()`: as they were before `localIrqSave()`. */
  localIrqRestore(flags: Place): void {
    localIrqRestore(this, flags);
  }

  // Locks.

  /** `spin_lock()`: waits until the lock is free, and takes it. */
  lock(lock: Lock): void {
    spinLock(this, lock);
  }

  /** `spin_unlock()`. */
  unlock(lock: Lock): void {
    spinUnlock(this, lock);
  }

  /** `down_read()`: waits until nobody holds the semaphore for writing, and takes it for reading. */
  downRead(sem: RwSem): void {
    downRead(this, sem);
  }

  /** `up_read()`. */
  upRead(sem: RwSem): void {
    upRead(this, sem);
  }

  /** `down_write()`: waits until nobody holds the semaphore, and takes it alone. */
  downWrite(sem: RwSem): void {
    downWrite(this, sem);
  }

  /** `up_write()`. */
  upWrite(sem: RwSem): void {
    upWrite(this, sem);
  }

  // Variables of the scenario's own, `system.sharedVariable()`.

  /** `WRITE_ONCE()`: a plain store. */
  writeOnce(cell: Cell, value: Operand): void {
    writeOnce(this, cell, value);
  }

  /** `READ_ONCE()`: a plain load into a register of this thread, which it gives. */
  readOnce(cell: Cell): Place {
    return readOnce(this, cell);
  }

  /** `atomic_add()`, `atomic_inc()` for 1, `atomic_dec()` for -1: one atomic step, relaxed. */
  atomicAdd(cell: Cell, by: number): void {
    atomicAdd(this, cell, by);
  }

  /** `atomic_add_return()`: the same, fully ordered; gives the new value in a register of this thread. */
  atomicAddReturn(cell: Cell, by: number): Place {
    return atomicAddReturn(this, cell, by);
  }

  // Page-table entries.

  /** `page_vma_mapped_walk()`: takes the page-table lock and says whether the page is mapped. */
  pageVmaMappedWalk(page: Page): OldEntry {
    return pageVmaMappedWalk(this, page);
  }

  /** `ptep_get()`: reads the entry. */
  ptepGet(page: Page): OldEntry {
    return readEntry(this, page);
  }

  /** `ptep_get_and_clear()`: exchanges the entry for an empty one; gives the old one. */
  ptepGetAndClear(page: Page): OldEntry {
    return ptepGetAndClear(this, page);
  }

  /** `ptep_clear_flush()`: exchanges the entry for an empty one and flushes the page. */
  ptepClearFlush(page: Page): OldEntry {
    const old = ptepGetAndClear(this, page);
    this.if(old.present, () => this.flushTlbPage(page));
    return old;
  }

  /** `set_pte_at()` of an entry that maps the frame. */
  setPteAt(page: Page, frame: Term, permission: Permission = "rw"): void {
    setPteAt(this, page, frame, permission);
  }

  /** `set_pte_at()` of a swap entry. */
  setSwapEntry(page: Page): void {
    setSwapEntry(this, page);
  }

  /**
   * `zap_pte_range()` for one page, under its page-table lock: clears the entry, gives what it was, and leaves flush
   * and free to the caller.
   */
  zapPteRange(page: Page, { drain = drainPending(page) }: MunmapOptions = {}): OldEntry {
    requireHandle(page, "page");
    return zapPte(this, page, drain);
  }

  /** `change_pte_range()` for one page; gives whether it was present, so that the caller has to flush. */
  changePteRange(page: Page, permission: Permission): Term {
    return changePteRange(this, page, permission);
  }

  // TLB flushes.

  /** `flush_tlb_mm()`: every user translation of the address space. */
  flushTlbMm(mm: Mm): void {
    requireHandle(mm, "mm");
    this.system.arch.flushTlbMm(this, mm);
  }

  /** `flush_tlb_page()`: the translation of one page, on every CPU that may have it. */
  flushTlbPage(page: Page): void {
    requireHandle(page, "page");
    this.system.arch.flushTlbPage(this, page);
  }

  /** `flush_tlb_range()`: the translations of some pages, and of the tables above them. */
  flushTlbRange(...pages: Page[]): void {
    for (const page of pages) requireHandle(page, "page");
    this.system.arch.flushTlbRange(this, pages);
  }

  /** The barrier that waits for what this CPU has invalidated, and for nobody else. */
  awaitOwnInvalidations(): void {
    this.system.arch.awaitOwnInvalidations(this);
  }

  // Batched unmap.

  /** `should_defer_flush()`: whether the flush of an unmapped page is to be queued rather than done at once. */
  shouldDeferFlush(mm: Mm): Operand {
    return this.system.arch.tlbbatchShouldDefer?.(this, mm) ?? true;
  }

  /** `set_tlb_ubc_flush_pending()`: queues the flush of a page that was unmapped, and remembers that. */
  setTlbUbcFlushPending(page: Page, options: BatchOptions = {}): void {
    setTlbUbcFlushPending(this, page, options);
  }

  /** `try_to_unmap_flush()`: completes the flushes that this thread has queued. */
  tryToUnmapFlush(flush: KernelCode = this.system.arch.tlbbatchFlush): void {
    tryToUnmapFlush(this, flush);
  }

  /** `flush_tlb_batched_pending()`: completes flushes of the address space that others have queued. */
  flushTlbBatchedPending(mm: Mm, flush: KernelCode = (k) => k.flushTlbMm(mm)): void {
    requireHandle(mm, "mm");
    flushTlbBatchedPending(this, mm, flush);
  }

  // Kernel memory and its translations.

  /** `vunmap_range_noflush()`: clears the entry of a kernel page and flushes nothing. */
  vunmapRangeNoflush(page: Page): OldEntry {
    return vunmapRangeNoflush(this, page);
  }

  /** `vmalloc()` at an address that was handed out before. */
  vmalloc(page: Page): void {
    vmalloc(this, page);
  }

  /** `flush_tlb_kernel_range()`: on every CPU, or on those that the deferral does not leave to their next entry. */
  flushTlbKernelRange(page: Page, deferral: Deferral = "none"): void {
    flushTlbKernelRange(this, page, deferral);
  }

  // Entering the kernel and leaving it.

  /** MOV CR3 of the kernel's page tables: on entry with page-table isolation, or those of another process. */
  loadKernelTables(kernel: Mm, options: LoadKernelTables): void {
    loadKernelTables(this, kernel, options);
  }

  /** MOV CR3 of the user's page tables. */
  loadUserTables(options: { readonly pcid: boolean }): void {
    loadUserTables(this, options);
  }

  /** Drops all kernel translations of this CPU: what was put off until it entered. */
  flushKernelHere(by?: LocalFlush): void {
    flushKernelHere(this, by);
  }

  /** Where context tracking says that the CPU is. */
  contextTracking(state: "kernel" | "user"): void {
    contextTracking(this, state);
  }

  /** `ct_work_flush()`: does what `ct_set_cpu_work()` has left. */
  contextTrackingWork(by?: LocalFlush): void {
    contextTrackingWork(this, by);
  }

  /** Stores `kernel_cr3_loaded`, by which a CPU says that it has to be interrupted. */
  setKernelCr3Loaded(loaded: boolean): void {
    setKernelCr3Loaded(this, loaded);
  }

  // Whole operations.

  /** `mprotect()` of mapped pages: changes their permissions, flushes what it changed, and returns. */
  mprotect(pages: Page | readonly Page[], permission: Permission, options: MprotectOptions = {}): void {
    mprotect(this, [pages].flat(), permission, options);
  }

  /** `munmap()` of a page: clears the entry, flushes, frees the frame, and returns. */
  munmap(page: Page, options: MunmapOptions = {}): void {
    munmap(this, page, options);
  }

  /** `mmap(MAP_POPULATE)` at an address that is not mapped: a free frame is mapped there before it returns. */
  populate(page: Page): void {
    populate(this, page);
  }

  /**
   * The handler of a fault on a page that nothing is mapped at: maps a free frame, then the access is retried. One
   * that is told of a write makes a read-only entry writable, too.
   */
  handleMmFault(page: Page, options: FaultOptions = {}): void {
    handleMmFault(this, page, options);
  }

  // Devices that share an address space, of scenarios that declare them: `m.device()`.

  /** `iommu_sva_handle_iopf()`: handles the fault that a device has reported, and answers "retry". */
  handleIoPageFault(device: Device): void {
    handleIoPageFault(this, device);
  }

  /**
   * `mmu_notifier_invalidate_range_start()` and `_end()` around `body`, which changes the entries of some pages of an
   * address space. mprotect() and munmap() have them.
   */
  mmuNotifierInvalidateRange<Result>(pages: readonly Page[], body: () => Result): Result {
    return invalidateRange(this, pages, body);
  }

  /**
   * `iommu_sva_invalidate_kva_range()`: tells every device that kernel page tables change. Linux does so before it
   * frees one, since commit e37d5a2d60a3.
   */
  iommuSvaInvalidateKvaRange(): void {
    invalidateKernelRange(this);
  }

  // Page tables that go away, of scenarios that declare them: `mm.table()`.

  /** `munmap()` of all pages of a table, which frees the table too. */
  munmapTable(table: Table, removal: TableRemoval = { path: "batched" }): void {
    munmapTable(this, table, removal);
  }

  /** `pmd_clear()`: unlinks the table, and gives it. */
  pmdClear(table: Table): Place {
    return pmdClear(this, table);
  }

  /** `smp_call_function()` of a function that does nothing, waiting for all other CPUs. */
  smpCallFunction(name: string): void {
    smpCallFunction(this, name);
  }

  /** `rcu_read_lock()`. */
  rcuReadLock(): void {
    rcuReadLock(this);
  }

  /** `rcu_read_unlock()`. */
  rcuReadUnlock(): void {
    rcuReadUnlock(this);
  }

  /** `synchronize_rcu()`: waits for the read-side sections that are open. */
  synchronizeRcu(): void {
    synchronizeRcu(this);
  }

  /** `call_rcu()` of a callback that frees the frame, when the read-side sections that are open have ended. */
  callRcuFree(frame: Term): void {
    callRcuFree(this, frame);
  }

  /** The walk of `get_user_pages_fast()`: interrupts off, no lock. */
  gupFast(page: Page): void {
    gupFast(this, page);
  }

  /** `pte_offset_map()`: a walk in an RCU read-side section, interrupts on. */
  pteOffsetMap(page: Page): void {
    pteOffsetMap(this, page);
  }

  // Huge pages, of scenarios that declare some: `mm.hugePage()`.

  /** `pmdp_invalidate()`: exchanges the PMD entry for an invalid one and flushes; gives the old one. */
  pmdpInvalidate(huge: HugePage): Place {
    return pmdpInvalidate(this, huge);
  }

  /** `pmdp_invalidate_ad()`: the same, for when its flags must not change any more; x86 flushes later. */
  pmdpInvalidateAd(huge: HugePage, options: InvalidateAdOptions = {}): Place {
    return pmdpInvalidateAd(this, huge, options);
  }

  /** `pmd_populate()`: links the table that was kept for the region. */
  pmdPopulate(huge: HugePage): void {
    pmdPopulate(this, huge);
  }

  /** `__split_huge_pmd()`: the mapping as a whole becomes one of its pages by a table. */
  splitHugePmd(huge: HugePage, options: SplitOptions = {}): void {
    splitHugePmd(this, huge, options);
  }

  /** mprotect(2) of a region that a PMD entry maps: `change_huge_pmd()`. */
  mprotectHuge(huge: HugePage, permission: "ro", options: InvalidateAdOptions = {}): void {
    mprotectHuge(this, huge, permission, options);
  }

  /** `get_user_pages_fast()` of a page that a PMD entry may map: takes a reference. */
  gupFastHuge(huge: HugePage, options: GupFastOptions = {}): void {
    gupFastHuge(this, huge, options);
  }

  /** Copies what a frame holds: from here on its content is looked for in the copy. */
  copyFrame(from: Term): void {
    copyFrame(this, from);
  }

  /** `kthread_use_mm()`: a kernel thread borrows an address space. */
  kthreadUseMm(mm: Mm): void {
    requireHandle(mm, "mm");
    kthreadUseMm(this, mm);
  }

  /** `kthread_unuse_mm()`: it gives it back. */
  kthreadUnuseMm(mm: Mm): void {
    kthreadUnuseMm(this, mm);
  }

  /** Gives a frame back to the allocator. */
  freeFrame(frame: Term): void {
    freeFrame(this, frame);
  }

  /** `on_each_cpu_mask()`: runs code on the CPUs of the mask by interrupt and waits for all of them. */
  onEachCpuMask(mask: (cpu: Term) => Operand, barrier: string): void {
    onEachCpuMask(this, mask, barrier);
  }
}

declare module "./program/thread-program.ts" {
  interface Primitives extends Pick<Thread, Exclude<keyof Thread, keyof ThreadProgram>> {}
}
