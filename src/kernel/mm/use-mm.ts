/** Kernel threads that use a user address space (kernel/kthread.c): they hold `mm_count`, and no `mm_users`. */
import { primitive } from "../threads/primitive.ts";
import { mm } from "../arguments.ts";
import { setIrqs } from "../locking/irqs-off.ts";
import type { Mm } from "../handles.ts";
import type { ThreadProgram } from "../threads/thread-program.ts";

/** `kthread_use_mm()`: loads the address space; until `kthreadUnuseMm` the thread makes user accesses in it. */
export function kthreadUseMm(k: ThreadProgram, mm: Mm): void {
  const { switchMm } = k.system.arch;
  k.event(`kthread_use_mm(${mm.name})`, () => {
    setIrqs(k, "local_irq_disable()", true);
    if ("code" in switchMm) switchMm.code(k, mm);
    else
      k.step({
        label: `switch_mm(${mm.name})`,
        kind: "data",
        ways: [
          {
            guard: () => [k.system.machine.mayComplete(k.cpu(), "context write")],
            body: () => switchMm.step(k.cpu(), mm),
          },
        ],
      });
    setIrqs(k, "local_irq_enable()", false);
  });
  k.usedMm = mm;
}

/** `kthread_unuse_mm()`: goes on lazily, the address space still loaded. */
export function kthreadUnuseMm(k: ThreadProgram, mm: Mm): void {
  const { enterLazyTlb } = k.system.arch;
  k.event(`kthread_unuse_mm(${mm.name})`, () =>
    k.step({
      label: `enter_lazy_tlb(${mm.name})`,
      kind: "data",
      ways: [
        {
          guard: () => enterLazyTlb?.mayStore(k.cpu()) ?? [],
          body: () => enterLazyTlb?.body(k.cpu()) ?? [],
        },
      ],
    }),
  );
  k.usedMm = k.mm;
}

export const useMmPrimitives = {
  /** `kthread_use_mm()`: a kernel thread borrows an address space. */
  kthreadUseMm: primitive(kthreadUseMm, [mm]),
  /** `kthread_unuse_mm()`: it gives it back. */
  kthreadUnuseMm: primitive(kthreadUnuseMm, [mm]),
};
