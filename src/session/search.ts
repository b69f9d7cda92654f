/** Searches the configurations of a plan, one after the other, and judges what was found. */
import type { Engine, SearchOptions } from "../explorer/engine.ts";
import { shortened } from "../explorer/shorten.ts";
import type { Family } from "../model/family.ts";
import type { Outcome } from "../report/outcome.ts";
import { tracedOutcome } from "./outcome-of.ts";
import type { Task } from "./plan.ts";

/** Seconds of random walks, which have no end of their own, where nothing says how long they are to take. */
const WALKING = 60;

/** What a search takes besides the properties, which are those of its task. */
export type Searching = Omit<SearchOptions, "properties">;

/**
 * The outcome of each task, as soon as it is there. A signal ends the search under way, whose outcome says so, and no
 * other is begun.
 */
export async function* outcomesOf(
  family: Family,
  tasks: readonly Task[],
  engine: Engine,
  options: (task: Task) => Searching,
): AsyncGenerator<Outcome, void, void> {
  for (const task of tasks) {
    const searching = options(task);
    if (searching.signal?.aborted) return;
    yield await outcomeOf(family, task, engine, searching);
  }
}

async function outcomeOf(family: Family, task: Task, engine: Engine, options: Searching): Promise<Outcome> {
  const search: SearchOptions = {
    ...options,
    ...(options.strategy === "random" && options.timeout === undefined ? { timeout: WALKING } : {}),
    properties: task.searched,
  };
  const found = await shortened(engine, task.model, await engine.search(task.model, search), search);
  const command = `${task.command}${searchWords(options)}`;
  // What is kept is this search, and none of those that follow for its traces.
  const { checkpoint: _kept, resume: _resumed, ...limits } = search;
  return tracedOutcome({ ...task, command, family, engine: engine.name }, engine, found, limits);
}

/** What a command has to say to search as this one does. */
function searchWords({ strategy = "bfs", seed }: Searching): string {
  if (strategy === "bfs") return "";
  return ` --search ${strategy}${strategy === "random" && seed !== undefined ? ` --seed ${seed}` : ""}`;
}
