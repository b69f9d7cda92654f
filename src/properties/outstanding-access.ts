/**
 * P-OUTSTANDING: once a call that revokes access has returned, no access that was translated before is still
 * outstanding: none is performed after the return by what was revoked. The completion of an invalidation promises it
 * (HW-5, ARM-5), and errata of completion break it. Accesses that begin after the return are for revoked-access.
 */
import { assert } from "../model/builder.ts";
import { and, not } from "../model/term.ts";
import { needTlb, type KernelProperty } from "./property.ts";
import { onRevocableAccess } from "./revocable-accesses.ts";
import { revocationsOf } from "./revocations.ts";

const NAME = "outstanding-access";

export const outstandingAccess: KernelProperty = {
  name: NAME,
  aliases: ["P-OUTSTANDING"],
  says: "no access that began before a revoking call returned is performed after it by what the call revoked",
  attach: (system) => {
    needTlb(system, NAME);
    const { builder } = system;
    builder.assertion(NAME, {
      aliases: outstandingAccess.aliases,
      consequence: "an access was performed after a call had returned that revoked it",
    });
    builder.goal(`some access is revoked (${NAME})`, revocationsOf(system).some, { of: NAME });
    onRevocableAccess(system, ({ revoked, revokedBefore, told }) =>
      assert(NAME, not(and(revoked, revokedBefore.not())), [
        ...told,
        ", by a translation from before the call that has revoked this access and returned",
      ]),
    );
  },
};
