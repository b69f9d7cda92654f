/** munmap(2) of one page: clears the entry, flushes, frees the frame. */
import { CODE, primitive } from "../threads/primitive.ts";
import { optional, options, orNull, parameterOf } from "../../model/arguments.ts";
import { page } from "../arguments.ts";
import { mmCall } from "../entry/syscall.ts";
import { freeFrame } from "./alloc-page.ts";
import { word } from "../../arch/text.ts";
import type { TermText } from "../../model/builder.ts";
import { drainPending } from "./batched-unmap.ts";
import type { Page } from "../handles.ts";
import type { KernelCode } from "../threads/thread-program.ts";
import { invalidateRange } from "./mmu-notifier.ts";
import { ptepGetAndClear, readEntry, storeSoftware } from "./pte.ts";
import { forgetEntry, isPresent, oldEntry, type OldEntry } from "./pte-read.ts";
import { pteOffsetMapLock, pteUnmapUnlock } from "./pte-lock.ts";
import type { ThreadProgram } from "../threads/thread-program.ts";

export interface MunmapOptions {
  /** `flush_tlb_batched_pending()` or what stands in its place; null where the kernel calls nothing. */
  readonly drain?: KernelCode | null;
}

export function munmap(
  k: ThreadProgram,
  page: Page,
  { drain = drainPending(page) }: MunmapOptions = {},
): void {
  mmCall(
    k,
    `munmap(${page.name})`,
    page.mm,
    () => {
      const old = invalidateRange(k, [page], () => {
        const zapped = zapPte(k, page, drain);
        k.if(zapped.present, () => k.system.arch.tlbFlush(k, [page], { freedTables: false }));
        return zapped;
      });
      k.if(old.present, () => freeFrame(k, old.frame));
    },
    { done: () => k.system.observers.tell("revoking", k.name, k.system.at(page), "all") },
  );
}

/** `zap_pte_range()` of one page: clears its entry and gives what it was. */
export function zapPte(k: ThreadProgram, page: Page, drain: KernelCode | null): OldEntry {
  const told = (): TermText => [
    `zap_pte_range(${page.name}): `,
    word(isPresent(k, page), "cleared", "not present, no flush"),
  ];
  const clear = (): void => {
    if (drain) k.run(drain);
    k.event(told, () =>
      k.if(
        readEntry(k, page).present,
        () => ptepGetAndClear(k, page),
        () => storeSoftware(k, page, "none", `pte_clear(${page.name})`),
      ),
    );
    pteUnmapUnlock(k, page);
  };
  k.if(pteOffsetMapLock(k, page), clear, () => forgetEntry(k, page));
  return oldEntry(k, page);
}

const OPTIONS = options<MunmapOptions>({ drain: optional(orNull(CODE)) });

/** `zap_pte_range()` for one page. */
function zapPteRange(
  k: ThreadProgram,
  page: Page,
  { drain = drainPending(page) }: MunmapOptions = {},
): OldEntry {
  return zapPte(k, page, drain);
}

export const munmapPrimitives = {
  /** `munmap()` of a page: clears the entry, flushes, frees the frame, and returns. */
  munmap: primitive(munmap, [page, parameterOf("options", optional(OPTIONS))]),
};

export const zapPrimitives = {
  /**
   * `zap_pte_range()` for one page, under its page-table lock: clears the entry, gives what it was, and leaves flush
   * and free to the caller.
   */
  zapPteRange: primitive(
    zapPteRange,
    [page, parameterOf("options", optional(OPTIONS))],
    "whether the entry was present, and the frame, in registers",
  ),
};
