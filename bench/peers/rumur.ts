/** Runs the benchmark model in rumur. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { run } from "../command.ts";
import type { Measurement, Size } from "../sizes.ts";
import { murphi } from "./murphi.ts";

/** Nothing but the search, states unpacked: the options with which rumur was fastest on this model. */
export const RUMUR_OPTIONS = [
  "--deadlock-detection=off",
  "--symmetry-reduction=off",
  "--pack-state=off",
  "--counterexample-trace=off",
  "--quiet",
];
const COMPILER = ["-O3", "-march=native", "-std=c11", "-mcx16"];

export async function rumur(
  name: string,
  size: Size,
  threads: number,
  directory: string,
): Promise<Measurement> {
  const begin = performance.now();
  writeFileSync(join(directory, "bench.m"), murphi(size));
  await run(
    "rumur",
    [...RUMUR_OPTIONS, "--threads", String(threads), "--output", "bench.c", "bench.m"],
    directory,
  );
  await run("gcc", [...COMPILER, "-o", "bench", "bench.c", "-lpthread", "-latomic"], directory);
  const { output, seconds, peakBytes } = await run("./bench", [], directory);
  const [, states, transitions] = /(\d+) states, (\d+) rules fired in/.exec(output) ?? [];
  return {
    tool: "rumur",
    size: name,
    threads,
    states: Number(states),
    transitions: Number(transitions),
    depth: null,
    explore_s: seconds,
    total_s: (performance.now() - begin) / 1000,
    peak_bytes: peakBytes,
  };
}
