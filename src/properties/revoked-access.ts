/**
 * P-REVOKE: after a call that revokes access has returned to its caller, nobody starts and completes an access
 * by what was revoked. Accesses that began before the return may complete after it, and a stale entry that
 * nobody uses does no harm.
 */
import { word } from "../arch/text.ts";
import { assert, bool, type Body, enumeration, when } from "../model/builder.ts";
import type { Domain } from "../model/domain.ts";
import { and, eachOf, type Operand, or, type Place, type Term } from "../model/term.ts";
import type { KernelProperty } from "./property.ts";

const NAME = "revoked-access";
const REVOKED = enumeration("revoked", ["nothing", "write", "all"]);

export const revokedAccess: KernelProperty = {
  name: NAME,
  aliases: ["P-REVOKE"],
  says: "after a revoking call has returned, no access starts and completes by what it revoked",
  attach: ({ builder, machine, observers, threads }) => {
    const { cpu, space, page, frame } = machine.domains;
    builder.assertion(NAME, {
      aliases: revokedAccess.aliases,
      consequence: "an access was made that had been revoked before it began",
    });
    /** What was revoked of each frame at each page. */
    const revoked = builder.array("revoked", [space, page, frame], REVOKED, "nothing");
    /** What a thread's call has done and its return will make binding, unless it is granted anew before. */
    const revoking = builder.array("revoking", [threads, space, page, frame], REVOKED, "nothing");
    /** Whether the access in flight on a CPU began after what it needs had been revoked. */
    const late = builder.array("access.revoked", [cpu], bool, false);

    builder.goal(
      "some access is revoked",
      or(...cellsOf(space, page, frame).map((cell) => revoked.at(...cell).isNot("nothing"))),
    );

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
    const frames = eachOf(frame);
    const take = (cell: Place, what: "write" | "all"): Body =>
      what === "all" ? cell.set("all") : when(cell.is("nothing"), cell.set("write"));
    const grant = (cell: Place, writable: Operand): Body =>
      when(writable, cell.set("nothing"), when(cell.is("all"), cell.set("write")));
    observers.add({
      revoked: (at, what) => frames.map((one) => take(revoked.at(at.space, at.page, one), what)),
      revoking: (thread, at, what) =>
        frames.map((one) => take(revoking.at(thread, at.space, at.page, one), what)),
      returned: (thread) =>
        cellsOf(space, page, frame).map((cell) => {
          const pending = revoking.at(thread, ...cell);
          return [
            when(pending.is("all"), revoked.at(...cell).set("all")),
            when(pending.is("write"), take(revoked.at(...cell), "write")),
            pending.set("nothing"),
          ];
        }),
      mapped: (at, mapped, writable) => [
        grant(revoked.at(at.space, at.page, mapped), writable),
        eachOf(threads).map((thread) => grant(revoking.at(thread, at.space, at.page, mapped), writable)),
      ],
    });
  },
};

/** Every cell of an array over three domains, by its indices. */
function cellsOf(a: Domain, b: Domain, c: Domain): [Term, Term, Term][] {
  return eachOf(a).flatMap((x) =>
    eachOf(b).flatMap((y) => eachOf(c).map((z): [Term, Term, Term] => [x, y, z])),
  );
}
