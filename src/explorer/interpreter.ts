/**
 * The reference engine: breadth-first search with the reference semantics. Slow, and short enough to be
 * believed; every other engine is tested against it.
 */
import { TlbcheckError } from "../model/diagnostic.ts";
import { livenessConditions } from "../model/fairness.ts";
import { type Layout, layoutOf, pack, unpack } from "../model/layout.ts";
import type { Model, Property } from "../model/model.ts";
import { actorNumbers, Semantics, type State, type Step, UNBOUND } from "../model/semantics.ts";
import { propertyConditions } from "../model/walk.ts";
import { canonicalPath, type Edge, type Target } from "./canonical-trace.ts";
import type {
  Counts,
  Engine,
  Fault,
  Path,
  SearchOptions,
  SearchResult,
  StopReason,
  Violation,
} from "./engine.ts";
import { type FoundGraph, foundPath } from "./found-path.ts";
import { type Frontier, frontierOf, type Stretch } from "./frontier.ts";
import { InterpretedWalks } from "./interpreted-walks.ts";
import { type Limits, limitsOf } from "./limits.ts";
import {
  decideLiveness,
  type FairLassos,
  lassoOf,
  type LivenessAnswer,
  type LivenessGraph,
  livenessProperties,
} from "./liveness.ts";
import { MapShard } from "./map-shard.ts";
import { Shards } from "./shards.ts";
import { nextTurn } from "./time-slice.ts";
import { faultOf, type Steps, TraceSearch, violationOf } from "./trace-search.ts";

/** What tests vary besides a search's options. */
export interface InterpreterOptions {
  /** A power of two. */
  readonly shards?: number;
}

export function interpreterEngine({ shards = 1 }: InterpreterOptions = {}): Engine {
  return {
    name: "interpret",
    search: async (model, options = {}) =>
      options.strategy === "random"
        ? new InterpretedWalks(model, options).run()
        : new Search(model, options, shards).run(),
  };
}

export const interpreter: Engine = interpreterEngine();

/** A violation or a fault, until its path is chosen: all places in the first stretch that has one. */
interface Finding {
  readonly stretch: Stretch;
  readonly targets: Target[];
}

/** What a stored state takes, as measured: the list's and the map's entries, and each word of it twice. */
const BYTES_A_STATE = 360;
const BYTES_A_WORD = 24;

/** How many states are expanded between two looks at the clock; each look lets other work run. */
const SLICE = 256;

class Search implements LivenessGraph, FoundGraph {
  readonly #frontier: Frontier;
  #expanded = 0;
  readonly #semantics: Semantics;
  readonly #layout: Layout;
  readonly #limits: Limits;
  readonly #options: SearchOptions;
  readonly #checked: readonly Property[];
  readonly #assertions: ReadonlySet<string>;
  readonly #fairActions: ReadonlySet<number>;
  readonly #ruleOf: readonly number[];
  readonly #actors: readonly number[];
  /** Every state found, packed. */
  readonly #states: Shards<MapShard>;
  readonly #firings: number[];
  readonly #violated = new Map<string, Finding>();
  readonly #reached = new Set<string>();
  #faults: Finding | null = null;
  #transitions = 0;
  /** The states that the graph is restricted to, for liveness, and the last expansion there. */
  #members: Uint8Array = new Uint8Array();
  actions = new Int32Array(64);
  leadsTo = new Int32Array(64);
  #counts: Counts = { states: 0, transitions: 0, depth: 0 };

