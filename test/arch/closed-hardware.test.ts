/**
 * Closed hardware against the enumerated form, which is the reference: on every configuration of the models that come
 * with tlbcheck the same properties are violated and the same goals reached, and what the closed form violates a run of
 * the reference violates too, one as short as its shortest. TLBCHECK_CLOSED_STATES says up to how many enumerated
 * states; larger configurations are left out.
 */
import { readdirSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { followedBy } from "../../src/explorer/guided.ts";
import { compiledEngine } from "../../src/explorer/wasm-engine.ts";
import { configurations, type Family } from "../../src/model/family.ts";
import type { Model } from "../../src/model/model.ts";
import { replayViolation } from "../../src/trace/replay.ts";

const folder = new URL("../../models/", import.meta.url);
const maxStates = Number(process.env["TLBCHECK_CLOSED_STATES"] ?? 4000);

interface Found {
  /** The steps of the shortest run to each violation, by property. */
  readonly violated: ReadonlyMap<string, number>;
  readonly unreached: readonly string[];
}

/** What the whole state space of the enumerated form has; null if it is too large. */
async function enumeratedFinds(model: Model): Promise<Found | null> {
  const options = { exhaustive: true, maxStates, threads: 1 };
  const { stopped, violations, reached } = await compiledEngine.search(model, options);
  if (stopped !== null) return null;
  return {
    violated: new Map(violations.map(({ property, steps }) => [property, steps])),
    unreached: unreached(model, reached),
  };
}

/** What the closed form has, each violation by the run of the reference that follows it. */
async function closedFinds(closed: Model, reference: Model): Promise<Found> {
  const { violations, reached } = await compiledEngine.search(closed, { exhaustive: true, threads: 1 });
  const violated = new Map<string, number>();
  for (const { property, path } of violations) {
    const guide = { model: closed, actions: path!.actions };
    const followed = await followedBy(reference, guide, property, compiledEngine);
    violated.set(property, followed ? followed.steps : Infinity);
    if (followed) replayViolation(reference, property, followed.path!);
  }
  return { violated, unreached: unreached(closed, reached) };
}

function unreached({ properties }: Model, reached: readonly string[]): string[] {
  const goals = properties.filter(({ kind }) => kind === "goal").map(({ name }) => name);
  return goals.filter((goal) => !reached.includes(goal));
}

const families: Family[] = [];
for (const file of readdirSync(folder)) {
  const { default: family } = (await import(new URL(file, folder).href)) as { default: Family };
  if (family.reference) families.push(family);
}

describe.each(families.map((family) => [family.name, family] as const))("%s", (_, family) => {
  const all = configurations(family, {});
  test.each(all.map((each) => [`${each.arch} ${each.variant}`, each] as const))(
    "%s",
    async (_name, configuration) => {
      const form = (hardware: string): Model =>
        family.build({ ...configuration, parameters: { ...configuration.parameters, hardware } });
      const closed = form("closed");
      if (!closed.saturated) return;
      const reference = form("enumerated");
      const expected = await enumeratedFinds(reference);
      const found = expected && (await closedFinds(closed, reference));
      expect(found).toEqual(expected);
    },
  );
});

test("most configurations are compared", () => {
  const closed = families.flatMap((family) =>
    configurations(family, {}).filter((each) => {
      const parameters = { ...each.parameters, hardware: "closed" };
      return family.build({ ...each, parameters }).saturated;
    }),
  );
  expect(closed.length).toBeGreaterThan(200);
});
