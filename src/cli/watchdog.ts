/**
 * `--timeout` for code that never returns: while a model file runs, the thread that could look at a clock is the one
 * that is busy. A thread of its own does, and makes the main thread end the process.
 */
import { Worker } from "node:worker_threads";

/** The name by which the watching thread calls the main thread. */
export const LATE = "tlbcheckModelIsLate";

/** One 64-bit cell: the time in ms at which the watched work is late, or 0 while nothing is watched. */
let deadline: BigInt64Array | null = null;
let limit = 0;
let watchedNow = 0;

/**
 * Watches from now on what goes through `watched`, each for so many seconds.
 *
 * `onLate` runs in the middle of the code that does not end, and must end the process.
 */
export function startWatchdog(seconds: number, onLate: () => never): void {
  limit = seconds * 1000;
  deadline = new BigInt64Array(new SharedArrayBuffer(8));
  Object.defineProperty(globalThis, LATE, { value: onLate });
  // The build puts every module one folder below its own.
  const url = new URL("../cli/watchdog-worker.js", import.meta.url);
  new Worker(url, { workerData: deadline }).unref();
}

/** Does work that may never come to an end. */
export function watched<T>(work: () => T): T {
  begin();
  let result: T;
  try {
    result = work();
  } catch (error) {
    end();
    throw error;
  }
  if (result instanceof Promise) return result.finally(end) as T;
  end();
  return result;
}

function begin(): void {
  watchedNow += 1;
  set(Date.now() + limit);
}

function end(): void {
  watchedNow -= 1;
  if (watchedNow === 0) set(0);
}

function set(time: number): void {
  if (!deadline) return;
  Atomics.store(deadline, 0, BigInt(Math.ceil(time)));
  Atomics.notify(deadline, 0);
}
