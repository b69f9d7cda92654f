/** Runs the benchmark model in rumur. */
import type { Measurement, Size } from "../sizes.ts";
import { measurePeer } from "./measure-peer.ts";
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

export function rumur(name: string, size: Size, threads: number, directory: string): Promise<Measurement> {
  const cores = ["--threads", String(threads)];
  return measurePeer({
    tool: "rumur",
    size: name,
    threads,
    directory,
    model: ["bench.m", murphi(size)],
    compile: [
      ["rumur", ...RUMUR_OPTIONS, ...cores, "--output", "bench.c", "bench.m"],
      ["gcc", ...COMPILER, "-o", "bench", "bench.c", "-lpthread", "-latomic"],
    ],
    search: ["./bench"],
    counts: (output) => {
      const [, states, transitions] = /(\d+) states, (\d+) rules fired in/.exec(output) ?? [];
      return { states: Number(states), transitions: Number(transitions), depth: null };
    },
  });
}
