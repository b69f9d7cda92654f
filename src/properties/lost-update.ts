/**
 * P-LOST: no store is lost. One is if it lands in a page whose content has been copied already, and if the flag that
 * tells of it is overwritten: hardware sets accessed and dirty flags in an entry by itself, and a kernel that reads
 * the entry and later writes another one in its place undoes what came in between. It is judged at the step that
 * loses it. What the kernel does with a flag that it has read is its own affair.
 */
import { assert, bool } from "../model/builder.ts";
import { TlbcheckError } from "../model/diagnostic.ts";
import { operand, or } from "../model/term.ts";
import { type KernelProperty, needTlb } from "./property.ts";

const NAME = "lost-update";

export const lostUpdate: KernelProperty = {
  name: NAME,
  aliases: ["P-LOST"],
  says: "no store is lost, and no flag that the hardware set because of an access",
  attach: (system) => {
    needTlb(system, NAME);
    const { builder, machine, observers, pageTables } = system;
    const { space, page, frame } = machine.domains;
    builder.assertion(NAME, {
      aliases: lostUpdate.aliases,
      consequence: "a store was lost, or the flag that tells of an access",
    });
    const copied = builder.array(`${NAME}: copied`, [frame], bool, false);
    machine.access.onPerform((access) =>
      assert(NAME, copied.at(access.frame).and(access.store).not(), [
        access.cpu,
        " writes to ",
        access.frame,
        " after it was copied",
      ]),
    );
    for (const device of machine.devices)
      device.onPerform(({ page: through, frame: to, store }) =>
        assert(NAME, copied.at(to).and(store).not(), [
          `${device.name} writes to `,
          to,
          " through ",
          through,
          " after it was copied",
        ]),
      );
    observers.add({
      copied: (from) => copied.at(from).set(true),
      // A frame that is allocated for a new mapping has nothing in it that was copied.
      mapped: (_thread, _at, { frame: to, fresh }) => (fresh ? copied.at(to).set(false) : []),
    });
    if (!machine.flags) return;
    /** The hardware has changed a flag of the entry since the kernel read it in order to replace it. */
    const unseen = builder.array(`${NAME}: unseen flag`, [space, page], bool, false);
    pageTables.onFlag((...at) => unseen.at(...at).set(true));
    observers.add({
      flagsTaken: (at) => unseen.at(at.space, at.page).set(false),
      flagsStored: (at, dirty = false) => {
        if (machine.storeBuffer)
          throw new TlbcheckError("TLB201", `${NAME} is checked with memory order tso`, {
            hint: "what the hardware sets in an entry while a store to it waits is not modelled; take order sc",
          });
        return [
          assert(NAME, or(unseen.at(at.space, at.page).not(), dirty), [
            "the entry of ",
            operand(at.page, page),
            " is overwritten, and with it a flag that the hardware has set",
          ]),
          unseen.at(at.space, at.page).set(false),
        ];
      },
    });
  },
};
