/**
 * P-SECONDARY: P-REVOKE and P-UAF-PAGE for the translations of devices alone. A device that goes on by a translation
 * that was taken back reads and writes memory that others take for theirs.
 */
import { assert } from "../model/builder.ts";
import { forbidDmaAfterFree, needDevices } from "./device-accesses.ts";
import type { KernelProperty } from "./property.ts";
import { onRevocableAccess } from "./revocable-accesses.ts";

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
    onRevocableAccess(system, ({ by, revokedBefore, told }) =>
      by === "device"
        ? assert(NAME, revokedBefore.not(), [...told, " after a call that revoked this access had returned"])
        : [],
    );
    forbidDmaAfterFree(system, NAME);
  },
};
