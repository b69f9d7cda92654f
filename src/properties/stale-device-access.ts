/**
 * P-SECONDARY: P-REVOKE and P-UAF-PAGE for the translations of devices alone. A device that goes on by a translation
 * that was taken back reads and writes memory that others take for theirs.
 */
import { forbidDmaAfterFree, forbidRevokedDma, needDevices } from "./device-accesses.ts";
import type { KernelProperty } from "./property.ts";

const NAME = "stale-device-access";

export const staleDeviceAccess: KernelProperty = {
  name: NAME,
  aliases: ["P-SECONDARY"],
  says: "no device accesses a page that is free or has another owner, or by what a call that has returned revoked",
  attach: (system) => {
    needDevices(system, NAME);
    system.builder.assertion(NAME, {
      aliases: staleDeviceAccess.aliases,
      consequence: "a device went on using a translation that was taken back",
    });
    forbidRevokedDma(system, NAME);
    forbidDmaAfterFree(system, NAME);
  },
};
