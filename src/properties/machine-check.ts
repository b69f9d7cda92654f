/** P-MCE: no hardware walk raises a machine check, as it may where it consumes an entry of what is no table (AMD-3). */
import { assert } from "../model/builder.ts";
import { FALSE } from "../model/term.ts";
import type { KernelProperty } from "./property.ts";
import { tablesOf } from "./use-after-free-table.ts";

const NAME = "machine-check";

export const machineCheck: KernelProperty = {
  name: NAME,
  aliases: ["P-MCE"],
  says: "no hardware walk raises a machine check by consuming what is no table entry",
  attach: (system) => {
    system.builder.assertion(NAME, {
      aliases: machineCheck.aliases,
      consequence: "a hardware walk consumed garbage and raised a machine check",
    });
    tablesOf(system, NAME).walker.onMachineCheck(({ walker, table }) =>
      assert(NAME, FALSE, [...walker, " consumes garbage in ", table, ": machine check"]),
    );
  },
};
