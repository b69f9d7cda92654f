/**
 * MMU notifiers that invalidate the TLBs of devices (mm/mmu_notifier.c, drivers/iommu): called from the
 * architecture's flushes since commit 6bbd42e2df8f, before that as a range of addresses was done with. Of an address
 * space that no device is bound to nobody is told, and where there is no device at all nothing is written.
 */
import { type AnyPrimitive, primitive, type Typed } from "../threads/primitive.ts";
import { list, parameterOf, refined } from "../../model/arguments.ts";
import { callback, NOTHING } from "../../model/argument-terms.ts";
import { notOfOneMm, PAGE } from "../arguments.ts";
import type { Device } from "../../arch/devices/device.ts";
import type { Body } from "../../model/builder.ts";
import type { Mm, Page } from "../handles.ts";
import type { ThreadProgram } from "../threads/thread-program.ts";

/** `mmu_notifier_arch_invalidate_secondary_tlbs()` in a flush of the architecture, for some pages or all. */
export function notifyInFlush(k: ThreadProgram, mm: Mm, pages: readonly Page[] | null): void {
  if (placementOf(k) !== "range end") invalidateSecondaryTlbs(k, mm, pages);
}

/** The same in `arch_tlbbatch_add_pending()` of x86. */
export function notifyInAddPending(k: ThreadProgram, mm: Mm): void {
  if (placementOf(k) === "arch flush") invalidateSecondaryTlbs(k, mm, null);
}

/** The same in `arch_tlbbatch_flush()` of x86, which knows no address space: for that of the task that executes it. */
export function notifyInBatchFlush(k: ThreadProgram): void {
  if (placementOf(k) === "batch flush") invalidateSecondaryTlbs(k, k.mm, null);
}

/** `mmu_notifier_invalidate_range_start()` and `_end()` around what changes the entries of some pages. */
export function invalidateRange<Result>(
  k: ThreadProgram,
  pages: readonly Page[],
  body: () => Result,
): Result {
  const result = body();
  if (placementOf(k) === "range end") invalidateSecondaryTlbs(k, pages[0]!.mm, pages);
  return result;
}

/** `iommu_sva_invalidate_kva_range()` of all kernel addresses: tells every device of every address space. */
export function invalidateKernelRange(k: ThreadProgram): void {
  k.event("iommu_sva_invalidate_kva_range()", () => {
    for (const device of k.system.machine.devices) invalidate(k, device, null, () => []);
  });
}

function placementOf(k: ThreadProgram) {
  return k.system.kernelOptions.notifiers ?? "arch flush";
}

/** Through the pointer to an address space: a null pointer ends the thread. */
function invalidateSecondaryTlbs(k: ThreadProgram, mm: Mm | null, pages: readonly Page[] | null): void {
  if (k.system.machine.devices.length === 0) return;
  const label = `mmu_notifier_arch_invalidate_secondary_tlbs(${mm?.name ?? "NULL"})`;
  const tell = (): Body => k.system.observers.tell("notified", k.name, mm);
  if (!mm) return crash(k, label, tell);
  const devices = k.system.devicesOf(mm);
  k.event(label, () => {
    if (devices.length === 0) k.step({ label, kind: "flush", ways: [{ body: tell }] });
    devices.forEach((device, i) => invalidate(k, device, pages, i === 0 ? tell : () => []));
  });
}

/** An oops in the context of the thread. */
function crash(k: ThreadProgram, label: string, tell: () => Body): void {
  k.event([label, ": crashes"], () =>
    k.step({
      label,
      kind: "flush",
      ways: [{ body: tell, exit: "oops" }],
      exits: { oops: { block: [], then: "end" } },
    }),
  );
}

/** What the driver of the IOMMU does: commands for the IOTLB, then for the ATC, and a wait for both (IOMMU-1). */
function invalidate(k: ThreadProgram, device: Device, pages: readonly Page[] | null, tell: () => Body): void {
  const { machine } = k.system;
  const { iotlb, atc, wait } = machine.architecture.iommu!;
  const targets = pages?.map((page) => k.system.page(page)) ?? [null];
  const what = pages?.map(({ name }) => name).join(", ") ?? "all";
  const mayQueue = () => [machine.mayComplete(k.cpu(), "device command")];
  const queue = (cache: "IOTLB" | "ATC"): Body =>
    targets.map((page) => device.invalidation.queue(k.cpu(), cache, page));
  k.step({
    label: `${iotlb} ${what}`,
    kind: "flush",
    ways: [{ guard: mayQueue, body: () => [tell(), k.seat.preemption(true), queue("IOTLB")] }],
  });
  k.step({ label: `${atc} ${what}`, kind: "flush", ways: [{ guard: mayQueue, body: () => queue("ATC") }] });
  k.step({
    label: wait,
    kind: "wait",
    ways: [
      {
        guard: () => [device.invalidation.complete(k.cpu())],
        body: () => k.seat.preemption(false),
      },
    ],
    awaits: () => [
      { until: device.invalidation.complete(k.cpu()), text: `${device.name} to complete the invalidations` },
    ],
  });
}

/** `invalidateRange()` as `k` has it. */
type InvalidateRange = <Result>(pages: readonly Page[], body: () => Result) => Result;

export const notifierPrimitives = {
  /**
   * `mmu_notifier_invalidate_range_start()` and `_end()` around `body`, which changes the entries of some pages of an
   * address space. mprotect() and munmap() have them.
   */
  mmuNotifierInvalidateRange: primitive(
    (k: ThreadProgram, pages: readonly Page[], body: () => unknown): unknown =>
      invalidateRange(k, pages, body),
    [
      parameterOf("pages", refined(list(PAGE, 1), "a list of pages of one address space", notOfOneMm)),
      parameterOf("body", callback<() => unknown>(NOTHING)),
    ],
    "what body returns",
  ) as AnyPrimitive as Typed<InvalidateRange>,
  /**
   * `iommu_sva_invalidate_kva_range()`: has every device drop what it caches of kernel page tables. Linux does so
   * before it frees one, since commit e37d5a2d60a3.
   */
  iommuSvaInvalidateKvaRange: primitive(invalidateKernelRange, []),
};
