/** Random walks on the compiled model: each lane walks for itself, in the memory that they share. */
import { laneAddress, type MemoryMap } from "../compile/memory-map.ts";
import type { SearchResult } from "./engine.ts";
import { limitsOf } from "./limits.ts";
import { Semantics } from "../model/semantics.ts";
import { nextTurn, PROGRESS_INTERVAL, SLICE } from "./time-slice.ts";
import { LocalLane, type Lanes, type LaneTask } from "./wasm-lanes.ts";
import { startPool } from "./wasm-pool.ts";
import type { SearchParts } from "./wasm-search.ts";
import { type Groups, groupsOf, kindOf, LONGEST, seedOf, type WalkKind, WalkResult } from "./walk-result.ts";

/** Steps after which the limits are looked at. */
const STEPS = 2048;

/** Bytes that the walks of a model take, besides those for one state each. */
export function bytesOfWalks(map: MemoryMap, actions: number): number {
  return map.table + map.lanes * (4 * LONGEST + actions + 2 * 8 * map.words) + 4 * actions + 2 ** 20;
}

/** One walk under way. */
interface Walk {
  readonly lane: number;
  readonly initial: BigUint64Array;
  readonly kind: WalkKind;
  length: number;
}

export class WasmWalks {
  readonly #parts: SearchParts;
  readonly #result: WalkResult;
  readonly #initial: readonly BigUint64Array[];
  readonly #flags: readonly Int32Array[];
  /** What each lane has reported already. */
  readonly #known: readonly Set<number>[];
  readonly #groups: Groups;
  #lastProgress = 0;
  #begun: number;

  constructor(parts: SearchParts, initial: readonly BigUint64Array[]) {
    this.#parts = parts;
    this.#initial = initial;
    this.#result = new WalkResult(parts.model, parts.options, limitsOf(parts.options));
    const { buffer } = parts.store.memory;
    const { FLAGS, RANDOM } = parts.store.map.lane;
    const lanes = Array.from({ length: parts.store.map.lanes }, (_, lane) => this.#lane(lane));
    const count = parts.model.properties.length + 1;
    this.#groups = groupsOf(new Semantics(parts.model).actions);
    new Int32Array(buffer, this.#groupTable(), this.#groups.of.length).set(this.#groups.of);
    this.#flags = lanes.map((lane) => new Int32Array(buffer, lane + FLAGS, count));
    this.#begun = parts.options.seed ?? 1;
    this.#known = lanes.map(() => new Set());
    for (const [i, lane] of lanes.entries())
      new BigUint64Array(buffer, lane + RANDOM, 1)[0] = seedOf(parts.options.seed ?? 1, i);
  }

  async run(): Promise<SearchResult> {
    const { threads, module, store, exports } = this.#parts;
    const lanes: Lanes =
      threads === 1 ? new LocalLane(exports) : await startPool(threads, module, store.memory);
    try {
      const walks = Array.from({ length: lanes.count }, (_, lane) => this.#begin(lane));
      for (let last = performance.now(); ;) {
        const stop = this.#result.stop();
        if (stop) return this.#result.result(stop, lanes.count);
        await this.#round(lanes, walks);
        this.#report();
        if (performance.now() - last < SLICE) continue;
        await nextTurn();
        last = performance.now();
      }
    } finally {
      await lanes.close();
    }
  }

  /** Lets every walk go on for some steps, and begins those anew that have ended. */
  async #round(lanes: Lanes, walks: Walk[]): Promise<void> {
    const tasks = walks.map((walk) => this.#task(walk));
    const taken = await lanes.run(tasks);
    for (const [i, walk] of walks.entries()) {
      const steps = Number(taken[i]);
      walk.length += steps;
      this.#result.walked(steps, walk.length);
      const found = this.#take(walk);
      const stuck = steps < tasks[i]!.steps && !found;
      if (stuck || walk.length >= walk.kind.limit) walks[i] = this.#begin(walk.lane);
    }
  }

  #begin(lane: number): Walk {
    const number = this.#result.begin();
    const initial = this.#initial[number % this.#initial.length]!;
    this.#parts.store.write(2 * lane, initial);
    const kind = kindOf(number);
    const { memory } = this.#parts.store;
    const priorities = new Uint8Array(memory.buffer, this.#priorities(lane), this.#groups.count);
    if (kind.change === 0) priorities.fill(0);
    else priorities.forEach((_, group) => (priorities[group] = this.#next() % 256));
    return { lane, initial, kind, length: 0 };
  }

  #task({ lane, length, kind }: Walk): Extract<LaneTask, { kind: "walk" }> {
    return {
      kind: "walk",
      lane: this.#lane(lane),
      state: 2 * lane,
      log: this.#log(lane) + 4 * length,
      steps: Math.min(STEPS, kind.limit - length),
      groups: this.#groupTable(),
      priorities: this.#priorities(lane),
      count: this.#groups.count,
      threads: this.#groups.threads,
      change: kind.change,
    };
  }

  /** The priorities that walks begin with, by a sequence of the seed. */
  #next(): number {
    this.#begun = (Math.imul(this.#begun, 1664525) + 1013904223) >>> 0;
    return this.#begun >>> 16;
  }

  /** Takes what was reported of the state that a walk has come to, if it is new; whether it is. */
  #take(walk: Walk): boolean {
    const { model } = this.#parts;
    const known = this.#known[walk.lane]!;
    let found = false;
    for (const [what, flag] of this.#flags[walk.lane]!.entries()) {
      if (flag === 0 || known.has(what)) continue;
      known.add(what);
      found = true;
      const action = this.#actionOf(walk, what);
      this.#result.found(model.properties[what]?.name ?? null, this.#path(walk), action);
    }
    return found;
  }

  /** The action with which something is reported in the state that a walk has come to; null if it is of the state. */
  #actionOf({ lane }: Walk, what: number): number | null {
    const { exports, store } = this.#parts;
    const address = this.#lane(lane);
    exports.find(address, 2 * lane, 2 * lane + 1, what);
    return store.reported(address, what)[0] ?? null;
  }

  #path({ lane, length, initial }: Walk) {
    const log = new Int32Array(this.#parts.store.memory.buffer, this.#log(lane), length);
    return { initial, actions: [...log] };
  }

  #report(): void {
    const progress = this.#result.progress();
    if (progress.seconds - this.#lastProgress < PROGRESS_INTERVAL / 1000) return;
    this.#lastProgress = progress.seconds;
    this.#parts.options.onProgress?.(progress);
  }

  #lane(lane: number): number {
    return laneAddress(this.#parts.store.map, lane);
  }

  /** Where the actions of a lane's walk are: in the place of the visited set, of which walks have none. */
  #log(lane: number): number {
    return this.#parts.store.map.table + lane * 4 * LONGEST;
  }

  #groupTable(): number {
    return this.#log(this.#parts.store.map.lanes);
  }

  #priorities(lane: number): number {
    return this.#groupTable() + (4 + lane) * this.#groups.of.length;
  }
}
