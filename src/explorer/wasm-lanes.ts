/**
 * Who carries out the work of a search. A lane is a worker's seat: its area in the shared memory. Any thread may
 * take any lane, one at a time, since all that a lane knows lies in that memory.
 */

/** One call into a search module. */
export type LaneTask =
  /** Expand chunks of the level, `budget` at most. */
  | { readonly kind: "work"; readonly lane: number; readonly budget: number }
  /** Empty slots of the visited set. */
  | { readonly kind: "clear"; readonly from: number; readonly to: number }
  /** Enter states into the visited set again. */
  | { readonly kind: "rebuild"; readonly lane: number; readonly from: number; readonly to: number }
  /** Mark states that have a marked successor. */
  | { readonly kind: "mark"; readonly lane: number; readonly from: number; readonly to: number }
  /** Walk from a state: see `runtime.wat`. */
  | {
      readonly kind: "walk";
      readonly lane: number;
      readonly state: number;
      readonly log: number;
      readonly steps: number;
      readonly groups: number;
      readonly priorities: number;
      readonly count: number;
      readonly threads: number;
      readonly change: number;
    };

/** What the runtime and the generated code export; addresses and numbers are 32-bit integers. */
export interface SearchExports {
  readonly work: (lane: number, budget: number) => void;
  readonly clear: (from: number, to: number) => void;
  readonly rebuild: (lane: number, from: number, to: number) => void;
  readonly widen: (lane: number, bits: bigint) => number;
  readonly insert: (lane: number, stop: number) => number;
  readonly move: (lane: number, from: number, to: number) => void;
  readonly enter_marked: (lane: number, from: number, to: number) => void;
  readonly mark: (lane: number, from: number, to: number) => void;
  readonly successors: (lane: number, state: number, page: number) => number;
  readonly stored_successors: (lane: number, state: number, page: number) => number;
  readonly look: (lane: number, state: number, page: number) => number;
  readonly mark_condition: (lane: number, from: number, to: number, condition: number) => void;
  readonly walk: (...given: readonly number[]) => number;
  readonly find: (lane: number, from: number, to: number, what: number) => number;
}

/** Carries out tasks, one a lane at the same time. */
export interface Lanes {
  readonly count: number;
  /** What each task gives: a number for walks. */
  run(tasks: readonly LaneTask[]): Promise<readonly (number | void)[]>;
  close(): Promise<void>;
}

/** The calling thread as the only lane. */
export class LocalLane implements Lanes {
  readonly count = 1;
  readonly #exports: SearchExports;

  constructor(exports: SearchExports) {
    this.#exports = exports;
  }

  async run(tasks: readonly LaneTask[]): Promise<readonly (number | void)[]> {
    return tasks.map((task) => carryOut(this.#exports, task));
  }

  async close(): Promise<void> {}
}

function carryOut(exports: SearchExports, task: LaneTask): number | void {
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
