/** The table of kernel primitives, by subject; each entry stands beside its function. */
import { accessPrimitives } from "./entry/access.ts";
import { kernelEntryPrimitives, kernelFlushPrimitives } from "./entry/kernel-entry.ts";
import { syscallPrimitives } from "./entry/syscall.ts";
import { gupPrimitives } from "./huge/gup-pmd.ts";
import { hugePrimitives } from "./huge/huge-pmd.ts";
import { atomicPrimitives } from "./locking/atomic.ts";
import { barrierPrimitives } from "./locking/barrier.ts";
import { callFunctionPrimitives } from "./locking/call-function.ts";
import { completionPrimitives } from "./locking/completion.ts";
import { irqPrimitives } from "./locking/irqs-off.ts";
import { variablePrimitives } from "./locking/once.ts";
import { mmapLockPrimitives } from "./locking/mmap-lock.ts";
import { rcuPrimitives } from "./locking/rcu-sections.ts";
import { semaphorePrimitives } from "./locking/semaphore.ts";
import { seqcountPrimitives } from "./locking/seqcount.ts";
import { spinlockPrimitives } from "./locking/spinlock.ts";
import { staticKeyPrimitives } from "./locking/static-key.ts";
import { framePrimitives } from "./mm/alloc-page.ts";
import { batchPrimitives } from "./mm/batched-unmap.ts";
import { faultPrimitives } from "./mm/fault.ts";
import { ioFaultPrimitives } from "./mm/io-page-fault.ts";
import { locklessPrimitives } from "./mm/lockless-walk.ts";
import { folioPrimitives } from "./mm/folio-refs.ts";
import { gatherPrimitives } from "./mm/mmu-gather.ts";
import { notifierPrimitives } from "./mm/mmu-notifier.ts";
import { changePrimitives, mprotectPrimitives } from "./mm/mprotect.ts";
import { munmapPrimitives, zapPrimitives } from "./mm/munmap.ts";
import { pmdPrimitives } from "./mm/pmd.ts";
import { ptePrimitives } from "./mm/pte.ts";
import { flagPrimitives } from "./mm/pte-flags.ts";
import { revokePrimitives } from "./mm/revoke.ts";
import { flushPrimitives } from "./mm/tlb-flush.ts";
import { tlbInstructionPrimitives } from "./mm/tlb-instructions.ts";
import { useMmPrimitives } from "./mm/use-mm.ts";
import { vmallocPrimitives } from "./mm/vmalloc.ts";
import type { AnyPrimitive, MethodsOf } from "./threads/primitive.ts";

/** The subjects in the order of the pages. */
export const subjects = {
  "Entry and exit": { ...syscallPrimitives },
  Instructions: { ...barrierPrimitives, ...tlbInstructionPrimitives, ...accessPrimitives },
  Interrupts: { ...irqPrimitives, ...callFunctionPrimitives },
  Locks: { ...spinlockPrimitives, ...semaphorePrimitives, ...mmapLockPrimitives },
  "Waiting and reading together: `m.completion()`, `m.seqcount()`, `m.staticKey()`": {
    ...completionPrimitives,
    ...seqcountPrimitives,
    ...staticKeyPrimitives,
  },
  "Variables of the scenario's own, `system.sharedVariable()`": {
    ...variablePrimitives,
    ...atomicPrimitives,
  },
  "Page-table entries": { ...ptePrimitives, ...flagPrimitives, ...zapPrimitives, ...changePrimitives },
  "TLB flushes": { ...flushPrimitives },
  "Batched unmap": { ...batchPrimitives },
  Frames: { ...framePrimitives, ...folioPrimitives },
  "What a caller may rely on": { ...revokePrimitives },
  "Kernel memory and its translations": { ...vmallocPrimitives, ...kernelFlushPrimitives },
  "Entering the kernel and leaving it": { ...kernelEntryPrimitives },
  "Whole operations": { ...mprotectPrimitives, ...munmapPrimitives, ...faultPrimitives },
  "Address spaces of kernel threads": { ...useMmPrimitives },
  "Devices that share an address space, of scenarios that declare them: `m.device()`": {
    ...ioFaultPrimitives,
    ...notifierPrimitives,
  },
  "Page tables that go away, of scenarios that declare them: `mm.table()`": {
    ...gatherPrimitives,
    ...pmdPrimitives,
    ...locklessPrimitives,
  },
  RCU: { ...rcuPrimitives },
  "Huge pages, of scenarios that declare some: `mm.hugePage()`": { ...hugePrimitives, ...gupPrimitives },
} as const;

type Subject = (typeof subjects)[keyof typeof subjects];
type Together<Union> = (Union extends unknown ? (each: Union) => void : never) extends (
  all: infer All,
) => void
  ? All
  : never;

/** The table as one object. Each method of `k` has the comment above its entry, for editors. */
type Table = Together<Subject>;

/** The methods that the table gives to `k`. */
export type PrimitiveMethods = MethodsOf<Table>;

/** Every primitive by its name. */
export const primitives = Object.assign({}, ...Object.values(subjects)) as Readonly<
  Record<keyof Table, AnyPrimitive>
>;
