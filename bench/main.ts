/**
 * `npm run bench -- [--sizes T,S,M,L,XL] [--threads 1,2] [--tools tlbcheck,spin,rumur] [--json]`: the benchmark
 * model in this checker and, where they are installed, in SPIN and rumur, one after the other in the same run.
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { run } from "./command.ts";
import { rumur, RUMUR_OPTIONS } from "./peers/rumur.ts";
import { spin, SPIN_OPTIONS } from "./peers/spin.ts";
import { type Measurement, type Size, sizes } from "./sizes.ts";

type Tool = (name: string, size: Size, threads: number, directory: string) => Promise<Measurement>;

const { values } = parseArgs({
  options: {
    sizes: { type: "string", default: "T,S,M,L,XL" },
    threads: { type: "string", default: "1,2" },
    tools: { type: "string", default: "tlbcheck,spin,rumur" },
    json: { type: "boolean", default: false },
  },
});
// Where scripts/bench.mjs has put the parts of this program.
const explorer = join(import.meta.dirname, "explore.mjs");
const engine = new URL("../../dist/explorer/wasm-engine.js", import.meta.url).href;

const tlbcheck: Tool = async (name, _size, threads) => {
  const { output, seconds, peakBytes } = await run(process.execPath, [
    explorer,
    engine,
    name,
    String(threads),
  ]);
  const { seconds: explore_s, ...counts } = JSON.parse(output) as Record<
    "states" | "transitions" | "depth" | "seconds",
    number
  >;
  return {
    tool: "tlbcheck",
    size: name,
    threads,
    ...counts,
    explore_s,
    total_s: seconds,
    peak_bytes: peakBytes,
  };
};

const tools: Readonly<Record<string, { command: string; measure: Tool }>> = {
  tlbcheck: { command: "node", measure: tlbcheck },
  spin: { command: "spin", measure: spin },
  rumur: { command: "rumur", measure: rumur },
};

const chosen = values.tools.split(",").filter((tool) => isInstalled(tools[tool]?.command ?? "false"));
const found: Measurement[] = [];
if (!values.json) describeOptions(chosen);
for (const name of values.sizes.split(","))
  for (const threads of values.threads.split(",").map(Number))
    for (const tool of chosen) await measure(tool, name, threads);
if (!values.json) tellRatios();

async function measure(tool: string, name: string, threads: number): Promise<void> {
  const size = sizes[name];
  if (!size) throw new Error(`there is no size ${name}; known: ${Object.keys(sizes).join(", ")}`);
  const directory = mkdtempSync(join(tmpdir(), "tlbcheck-bench-"));
  try {
    const measurement = await tools[tool]!.measure(name, size, threads, directory);
    found.push(measurement);
    process.stdout.write(values.json ? `${JSON.stringify(measurement)}\n` : `${row(measurement)}\n`);
    // SPIN writes large numbers with eight digits.
    const isOff = Math.abs(measurement.transitions - size.transitions) > 1e-7 * size.transitions;
    if (measurement.states !== size.states || isOff)
      process.stderr.write(
        `${tool} ${name}: expected ${size.states} states, ${size.transitions} transitions\n`,
      );
  } finally {
    rmSync(directory, { recursive: true });
  }
}

function isInstalled(command: string): boolean {
  return spawnSync("sh", ["-c", `command -v ${command}`]).status === 0;
}

function describeOptions(names: readonly string[]): void {
  const lines = [];
  if (names.includes("spin"))
    for (const { compiler, verifier } of Object.values(SPIN_OPTIONS))
      lines.push(`spin -a; gcc ${compiler.join(" ")}; pan ${verifier.join(" ")}`);
  if (names.includes("rumur")) lines.push(`rumur ${RUMUR_OPTIONS.join(" ")}`);
  const head =
    "tool          size  threads      states   transitions  explore s    total s   peak MB  bytes/state";
  process.stdout.write([...lines, "", head, ""].join("\n"));
}

function row({
  tool,
  size,
  threads,
  states,
  transitions,
  explore_s,
  total_s,
  peak_bytes,
}: Measurement): string {
  return [
    tool.padEnd(13),
    size.padEnd(4),
    String(threads).padStart(8),
    String(states).padStart(11),
    String(transitions).padStart(13),
    explore_s.toFixed(3).padStart(10),
    total_s.toFixed(3).padStart(10),
    (peak_bytes / 1e6).toFixed(0).padStart(9),
    (peak_bytes / states).toFixed(1).padStart(12),
  ].join(" ");
}

/** How many times as long as this checker the others took for the same size and number of threads. */
function tellRatios(): void {
  for (const own of found.filter(({ tool }) => tool === "tlbcheck"))
    for (const other of found)
      if (other.tool !== "tlbcheck" && other.size === own.size && other.threads === own.threads)
        process.stdout.write(
          `${other.tool} / tlbcheck, ${own.size}, ${own.threads} threads: exploration ${(other.explore_s / own.explore_s).toFixed(1)}, in all ${(other.total_s / own.total_s).toFixed(1)}\n`,
        );
}
