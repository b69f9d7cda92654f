/** munmap(2) of one page: clears the entry, flushes, frees the frame. */
import { word } from "../../arch/text.ts";
import type { TermText } from "../../model/builder.ts";
import { drainPending } from "./batched-unmap.ts";
import type { Page } from "../handles.ts";
import type { KernelCode } from "../arch/kernel-arch.ts";
import { invalidateRange } from "./mmu-notifier.ts";
import { type OldEntry, ptepGetAndClear, readEntry, seenEntry, storeSoftware } from "./pte.ts";
import type { Thread } from "../thread.ts";

export interface MunmapOptions {
  /** `flush_tlb_batched_pending()` or what stands in its place; null where the kernel calls nothing. */
  readonly drain?: KernelCode | null;
}

export function munmap(k: Thread, page: Page, { drain = drainPending(page) }: MunmapOptions): void {
  k.mmCall(
    `munmap(${page.name})`,
    page.mm,
    () => {
      const old = invalidateRange(k, [page], () => {
        const zapped = zapPte(k, page, drain);
        k.if(zapped.present, () => k.flushTlbRange(page));
        return zapped;
      });
      k.if(old.present, () => k.freeFrame(old.frame));
    },
    { done: () => k.system.observers.tell("revoking", k.name, k.system.at(page), "all") },
  );
}

/** `zap_pte_range()` of one page: clears its entry and gives what it was. */
export function zapPte(k: Thread, page: Page, drain: KernelCode | null): OldEntry {
  const told = (): TermText => [
    `zap_pte_range(${page.name}): `,
    word(seenEntry(k, page).valid, "cleared", "not present, no flush"),
  ];
  k.lock(page.ptl);
  drain?.(k);
  const old = k.event(told, () => {
    const found = readEntry(k, page);
    k.if(
      found.present,
      () => ptepGetAndClear(k, page),
      () => storeSoftware(k, page, "none", `pte_clear(${page.name})`),
    );
    return found;
  });
  k.unlock(page.ptl);
  return old;
}
