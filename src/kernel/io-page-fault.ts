/**
 * I/O page faults of a device that shares an address space (drivers/iommu/io-pgfault.c, iommu-sva.c): the IOMMU
 * reports a fault (PRI, or a stalled transaction), a thread handles it as one of a CPU, and answers; the device
 * tries again (IOMMU-5).
 */
import { word } from "../arch/text.ts";
import { bool, type Body, orNone, type TermText } from "../model/builder.ts";
import { and, or } from "../model/term.ts";
import { forgetFault, handlePteFault, installed, mmapReadLock, mmapReadUnlock } from "./fault.ts";
import type { Device } from "./handles.ts";
import type { Thread } from "./thread.ts";

/** `iommu_sva_handle_iopf()` for the fault that the device has reported. */
export function handleIoPageFault(k: Thread, device: Device): void {
  const hardware = k.system.device(device);
  const pages = k.system.pagesOf(device.mm);
  const at = k.register("fault.page", orNone(k.system.machine.domains.page), null);
  const write = k.register("fault.write", bool, false);
  const told = (): TermText => {
    const spurious = or(
      ...pages.map((page) => {
        const { valid, writable } = k.system.pte(page);
        return and(hardware.page.is(k.system.page(page)), valid, or(writable, hardware.store.not()));
      }),
    );
    return ["iommu_sva_handle_iopf(", hardware.page, "): ", word(spurious, "spurious", "handled")];
  };
  const answered = (): Body => [
    pages.map((page) => [installed(k, page), forgetFault(k, page)]),
    hardware.respond(),
    at.set(null),
    write.set(false),
  ];
  k.event(told, () => {
    mmapReadLock(k, device.mm, () => [at.set(hardware.page), write.set(hardware.store)]);
    for (const page of pages) k.if(at.is(k.system.page(page)), () => handlePteFault(k, page, write));
    mmapReadUnlock(k, device.mm);
    k.step({ label: "page response: retry", kind: "control", ways: [{ body: answered }] });
  });
}
