/** One configuration of a suite: what is handed to whoever searches it, and what comes back. Both are plain data. */
import type { Engine, Progress, SearchOptions } from "../explorer/engine.ts";
import type { Diagnostic } from "../model/diagnostic.ts";
import type { Variants } from "../model/family.ts";
import type { Outcome } from "../report/outcome.ts";
import type { ExitStatus } from "./exit-status.ts";
import { failureOf } from "./failure.ts";
import { outcomeOf } from "./outcome-of.ts";
import type { Task } from "./plan.ts";

export interface SuiteJob {
  readonly task: Task;
  readonly family: Variants;
  /** Its name in `engines`. */
  readonly engine: string;
  readonly limits: Pick<SearchOptions, "maxStates" | "maxMemory" | "timeout" | "threads">;
}

/** What became of a configuration: its verdicts, or why there are none. */
export type SuiteAnswer =
  { readonly outcome: Outcome } | { readonly failure: readonly Diagnostic[]; readonly status: ExitStatus };

/** Searches a configuration. An error is an answer, too: the other configurations do not suffer from it. */
export async function carryOut(
  { task, family, limits }: SuiteJob,
  engine: Engine,
  signal: Pick<AbortSignal, "aborted">,
  onProgress: (progress: Progress) => void = () => {},
): Promise<SuiteAnswer> {
  try {
    const result = await engine.search(task.model, {
      ...limits,
      properties: task.searched,
      signal,
      onProgress,
    });
    return { outcome: outcomeOf({ ...task, family, engine: engine.name }, result) };
  } catch (error) {
    const { diagnostics, status } = failureOf(error, false);
    return { failure: diagnostics, status };
  }
}
