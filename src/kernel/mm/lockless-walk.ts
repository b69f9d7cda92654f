/**
 * Walks of page tables by software that takes no lock: what keeps a table from being freed under it is that
 * interrupts are off on its CPU (get_user_pages_fast()), or an RCU read-side section (pte_offset_map() since v6.5).
 */
import { primitive } from "../threads/primitive.ts";
import { parameterOf } from "../../model/arguments.ts";
import { PAGE_OF_TABLE } from "../arguments.ts";
import { setIrqs } from "../locking/irqs-off.ts";
import { orNone } from "../../model/builder.ts";
import type { Page } from "../handles.ts";
import { rcuReadLock, rcuReadUnlock } from "../locking/rcu-sections.ts";
import type { ThreadProgram } from "../threads/thread-program.ts";

/** The walk of `gup_fast()`: with interrupts off. It looks at the entry and takes no reference. */
export function gupFast(k: ThreadProgram, page: Page): void {
  k.event(`gup_fast(${page.name})`, () => {
    setIrqs(k, "local_irq_disable()", true);
    readThrough(k, page);
    setIrqs(k, "local_irq_enable()", false);
  });
}

/** `pte_offset_map()`, a look at the entry, `pte_unmap()`: under `rcu_read_lock()`, interrupts on. */
export function pteOffsetMap(k: ThreadProgram, page: Page): void {
  k.event(`pte_offset_map(${page.name})`, () => {
    rcuReadLock(k);
    readThrough(k, page);
    rcuReadUnlock(k);
  });
}

/** Reads the upper entry, and the descriptor in the table that it pointed to. */
function readThrough(k: ThreadProgram, page: Page): void {
  const { observers } = k.system;
  const upper = k.system.upperEntry(page.table!);
  const found = k.register(`${page.name}.walked`, orNone(k.system.machine.domains.frame), null);
  k.step({
    label: `pmdp_get(${page.name})`,
    kind: "re-check",
    ways: [{ body: () => found.set(upper.seenBy(k.cpu()).table) }],
  });
  k.if(found.isNot(null), () =>
    k.step({
      label: `ptep_get(${page.name})`,
      kind: "data",
      ways: [
        {
          body: () => [observers.tell("tableRead", k.name, found), found.set(null)],
          text: () => [`ptep_get(${page.name}) in `, found],
        },
      ],
    }),
  );
}

const page = parameterOf("page", PAGE_OF_TABLE);

export const locklessPrimitives = {
  /** The walk of `get_user_pages_fast()`: interrupts off, no lock. */
  gupFast: primitive(gupFast, [page]),
  /** `pte_offset_map()`: a walk in an RCU read-side section, interrupts on. */
  pteOffsetMap: primitive(pteOffsetMap, [page]),
};
