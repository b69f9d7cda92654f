/** The properties of kernel and hardware, by name and alias. */
import { suggest, TlbcheckError } from "../model/diagnostic.ts";
import { callerSource } from "../model/source.ts";
import { accessBeforeFlush } from "./access-before-flush.ts";
import { endlessFault } from "./endless-fault.ts";
import { incoherentPage } from "./incoherent-page.ts";
import { lostUpdate } from "./lost-update.ts";
import { machineCheck } from "./machine-check.ts";
import { debugVm, lockdep } from "./misuse.ts";
import { misaddressedInvalidation } from "./misaddressed-invalidation.ts";
import { missedFlush } from "./missed-flush.ts";
import { oops } from "./oops.ts";
import { outstandingAccess } from "./outstanding-access.ts";
import type { KernelProperty } from "./property.ts";
import { reusedAddress } from "./reused-address.ts";
import { revokedAccess } from "./revoked-access.ts";
import { sharedAsid } from "./shared-asid.ts";
import { staleDeviceAccess } from "./stale-device-access.ts";
import { takenWithoutMapping } from "./taken-without-mapping.ts";
import { tlbConflict } from "./tlb-conflict.ts";
import { tlbGeneration } from "./tlb-generation.ts";
import { transientUseAfterFree } from "./transient-use-after-free.ts";
import { unintendedEntry } from "./unintended-entry.ts";
import { useAfterFreePage } from "./use-after-free-page.ts";
import { useAfterFreeTableSoftware } from "./use-after-free-table-software.ts";
import { useAfterFreeTable } from "./use-after-free-table.ts";

export type { KernelProperty } from "./property.ts";

export const kernelProperties: readonly KernelProperty[] = [
  revokedAccess,
  outstandingAccess,
  useAfterFreePage,
  incoherentPage,
  reusedAddress,
  accessBeforeFlush,
  transientUseAfterFree,
  tlbGeneration,
  missedFlush,
  useAfterFreeTable,
  useAfterFreeTableSoftware,
  machineCheck,
  endlessFault,
  staleDeviceAccess,
  misaddressedInvalidation,
  takenWithoutMapping,
  unintendedEntry,
  lostUpdate,
  tlbConflict,
  sharedAsid,
  oops,
  lockdep,
  debugVm,
];

/** The property of a name or alias; throws TLB204 for any other word. */
export function kernelProperty(word: string): KernelProperty {
  const found = kernelProperties.find(({ name, aliases }) => name === word || aliases.includes(word));
  if (found) return found;
  const known = kernelProperties.flatMap(({ name, aliases }) => [name, ...aliases]);
  throw new TlbcheckError("TLB204", `there is no property "${word}"`, {
    hint: suggest(word, known),
    source: callerSource(),
  });
}
