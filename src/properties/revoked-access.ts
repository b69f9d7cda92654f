/**
 * P-REVOKE: after a call that revokes access has returned to its caller, nobody starts and completes an access
 * by what was revoked. Accesses that began before the return may complete after it, and a stale entry that
 * nobody uses does no harm.
 */
import { word } from "../arch/text.ts";
import { assert, bool } from "../model/builder.ts";
import { forbidRevokedDma } from "./device-accesses.ts";
import { type KernelProperty, needTlb } from "./property.ts";
import { revocationsOf } from "./revocations.ts";

const NAME = "revoked-access";

export const revokedAccess: KernelProperty = {
  name: NAME,
  aliases: ["P-REVOKE"],
  says: "after a revoking call has returned, no access starts and completes by what it revoked",
  attach: (system) => {
    needTlb(system, NAME);
    const { builder, machine } = system;
    builder.assertion(NAME, {
      aliases: revokedAccess.aliases,
      consequence: "an access was made that had been revoked before it began",
    });
    const revocations = revocationsOf(system);
    /** Whether the access in flight on a CPU began after what it needs had been revoked. */
    const late = builder.array("access.revoked", [machine.domains.cpu], bool, false);
    builder.goal("some access is revoked", revocations.some, { of: NAME });
    machine.access.onTranslate((access) => late.at(access.cpu).set(revocations.covers(access)));
    machine.access.onPerform((access) => [
      assert(NAME, late.at(access.cpu).not(), [
        access.page,
        " is ",
        word(access.store, "written", "read"),
        " by ",
        access.cpu,
        " after a call that revoked this access had returned",
      ]),
      late.at(access.cpu).set(false),
    ]);
    forbidRevokedDma(system, NAME);
  },
};
