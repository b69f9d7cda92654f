/** One search of the fast engine: levels, limits, verdicts and traces. */
import { laneAddress, stopBits } from "../compile/memory-map.ts";
import type { Model } from "../model/model.ts";
import { Semantics } from "../model/semantics.ts";
import type { Resumption, Snapshot } from "./checkpoint.ts";
import { canonicalPath } from "./canonical-trace.ts";
import type { Counts, Path, SearchOptions, SearchResult, StopReason, Violation } from "./engine.ts";
import { foundPath } from "./found-path.ts";
import { type Frontier, frontierOf, type Stretch } from "./frontier.ts";
import { type Limits, limitsOf } from "./limits.ts";
import { Shards } from "./shards.ts";
import {
  decideLiveness,
  type FairLassos,
  lassoOf,
  type LivenessAnswer,
  livenessProperties,
} from "./liveness.ts";
import type { StateStore } from "./state-store.ts";
import { nextTurn, PROGRESS_INTERVAL, SLICE, TimeSlice } from "./time-slice.ts";
import { faultOf, type Steps, TraceSearch, violationOf } from "./trace-search.ts";
import { WasmGraph } from "./wasm-graph.ts";
import { type Lanes, LocalLane, type SearchExports } from "./wasm-lanes.ts";
import { startPool } from "./wasm-pool.ts";

export interface SearchParts {
  readonly model: Model;
  readonly options: SearchOptions;
  readonly store: StateStore;
  readonly module: WebAssembly.Module;
  readonly exports: SearchExports;
  /** A number for each action, equal for the same actor. */
  readonly actors: readonly number[];
  readonly threads: number;
  readonly poolFrom: number;
}

/** Action instances that a chunk tries, about: well below a slice. */
const CHUNK_WORK = 2 ** 15;
const MAX_CHUNK = 512;

export class WasmSearch {
  readonly #parts: SearchParts;
  readonly #limits: Limits;
  readonly #local: Lanes;
  readonly #shards: Shards<StateStore>;
  /** Who does the work: the calling thread, and from some size on the pool. */
  #lanes: Lanes;
  #pool: Promise<Lanes> | null = null;
  /** The stretch in which each property was violated first, by its number; faults have the number behind. */
  readonly #found = new Map<number, Stretch>();
  readonly #frontier: Frontier;
  readonly #reached = new Set<string>();
  #counts: Counts = { states: 0, transitions: 0, depth: 0 };
  #firings: number[];
  readonly #chunks = new TimeSlice();
  #lastProgress = 0;
  /** When the search was kept last, in seconds from its beginning. */
  #kept = 0;
  #lastTurn = performance.now();

  constructor(parts: SearchParts) {
    this.#parts = parts;
    this.#shards = new Shards([parts.store]);
    this.#limits = limitsOf(parts.options);
    this.#frontier = frontierOf(parts.options, parts.threads);
    this.#local = new LocalLane(parts.exports);
    this.#lanes = this.#local;
    this.#firings = parts.model.rules.map(() => 0);
  }

