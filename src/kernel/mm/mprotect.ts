/** mprotect(2): changes the permission of mapped pages and flushes what it changed. */
import { mmCall } from "../entry/syscall.ts";
import { spinLock, spinUnlock } from "../locking/spinlock.ts";
import { word } from "../../arch/text.ts";
import type { TermText } from "../../model/builder.ts";
import type { Term } from "../../model/term.ts";
import { drainPending } from "./batched-unmap.ts";
import type { Page, Permission } from "../handles.ts";
import type { KernelCode } from "../program/thread-program.ts";
import { invalidateRange } from "./mmu-notifier.ts";
import { exchangeForEmpty, readEntry, seenEntry, storeMapping } from "./pte.ts";
import type { ThreadProgram } from "../program/thread-program.ts";

export interface MprotectOptions {
  /** `flush_tlb_batched_pending()` or what stands in its place; null where the kernel calls nothing. */
  readonly drain?: KernelCode | null;
  /** Call it before the page-table lock is taken, instead of under it. */
  readonly drainUnlocked?: boolean;
}

export function mprotect(
  k: ThreadProgram,
  pages: readonly Page[],
  permission: Permission,
  options: MprotectOptions,
): void {
  const name = `mprotect(${pages.map((page) => page.name).join(", ")}, ${permission === "ro" ? "PROT_READ" : "PROT_WRITE"})`;
  const { drain = drainPending(pages[0]!), drainUnlocked = false } = options;
  const { observers } = k.system;
  const change = (): void => {
    const changed = pages.map((page) => {
      if (drainUnlocked && drain) k.run(drain);
      spinLock(k, page.ptl);
      if (!drainUnlocked && drain) k.run(drain);
      const present = changePteRange(k, page, permission);
      spinUnlock(k, page.ptl);
      return { page, present };
    });
    for (const { page, present } of changed) k.if(present, () => k.system.arch.flushTlbRange(k, [page]));
  };
  mmCall(k, name, pages[0]!.mm, () => invalidateRange(k, pages, change), {
    done: () =>
      permission === "ro"
        ? pages.map((page) => observers.tell("revoking", k.name, k.system.at(page), "write"))
        : [],
  });
}

export function changePteRange(k: ThreadProgram, page: Page, permission: Permission): Term {
  const words = permission === "ro" ? "made read-only" : "made writable";
  const told = (): TermText => [
    `change_pte_range(${page.name}): `,
    word(seenEntry(k, page).valid, words, "not present, no flush"),
  ];
  return k.event(told, () => {
    const old = readEntry(k, page);
    k.if(old.present, () => {
      k.step({
        label: `ptep_modify_prot_start(${page.name})`,
        kind: "data",
        ways: [exchangeForEmpty(k, page)],
      });
      const changed = { frame: old.frame, writable: permission === "rw" };
      storeMapping(k, page, changed, `ptep_modify_prot_commit(${page.name})`);
    });
    return old.present;
  });
}
