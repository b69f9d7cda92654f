/** Enumerated and closed hardware against each other: what the two forms of one model find. */
import type { Engine } from "../../src/explorer/engine.ts";
import { followedBy } from "../../src/explorer/guided.ts";
import { compiledEngine } from "../../src/explorer/wasm-engine.ts";
import type { Model } from "../../src/model/model.ts";
import { validate } from "../../src/model/validate.ts";
import { replayViolation } from "../../src/trace/replay.ts";
import { simulation } from "./simulation.ts";

export interface Found {
  readonly violated: readonly string[];
  readonly unreached: readonly string[];
}

/** What the whole state space of the enumerated form has; null if it has more states than that. */
export async function enumeratedFinds(model: Model, maxStates: number): Promise<Found | null> {
  const { stopped, violations, reached } = await compiledEngine.search(model, {
    exhaustive: true,
    maxStates,
    threads: 1,
  });
  if (stopped !== null) return null;
  return {
    violated: violations.map(({ property }) => property).sort(),
    unreached: unreached(model, reached),
  };
}

/** What the closed form has, of which each violation has to be one of a run of the reference. */
export async function closedFinds(
  closed: Model,
  reference: Model,
  engine: Engine = compiledEngine,
): Promise<Found> {
  if (validate(closed).length > 0) throw new Error(`the closed form of ${closed.name} is not valid`);
  const { violations, reached } = await engine.search(closed, { exhaustive: true, threads: 1 });
  const violated: string[] = [];
  for (const { property, path } of violations) {
    const followed = await followedBy(reference, { model: closed, actions: path!.actions }, property, engine);
    if (followed) replayViolation(reference, property, followed.path!);
    violated.push(followed ? property : `${property}, which no run of the reference violates`);
  }
  return { violated: violated.sort(), unreached: unreached(closed, reached) };
}

/** What of the simulation of a model by its closed form fails, each with the steps to it; nothing if it stands. */
export async function notSimulated(reference: Model, closed: Model): Promise<string[]> {
  const both = simulation(reference, closed);
  const { violations, fault, stopped } = await compiledEngine.search(both, { exhaustive: true, threads: 1 });
  if (fault || stopped !== null) throw new Error(`the search of both forms stopped: ${stopped ?? "a fault"}`);
  return violations.map(({ property, steps }) => `${property}, after ${steps} steps`);
}

function unreached({ properties }: Model, reached: readonly string[]): string[] {
  const goals = properties.filter(({ kind }) => kind === "goal").map(({ name }) => name);
  return goals.filter((goal) => !reached.includes(goal));
}