  async run(initial: readonly BigUint64Array[]): Promise<SearchResult> {
    const { store, model } = this.#parts;
    const { shortest, strategy } = this.#frontier;
    try {
      const stopped = await this.#explore(initial);
      const bytes = store.bytes;
      const liveness = stopped === null && shortest ? await this.#decideLiveness() : null;
      const seconds = this.#limits.seconds();
      const { violations, fault, tracesStopped } = await this.#traces(liveness?.violated ?? new Map());
      return {
        strategy,
        counts: this.#counts,
        stopped,
        seconds,
        bytes,
        threads: this.#lanes.count,
        firings: this.#firings,
        violations,
        states: () => this.#shards.all(),
        reached: model.properties.map(({ name }) => name).filter((name) => this.#reached.has(name)),
        fault,
        livenessStopped: shortest ? (liveness?.stopped ?? null) : "strategy",
        tracesStopped,
      };
    } finally {
      await (await this.#pool)?.close();
    }
  }

  async #explore(initial: readonly BigUint64Array[]): Promise<StopReason | null> {
    const { store, options } = this.#parts;
    const frontier = this.#frontier;
    if (options.resume) {
      if (!(await this.#resume(options.resume))) return this.#fullReason();
    } else {
      for (const words of initial) this.#shards.send(words);
      if (!(await this.#shards.deliver())) return this.#fullReason();
      frontier.add(...this.#shards.endLevel(), null);
    }
    for (;;) {
      const stretch = frontier.next();
      if (!stretch) return this.#complete(null);
      const depth = Math.max(this.#counts.depth, stretch.depth);
      this.#counts = { ...this.#counts, states: store.states, depth };
      await this.#checkpoint(stretch, options.checkpoint?.interval ?? Infinity);
      const stop = (await this.#expandStretch(stretch)) ?? this.#limits.reached(store.states);
      if (stop) {
        await this.#checkpoint(stretch, 0);
        return frontier.shortest ? stop : this.#complete(stop);
      }
      this.#collectFindings(stretch);
      if (frontier.shortest) this.#collectCounts();
      frontier.add(...this.#shards.endLevel(), stretch);
      if (this.#found.has(this.#faultNumber)) return this.#complete("model-fault");
      if (frontier.waiting > 0 && this.#decided()) return this.#complete("decided");
      if (frontier.waiting > 0 && this.#parts.options.first && this.#found.size > 0)
        return this.#complete("first-violation");
    }
  }

  /** Keeps the search as it was before a level, if it was not kept for so many seconds. */
  async #checkpoint({ end }: Stretch, interval: number): Promise<void> {
    const { checkpoint } = this.#parts.options;
    const now = this.#limits.seconds();
    if (!checkpoint || !this.#frontier.shortest || now - this.#kept < interval) return;
    const { store } = this.#parts;
    const snapshot: Snapshot = {
      states: end,
      words: store.map.words,
      starts: this.#shards.starts,
      transitions: this.#counts.transitions,
      firings: this.#firings,
      found: [...this.#found].map(([what, { depth, begin, end }]) => ({ what, depth, begin, end })),
      reached: [...this.#reached],
    };
    await checkpoint.save(snapshot, store.slices(end));
    this.#kept = this.#limits.seconds();
  }

  /** Goes on with a search that was kept: false if there is no room for its states. */
  async #resume({ snapshot, slices }: Resumption): Promise<boolean> {
    const { store } = this.#parts;
    const { states, starts, found, reached, firings, transitions } = snapshot;
    if (!(await store.restore(states, slices, this.#local))) return false;
    this.#shards.resume(starts);
    for (const { what, ...stretch } of found) this.#found.set(what, { ...stretch, from: null });
    for (const goal of reached) this.#reached.add(goal);
    this.#firings = [...firings];
    this.#counts = { ...this.#counts, transitions };
    const [lane] = this.#laneAddresses();
    for (const counters of [store.map.lane.COMMITTED, store.map.lane.FIRINGS])
      new BigInt64Array(store.memory.buffer, lane! + counters, firings.length).set(firings.map(BigInt));
    const depth = starts.length - 2;
    const before = depth > 0 ? { begin: 0, end: 0, depth: depth - 1, from: null } : null;
    this.#frontier.add(starts.at(-2)!, starts.at(-1)!, before);
    return true;
  }

  /** The end of a search that counts what it has done only now, if it is one. */
  #complete(stop: StopReason | null): StopReason | null {
    if (!this.#frontier.shortest) this.#collectCounts();
    return stop;
  }

  async #expandStretch({ begin, end }: Stretch): Promise<StopReason | null> {
    const { store } = this.#parts;
    store.beginLevel(begin, end, this.#chunk(end - begin));
    for (;;) {
      await this.#callPool();
      const stop = this.#lanes.count > 1 ? await this.#workTogether(end) : await this.#workAlone(end);
      store.seal();
      if (stop) return stop;
      if ((store.stopWord & (stopBits.GROW | stopBits.CROWDED)) !== 0) {
        if (!(await store.grow(this.#lanes))) return this.#fullReason();
      } else if (store.cursor >= end && !store.pending) return null;
    }
  }

  /** Starts the workers when there is enough for them to do, and lets them take over when they are ready. */
  async #callPool(): Promise<void> {
    const { store, threads, poolFrom, module } = this.#parts;
    if (threads === 1 || this.#lanes.count > 1 || store.states < poolFrom) return;
    this.#pool ??= startPool(threads, module, store.memory);
    const ready = await Promise.race([this.#pool, nextTurn()]);
    if (ready) this.#lanes = ready;
  }

  /** Slices of a level on the calling thread, which lets other work run in between; one slice while a pool starts. */
  async #workAlone(end: number): Promise<StopReason | null> {
    const { store } = this.#parts;
    const lane = laneAddress(store.map, 0);
    for (;;) {
      const stop = this.#look(end);
      if (stop) return stop;
      const before = performance.now();
      const budget = this.#chunks.amount;
      await this.#local.run([{ kind: "work", lane, budget }]);
      this.#chunks.learn(budget, performance.now() - before);
      const done = store.cursor >= end && !store.pending;
      if (done || store.stopWord !== 0) return null;
      await this.#letOthersRun();
      if (this.#parts.threads > 1 && store.claimed >= this.#parts.poolFrom) return null;
    }
  }

  /** Gives the event loop a turn if it has not had one for a slice. */
  async #letOthersRun(): Promise<void> {
    if (performance.now() - this.#lastTurn < SLICE) return;
    await nextTurn();
    this.#lastTurn = performance.now();
  }

  /** All workers on a level, until it is finished or they stop. */
  async #workTogether(end: number): Promise<StopReason | null> {
    const { store } = this.#parts;
    let stop = this.#look(end);
    if (stop) return stop;
    const timer = setInterval(() => {
      stop ??= this.#look(end);
      if (stop) store.halt();
    }, SLICE);
    const tasks = Array.from({ length: this.#lanes.count }, (_, lane) => ({
      kind: "work" as const,
      lane: laneAddress(store.map, lane),
      budget: 0,
    }));
    try {
      await this.#lanes.run(tasks);
    } finally {
      clearInterval(timer);
    }
    return stop;
  }

  /** Tells of the progress, and the limit that is reached or null. */
  #look(end: number): StopReason | null {
    const { store, options } = this.#parts;
    const seconds = this.#limits.seconds();
    if (options.onProgress && (seconds - this.#lastProgress) * 1000 >= PROGRESS_INTERVAL) {
      this.#lastProgress = seconds;
      const frontier = this.#frontier.waiting + Math.max(0, end - store.cursor);
      options.onProgress({
        ...this.#counts,
        frontier,
        violated: this.#violated(),
        seconds,
        bytes: store.bytes,
      });
    }
    return this.#limits.reached(0);
  }

  #chunk(states: number): number {
    const { actors, threads } = this.#parts;
    const most = Math.max(1, Math.min(MAX_CHUNK, Math.floor(CHUNK_WORK / actors.length)));
    return Math.max(1, Math.min(most, Math.ceil(states / (4 * threads))));
  }

  /** Which limit it is that leaves no room for another state. */
  #fullReason(): StopReason {
    const { store } = this.#parts;
    return this.#limits.reached(store.states) ?? (store.isCutShort ? "engine-memory" : "max-memory");
  }

  /** Takes over what the lanes counted, of what is complete. */
  #collectCounts(): void {
    const { store, model } = this.#parts;
    const counters = this.#laneAddresses().map(
      (lane) => new BigInt64Array(store.memory.buffer, lane + store.map.lane.COMMITTED, model.rules.length),
    );
    this.#firings = model.rules.map((_, rule) => counters.reduce((sum, each) => sum + Number(each[rule]), 0));
    this.#counts = { ...this.#counts, transitions: this.#firings.reduce((sum, each) => sum + each, 0) };
  }

  /** Takes over what the lanes found in a stretch that is complete. */
  #collectFindings(stretch: Stretch): void {
    const { store, model } = this.#parts;
    const flags = this.#laneAddresses().map(
      (lane) => new Int32Array(store.memory.buffer, lane + store.map.lane.FLAGS, this.#faultNumber + 1),
    );
    for (let what = 0; what <= this.#faultNumber; what++) {
      if (!flags.some((each) => each[what] !== 0) || this.#found.has(what)) continue;
      const property = model.properties[what];
      if (property?.kind === "goal") this.#reached.add(property.name);
      else this.#found.set(what, stretch);
    }
  }

  #laneAddresses(): number[] {
    const { map } = this.#parts.store;
    return Array.from({ length: map.lanes }, (_, lane) => laneAddress(map, lane));
  }

  /** The names of the properties that are violated by what is complete. */
  #violated(): string[] {
    return this.#parts.model.properties.flatMap(({ name }, what) => (this.#found.has(what) ? [name] : []));
  }

  get #faultNumber(): number {
    return this.#parts.model.properties.length;
  }

  #decided(): boolean {
    const { options, model } = this.#parts;
    const checked = model.properties.flatMap(({ name }, number) =>
      (options.properties?.includes(name) ?? true) ? [{ name, number }] : [],
    );
    if (options.exhaustive || checked.length === 0) return false;
    return checked.every(({ name, number }) => this.#found.has(number) || this.#reached.has(name));
  }

  async #decideLiveness(): Promise<LivenessAnswer | null> {
    const { model, options } = this.#parts;
    const properties = livenessProperties(model, options.properties);
    if (properties.length === 0) return null;
    const { actions } = new Semantics(model);
    return decideLiveness(this.#graph(), model, actions, properties, this.#limits);
  }

  async #traces(
    lassos: LivenessAnswer["violated"],
  ): Promise<Pick<SearchResult, "violations" | "fault" | "tracesStopped">> {
    const { model } = this.#parts;
    if (this.#found.size + lassos.size === 0) return { violations: [], fault: null, tracesStopped: null };
    const graph = this.#graph();
    const traces = new TraceSearch(this.#limits);
    const violations: Violation[] = [];
    for (const [what, property] of model.properties.entries()) {
      const stretch = this.#found.get(what);
      const found = lassos.get(property.name);
      if (stretch)
        violations.push(
          violationOf(property, stretch.depth, await traces.result(this.#path(graph, stretch, what))),
        );
      if (found)
        violations.push(violationOf(property, found.level, await traces.result(this.#lasso(graph, found))));
    }
    const stretch = this.#found.get(this.#faultNumber);
    const fault = stretch
      ? faultOf(stretch.depth, await traces.result(this.#path(graph, stretch, this.#faultNumber)))
      : null;
    return { violations, fault, tracesStopped: traces.stopped };
  }

  #graph(): WasmGraph {
    const { store, exports, actors } = this.#parts;
    return new WasmGraph(store, exports, this.#shards.starts, actors, this.#lanes);
  }

  async *#path(graph: WasmGraph, stretch: Stretch, what: number): Steps<Path> {
    const targets = yield* graph.targets(stretch.begin, stretch.end, what);
    const path = this.#frontier.shortest
      ? canonicalPath(graph, stretch.depth, targets)
      : foundPath(graph, stretch, targets);
    const { initial, actions } = yield* path;
    return { initial: this.#shards.wordsOf(initial), actions };
  }

  async *#lasso(graph: WasmGraph, found: FairLassos): Steps<Path> {
    const { initial, actions, cycle } = yield* lassoOf(graph, found);
    return { initial: this.#shards.wordsOf(initial), actions, cycle };
  }
}
