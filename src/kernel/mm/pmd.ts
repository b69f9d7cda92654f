/** Upper entries: unlinking a page table, and linking a new one. What kernel code reads of them is under `mmap_lock`. */
import { primitive } from "../threads/primitive.ts";
import { table } from "../arguments.ts";
import { orNone, when } from "../../model/builder.ts";
import type { Place } from "../../model/term.ts";
import type { Table } from "../handles.ts";
import { awaitsFrame } from "../threads/awaits.ts";
import type { ThreadProgram } from "../threads/thread-program.ts";

/** `pmd_clear()`, a plain store; gives the table that the entry pointed to. It points nowhere from now on. */
export function pmdClear(k: ThreadProgram, table: Table): Place {
  const token = k.register(`${table.name}.token`, orNone(k.system.machine.domains.frame), null);
  const entry = k.system.upperEntry(table);
  const { observers } = k.system;
  const told = () =>
    table.pages.map((page) => when(k.system.pte(page).valid, observers.tell("cleared", k.system.at(page))));
  k.event(`pmd_clear(${table.name})`, () =>
    k.step({
      label: `pmd_clear(${table.name})`,
      kind: "data",
      ways: [
        {
          guard: () => entry.mayStore(k.cpu()),
          body: () => [token.set(entry.seenBy(k.cpu()).table), told(), entry.store(k.cpu(), { table: null })],
        },
      ],
    }),
  );
  return token;
}

/**
 * `__pte_alloc()`: links a free frame as the table of a page, unless there is one; under `mmap_lock`. The lock of the
 * upper entry is not modelled: looking and linking are one atomic.
 */
export function pteAlloc(k: ThreadProgram, table: Table): void {
  const tables = k.system.tables!;
  const entry = k.system.upperEntry(table);
  const { frames, machine } = k.system;
  const linked = () => entry.seenBy(k.cpu()).table.isNot(null);
  k.step({
    label: `__pte_alloc(${table.name})`,
    kind: "data",
    awaits: () => [awaitsFrame(machine, frames, linked())],
    ways: [
      {
        name: "linked",
        guard: () => [linked()],
        text: () => `${table.name} is linked`,
      },
      {
        name: "new",
        choices: { free: machine.domains.frame },
        guard: ({ free }) => [
          linked().not(),
          frames.isAllocatable(free!),
          ...entry.mayExchange(k.cpu(), "acquire"),
        ],
        body: ({ free }) => [
          frames.takeAsTable(free!),
          tables.clear(free!),
          entry.exchange(k.cpu(), "acquire", { table: free! }),
        ],
        text: ({ free }) => [`__pte_alloc(${table.name}): `, free!],
      },
    ],
  });
}

export const pmdPrimitives = {
  /** `pmd_clear()`: unlinks the table, and gives it. */
  pmdClear: primitive(pmdClear, [table], "the table that was linked, in a register"),
};
