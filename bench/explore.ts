/** One search of the benchmark model, as a process of its own: `explore <engine> <size> <threads>`, prints JSON. */
import type { Engine } from "../src/explorer/engine.ts";
import bench from "../models/reclaim-mprotect-bench.ts";
import { sizes } from "./sizes.ts";

const [engineFile, size, threads] = process.argv.slice(2);
const { compiledEngine } = (await import(engineFile!)) as { compiledEngine: Engine };
const { cpus, pages, accesses } = sizes[size!]!;
const model = bench.build({ arch: null, variant: "fixed", parameters: { cpus, pages, accesses } });
const { counts, seconds } = await compiledEngine.search(model, { properties: [], threads: Number(threads) });
process.stdout.write(JSON.stringify({ ...counts, seconds }));
