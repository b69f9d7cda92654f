/** Flushes of TLBs by the architecture's code, as generic code calls them. */
import { misuse, parameterOf, restOf } from "../../model/arguments.ts";
import { mm, notOfOneMm, PAGE } from "../arguments.ts";
import type { Mm, Page } from "../handles.ts";
import { primitive } from "../threads/primitive.ts";
import type { ThreadProgram } from "../threads/thread-program.ts";

function flushTlbRange(k: ThreadProgram, ...pages: Page[]): void {
  const at = { call: { name: "k.flushTlbRange()" }, path: "pages" };
  const problem = notOfOneMm(pages) ?? (pages.length === 0 ? "no page is given" : null);
  if (problem !== null) throw misuse(at, `k.flushTlbRange(): ${problem}`, "name pages of one address space");
  k.system.arch.flushTlbRange(k, pages);
}

export const flushPrimitives = {
  /** `flush_tlb_mm()`: every user translation of the address space. */
  flushTlbMm: primitive((k: ThreadProgram, mm: Mm) => k.system.arch.flushTlbMm(k, mm), [mm]),
  /** `flush_tlb_page()`: the translation of one page, on every CPU that may have it. */
  flushTlbPage: primitive(
    (k: ThreadProgram, page: Page) => k.system.arch.flushTlbPage(k, page),
    [parameterOf("page", PAGE)],
  ),
  /** `flush_tlb_range()`: the translations of some pages, and of the tables above them. */
  flushTlbRange: primitive(flushTlbRange, [restOf("pages", PAGE)]),
  /** The barrier that waits for what this CPU has invalidated, and for nobody else. */
  awaitOwnInvalidations: primitive((k: ThreadProgram) => k.system.arch.awaitOwnInvalidations(k), []),
};
