/** Enumerated and closed hardware against each other: what the two forms of one model find. */
import { tracedByReference } from "../../src/explorer/closed-traces.ts";
import type { Engine } from "../../src/explorer/engine.ts";
import { followedBy } from "../../src/explorer/guided.ts";
import { compiledEngine } from "../../src/explorer/wasm-engine.ts";
import { configurations, type Family } from "../../src/model/family.ts";
import type { Model } from "../../src/model/model.ts";
import { validate } from "../../src/model/validate.ts";
import { replayViolation } from "../../src/trace/replay.ts";
import type { Trace } from "../../src/trace/trace.ts";
import { simulation } from "./simulation.ts";

export interface Found {
  /** The properties that are violated, each with the steps of the trace that is printed. */
  readonly violated: Readonly<Record<string, number>>;
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
    violated: Object.fromEntries(violations.map(({ property, steps }) => [property, steps])),
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
  const violated: Record<string, number> = {};
  for (const { property, path } of violations) {
    const followed = await followedBy(reference, { model: closed, actions: path!.actions }, property, engine);
    if (followed) replayViolation(reference, property, followed.path!);
    violated[followed ? property : `${property}, which no run of the reference violates`] =
      followed?.steps ?? 0;
  }
  return { violated, unreached: unreached(closed, reached) };
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

/** The trace to a violation that is printed of a configuration: one of the reference, if hardware is closed. */
export async function toldTrace(
  family: Family,
  selected: { readonly variant: string; readonly arch: string; readonly property: string },
): Promise<Trace> {
  const { property } = selected;
  const [configuration] = configurations(family, selected);
  const model = family.build(configuration!);
  const reference = family.build(family.reference!(configuration!));
  const options = { properties: [property] };
  const found = await compiledEngine.search(model, options);
  const { told, result } = await tracedByReference(compiledEngine, model, reference, found, options);
  const { path } = result.violations.find((each) => each.property === property)!;
  return replayViolation(told, property, path!);
}
