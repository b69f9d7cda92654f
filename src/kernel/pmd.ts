/** Upper entries: unlinking a page table, and linking a new one. What kernel code reads of them is under `mmap_lock`. */
import { orNone } from "../model/builder.ts";
import { literal, type Place } from "../model/term.ts";
import type { Table } from "./handles.ts";
import type { Thread } from "./thread.ts";

/** `pmd_clear()`, which gives the table that the entry pointed to: the upper entry points nowhere from now on. */
export function pmdClear(k: Thread, table: Table): Place {
  const token = k.register(`${table.name}.token`, orNone(k.system.machine.domains.frame), null);
  const tables = k.system.tables!;
  const at = () => [k.system.space(table.mm), literal(tables.region, table.name)] as const;
  k.event(`pmd_clear(${table.name})`, () =>
    k.step({
      label: `pmd_clear(${table.name})`,
      kind: "data",
      ways: [{ body: () => [token.set(tables.table(...at())), tables.link(...at(), null)] }],
    }),
  );
  return token;
}

/** `__pte_alloc()`: links a free frame as the table of a page, unless there is one; under `mmap_lock`. */
export function pteAlloc(k: Thread, table: Table): void {
  const tables = k.system.tables!;
  const { frames, machine } = k.system;
  const at = () => [k.system.space(table.mm), literal(tables.region, table.name)] as const;
  k.step({
    label: `__pte_alloc(${table.name})`,
    kind: "data",
    ways: [
      {
        name: "linked",
        guard: () => [tables.table(...at()).isNot(null)],
        text: () => `${table.name} is linked`,
      },
      {
        name: "new",
        choices: { free: machine.domains.frame },
        guard: ({ free }) => [tables.table(...at()).is(null), frames.isAllocatable(free!)],
        body: ({ free }) => [frames.takeAsTable(free!), tables.clear(free!), tables.link(...at(), free!)],
        text: ({ free }) => [`__pte_alloc(${table.name}): `, free!],
      },
    ],
  });
}
