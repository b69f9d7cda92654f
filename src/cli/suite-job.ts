/** One configuration of a suite: what is handed to whoever searches it, and what comes back. Both are plain data. */
import { needsReference } from "../explorer/closed-traces.ts";
import type { Engine, Progress, SearchOptions, SearchResult } from "../explorer/engine.ts";
import type { Diagnostic } from "../model/diagnostic.ts";
import type { Model } from "../model/model.ts";
import type { Variants } from "../model/family.ts";
import type { Outcome } from "../report/outcome.ts";
import type { ExitStatus } from "./exit-status.ts";
import { failureOf } from "./failure.ts";
import { tracedOutcome } from "../session/outcome-of.ts";
import type { Task } from "../session/plan.ts";

export interface SuiteJob {
  readonly task: Task;
  readonly family: Variants;
  /** Its name in `engines`. */
  readonly engine: string;
  readonly limits: Pick<SearchOptions, "maxStates" | "maxMemory" | "timeout" | "threads">;
  /** What was found before, and the model in which its counterexamples are to be told. */
  readonly rest?: { readonly found: Found; readonly reference: Model };
}

/** What a search has found, without the function that gives its states: only that is plain data. */
export type Found = Omit<SearchResult, "states">;

/** What became of a configuration: its verdicts, or why there are none. */
export type SuiteAnswer =
  | { readonly outcome: Outcome }
  /** Counterexamples were found of a saturated model; they are to be told by its reference, which is not here. */
  | { readonly found: Found }
  | { readonly failure: readonly Diagnostic[]; readonly status: ExitStatus };

/** Searches a configuration. An error is an answer, too: the other configurations do not suffer from it. */
export async function carryOut(
  { task, family, limits, rest }: SuiteJob,
  engine: Engine,
  signal: Pick<AbortSignal, "aborted">,
  onProgress: (progress: Progress) => void = () => {},
): Promise<SuiteAnswer> {
  try {
    const search = { ...limits, properties: task.searched, signal, onProgress };
    const found = rest ? { ...rest.found, states: () => [] } : await engine.search(task.model, search);
    const reference = rest ? () => rest.reference : task.reference;
    if (task.model.saturated && !reference && needsReference(found)) return { found: withoutStates(found) };
    const searched = { ...task, reference, family, engine: engine.name };
    return { outcome: await tracedOutcome(searched, engine, found, search) };
  } catch (error) {
    const { diagnostics, status } = failureOf(error, false);
    return { failure: diagnostics, status };
  }
}

function withoutStates(result: SearchResult): Found {
  return Object.assign({}, result, { states: undefined });
}
