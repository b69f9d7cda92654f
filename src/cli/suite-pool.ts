/** The worker threads on which a suite searches configurations side by side: a Piscina pool. */
import type { Piscina } from "piscina";
import type { SuiteAnswer, SuiteJob } from "./suite-job.ts";
import type { WorkerTask } from "./suite-worker.ts";

export class SuitePool {
  readonly #pool: Piscina;
  readonly #stop = new SharedArrayBuffer(4);

  private constructor(pool: Piscina) {
    this.#pool = pool;
  }

  /** `signal` ends the searches under way with what they have. */
  static async start(threads: number, signal: AbortSignal): Promise<SuitePool> {
    const { Piscina } = await import("piscina");
    const pool = new SuitePool(
      new Piscina({
        // The build puts every module one folder below its own.
        filename: new URL("../cli/suite-worker.js", import.meta.url).href,
        minThreads: threads,
        maxThreads: threads,
        concurrentTasksPerWorker: 1,
      }),
    );
    signal.addEventListener("abort", () => Atomics.store(new Int32Array(pool.#stop), 0, 1));
    return pool;
  }

  async run(job: SuiteJob): Promise<SuiteAnswer> {
    const task: WorkerTask = { job, stop: this.#stop };
    return (await this.#pool.run(task)) as SuiteAnswer;
  }

  async close(): Promise<void> {
    await this.#pool.destroy();
  }
}
