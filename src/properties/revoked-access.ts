/**
 * P-REVOKE: after a call that revokes access has returned to its caller, nobody starts and completes an access
 * by what was revoked. Accesses that began before the return may complete after it, and a stale entry that
 * nobody uses does no harm.
 */
import { assert } from "../model/builder.ts";
import { type KernelProperty, needTlb } from "./property.ts";
import { onRevocableAccess } from "./revocable-accesses.ts";
import { revocationsOf } from "./revocations.ts";

const NAME = "revoked-access";

export const revokedAccess: KernelProperty = {
  name: NAME,
  aliases: ["P-REVOKE"],
  says: "after a revoking call has returned, no access starts and completes by what it revoked",
  attach: (system) => {
    needTlb(system, NAME);
    const { builder } = system;
    builder.assertion(NAME, {
      aliases: revokedAccess.aliases,
      consequence: "an access was made that had been revoked before it began",
    });
    builder.goal("some access is revoked", revocationsOf(system).some, { of: NAME });
    onRevocableAccess(system, ({ revokedBefore, told }) =>
      assert(NAME, revokedBefore.not(), [...told, " after a call that revoked this access had returned"]),
    );
  },
};
