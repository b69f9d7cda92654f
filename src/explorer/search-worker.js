// A worker of the pool: carries out the tasks of `wasm-lanes.ts` on the search's shared memory. It is JavaScript
// because a worker thread is started from this file as it stands, from the sources as well as from the build.
import { Piscina } from "piscina";

const { module, memory } = Piscina.workerData;
const { exports } = new WebAssembly.Instance(module, { env: { memory } });

/** @param {import("./wasm-lanes.ts").LaneTask} task */
export default function carryOut(task) {
  switch (task.kind) {
    case "work":
      return exports.work(task.lane, task.budget);
    case "clear":
      return exports.clear(task.from, task.to);
    case "rebuild":
      return exports.rebuild(task.lane, task.from, task.to);
    case "mark":
      return exports.mark(task.lane, task.from, task.to);
    case "walk":
      return exports.walk(
        task.lane,
        task.state,
        task.log,
        task.steps,
        task.groups,
        task.priorities,
        task.count,
        task.threads,
        task.change,
      );
  }
}
