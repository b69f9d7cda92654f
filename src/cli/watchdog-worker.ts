/** The watching thread: waits for a deadline to pass, and then interrupts the main thread. */
import { Session } from "node:inspector";
import { workerData } from "node:worker_threads";
import { LATE } from "./watchdog.ts";

const deadline = workerData as BigInt64Array;

for (let late = false; !late;) {
  const time = Atomics.load(deadline, 0);
  const left = Number(time) - Date.now();
  late = time !== 0n && left <= 0;
  if (!late) Atomics.wait(deadline, 0, time, time === 0n ? Infinity : left);
}

// The inspector's protocol is served between two instructions of code that never returns.
const session = new Session();
session.connectToMainThread();
session.post("Runtime.evaluate", { expression: `globalThis.${LATE}()` });
