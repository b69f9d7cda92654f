/**
 * P-ENTRYVAL: no reader without locks finds in an entry what nobody has stored on purpose: a migration entry of
 * another page, a mapping that there never was. Flags are left out, for the hardware may change those.
 */
import { assert } from "../model/builder.ts";
import { TlbcheckError } from "../model/diagnostic.ts";
import type { HugeMemory } from "../kernel/huge/huge-memory.ts";
import type { System } from "../kernel/system.ts";
import type { KernelProperty } from "./property.ts";

const NAME = "unintended-entry";

export const unintendedEntry: KernelProperty = {
  name: NAME,
  aliases: ["P-ENTRYVAL"],
  says: "no reader without locks sees an entry that says what no writer stored on purpose",
  attach: (system) => {
    const { entries } = hugeOf(system, NAME);
    system.builder.assertion(NAME, {
      aliases: unintendedEntry.aliases,
      consequence: "an entry was read that says what nobody has stored on purpose",
    });
    system.observers.add({
      pmdRead: (thread, entry) =>
        assert(NAME, entries.isIntended(entry), [`${thread} reads "`, entry, '", which nobody means']),
    });
  },
};

/** The PMD entries of a scenario; throws TLB201 where none can map a page. */
export function hugeOf({ huge }: System, property: string): HugeMemory {
  if (huge) return huge;
  throw new TlbcheckError("TLB201", `${property} is checked, but the scenario has no huge page`, {
    hint: "declare one with mm.hugePage()",
  });
}
