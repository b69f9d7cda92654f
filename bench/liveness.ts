/**
 * `npm run bench -- liveness [--sizes S,M] [--threads 1,2] [--runs 5]`: what liveness costs. The benchmark model with
 * weakly fair kernel threads and invalidations, searched for its states alone and with a liveness property that holds,
 * in turn and in one process; medians.
 */
import { parseArgs } from "node:util";
import type { Engine } from "../src/explorer/engine.ts";
import bench from "../models/reclaim-mprotect-bench.ts";
import type { Model, Rule, RunDescription } from "../src/model/model.ts";
import { sizes } from "./sizes.ts";

const { values } = parseArgs({
  options: {
    sizes: { type: "string", default: "S,M" },
    threads: { type: "string", default: "1,2" },
    runs: { type: "string", default: "5" },
  },
});
const engineFile = new URL("../../dist/explorer/wasm-engine.js", import.meta.url).href;
const { compiledEngine } = (await import(engineFile)) as { compiledEngine: Engine };

/** Each part of the graph on which the search looks for fair cycles. */
const properties: Readonly<Record<string, RunDescription>> = {
  // Accesses are bounded: no cycle has one. Every state is looked at.
  everywhere: {
    eventuallyAlways: { kind: "constant", value: 1, domain: { kind: "bool" } },
    infinitelyOften: [{ kind: "taken", rules: ["U.load"] }],
    consequence: null,
  },
  // mprotect() returns: the states before that.
  returns: {
    eventuallyAlways: {
      kind: "less",
      left: { kind: "read", variable: "mpc", index: [] },
      right: { kind: "constant", value: 7, domain: { kind: "range", min: 0, max: 7 } },
    },
    infinitelyOften: [],
    consequence: null,
  },
};

process.stdout.write("size  threads  property        states   states s  liveness s  ratio  verdict\n");
for (const size of values.sizes.split(","))
  for (const threads of values.threads.split(",").map(Number))
    for (const name of Object.keys(properties)) await measure(size, threads, name);

async function measure(size: string, threads: number, name: string): Promise<void> {
  const model = modelOf(size, name);
  const times: Record<"safety" | "liveness", number[]> = { safety: [], liveness: [] };
  let line = { states: 0, verdict: "" };
  for (let run = 0; run < Number(values.runs); run++) {
    const safety = await compiledEngine.search(model, { properties: [], threads });
    const liveness = await compiledEngine.search(model, { properties: [name], threads });
    times.safety.push(safety.seconds);
    times.liveness.push(liveness.seconds);
    line = {
      states: liveness.counts.states,
      verdict: liveness.violations.length === 0 ? "holds" : "violated",
    };
  }
  const [safety, liveness] = [median(times.safety), median(times.liveness)];
  const row = [
    size.padEnd(4),
    String(threads).padStart(8),
    name.padEnd(11),
    String(line.states).padStart(10),
    safety.toFixed(3).padStart(10),
    liveness.toFixed(3).padStart(11),
    (liveness / safety).toFixed(1).padStart(6),
    line.verdict,
  ];
  process.stdout.write(`${row.join(" ")}\n`);
}

function modelOf(size: string, name: string): Model {
  const given = sizes[size];
  if (!given) throw new Error(`there is no size ${size}; known: ${Object.keys(sizes).join(", ")}`);
  const { cpus, pages, accesses } = given;
  const model = bench.build({ arch: null, variant: "fixed", parameters: { cpus, pages, accesses } });
  const base = { kind: "liveness" as const, name, aliases: [], consequence: [], source: null };
  return { ...model, rules: model.rules.map(fairly), properties: [{ ...base, runs: [properties[name]!] }] };
}

/** The steps of a kernel thread are one for fairness, each invalidation is one; fills, evictions and accesses are not fair. */
function fairly(rule: Rule): Rule {
  if (rule.name.startsWith("H.inv")) return { ...rule, fair: true };
  const isKernel = rule.actor.index === null;
  return isKernel ? { ...rule, fair: true, fairnessClass: { name: rule.actor.name, index: null } } : rule;
}

function median(list: readonly number[]): number {
  const sorted = [...list].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)]!;
}
