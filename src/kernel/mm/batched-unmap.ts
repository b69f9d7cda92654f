/**
 * Reclaim's batched unmap (mm/rmap.c, TTU_BATCH_FLUSH): flushes are queued under the page-table lock and
 * completed once for the whole batch, before the pages are freed; meanwhile `mm->tlb_flush_batched` tells
 * other operations on the address space that some are pending (commit 3ea277194daa; as two counters since
 * commit 5ee2fa2f0636).
 */
import { CODE, primitive } from "../threads/primitive.ts";
import { CONDITION } from "../../model/argument-terms.ts";
import { FLAG, optional, options, parameterOf } from "../../model/arguments.ts";
import { mm, page } from "../arguments.ts";
import type { Operand } from "../../model/term.ts";
import { word } from "../../arch/text.ts";
import { bool, type Body, type TermText, when } from "../../model/builder.ts";
import { and, or, type Place, type Term } from "../../model/term.ts";
import type { Cell } from "../locking/cells.ts";
import type { Mm, Page } from "../handles.ts";
import type { KernelCode } from "../threads/thread-program.ts";
import type { Op } from "../../program/step.ts";
import type { ThreadProgram } from "../threads/thread-program.ts";

export interface BatchOptions {
  /** Remember in the batch which CPU issued the invalidation. */
  readonly recordCpu?: boolean;
  /** Whether the entry was dirty, so that TLBs may hold one that is written through; not unless given. */
  readonly dirty?: Operand;
}

export function setTlbUbcFlushPending(
  k: ThreadProgram,
  page: Page,
  { recordCpu = false, dirty = false }: BatchOptions = {},
): void {
  const { cell } = k.system.batched(page.mm);
  const name = `set_tlb_ubc_flush_pending(${page.name})`;
  const queue = (): void => k.system.arch.tlbbatchAddPending(k, page);
  k.event(`${name}: ${issued(k.draft(queue))}`, () => {
    queue();
    if (recordCpu)
      k.step({
        label: "batch cpumask |= this CPU",
        kind: "data",
        ways: [{ body: () => batchMask(k, k.cpu()).set(true) }],
      });
    k.step({
      label: "tlb_ubc.flush_required = true",
      kind: "data",
      ways: [{ body: () => flushRequired(k).set(true) }],
    });
    if (dirty !== false) queuesDirty.add(k);
    k.if(dirty, () =>
      k.step({
        label: "tlb_ubc.writable = true",
        kind: "data",
        ways: [{ body: () => writable(k).set(true) }],
      }),
    );
    if (page.mm.batched === "boolean") setFlag(k, cell, true);
    else
      k.step({
        label: "atomic_inc(tlb_flush_batched)",
        kind: "counter",
        ways: [
          {
            guard: () => cell.mayExchange(k.cpu(), "relaxed"),
            body: () => {
              const { pending, flushed } = cell.seenBy(k.cpu());
              return cell.exchange(k.cpu(), "relaxed", { pending: pending.plus(1), flushed });
            },
          },
        ],
      });
  });
}

export function tryToUnmapFlush(k: ThreadProgram, flush: KernelCode = k.system.arch.tlbbatchFlush): void {
  k.if(flushRequired(k), () =>
    k.event(`try_to_unmap_flush(): ${issued(k.draft(() => k.run(flush)))}`, () => {
      k.run(flush);
      k.step({
        label: "tlb_ubc.flush_required = false",
        kind: "data",
        ways: [
          { body: () => [flushRequired(k).set(false), queuesDirty.has(k) ? writable(k).set(false) : []] },
        ],
      });
    }),
  );
}

/** Flushes before a page is queued for writing, if an entry of the batch was dirty. */
function tryToUnmapFlushDirty(k: ThreadProgram): void {
  k.if(writable(k), () => tryToUnmapFlush(k));
}

export function flushTlbBatchedPending(
  k: ThreadProgram,
  mm: Mm,
  flush: KernelCode = (k) => k.system.arch.flushTlbMm(k, mm),
): void {
  const batched = k.system.batched(mm);
  const seen = {
    pending: k.register(`${mm.name}.pending`, batched.domain, 0),
    flushed: k.register(`${mm.name}.flushed`, batched.domain, 0),
  };
  const drains = issued(k.draft(() => k.run(flush)));
  const told = (): TermText => {
    const now = batched.cell.seenBy(k.cpu());
    const pending = now.pending.isNot(now.flushed);
    return [
      `flush_tlb_batched_pending(${mm.name}): `,
      word(pending, `pending, ${drains}`, "nothing pending"),
    ];
  };
  k.event(told, () => {
    k.step({
      label: "read tlb_flush_batched",
      kind: "re-check",
      ways: [
        {
          body: () => {
            const now = batched.cell.seenBy(k.cpu());
            return [
              k.system.observers.tell("changed", k.name, mm),
              seen.pending.set(now.pending),
              seen.flushed.set(now.flushed),
            ];
          },
        },
      ],
    });
    k.if(seen.pending.isNot(seen.flushed), () => {
      k.run(flush);
      // The flag is cleared whatever has been queued since it was read.
      if (mm.batched === "boolean") setFlag(k, batched.cell, false);
      else compareAndExchange(k, batched.cell, seen);
    });
  });
}

