/**
 * Accessed ("young") and dirty flags of small pages, of scenarios that have them, and the permission to write: operations
 * that change one of them in an entry, by an atomic that leaves the others as the hardware may have set them.
 */
import { CONDITION } from "../../model/argument-terms.ts";
import { optional, options, parameterOf } from "../../model/arguments.ts";
import type { StoredFlags } from "../../arch/memory.ts";
import type { AtomicOrder } from "../../arch/architecture.ts";
import { bool, type Body } from "../../model/builder.ts";
import { FALSE, type Operand, or, type Place } from "../../model/term.ts";
import { page } from "../arguments.ts";
import type { Page } from "../handles.ts";
import { primitive } from "../threads/primitive.ts";
import type { ThreadProgram } from "../threads/thread-program.ts";
import { underItsLock } from "./debug-vm.ts";
import { oldEntry, requireFlags, seenEntry } from "./pte-read.ts";

/** What a fault on a present entry was about. */
export interface AccessFlagsOptions {
  /** FAULT_FLAG_WRITE: the entry becomes dirty and writable; else young only. */
  readonly write?: Operand;
}

function ptepTestAndClearYoung(k: ThreadProgram, page: Page): Place {
  const name = `ptep_test_and_clear_young(${page.name})`;
  requireFlags(k, name);
  const young = k.register(`${page.name}.was young`, bool, false);
  const was = (): Body => young.set(seenEntry(k, page).accessed);
  k.event(name, () =>
    changeInPlace(k, page, name, {
      order: k.system.arch.exchangeOrder,
      to: { accessed: false },
      before: was,
    }),
  );
  return young;
}

function ptepClearFlushYoung(k: ThreadProgram, page: Page): Place {
  const young = ptepTestAndClearYoung(k, page);
  const { flushOld } = k.system.arch;
  if (flushOld) k.if(young, () => flushOld(k, page));
  return young;
}

function ptepSetWrprotect(k: ThreadProgram, page: Page): void {
  const name = `ptep_set_wrprotect(${page.name})`;
  const { wrprotectOrder, exchangeOrder } = k.system.arch;
  k.event(name, () =>
    changeInPlace(k, page, name, {
      order: wrprotectOrder ?? exchangeOrder,
      to: { writable: FALSE },
      before: () => k.system.observers.tell("changed", k.name, page.mm),
    }),
  );
}

function ptepSetAccessFlags(k: ThreadProgram, page: Page, { write = false }: AccessFlagsOptions = {}): void {
  requireFlags(k, "k.ptepSetAccessFlags()");
  const { frame, writable, dirty } = oldEntry(k, page);
  k.system.arch.ptepSetAccessFlags(k, page, {
    frame,
    writable: or(writable, write),
    dirty: or(dirty, write),
    write,
  });
}

/** One atomic read-modify-write of a present entry, which keeps what it is not asked to change. */
function changeInPlace(
  k: ThreadProgram,
  page: Page,
  label: string,
  change: {
    readonly order: AtomicOrder;
    readonly to: StoredFlags & { readonly writable?: Operand };
    readonly before: () => Body;
  },
): void {
  const entry = k.system.entry(page);
  const locked = underItsLock(k, page, page.ptl);
  k.step({
    label,
    kind: "data",
    ways: [
      {
        guard: () => entry.mayExchange(k.cpu(), change.order),
        body: () => {
          const kept = entry.seenBy(k.cpu());
          return [
            locked(),
            change.before(),
            entry.exchange(k.cpu(), change.order, { ...kept, ...change.to }),
          ];
        },
      },
    ],
  });
}

const OPTIONS = options<AccessFlagsOptions>({ write: optional(CONDITION) });

export const flagPrimitives = {
  /** `ptep_test_and_clear_young()`: makes the entry old and flushes nothing; gives whether it was young. */
  ptepTestAndClearYoung: primitive(ptepTestAndClearYoung, [page], "whether it was young, in a register"),
  /** `ptep_clear_flush_young()`: the same, and arm64 begins to flush the page. */
  ptepClearFlushYoung: primitive(ptepClearFlushYoung, [page], "whether it was young, in a register"),
  /** `ptep_set_wrprotect()`: makes the entry read-only; what marks it as dirty stays. */
  ptepSetWrprotect: primitive(ptepSetWrprotect, [page]),
  /** `ptep_set_access_flags()` of the entry that the thread has read last: young, and with `write` dirty and writable. */
  ptepSetAccessFlags: primitive(ptepSetAccessFlags, [page, parameterOf("options", optional(OPTIONS))]),
};
