/**
 * The traces of a closed model are those of its reference: for each violation that a search of the closed model has
 * found, a run of the reference that follows it. Where there is no such run, or the closed model has a fault, what the
 * reference itself says counts.
 */
import type { Model } from "../model/model.ts";
import type { Engine, SearchOptions, SearchResult, Violation } from "./engine.ts";
import { followedBy } from "./guided.ts";

/** What a search has found, of which model, and the model in which its paths are to be replayed. */
export interface Traced {
  readonly result: SearchResult;
  readonly model: Model;
  readonly told: Model;
}

/** Whether what was found of a closed model is to be told by runs of its reference. */
export function needsReference({ violations, fault }: SearchResult): boolean {
  return fault !== null || violations.some(({ path }) => path !== null);
}

/**
 * What was found of a closed model, told by runs of its reference.
 *
 * @param options those of the search of the closed model
 */
export async function tracedByReference(
  engine: Engine,
  closed: Model,
  reference: Model,
  result: SearchResult,
  options: SearchOptions,
): Promise<Traced> {
  if (!needsReference(result)) return { result, model: closed, told: closed };
  const violations: Violation[] = [];
  for (const violation of result.fault ? [] : result.violations) {
    const followed = violation.path && (await follow(engine, closed, reference, violation, options));
    if (violation.path && !followed) break;
    violations.push(followed ?? violation);
  }
  if (!result.fault && violations.length === result.violations.length)
    return { result: { ...result, violations }, model: closed, told: reference };
  return { result: await engine.search(reference, options), model: reference, told: reference };
}

function follow(
  engine: Engine,
  closed: Model,
  reference: Model,
  { property, path }: Violation,
  { maxStates, maxMemory, timeout, signal }: SearchOptions,
): Promise<Violation | null> {
  const limits = {
    ...(maxStates === undefined ? {} : { maxStates }),
    ...(maxMemory === undefined ? {} : { maxMemory }),
    ...(timeout === undefined ? {} : { timeout }),
    ...(signal === undefined ? {} : { signal }),
  };
  return followedBy(reference, { model: closed, actions: path!.actions }, property, engine, limits);
}
