/** The devices of a machine, and what they hear of the CPUs' invalidations. */
import { type Body, type ModelBuilder, when } from "../../model/builder.ts";
import { TlbcheckError } from "../../model/diagnostic.ts";
import type { Term } from "../../model/term.ts";
import type { Invalidation, Scope } from "../architecture.ts";
import { Device } from "./device.ts";
import type { Machine, MachineOptions } from "../machine.ts";

/** Throws TLB201 where no IOMMU is modelled: on riscv. */
export function makeDevices(builder: ModelBuilder, machine: Machine, options: MachineOptions): Device[] {
  const { devices = [], walk, cpus, features } = options;
  const { name, iommu } = machine.architecture;
  if (devices.length > 0 && !iommu)
    throw new TlbcheckError("TLB201", `no IOMMU is modelled on ${name} yet`, {
      hint: "devices are modelled on arm64, intel and amd",
    });
  return devices.map((each, i) => new Device(builder, machine, each, { place: cpus + i, walk, features }));
}

/** What an invalidation that is broadcast to TLBs does to the caches of devices, where they hear it (IOMMU-2). */
export function tellDevices(
  machine: Machine,
  cpu: Term,
  { broadcast }: Invalidation,
  { asid, page }: Scope,
): Body {
  const { broadcastReaches } = machine.architecture.rules;
  if (!broadcast || broadcastReaches.choice.length === 0) return [];
  return machine.devices.flatMap((device) => {
    const queued = broadcastReaches.choice.map((cache) => device.invalidation.queue(cpu, cache, page));
    return asid === null ? queued : when(machine.identifierOf(device.space).is(asid), queued);
  });
}
