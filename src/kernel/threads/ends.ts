/** How runs must not end: in a deadlock, or because memory is used up. */
import type { ModelBuilder } from "../../model/builder.ts";
import { and, FALSE, or } from "../../model/term.ts";
import type { ThreadProgram } from "./thread-program.ts";

/**
 * A run that stops before all threads have ended, daemons aside. Where one waits for memory that is out of memory, and
 * no deadlock, whoever else waits.
 */
export function addEnds(
  builder: ModelBuilder,
  threads: readonly ThreadProgram[],
  leftOut: ReadonlySet<string>,
): void {
  const needed = threads.filter(({ role }) => role !== "daemon");
  const ended = and(...needed.map((thread) => thread.ended()));
  const starved = or(...threads.map((thread) => thread.awaitsMemory()));
  if (!leftOut.has("deadlock"))
    builder.deadlock(or(ended, starved), {
      consequence: "some thread has not ended, and nothing that must happen can",
    });
  if (!leftOut.has("out-of-memory") && starved.node !== FALSE.node)
    builder.deadlock(or(ended, starved.not()), {
      name: "out-of-memory",
      consequence:
        "a thread waits for memory, and none can become free: give the scenario a frame more, m.spareFrame()",
    });
}
