/**
 * P-ENTRY: between a CPU's entry into the kernel and the flush that was put off until then, no access goes
 * through a translation that is older than that flush.
 */
import { assert, bool } from "../model/builder.ts";
import { and, eachOf, or } from "../model/term.ts";
import { type KernelProperty, needTlb } from "./property.ts";

const NAME = "access-before-flush";

export const accessBeforeFlush: KernelProperty = {
  name: NAME,
  aliases: ["P-ENTRY"],
  says: "no access before the flush that was put off goes through a translation older than that flush",
  attach: (system) => {
    needTlb(system, NAME);
    const { builder, machine, observers, pageTables } = system;
    const { cpu, space, page, frame } = machine.domains;
    builder.assertion(NAME, {
      aliases: accessBeforeFlush.aliases,
      consequence: "an access was made by a translation whose flush this CPU had put off",
    });
    /** What an address led to before it was cleared. */
    const cleared = builder.array("cleared", [space, page, frame], bool, false);
    /** Of those, what a CPU has still to flush. */
    const due = builder.array("flush put off", [cpu, space, page, frame], bool, false);
    const cells = eachOf(space).flatMap((s) =>
      eachOf(page).flatMap((p) => eachOf(frame).map((f) => [s, p, f] as const)),
    );
    builder.goal(
      "some flush is put off",
      or(...eachOf(cpu).flatMap((c) => cells.map((cell) => due.at(c, ...cell)))),
      { of: NAME },
    );
    machine.access.onPerform((access) =>
      assert(NAME, due.at(access.cpu, access.space, access.page, access.frame).not(), [
        access.cpu,
        " accesses ",
        access.frame,
        " through ",
        access.page,
        " before the flush that it has put off",
      ]),
    );
    observers.add({
      cleared: (at) => {
        const { valid, frame: old } = pageTables.descriptor(at.space, at.page);
        return eachOf(frame).map((f) => {
          const cell = cleared.at(at.space, at.page, f);
          return cell.set(or(cell, and(valid, old.is(f))));
        });
      },
      mapped: (_thread, at, { frame: mapped }) => [
        cleared.at(at.space, at.page, mapped).set(false),
        eachOf(cpu).map((c) => due.at(c, at.space, at.page, mapped).set(false)),
      ],
      putOff: (by) =>
        cells.map((cell) => due.at(by, ...cell).set(or(due.at(by, ...cell), cleared.at(...cell)))),
      caughtUp: (by) => cells.map((cell) => due.at(by, ...cell).set(false)),
    });
  },
};
