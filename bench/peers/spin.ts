/** Runs the benchmark model in SPIN. */
import type { Measurement, Size } from "../sizes.ts";
import { measurePeer } from "./measure-peer.ts";
import { promela } from "./promela.ts";

/** Safety only, no reduction, states as they are: the options with which SPIN was fastest on this model. */
const COMPILER = [
  "-O3",
  "-march=native",
  "-DSAFETY",
  "-DNOREDUCE",
  "-DNOFAIR",
  "-DNOBOUNDCHECK",
  "-DMEMLIM=16000",
];

/** Depth first on one core; breadth first in parallel, SPIN's faster way to use several, on more. */
export const SPIN_OPTIONS = {
  one: { compiler: [...COMPILER, "-DNOCOMP"], verifier: ["-m200000", "-n", "-E"] },
  more: { compiler: [...COMPILER, "-DBFS_PAR"], verifier: ["-n", "-E"] },
};

export function spin(name: string, size: Size, threads: number, directory: string): Promise<Measurement> {
  const options = threads === 1 ? SPIN_OPTIONS.one : SPIN_OPTIONS.more;
  const slots = `-w${Math.ceil(Math.log2(size.states * 1.5))}`;
  const cores = threads === 1 ? [] : [`-u${threads}`];
  return measurePeer({
    tool: threads === 1 ? "spin" : "spin-bfs-par",
    size: name,
    threads,
    directory,
    model: ["bench.pml", promela(size)],
    compile: [
      ["spin", "-a", "bench.pml"],
      ["gcc", ...options.compiler, "-o", "pan", "pan.c"],
    ],
    search: ["./pan", ...cores, slots, ...options.verifier],
    counts: (output) => {
      const number = (pattern: RegExp): number => Number(pattern.exec(output)?.[1] ?? NaN);
      return {
        states: number(/(\d[\d.e+]*) states, stored/),
        // SPIN counts the step into the initial state, too.
        transitions: number(/(\d[\d.e+]*) transitions/) - 1,
        depth: threads === 1 ? number(/depth reached (\d+)/) : null,
      };
    },
  });
}
