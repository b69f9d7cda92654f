/**
 * `npm run bench -- misuse [--models mremap-move,munmap] [--runs 3]`: what the checks of `lockdep` and `debug-vm` cost.
 * Configurations of the bundled models, searched completely with the two properties and without them, in turn and in
 * one process; each time without the variables on which no property depends that is asked for. The median of each
 * configuration, and the ratios of the sums.
 */
import { parseArgs } from "node:util";
import type { Engine } from "../src/explorer/engine.ts";
import mremap from "../models/mremap-move.ts";
import nested from "../models/nested-gather.ts";
import reclaim from "../models/reclaim-mprotect.ts";
import tableFree from "../models/table-free.ts";
import { configurations, type Family } from "../src/model/family.ts";
import { DEBUGGING } from "../src/kernel/observers.ts";
import { slice } from "../src/model/slice.ts";

const families: Readonly<Record<string, Family>> = {
  "mremap-move": mremap,
  "nested-gather": nested,
  "reclaim-mprotect": reclaim,
  "table-free": tableFree,
};
const { values } = parseArgs({
  options: {
    models: { type: "string", default: Object.keys(families).join(",") },
    runs: { type: "string", default: "3" },
  },
});
const engineFile = new URL("../../dist/explorer/wasm-engine.js", import.meta.url).href;
const { compiledEngine } = (await import(engineFile)) as { compiledEngine: Engine };

/** Of one search, or of all: the states and the seconds of exploration. */
interface Cost {
  readonly states: number;
  readonly seconds: number;
}

process.stdout.write(
  "configurations of      states with      without  ratio   seconds with  without  ratio\n",
);
const sums = { on: none(), off: none() };
for (const name of values.models.split(",")) {
  const costs = await measure(name);
  sums.on = plus(sums.on, costs.on);
  sums.off = plus(sums.off, costs.off);
  process.stdout.write(`${row(name, costs)}\n`);
}
process.stdout.write(`${row("all", sums)}\n`);

async function measure(name: string): Promise<{ readonly on: Cost; readonly off: Cost }> {
  const family = families[name];
  if (!family) throw new Error(`there is no model ${name} here; known: ${Object.keys(families).join(", ")}`);
  let [on, off] = [none(), none()];
  for (const configuration of configurations(family)) {
    const model = family.build(configuration);
    const all = model.properties.map((property) => property.name);
    const others = all.filter((each) => !DEBUGGING.some((debugging) => debugging === each));
    const runs = { on: [] as Cost[], off: [] as Cost[] };
    for (let run = 0; run < Number(values.runs); run++) {
      runs.on.push(await search(all));
      runs.off.push(await search(others));
    }
    on = plus(on, median(runs.on));
    off = plus(off, median(runs.off));

    async function search(properties: readonly string[]): Promise<Cost> {
      const { counts, seconds } = await compiledEngine.search(slice(model, { properties }), {
        exhaustive: true,
      });
      return { states: counts.states, seconds };
    }
  }
  return { on, off };
}

function none(): Cost {
  return { states: 0, seconds: 0 };
}

function plus(a: Cost, b: Cost): Cost {
  return { states: a.states + b.states, seconds: a.seconds + b.seconds };
}

function median(costs: readonly Cost[]): Cost {
  return [...costs].sort((a, b) => a.seconds - b.seconds)[Math.floor(costs.length / 2)]!;
}

function row(name: string, { on, off }: { readonly on: Cost; readonly off: Cost }): string {
  return [
    name.padEnd(18),
    String(on.states).padStart(15),
    String(off.states).padStart(12),
    (on.states / off.states).toFixed(3).padStart(7),
    on.seconds.toFixed(2).padStart(13),
    off.seconds.toFixed(2).padStart(8),
    (on.seconds / off.seconds).toFixed(2).padStart(6),
  ].join(" ");
}
