/** mprotect(2): changes the permission of mapped pages and flushes what it changed (mm/mprotect.c). */
import { CODE, primitive } from "../threads/primitive.ts";
import {
  type Description,
  either,
  FLAG,
  list,
  optional,
  options,
  orNull,
  parameterOf,
  refined,
} from "../../model/arguments.ts";
import { notOfOneMm, page, PERMISSION, SMALL_PAGE } from "../arguments.ts";
import { mmCall } from "../entry/syscall.ts";
import { word } from "../../arch/text.ts";
import { bool, type TermText } from "../../model/builder.ts";
import type { Term } from "../../model/term.ts";
import { drainPending } from "./batched-unmap.ts";
import type { Page, Permission } from "../handles.ts";
import type { KernelCode } from "../threads/thread-program.ts";
import { invalidateRange } from "./mmu-notifier.ts";
import { exchangeForEmpty, readEntry, storePermission } from "./pte.ts";
import { forgetEntry, hasFlags, isPresent, oldEntry } from "./pte-read.ts";
import { pteOffsetMapLock, pteUnmapUnlock } from "./pte-lock.ts";
import type { ThreadProgram } from "../threads/thread-program.ts";

export interface MprotectOptions {
  /** `flush_tlb_batched_pending()` or what stands in its place; null where the kernel calls nothing. */
  readonly drain?: KernelCode | null;
  /** Call it before the page-table lock is taken, instead of under it. */
  readonly drainUnlocked?: boolean;
}

/** What a permission is to mprotect(2), in a trace, and which accesses it takes away. */
const PERMISSIONS = {
  none: { prot: "PROT_NONE", told: "made PROT_NONE", revokes: "all" },
  ro: { prot: "PROT_READ", told: "made read-only", revokes: "write" },
  rw: { prot: "PROT_WRITE", told: "made writable", revokes: null },
} as const;

export function mprotect(
  k: ThreadProgram,
  pages: readonly Page[],
  permission: Permission,
  options: MprotectOptions,
): void {
  const { prot, revokes } = PERMISSIONS[permission];
  const name = `mprotect(${pages.map((page) => page.name).join(", ")}, ${prot})`;
  const { drain = drainPending(pages[0]!), drainUnlocked = false } = options;
  const { observers } = k.system;
  const change = (): void => {
    for (const page of pages) {
      if (drainUnlocked && drain) k.run(drain);
      const underLock = (): void => {
        if (!drainUnlocked && drain) k.run(drain);
        changeEntry(k, page, permission);
        pteUnmapUnlock(k, page);
      };
      k.if(pteOffsetMapLock(k, page), underLock, () => forgetEntry(k, page));
    }
    for (const page of pages)
      k.if(oldEntry(k, page).present, () => k.system.arch.tlbFlush(k, [page], { freedTables: false }));
  };
  mmCall(k, name, pages[0]!.mm, () => invalidateRange(k, pages, change), {
    done: () =>
      revokes === null
        ? []
        : pages.map((page) => observers.tell("revoking", k.name, k.system.at(page), revokes)),
  });
}

/** `change_pte_range()`: takes the page-table lock, unless the thread holds it already, as for several pages of a table. */
export function changePteRange(k: ThreadProgram, page: Page, permission: Permission): Term {
  const held = k.register(`${page.ptl.name} held`, bool, false);
  const holder = () => k.system.locks.cell(page.ptl).seenBy(k.cpu()).holder;
  const change = (): void => changeEntry(k, page, permission);
  const changeLocked = (): void => {
    change();
    pteUnmapUnlock(k, page);
  };
  k.event(`change_pte_range(${page.name})`, () =>
    k.step({
      label: `is ${page.ptl.name} held`,
      kind: "re-check",
      ways: [{ body: () => held.set(holder().is(k.name)) }],
    }),
  );
  k.if(held, change, () => k.if(pteOffsetMapLock(k, page), changeLocked, () => forgetEntry(k, page)));
  return oldEntry(k, page).present;
}

/** `change_pte_range()` for one page, under its lock. */
function changeEntry(k: ThreadProgram, page: Page, permission: Permission): void {
  const told = (): TermText => [
    `change_pte_range(${page.name}): `,
    word(isPresent(k, page), PERMISSIONS[permission].told, "not present, no flush"),
  ];
  k.event(told, () => {
    const old = readEntry(k, page);
    k.if(old.present, () => {
      k.step({
        label: `ptep_modify_prot_start(${page.name})`,
        kind: "data",
        ways: [exchangeForEmpty(k, page)],
      });
      const kept = hasFlags(k) ? { young: old.young, dirty: old.dirty } : {};
      const entry = { frame: old.frame, permission, ...kept };
      storePermission(k, page, entry, `ptep_modify_prot_commit(${page.name})`);
    });
  });
}

const PAGES: Description<Page | readonly Page[]> = either(
  Array.isArray,
  refined(list(SMALL_PAGE, 1), "a list of pages of one address space", notOfOneMm),
  SMALL_PAGE,
);
const OPTIONS = options<MprotectOptions>({ drain: optional(orNull(CODE)), drainUnlocked: optional(FLAG) });

export const mprotectPrimitives = {
  /** `mprotect()` of mapped pages: changes their permissions, flushes what it changed, and returns. */
  mprotect: primitive(
    (
      k: ThreadProgram,
      pages: Page | readonly Page[],
      permission: Permission,
      options: MprotectOptions = {},
    ) => mprotect(k, [pages].flat(), permission, options),
    [
      parameterOf("pages", PAGES),
      parameterOf("permission", PERMISSION),
      parameterOf("options", optional(OPTIONS)),
    ],
  ),
};

export const changePrimitives = {
  /** `change_pte_range()` for one page; gives whether it was present, so that the caller has to flush. */
  changePteRange: primitive(
    changePteRange,
    [page, parameterOf("permission", PERMISSION)],
    "whether the entry was present",
  ),
};
