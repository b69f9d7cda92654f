/**
 * The traces by which the analysis of the mail threads tells four races, typed from there: each shortest trace has
 * their events in their order, and no more rows of one kernel-level event each.
 */
import { expect, test } from "vitest";
import deferred from "../../models/deferred-kernel-flush.ts";
import reclaim from "../../models/reclaim-mprotect.ts";
import tableFree from "../../models/table-free.ts";
import { foldedRows } from "../../src/report/rows.ts";
import { toldTrace } from "../support/forms.ts";

/** Only a machine check needs it. */
const REUSE = "goes to another owner";

const barrierOnly = [
  "walk: page0 RW",
  "spin_lock",
  "ptep_get_and_clear",
  "TLBI VALE1IS",
  "swap entry",
  "spin_unlock",
  "mprotect(page0, PROT_READ): spin_lock",
  "dsb(ish)",
  "not present, no flush",
  "spin_unlock",
  "returns",
  "store page0: through a cached RW entry",
];

/** A walk cache gets the table; unlink; no page for a batch, an interrupt that does nothing; free; reuse; the walk. */
const emptyInterrupt = [
  "the upper entry points to mm.table",
  "pmd_clear",
  "no batch page",
  "IPI from CPU0: tlb_remove_table_smp_sync",
  "free",
  REUSE,
  "mm.table",
];

/** CPU1 turns lazy; its walk cache gets the table; unlink; the flush spares CPU1; free; reuse; the walk. */
const lazyDefers = [
  "enter_lazy_tlb",
  "the upper entry points to mm.table",
  "pmd_clear",
  "tlb_flush",
  "free mm.table",
  REUSE,
  "mm.table",
];

/** Entry; flush; the walk; clear; the flag is read as 0; the address is mapped again; the flag is set; the load. */
const flagAfterFlush = [
  "return to user mode",
  "flush kernel translations",
  "walk: area RW",
  "entry cleared",
  "CPU1 flushes later",
  "vmalloc",
  "enter the kernel",
  "load area: through a cached RW entry",
];

test.each([
  ["000-A3", reclaim, "arm64", "revoked-access", barrierOnly],
  ["001-B2", tableFree, "intel", "use-after-free-table", emptyInterrupt],
  ["001-B5", tableFree, "intel", "use-after-free-table", lazyDefers],
  ["001-B5", tableFree, "amd", "machine-check", lazyDefers],
  ["004-D2", deferred, "intel", "reused-address", flagAfterFlush],
] as const)("%s: %s", async (id, family, arch, property, reference) => {
  const { steps } = await toldTrace(family, { variant: id, arch, property });
  const texts = foldedRows(steps).map(({ text }) => text);
  const needed = reference.filter((event) => event !== REUSE || property === "machine-check");
  let at = 0;
  for (const event of needed) {
    const found = texts.findIndex((text, i) => i >= at && text.includes(event));
    expect(found, `${event} in ${texts.slice(at).join(" / ")}`).toBeGreaterThanOrEqual(at);
    at = found + 1;
  }
  expect(texts.length).toBeLessThanOrEqual(reference.length);
});
