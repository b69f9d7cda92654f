/** P-UAF-TABLE-SW: no software walker reads a page that was a page table and has been freed. */
import { assert } from "../model/builder.ts";
import type { KernelProperty } from "./property.ts";
import { tablesOf } from "./use-after-free-table.ts";

const NAME = "use-after-free-table-software";

export const useAfterFreeTableSoftware: KernelProperty = {
  name: NAME,
  aliases: ["P-UAF-TABLE-SW"],
  says: "no walk by software reads a page table that is free or has another owner",
  attach: (system) => {
    tablesOf(system, NAME);
    const { builder, frames, observers } = system;
    builder.assertion(NAME, {
      aliases: useAfterFreeTableSoftware.aliases,
      consequence: "software walked a page table that was free or had another owner",
    });
    observers.add({
      tableRead: (thread, table) =>
        assert(NAME, frames.isTable(table), [`${thread} reads `, table, " after that table was freed"]),
    });
  },
};
