/**
 * P-REVOKE: after a call that revokes access has returned to its caller, nobody starts and completes an access
 * by what was revoked. Accesses that began before the return may complete after it, and a stale entry that
 * nobody uses does no harm.
 */
import { word } from "../arch/text.ts";
import { assert, bool, enumeration, when } from "../model/builder.ts";
import { and, eachOf, type Operand, or } from "../model/term.ts";
import type { PageOf } from "../kernel/observers.ts";
import type { KernelProperty } from "./property.ts";

const NAME = "revoked-access";
const REVOKED = enumeration("revoked", ["nothing", "write", "all"]);

export const revokedAccess: KernelProperty = {
  name: NAME,
  aliases: ["P-REVOKE"],
  says: "after a revoking call has returned, no access starts and completes by what it revoked",
  attach: ({ builder, machine, observers }) => {
    const { cpu, space, page, frame } = machine.domains;
    builder.assertion(NAME, {
      aliases: revokedAccess.aliases,
      consequence: "an access was made that had been revoked before it began",
    });
    /** What was revoked of each frame at each page. */
    const revoked = builder.array("revoked", [space, page, frame], REVOKED, "nothing");
    /** Whether the access in flight on a CPU began after what it needs had been revoked. */
    const late = builder.array("access.revoked", [cpu], bool, false);

    machine.access.onTranslate((access) => {
      const at = revoked.at(access.space, access.page, access.frame);
      return late.at(access.cpu).set(or(at.is("all"), and(at.is("write"), access.store)));
    });
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
    const each = (at: PageOf) => eachOf(frame).map((one) => revoked.at(at.space, at.page, one));
    observers.add({
      revoked: (at, what) =>
        each(at).map((cell) =>
          what === "all" ? cell.set("all") : when(cell.is("nothing"), cell.set("write")),
        ),
      mapped: (at, mapped: Operand, writable) => {
        const cell = revoked.at(at.space, at.page, mapped);
        return when(writable, cell.set("nothing"), when(cell.is("all"), cell.set("write")));
      },
    });
  },
};