  constructor(model: Model, options: SearchOptions, shards: number) {
    this.#semantics = new Semantics(model);
    this.#layout = layoutOf(model);
    this.#states = new Shards(Array.from({ length: shards }, () => new MapShard()));
    this.#limits = limitsOf(options);
    this.#frontier = frontierOf(options, 1);
    this.#options = options;
    this.#checked = model.properties.filter(({ name }) => options.properties?.includes(name) ?? true);
    this.#assertions = new Set(
      this.#checked.filter(({ kind }) => kind === "assertion").map(({ name }) => name),
    );
    const { actions } = this.#semantics;
    this.#ruleOf = actions.map(({ rule }) => model.rules.indexOf(rule));
    this.#fairActions = new Set(actions.flatMap(({ rule }, i) => (rule.fair ? [i] : [])));
    this.#actors = actorNumbers(actions);
    this.#firings = model.rules.map(() => 0);
  }

  async run(): Promise<SearchResult> {
    const stopped = await this.#explore();
    const liveness = stopped === null && this.#frontier.shortest ? await this.#decideLiveness() : null;
    const seconds = this.#limits.seconds();
    const { model } = this.#semantics;
    const traces = new TraceSearch(this.#limits);
    const violations: Violation[] = [];
    for (const property of model.properties)
      violations.push(...(await this.#violationOf(property, liveness?.violated, traces)));
    const fault = await this.#fault(traces);
    return {
      strategy: this.#frontier.strategy,
      counts: this.#counts,
      stopped,
      seconds,
      bytes: this.bytes,
      threads: 1,
      firings: this.#firings,
      violations,
      reached: model.properties.map(({ name }) => name).filter((name) => this.#reached.has(name)),
      fault,
      livenessStopped: this.#frontier.shortest ? (liveness?.stopped ?? null) : "strategy",
      tracesStopped: traces.stopped,
      states: () => this.#states.all(),
    };
  }

  async #explore(): Promise<StopReason | null> {
    const initial = this.#semantics.initialStates();
    if (initial.length === 0)
      throw new TlbcheckError("TLB109", "no state fulfils the conditions on the initial states");
    for (const state of initial) this.#send(state);
    await this.#states.deliver();
    const frontier = this.#frontier;
    frontier.add(...this.#states.endLevel(), null);
    for (;;) {
      const stretch = frontier.next();
      if (!stretch) return null;
      const depth = Math.max(this.#counts.depth, stretch.depth);
      this.#counts = { states: this.#states.states, transitions: this.#transitions, depth };
      const goBack = this.#checkpoint(stretch);
      const stop = await this.#expandStretch(stretch);
      if (stop) {
        goBack();
        return stop;
      }
      this.#counts = { ...this.#counts, transitions: this.#transitions };
      frontier.add(...this.#states.endLevel(), stretch);
      if (this.#faults) return "model-fault";
      if (frontier.waiting > 0 && this.#decided()) return "decided";
      if (frontier.waiting > 0 && this.#options.first && this.#violated.size > 0) return "first-violation";
    }
  }

  /** Remembers what is known before a stretch. What part of it found would depend on the order of its states. */
  #checkpoint(stretch: Stretch): () => void {
    const firings = [...this.#firings];
    const reached = new Set(this.#reached);
    return () => {
      firings.forEach((count, rule) => (this.#firings[rule] = count));
      for (const goal of this.#reached) if (!reached.has(goal)) this.#reached.delete(goal);
      for (const [property, finding] of this.#violated)
        if (finding.stretch === stretch) this.#violated.delete(property);
      this.#faults = null;
    };
  }

  async #expandStretch(stretch: Stretch): Promise<StopReason | null> {
    for (let number = stretch.begin; number < stretch.end; number++) {
      if ((this.#frontier.shortest ? number - stretch.begin : this.#expanded++) % SLICE === 0) {
        await nextTurn();
        const stop = this.#limits.reached(this.#states.states, this.bytes);
        if (stop) return stop;
        this.#options.onProgress?.({
          ...this.#counts,
          frontier: this.#frontier.waiting + stretch.end - number,
          violated: [...this.#violated.keys()],
          seconds: this.#limits.seconds(),
          bytes: this.bytes,
        });
      }
      this.#expand(stretch, number);
      if (this.#states.full) await this.#states.deliver();
    }
    await this.#states.deliver();
    return this.#limits.reached(this.#states.states, this.bytes);
  }

  #expand(stretch: Stretch, number: number): void {
    const state = this.#stateAt(number);
    let fairlyEnabled = false;
    this.#semantics.actions.forEach((action, index) => {
      const step = this.#attempt(stretch, number, index, () =>
        this.#semantics.enabled(action, state) ? this.#semantics.step(action, state) : null,
      );
      // An action without a meaning is not one that cannot be taken: its fault is told, and no deadlock.
      if (step !== null) fairlyEnabled ||= this.#fairActions.has(index);
      if (step === null || step === "fault") return;
      this.#transitions += 1;
      this.#firings[this.#ruleOf[index]!]! += 1;
      this.#send(step.state);
      for (const property of step.violated)
        if (this.#assertions.has(property))
          this.#violate(property, stretch, { state: number, action: index });
    });
    this.#attempt(stretch, number, null, () => this.#judge(stretch, number, state, fairlyEnabled));
  }

  /** Decides the properties of states. */
  #judge(stretch: Stretch, number: number, state: State, fairlyEnabled: boolean): null {
    const holds = (property: Property & { kind: "invariant" | "goal" }): boolean =>
      this.#semantics.evaluate(property.condition, state, UNBOUND, property.source) !== 0;
    for (const property of this.#checked) {
      const target = { state: number, action: null };
      if (property.kind === "invariant" && !holds(property)) this.#violate(property.name, stretch, target);
      // Asked again even where it was reached before: a fault in it must not depend on the order of states.
      if (property.kind === "goal" && holds(property)) this.#reached.add(property.name);
      if (property.kind === "deadlock" && !fairlyEnabled) {
        const ended = this.#semantics.evaluate(property.terminated, state, UNBOUND, property.source) !== 0;
        if (!ended) this.#violate(property.name, stretch, target);
      }
      // Nothing to decide yet, but the conditions must have a value in every state.
      if (property.kind === "liveness")
        for (const condition of propertyConditions(property))
          this.#semantics.evaluate(condition, state, UNBOUND, property.source);
    }
    return null;
  }

  /** Runs a part of an expansion; where it has no meaning, that is a fault of the model, found in this level. */
  #attempt(
    stretch: Stretch,
    state: number,
    action: number | null,
    part: () => Step | null,
  ): Step | "fault" | null {
    try {
      return part();
    } catch (error) {
      if (!(error instanceof TlbcheckError)) throw error;
      this.#faults ??= { stretch, targets: [] };
      this.#faults.targets.push({ state, action });
      return "fault";
    }
  }

  #violate(property: string, stretch: Stretch, target: Target): void {
    const finding = this.#violated.get(property);
    if (!finding) this.#violated.set(property, { stretch, targets: [target] });
    else if (finding.stretch === stretch) finding.targets.push(target);
  }

  #decided(): boolean {
    if (this.#options.exhaustive || this.#checked.length === 0) return false;
    return this.#checked.every(({ name }) => this.#violated.has(name) || this.#reached.has(name));
  }

  /** Sends a state to where it is stored if it is new. */
  #send(state: State): void {
    this.#states.send(pack(this.#layout, state));
  }

  /** An estimate: nobody tells what the states take on the heap. */
  get bytes(): number {
    return this.#states.states * (BYTES_A_STATE + this.#layout.words * BYTES_A_WORD);
  }

  #stateAt(number: number): State {
    return unpack(this.#layout, this.#states.wordsOf(number));
  }

  async #decideLiveness(): Promise<LivenessAnswer | null> {
    const { model, actions } = this.#semantics;
    const properties = livenessProperties(model, this.#options.properties);
    return properties.length === 0 ? null : decideLiveness(this, model, actions, properties, this.#limits);
  }

  async #violationOf(
    property: Property,
    lassos: LivenessAnswer["violated"] | undefined,
    traces: TraceSearch,
  ): Promise<Violation[]> {
    const lasso = lassos?.get(property.name);
    if (lasso) return [violationOf(property, lasso.level, await traces.result(this.#lasso(lasso)))];
    const finding = this.#violated.get(property.name);
    if (!finding) return [];
    const path = await traces.result(this.#path(finding));
    return [violationOf(property, finding.stretch.depth, path)];
  }

  async #fault(traces: TraceSearch): Promise<Fault | null> {
    if (!this.#faults) return null;
    return faultOf(this.#faults.stretch.depth, await traces.result(this.#path(this.#faults)));
  }

  async *#path({ stretch, targets }: Finding): Steps<Path> {
    const path = this.#frontier.shortest
      ? canonicalPath(this, stretch.depth, targets)
      : foundPath(this, stretch, targets);
    const { initial, actions } = yield* path;
    return { initial: this.#states.wordsOf(initial), actions };
  }

  async *#lasso(found: FairLassos): Steps<Path> {
    const { initial, actions, cycle } = yield* lassoOf(this, found);
    return { initial: this.#states.wordsOf(initial), actions, cycle };
  }

  // The explored graph, for the choice of a trace and for liveness.

  get states(): number {
    return this.#states.states;
  }

  async *holding(number: number): Steps<Uint8Array> {
    const { condition, property } = livenessConditions(this.#semantics.model)[number]!;
    const marks = new Uint8Array(this.states);
    for (let state = 0; state < this.states; state++) {
      marks[state] = this.#semantics.evaluate(condition, this.#stateAt(state), UNBOUND, property.source);
      yield;
    }
    return marks;
  }

  async *restrict(members: Uint8Array): Steps<void> {
    this.#members = members;
    yield;
  }

  expand(number: number): number {
    const edges = this.successors(number);
    if (edges.length > this.actions.length) {
      this.actions = new Int32Array(2 * edges.length);
      this.leadsTo = new Int32Array(2 * edges.length);
    }
    edges.forEach(({ action, successor }, i) => {
      this.actions[i] = action;
      this.leadsTo[i] = this.#members[successor] === 1 ? successor : -1;
    });
    return edges.length;
  }

  get starts(): readonly number[] {
    return this.#states.starts;
  }

  compareInitial(a: number, b: number): number {
    return comparePacked(this.#states.wordsOf(a), this.#states.wordsOf(b));
  }

  async *markPredecessors(level: number, marks: Uint8Array): Steps<void> {
    for (let state = this.starts[level]!; state < this.starts[level + 1]!; state++) {
      if (this.successors(state).some(({ successor }) => marks[successor] === 1)) marks[state] = 1;
      yield;
    }
  }

  successors(number: number): readonly Edge[] {
    const state = this.#stateAt(number);
    return this.#semantics.actions.flatMap((action, index) =>
      this.#semantics.enabled(action, state)
        ? [{ action: index, successor: this.#numberOf(this.#semantics.step(action, state).state) }]
        : [],
    );
  }

  #numberOf(state: State): number {
    const words = pack(this.#layout, state);
    return this.#states.numberOf(words, (owner) => owner.numberOf(words));
  }

  actionBetween(from: number, to: number): number | null {
    return this.successors(from).find(({ successor }) => successor === to)?.action ?? null;
  }

  actor(action: number): number {
    return this.#actors[action]!;
  }
}

/** The order of packed states: the first word that differs decides. */
export function comparePacked(a: BigUint64Array, b: BigUint64Array): number {
  const at = a.findIndex((word, i) => word !== b[i]);
  return at < 0 ? 0 : a[at]! < b[at]! ? -1 : 1;
}
