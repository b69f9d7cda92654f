/**
 * What the IOMMU of an architecture does for a device that shares an address space with CPUs: the choices of
 * `docs/hardware.md`, section 8.
 */
import type { Body } from "../../model/builder.ts";
import { type Term, TRUE } from "../../model/term.ts";
import { type FaultKind, type HardwareRule, rule } from "../architecture.ts";
import type { Device } from "../devices/device.ts";

/** The caches between a device and the page tables: that of the IOMMU, and the device TLB behind ATS. */
export type DeviceCache = "IOTLB" | "ATC";

/** What the commands of an IOMMU are called in its manual. */
export interface IommuCommands {
  /** Invalidates in the IOTLB. */
  readonly iotlb: string;
  /** Has the device invalidate in its ATC. */
  readonly atc: string;
  /** Waits for the commands before it. */
  readonly wait: string;
}

/** Choices of an architecture that make a difference only where there is a device. */
export interface DeviceRules {
  /** Which caches of devices are reached by an invalidation that a CPU broadcasts to TLBs. */
  readonly broadcastReaches: HardwareRule<readonly DeviceCache[]>;
  /** Whether the ATC invalidations of a CPU are executed behind the IOTLB invalidations that it queued before. */
  readonly commandsInOrder: HardwareRule<boolean>;
  /** When a device may begin an access by a translation in its ATC. */
  readonly deviceMayUse: HardwareRule<(device: Device, page: Term) => Term>;
  /** What a fault does to the cached translations of the page, on the way from the page tables to the device. */
  readonly onDeviceFault: HardwareRule<(device: Device, page: Term, kind: FaultKind) => Body>;
  /** Whether walks for a device reach the kernel's addresses, though it may access none of them. */
  readonly walksKernel: HardwareRule<boolean>;
}

/** What architectures have in common; what a fault does, and what a walk reaches, each has a rule of its own for. */
export const commonDeviceRules: Omit<DeviceRules, "onDeviceFault" | "walksKernel"> = {
  broadcastReaches: rule("IOMMU-2", "no cache of a device hears what CPUs broadcast to TLBs", []),
  commandsInOrder: rule("IOMMU-1", "the ATC is invalidated when the IOTLB has been", true),
  deviceMayUse: rule(
    "IOMMU-3",
    "a device may begin accesses by what its ATC holds, until an invalidation has taken effect",
    () => TRUE,
  ),
};
