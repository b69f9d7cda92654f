/**
 * P-WRONGMM: what a thread has devices invalidate is of an address space whose entries it has changed, or whose
 * flush it does for those who have, and is not addressed by a null pointer. Each change begins anew once the thread
 * has notified.
 */
import { assert, bool, when } from "../model/builder.ts";
import { and, eachOf, FALSE, not, or } from "../model/term.ts";
import { needDevices } from "./device-accesses.ts";
import type { KernelProperty } from "./property.ts";

const NAME = "misaddressed-invalidation";

export const misaddressedInvalidation: KernelProperty = {
  name: NAME,
  aliases: ["P-WRONGMM"],
  says: "an invalidation in devices is addressed to the address space whose entry changed, and not to NULL",
  attach: (system) => {
    needDevices(system, NAME);
    const { builder, machine, observers, threads } = system;
    const { space } = machine.domains;
    builder.assertion(NAME, {
      aliases: misaddressedInvalidation.aliases,
      consequence: "devices were told to invalidate another address space than the one that changed",
    });
    /** Whether a thread has changed entries of an address space since its last round of invalidations. */
    const changed = builder.array("mm changed", [threads, space], bool, false);
    /** Whether it has begun with the invalidations. */
    const notified = builder.array("mm notified", [threads], bool, false);
    observers.add({
      changed: (thread, mm) => [
        when(
          notified.at(thread),
          eachOf(space).map((each) => changed.at(thread, each).set(false)),
        ),
        notified.at(thread).set(false),
        changed.at(thread, mm.name).set(true),
      ],
      notified: (thread, mm) => {
        if (!mm)
          return assert(NAME, FALSE, [`${thread} calls a notifier of an address space by a null pointer`]);
        const any = or(...eachOf(space).map((each) => changed.at(thread, each)));
        const other = and(any, not(changed.at(thread, mm.name)));
        return [
          assert(NAME, not(other), [
            `${thread} has devices invalidate ${mm.name}, and the entry that it has changed is of another address space`,
          ]),
          notified.at(thread).set(true),
        ];
      },
    });
  },
};
