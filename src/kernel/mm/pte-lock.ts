/** The lock of a page-table page (mm/pgtable-generic.c). */
import { spinLock, spinUnlock } from "../locking/spinlock.ts";
import { bool, orNone } from "../../model/builder.ts";
import { and, choose, type Operand, type Place } from "../../model/term.ts";
import type { Page, Table } from "../handles.ts";
import type { ThreadProgram } from "../threads/thread-program.ts";

/**
 * `pte_offset_map_lock()`: reads the upper entry, takes the lock of the table that it points to, and compares the upper
 * entry again behind the lock; if the table was unlinked or replaced meanwhile it begins anew. Gives whether the lock is
 * held: not if there is no table. Where no table can go away, it only takes the lock.
 */
export function pteOffsetMapLock(k: ThreadProgram, page: Page): Operand {
  const { table } = page;
  if (!table) {
    spinLock(k, page.ptl);
    return true;
  }
  const { pmdval, locked } = registersOf(k, table);
  const seen = () => k.system.upperEntry(table).seenBy(k.cpu()).table;
  const read = (): void =>
    k.step({
      label: `pmdp_get_lockless(${table.name})`,
      kind: "re-check",
      ways: [{ body: () => pmdval.set(seen()) }],
    });
  const compare = (): void =>
    k.step({
      label: `pmd_same(${table.name})`,
      kind: "re-check",
      ways: [
        {
          body: () => {
            const same = seen().is(pmdval);
            return [locked.set(same), pmdval.set(choose(same, null, pmdval))];
          },
        },
      ],
    });
  k.event(`pte_offset_map_lock(${page.name})`, () => {
    read();
    k.while(and(pmdval.isNot(null), locked.not()), () => {
      spinLock(k, page.ptl);
      compare();
      k.if(locked.not(), () => {
        spinUnlock(k, page.ptl);
        read();
      });
    });
  });
  return locked;
}

/** `pte_unmap_unlock()` */
export function pteUnmapUnlock(k: ThreadProgram, { ptl, table }: Page): void {
  spinUnlock(k, ptl, () => (table ? registersOf(k, table).locked.set(false) : []));
}

interface LockRegisters {
  /** What was read in the upper entry, until the lock is taken. */
  readonly pmdval: Place;
  readonly locked: Place;
}

function registersOf(k: ThreadProgram, { name }: Table): LockRegisters {
  return {
    pmdval: k.register(`${name}.pmdval`, orNone(k.system.machine.domains.frame), null),
    locked: k.register(`${name}.locked`, bool, false),
  };
}
