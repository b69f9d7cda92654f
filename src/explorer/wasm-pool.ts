/** Worker threads that share a search's memory: a Piscina pool, loaded when a search first needs it. */
import type { Piscina } from "piscina";
import type { Lanes, LaneTask } from "./wasm-lanes.ts";

/** Starts `count` workers on a module and its memory; resolves when all of them are ready. */
export async function startPool(
  count: number,
  module: WebAssembly.Module,
  memory: WebAssembly.Memory,
): Promise<Lanes> {
  const { Piscina } = await import("piscina");
  const pool = new Piscina({
    filename: new URL("./search-worker.js", import.meta.url).href,
    minThreads: count,
    maxThreads: count,
    concurrentTasksPerWorker: 1,
    // A worker that waits is blocked in Atomics.wait and takes its next task without a turn of its event loop.
    atomics: "sync",
    workerData: { module, memory },
  });
  const lanes = new PoolLanes(pool, count);
  await lanes.run(Array.from({ length: count }, () => ({ kind: "clear", from: 0, to: 0 })));
  return lanes;
}

class PoolLanes implements Lanes {
  readonly count: number;
  readonly #pool: Piscina;

  constructor(pool: Piscina, count: number) {
    this.#pool = pool;
    this.count = count;
  }

  async run(tasks: readonly LaneTask[]): Promise<readonly (number | void)[]> {
    return Promise.all(tasks.map((task) => this.#pool.run(task)));
  }

  async close(): Promise<void> {
    await this.#pool.destroy();
  }
}