/** A plain store to the boolean `tlb_flush_batched`. */
function setFlag(k: ThreadProgram, cell: CountersCell, flag: boolean): void {
  k.step({
    label: `tlb_flush_batched = ${flag}`,
    kind: "counter",
    reads: false,
    ways: [
      {
        guard: () => cell.mayStore(k.cpu()),
        body: () => cell.store(k.cpu(), { pending: flag ? 1 : 0, flushed: 0 }),
      },
    ],
  });
}

/** What was pending when it was read is flushed now; if more came since, the exchange fails and all stays pending. */
function compareAndExchange(k: ThreadProgram, cell: CountersCell, seen: Counters): void {
  const exchange = (): Body => {
    const now = cell.seenBy(k.cpu());
    return when(
      and(now.pending.is(seen.pending), now.flushed.is(seen.flushed)),
      cell.exchange(k.cpu(), "full", { pending: seen.pending, flushed: seen.pending }),
    );
  };
  k.step({
    label: "cmpxchg(tlb_flush_batched)",
    kind: "counter",
    ways: [{ guard: () => cell.mayExchange(k.cpu(), "full"), body: exchange }],
  });
}

type CountersCell = Cell<keyof Counters>;

interface Counters {
  readonly pending: Place;
  readonly flushed: Place;
}

/** `current->tlb_ubc.flush_required`. */
function flushRequired(k: ThreadProgram): Place {
  return k.register("tlb_ubc.flush_required", bool, false);
}

/** Threads that say of a page in their batch whether it was dirty. */
const queuesDirty = new WeakSet<ThreadProgram>();

/** `current->tlb_ubc.writable`. */
function writable(k: ThreadProgram): Place {
  return k.register("tlb_ubc.writable", bool, false);
}

/** Whether a CPU is in the mask of the thread's batch. */
export function batchMask(k: ThreadProgram, cpu: Term): Place {
  return k.registerArray("tlb_ubc.cpumask", [k.system.machine.domains.cpu], bool, false).at(cpu);
}

/** The CPUs that may hold translations of the address space are those that the batch has to reach. */
export function addToBatchMask(k: ThreadProgram, inMmCpumask: (cpu: Term) => Term): void {
  k.step({
    label: "batch cpumask |= mm_cpumask",
    kind: "flush",
    ways: [
      {
        body: () =>
          k.system.machine.cpus().map((cpu) => {
            const bit = batchMask(k, cpu);
            return bit.set(or(bit, inMmCpumask(cpu)));
          }),
      },
    ],
  });
}

export function clearBatchMask(k: ThreadProgram): Body {
  return k.system.machine.cpus().map((cpu) => batchMask(k, cpu).set(false));
}

/** The barriers and invalidations among some operations, for a trace's row. */
export function issued(ops: readonly Op[]): string {
  const labels = issuedLabels(ops);
  return labels.length > 0 ? labels.join(", ") : "nothing";
}

/** The blocks behind a step that decides are alternatives; of a branch it is said only that it flushes somehow. */
function issuedLabels(ops: readonly Op[]): string[] {
  return ops.flatMap((op) => {
    if (op.kind === "while") return issuedLabels(op.body);
    if (op.kind === "if") return issuedLabels([...op.then, ...op.otherwise]).length > 0 ? ["flush"] : [];
    if (op.kind !== "step") return [];
    const { kind, label, exits = {} } = op.options;
    const own = ["barrier", "flush", "wait"].includes(kind) ? [label] : [];
    const behind = Object.values(exits).map(({ block }) => issuedLabels(block).join(", "));
    return [...own, behind.filter((each) => each !== "").join(" or ")].filter((each) => each !== "");
  });
}

/** What mprotect(), munmap() and their like call under the lock of a page since commit 3ea277194daa. */
export function drainPending(page: Page): KernelCode {
  return (k) => flushTlbBatchedPending(k, page.mm);
}

const OPTIONS = options<BatchOptions>({ recordCpu: optional(FLAG), dirty: optional(CONDITION) });

export const batchPrimitives = {
  /** `should_defer_flush()`: whether the flush of an unmapped page is to be queued rather than done at once. */
  shouldDeferFlush: primitive(
    (k: ThreadProgram, mm: Mm): Operand => k.system.arch.tlbbatchShouldDefer?.(k, mm) ?? true,
    [mm],
    "a condition",
  ),
  /** `set_tlb_ubc_flush_pending()`: queues the flush of a page that was unmapped, and remembers that. */
  setTlbUbcFlushPending: primitive(setTlbUbcFlushPending, [page, parameterOf("options", optional(OPTIONS))]),
  /** `try_to_unmap_flush()`: completes the flushes that this thread has queued. */
  tryToUnmapFlush: primitive(tryToUnmapFlush, [parameterOf("flush", optional(CODE))]),
  /** `try_to_unmap_flush_dirty()`: the same before pages are written, if one of the entries was queued as dirty. */
  tryToUnmapFlushDirty: primitive(tryToUnmapFlushDirty, []),
  /** `flush_tlb_batched_pending()`: completes flushes of the address space that others have queued. */
  flushTlbBatchedPending: primitive(flushTlbBatchedPending, [mm, parameterOf("flush", optional(CODE))]),
};
