/**
 * What calls have revoked, kept once a system for the properties that ask. Nothing is binding before the call has
 * returned to its caller; what is granted anew in between is not revoked by it.
 *
 * A revocation ends when the page is mapped again on purpose: with a frame that was allocated for it (a fault, mmap),
 * or by a thread that has looked at the entry, or begun its call, after the revocation. A thread that puts back what it
 * saw before grants nothing: the page is reached again though it was revoked.
 */
import { type Body, enumeration, when } from "../model/builder.ts";
import type { Domain } from "../model/domain.ts";
import { and, eachOf, type Operand, or, type Place, type Term } from "../model/term.ts";
import type { System } from "../kernel/system.ts";
import { EntryViews } from "./entry-views.ts";

const REVOKED = enumeration("revoked", ["nothing", "write", "all"]);

/** An access by what it is translated to. */
export interface TranslatedAccess {
  readonly space: Term;
  readonly page: Term;
  readonly frame: Term;
  readonly store: Term;
}

export interface Revocations {
  /** True if what an access needs has been revoked. */
  readonly covers: (access: TranslatedAccess) => Term;
  /** True if anything is revoked. */
  readonly some: Term;
}

const known = new WeakMap<System, Revocations>();

/** What is revoked in a system. */
export function revocationsOf(system: System): Revocations {
  const found = known.get(system);
  if (found) return found;
  const made = watch(system);
  known.set(system, made);
  return made;
}

function watch(system: System): Revocations {
  const { builder, machine, observers, threads } = system;
  const views = new EntryViews(system);
  const { space, page, frame } = machine.domains;
  /** What was revoked of each frame at each page. */
  const revoked = builder.array("revoked", [space, page, frame], REVOKED, "nothing");
  /** What a thread's call has done and its return will make binding, unless it is granted anew before. */
  const revoking = builder.array("revoking", [threads, space, page, frame], REVOKED, "nothing");
  const frames = eachOf(frame);
  const take = (cell: Place, what: "write" | "all"): Body =>
    what === "all" ? cell.set("all") : when(cell.is("nothing"), cell.set("write"));
  const grant = (cell: Place, writable: Operand): Body =>
    when(writable, cell.set("nothing"), when(cell.is("all"), cell.set("write")));
  observers.add({
    revoked: (at, what) => [
      frames.map((one) => take(revoked.at(at.space, at.page, one), what)),
      views.revoke(at),
    ],
    revoking: (thread, at, what) => [
      frames.map((one) => take(revoking.at(thread, at.space, at.page, one), what)),
      views.revoke(at),
    ],
    returned: (thread) =>
      cellsOf(space, page, frame).map((cell) => {
        const pending = revoking.at(thread, ...cell);
        return [
          when(pending.is("all"), revoked.at(...cell).set("all")),
          when(pending.is("write"), take(revoked.at(...cell), "write")),
          pending.set("nothing"),
        ];
      }),
    mapped: (thread, at, { frame: mapped, writable, fresh }) => {
      const granted = [
        grant(revoked.at(at.space, at.page, mapped), writable),
        eachOf(threads).map((each) => grant(revoking.at(each, at.space, at.page, mapped), writable)),
      ];
      return fresh ? granted : when(views.putsBack(thread, at, mapped).not(), granted);
    },
  });
  return {
    covers: (access) => {
      const at = revoked.at(access.space, access.page, access.frame);
      return or(at.is("all"), and(at.is("write"), access.store));
    },
    some: or(...cellsOf(space, page, frame).map((cell) => revoked.at(...cell).isNot("nothing"))),
  };
}

/** Every cell of an array over three domains, by its indices. */
function cellsOf(a: Domain, b: Domain, c: Domain): [Term, Term, Term][] {
  return eachOf(a).flatMap((x) =>
    eachOf(b).flatMap((y) => eachOf(c).map((z): [Term, Term, Term] => [x, y, z])),
  );
}
