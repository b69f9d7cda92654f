/**
 * I/O page faults of a device that shares an address space (drivers/iommu/io-pgfault.c, iommu-sva.c): the IOMMU
 * reports a fault (PRI, or a stalled transaction), a thread handles it as one of a CPU, and answers; the device
 * tries again (IOMMU-5).
 */
import { primitive } from "../threads/primitive.ts";
import { parameterOf } from "../../model/arguments.ts";
import { DEVICE } from "../arguments.ts";
import type { Device as Hardware } from "../../arch/devices/device.ts";
import { bool, type Body, enumeration, orNone, type TermText } from "../../model/builder.ts";
import { choose, literal, or, type Term } from "../../model/term.ts";
import { issued } from "./batched-unmap.ts";
import { mmapReadLock, mmapReadUnlock } from "../locking/mmap-lock.ts";
import { forgetFault, handlePteFault, installed } from "./fault.ts";
import type { Device, Page } from "../handles.ts";
import type { ThreadProgram } from "../threads/thread-program.ts";

/** `iommu_sva_handle_iopf()` for the fault that the device has reported. */
export function handleIoPageFault(k: ThreadProgram, device: Device): void {
  const hardware = k.system.device(device);
  const pages = k.system.pagesOf(device.mm);
  const at = k.register("fault.page", orNone(k.system.machine.domains.page), null);
  const write = k.register("fault.write", bool, false);
  const upgrades = pages.map((page) => upgradeOf(k, page));
  const told = (): TermText => [
    "iommu_sva_handle_iopf(",
    hardware.page,
    "): ",
    workOf(k, hardware, pages, upgrades),
  ];
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

/** What `ptep_set_access_flags()` of a page comes to, in words. */
function upgradeOf(k: ThreadProgram, page: Page): string {
  const frame = k.register(`${page.name}.new`, orNone(k.system.machine.domains.frame), null);
  const flushes = issued(
    k.draft(() =>
      k.system.arch.ptepSetAccessFlags(k, page, { frame, writable: true, dirty: true, write: true }),
    ),
  );
  return `made writable, ${flushes}${flushes === "nothing" ? " flushed" : ""}`;
}

/** What handling the reported fault comes to, by the entry as it is in memory. */
function workOf(
  k: ThreadProgram,
  { page: at, store }: Hardware,
  pages: readonly Page[],
  upgrades: readonly string[],
): Term {
  const said = enumeration("handled", [...new Set(["spurious, nothing flushed", "mapped", ...upgrades])]);
  const word = (text: string): Term => literal(said, text);
  return pages.reduce((others, page, i) => {
    const { valid, writable } = k.system.pte(page);
    const present = choose(or(writable, store.not()), word("spurious, nothing flushed"), word(upgrades[i]!));
    return choose(at.is(k.system.page(page)), choose(valid, present, word("mapped")), others);
  }, word("mapped"));
}

export const ioFaultPrimitives = {
  /** `iommu_sva_handle_iopf()`: handles the fault that a device has reported, and answers "retry". */
  handleIoPageFault: primitive(handleIoPageFault, [parameterOf("device", DEVICE)]),
};
