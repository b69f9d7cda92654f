/** A worker of the suite's pool: searches one configuration after another, on its own thread alone. */
import { engines } from "./engines.ts";
import { carryOut, type SuiteAnswer, type SuiteJob } from "./suite-job.ts";

export interface WorkerTask {
  readonly job: SuiteJob;
  /** One 32-bit cell that is 0 as long as the search may go on: signals are heard by the main thread only. */
  readonly stop: SharedArrayBuffer;
}

export default async function work({ job, stop }: WorkerTask): Promise<SuiteAnswer> {
  const cell = new Int32Array(stop);
  const signal = {
    get aborted(): boolean {
      return Atomics.load(cell, 0) !== 0;
    },
  };
  return carryOut(job, await engines[job.engine]!.load(), signal);
}
