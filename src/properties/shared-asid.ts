/**
 * P-ASID: the entries that a CPU holds under one address-space identifier are of one address space. Where CPUs share
 * their entries (CnP) this is a property of all of them together. It is judged as an entry is cached. Global entries are
 * under no identifier, and of no address space alone.
 */
import { assert, bool, type Body, orNone, when } from "../model/builder.ts";
import { TlbcheckError } from "../model/diagnostic.ts";
import { and, eachOf, or } from "../model/term.ts";
import { type KernelProperty, needTlb } from "./property.ts";

const NAME = "shared-asid";

export const sharedAsid: KernelProperty = {
  name: NAME,
  aliases: ["P-ASID"],
  says: "a CPU has entries of one address space at most under an address-space identifier",
  attach: (system) => {
    needTlb(system, NAME);
    const { builder, machine } = system;
    if (machine.tables)
      throw new TlbcheckError("TLB201", `${NAME} is checked, but walks have several steps`, {
        hint: "what a walk under way belongs to is not remembered; leave mm.table() out",
      });
    const { cpu, asid, page, frame, space } = machine.domains;
    builder.assertion(NAME, {
      aliases: sharedAsid.aliases,
      consequence: "a CPU has entries of two address spaces under one identifier",
    });
    /** The address space that an entry was walked for. */
    const walkedFor = builder.array(
      `${NAME}: walked for`,
      [cpu, asid, page, frame, bool],
      orNone(space),
      null,
    );
    const walkedIn = machine.walker.rememberContext();
    machine.tlb.onFill((at, entry, walker): Body => {
      const mine = walkedIn(walker);
      const others = eachOf(page).flatMap((p) =>
        eachOf(frame).flatMap((f) => eachOf(bool).map((w) => walkedFor.at(at, entry.asid, p, f, w))),
      );
      return when(machine.globals.has(entry.page).not(), [
        assert(NAME, or(...others.map((each) => and(each.isNot(null), each.isNot(mine)))).not(), [
          at,
          " caches an entry of ",
          mine,
          " under an identifier that it has entries of another address space for",
        ]),
        walkedFor.at(at, entry.asid, entry.page, entry.frame, entry.writable).set(mine),
      ]);
    });
    machine.tlb.onRemove((at, entry) =>
      walkedFor.at(at, entry.asid, entry.page, entry.frame, entry.writable).set(null),
    );
  },
};
