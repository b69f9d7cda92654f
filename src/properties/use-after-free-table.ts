/**
 * P-UAF-TABLE-HW: no step of a hardware walk reads a page that was a page table and has been freed, or writes an
 * accessed flag into it. That a walk cache still points there is no violation; that a walk goes there is.
 *
 * A frame that was freed and became a table of the scenario again counts as a table: whoever could read it then
 * could have read it before, while it was free.
 */
import { assert } from "../model/builder.ts";
import type { Tables } from "../arch/machine.ts";
import { TlbcheckError } from "../model/diagnostic.ts";
import type { System } from "../kernel/system.ts";
import { type KernelProperty, needTlb } from "./property.ts";

const NAME = "use-after-free-table";

export const useAfterFreeTable: KernelProperty = {
  name: NAME,
  aliases: ["P-UAF-TABLE-HW"],
  says: "no hardware walk reads or writes a page table that is free or has another owner",
  attach: (system) => {
    needTlb(system, NAME);
    const { builder, frames, machine } = system;
    const kernelWalks = machine.devices.flatMap((device) => device.kernelWalks ?? []);
    builder.assertion(NAME, {
      aliases: useAfterFreeTable.aliases,
      consequence: "a hardware walk read a page table that was free or had another owner",
    });
    for (const walks of [tablesOf(system, NAME).walker, ...kernelWalks]) {
      walks.onRead(({ walker, table, page }) =>
        assert(NAME, frames.isTable(table), [
          ...walker,
          " reads the descriptor of ",
          page,
          " in ",
          table,
          " after that table was freed",
        ]),
      );
      walks.onWrite(({ walker, table }) =>
        assert(NAME, frames.isTable(table), [
          ...walker,
          " sets an accessed flag in ",
          table,
          ", which is no table any more",
        ]),
      );
    }
  },
};

/** The tables of a scenario; throws TLB201 where none can go away, for the property would say nothing there. */
export function tablesOf({ machine }: System, property: string): Tables {
  if (machine.tables) return machine.tables;
  throw new TlbcheckError(
    "TLB201",
    `${property} is checked, but the scenario has no page table that can go away`,
    {
      hint: "declare one with mm.table(), and pages in it with table.page()",
    },
  );
}
