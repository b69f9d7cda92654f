/** Runs the benchmark model in another checker: its own compiler, the C compiler, and the search. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Finished, run } from "../command.ts";
import type { Measurement } from "../sizes.ts";

export interface PeerRun {
  /** What the measurement is told as. */
  readonly tool: string;
  /** The size's name. */
  readonly size: string;
  readonly threads: number;
  /** Where everything is written. */
  readonly directory: string;
  /** The model's file and its text. */
  readonly model: readonly [file: string, text: string];
  /** The commands that make the program that searches. */
  readonly compile: readonly (readonly [command: string, ...args: string[]])[];
  readonly search: readonly [command: string, ...args: string[]];
  /** Reads the counts from what the search prints. */
  readonly counts: (output: string) => Pick<Measurement, "states" | "transitions" | "depth">;
}

export async function measurePeer({
  tool,
  size,
  threads,
  directory,
  model: [file, text],
  compile,
  search,
  counts,
}: PeerRun): Promise<Measurement> {
  const begin = performance.now();
  const runHere = ([command, ...args]: PeerRun["search"]): Promise<Finished> => run(command, args, directory);
  writeFileSync(join(directory, file), text);
  for (const command of compile) await runHere(command);
  const { output, seconds, peakBytes } = await runHere(search);
  return {
    tool,
    size,
    threads,
    ...counts(output),
    explore_s: seconds,
    total_s: (performance.now() - begin) / 1000,
    peak_bytes: peakBytes,
  };
}
