/**
 * Closed hardware against the enumerated form, which is the reference: on every configuration of the models that come
 * with tlbcheck the same properties are violated and the same goals reached. TLBCHECK_CLOSED_STATES says up to how many
 * enumerated states (100 000 unless given); `npm run verify:closed` asks for all.
 */
import { readdirSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { compiledEngine } from "../../src/explorer/wasm-engine.ts";
import { followedBy } from "../../src/explorer/guided.ts";
import { replayViolation } from "../../src/trace/replay.ts";
import { configurations, type Family } from "../../src/model/family.ts";
import type { Model } from "../../src/model/model.ts";

const folder = new URL("../../models/", import.meta.url);
const limit = Number(process.env["TLBCHECK_CLOSED_STATES"] ?? 100_000);

/** The steps of the runs of the reference that follow the closed runs to each violation. */
async function followed(reference: Model, closed: Model): Promise<(number | null)[]> {
  const { violations } = await compiledEngine.search(closed, { exhaustive: true, threads: 1 });
  const all: (number | null)[] = [];
  for (const { property, path } of violations) {
    const guide = { model: closed, actions: path!.actions };
    const violation = await followedBy(reference, guide, property, compiledEngine);
    if (violation) replayViolation(reference, property, violation.path!);
    all.push(violation?.steps ?? null);
  }
  return all;
}

interface Found {
  readonly violated: readonly string[];
  readonly unreached: readonly string[];
  readonly states: number;
  readonly steps: readonly number[];
}

async function found(model: Model): Promise<Found | null> {
  const result = await compiledEngine.search(model, { exhaustive: true, maxStates: limit, threads: 1 });
  if (result.stopped !== null) return null;
  const goals = model.properties.filter(({ kind }) => kind === "goal").map(({ name }) => name);
  return {
    violated: result.violations.map(({ property }) => property).sort(),
    unreached: goals.filter((goal) => !result.reached.includes(goal)),
    states: result.counts.states,
    steps: result.violations.map(({ steps }) => steps),
  };
}

const families: Family[] = [];
for (const file of readdirSync(folder)) {
  const { default: family } = (await import(new URL(file, folder).href)) as { default: Family };
  if (family.spec.parameters && "hardware" in family.spec.parameters) families.push(family);
}

describe.each(families.map((family) => [family.name, family] as const))("%s", (_, family) => {
  const all = configurations(family, {});
  test.each(all.map((each) => [`${each.arch} ${each.variant}`, each] as const))(
    "%s",
    async (name, configuration) => {
      const form = (hardware: string) =>
        family.build({ ...configuration, parameters: { ...configuration.parameters, hardware } });
      const [enumerated, closedForm] = [form("enumerated"), form("closed")];
      const reference = await found(enumerated);
      if (!reference) return;
      const closed = await found(closedForm);
      const traces = await followed(enumerated, closedForm);
      if (process.env["TLBCHECK_CLOSED_REPORT"])
        console.log(
          `REPORT ${family.name} ${name} ${reference.states} ${closed?.states} ${reference.steps} ${closed?.steps} ${traces}`,
        );
      expect(closed).toMatchObject({ violated: reference.violated, unreached: reference.unreached });
      expect(traces).not.toContain(null);
    },
  );
});
