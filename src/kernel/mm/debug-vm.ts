/**
 * Misuse of page-table entries and page frames, checked in the step that commits it, as CONFIG_DEBUG_VM and the page
 * allocator do: `lockdep_assert_held(ptl)`, and `free_page_is_bad()` (mm/page_alloc.c), which reports a page that is
 * freed while something maps it.
 */
import type { Body } from "../../model/builder.ts";
import { formatValue } from "../../model/domain.ts";
import { eachOf, type Term } from "../../model/term.ts";
import type { Page } from "../handles.ts";
import type { Lock } from "../locking/locks.ts";
import type { System } from "../system.ts";
import type { ThreadProgram } from "../threads/thread-program.ts";

/**
 * What a step that changes the entry of a page, or reads it to act on it, requires: the lock is held, but where the
 * program says that it needs none. To be asked for while the program is written.
 */
export function underItsLock(
  k: ThreadProgram,
  { name }: { readonly name: string },
  lock: Lock,
  does: "changes" | "reads" = "changes",
): () => Body {
  if (k.isLockless() || k.role === "routine") return () => [];
  return () =>
    k.system.observers.tell(
      "required",
      "debug-vm",
      k.system.locks.seenHeld(lock, k.name, k.cpu()),
      `${k.name} ${does} the entry of ${name} without ${lock.name}`,
    );
}

/** A frame that is freed is in use, or a page table, and nothing in memory refers to it. */
export function mayBeFreed(system: System, who: string, frame: Term): Body {
  const { frames, observers } = system;
  return [
    observers.tell("required", "debug-vm", frames.belongsHere(frame), [
      `${who} frees `,
      frame,
      ", which is free or somebody else's",
    ]),
    ...references(system, frame).map(({ from, refers }) =>
      observers.tell("required", "debug-vm", refers.not(), [`${who} frees `, frame, `, which ${from} maps`]),
    ),
  ];
}

/** CONFIG_DEBUG_OBJECTS_RCU_HEAD: the callback that frees a frame is not queued a second time. */
export function mustNotBeQueued(k: ThreadProgram, frame: Term): Body {
  const { observers, rcu } = k.system;
  const misuse = [`${k.name} frees `, frame, " by call_rcu(), which is to be freed so already"];
  return observers.tell("required", "debug-vm", rcu.isQueued(frame).not(), misuse);
}

/** The entries that may refer to a frame, and when they do. */
function references(system: System, frame: Term): { readonly from: string; readonly refers: Term }[] {
  const { mms, tables } = system;
  const leaves = mms.flatMap((mm) =>
    system.pagesOf(mm).map((page: Page) => {
      // Of PROT_NONE too, which no walker finds.
      return { from: `the entry of ${page.name} in ${mm.name}`, refers: system.pte(page).frame.is(frame) };
    }),
  );
  if (!tables) return leaves;
  const upper = mms.flatMap((mm) =>
    eachOf(tables.region).map((region, number) => ({
      from: `the upper entry of ${formatValue(tables.region, number)} in ${mm.name}`,
      refers: tables.table(system.space(mm), region).is(frame),
    })),
  );
  return [...leaves, ...upper];
}
