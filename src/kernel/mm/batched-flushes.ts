/** `mm->tlb_flush_batched`: how an address space remembers the flushes that reclaim has queued. */
import { type ModelBuilder, range } from "../../model/builder.ts";
import type { Domain } from "../../model/domain.ts";
import type { Mm } from "../handles.ts";
import type { Cell, Cells } from "../locking/cells.ts";

/** How many batched flushes of one address space can be counted. */
const MAX_BATCHED = 3;

/** How an address space remembers flushes that reclaim has queued and not completed. */
export class BatchedFlushes {
  /**
   * `pending` is the number of flushes queued, or with the boolean bookkeeping 1 for "some"; `flushed` the number
   * of those known to be complete, always 0 with the boolean bookkeeping.
   */
  readonly cell: Cell<"pending" | "flushed">;
  readonly domain: Domain;

  constructor(builder: ModelBuilder, mm: Mm, cells: Cells) {
    const name = `${mm.name}.tlb_flush_batched`;
    this.domain = mm.batched === "boolean" ? range(0, 1) : range(0, MAX_BATCHED);
    this.cell = cells.of(name, {
      pending: builder.variable(`${name}.pending`, this.domain, 0),
      flushed: builder.variable(`${name}.flushed`, this.domain, 0),
    });
  }
}
