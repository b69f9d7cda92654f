/** The state graph that a finished search left in its store, as the choice of a trace needs it. */
import { BATCH_RECORDS, GROUP_RECORDS, laneAddress } from "../compile/memory-map.ts";
import type { Edge, Target } from "./canonical-trace.ts";
import { comparePacked } from "./interpreter.ts";
import type { FoundGraph } from "./found-path.ts";
import type { LivenessGraph } from "./liveness.ts";
import type { StateStore } from "./state-store.ts";
import { TimeSlice } from "./time-slice.ts";
import type { Steps } from "./trace-search.ts";
import type { Lanes, SearchExports } from "./wasm-lanes.ts";

/** States with which the slices of the search begin, and those whose marks are entered in one. */
const FIRST_SLICE = 64;
const ENTERED = 2 ** 16;
/** Enabled actions that there is room for at first. */
const MANY = 256;

export class WasmGraph implements LivenessGraph, FoundGraph {
  readonly starts: readonly number[];
  readonly #store: StateStore;
  readonly #exports: SearchExports;
  readonly #actors: readonly number[];
  /** The states that the graph is restricted to, and whether the store's table is one of all states. */
  #members: Uint8Array = new Uint8Array();
  #isIndexed = false;
  #actions: Int32Array = new Int32Array(MANY);
  #leadsTo: Int32Array = new Int32Array(MANY);
  /** The lane's batch, and where its last page ends. */
  readonly #batch: Int32Array;
  readonly #pageEnd: Uint32Array;
  readonly #lanes: Lanes;
  readonly #lane: number;
  readonly #finding = new TimeSlice(FIRST_SLICE);
  readonly #marking = new TimeSlice(FIRST_SLICE);
  /** The marks that the store holds a copy of. */
  #marked: Uint8Array | null = null;
  #copy: Uint8Array = new Uint8Array();

  /** `actors` has a number for each action, equal for the same actor. */
  constructor(
    store: StateStore,
    exports: SearchExports,
    starts: readonly number[],
    actors: readonly number[],
    lanes: Lanes,
  ) {
    this.#store = store;
    this.#exports = exports;
    this.starts = starts;
    this.#actors = actors;
    this.#lanes = lanes;
    this.#lane = laneAddress(store.map, 0);
    const { lane, record } = store.map;
    const { buffer } = store.memory;
    const batchWords = ((BATCH_RECORDS + GROUP_RECORDS) * record) / 4;
    this.#batch = new Int32Array(buffer, this.#lane + lane.BATCH, batchWords);
    this.#pageEnd = new Uint32Array(buffer, this.#lane + lane.PAGE_END, 1);
  }

  get states(): number {
    return this.#store.states;
  }

  get bytes(): number {
    return this.#store.bytes;
  }

  /** The actions of the last state that was expanded. */
  get actions(): Int32Array {
    return this.#actions;
  }

  get leadsTo(): Int32Array {
    return this.#leadsTo;
  }

  /** Every place in a range of states where something is reported: a property by its number, or a fault. */
  async *targets(begin: number, end: number, what: number): Steps<Target[]> {
    const targets: Target[] = [];
    for (let from = begin; from < end;) {
      const before = performance.now();
      const to = Math.min(end, from + this.#finding.amount);
      const state = this.#exports.find(this.#lane, from, to, what);
      if (state < to)
        targets.push(...this.#store.reported(this.#lane, what).map((action) => ({ state, action })));
      const next = Math.min(to, state + 1);
      this.#finding.learn(next - from, performance.now() - before);
      from = next;
      yield;
    }
    return targets;
  }

  compareInitial(a: number, b: number): number {
    return comparePacked(this.#store.wordsOf(a), this.#store.wordsOf(b));
  }

  async *markPredecessors(level: number, marks: Uint8Array): Steps<void> {
    const [from, to, end] = [this.starts[level]!, this.starts[level + 1]!, this.starts[level + 2]!];
    if (this.#marked !== marks) {
      this.#copy = this.#beginMarks();
      this.#marked = marks;
    }
    this.#copy.set(marks.subarray(to, end), to);
    for (let last = end; last > to; last -= ENTERED) {
      this.#store.enterMarked(Math.max(to, last - ENTERED), last);
      yield;
    }
    yield* this.#markRange(from, to);
    marks.set(this.#copy.subarray(from, to), from);
  }

  async *#markRange(from: number, to: number): Steps<void> {
    for (let state = from; state < to;) {
      const before = performance.now();
      const next = Math.min(to, state + this.#marking.amount);
      await this.#store.markPredecessors(state, next, this.#lanes);
      this.#marking.learn(next - state, performance.now() - before);
      state = next;
      yield;
    }
  }

  async *holding(condition: number): Steps<Uint8Array> {
    const marks = this.#beginMarks();
    for (let state = 0; state < this.states;) {
      const before = performance.now();
      const next = Math.min(this.states, state + this.#marking.amount);
      this.#exports.mark_condition(this.#lane, state, next, condition);
      this.#marking.learn(next - state, performance.now() - before);
      state = next;
      yield;
    }
    return marks.slice();
  }

  /** Looks states up in a table of all of them, which is made where the last search for a path has left another one. */
  async *restrict(members: Uint8Array): Steps<void> {
    this.#members = members;
    if (this.#isIndexed) return;
    this.#marked = null;
    this.#store.beginIndex();
    for (let state = 0; state < this.states; state += ENTERED) {
      await this.#store.enterStates(state, Math.min(this.states, state + ENTERED), this.#lanes);
      yield;
    }
    this.#isIndexed = true;
  }

  /** New marks, which the search for a trace must not take for its own. */
  #beginMarks(): Uint8Array {
    this.#marked = null;
    this.#isIndexed = false;
    return this.#store.beginMarks();
  }

  /** Most states have one page: another one can follow only where the batch was full. */
  expand(state: number): number {
    const { record, words, batchBytes } = this.#store.map;
    const begin = this.#lane + this.#store.map.lane.BATCH;
    const stride = record / 4;
    let count = 0;
    for (let page = 0; this.#exports.stored_successors(this.#lane, state, page) !== 0; page++) {
      const bytes = this.#pageEnd[0]! - begin;
      const more = bytes / record;
      if (count + more > this.#actions.length) this.#makeRoom(count + more);
      for (let at = 2 * words; at < bytes / 4; at += stride) {
        this.#actions[count] = this.#batch[at]!;
        const successor = this.#batch[at + 2]!;
        this.#leadsTo[count++] = this.#members[successor] === 1 ? successor : -1;
      }
      if (bytes < batchBytes) break;
    }
    return count;
  }

  #makeRoom(count: number): void {
    const wider = (list: Int32Array): Int32Array => {
      const longer = new Int32Array(2 * count);
      longer.set(list);
      return longer;
    };
    this.#actions = wider(this.#actions);
    this.#leadsTo = wider(this.#leadsTo);
  }

  /** The successors that are marked, and others with the number -1. */
  successors(state: number): Edge[] {
    const edges: Edge[] = [];
    for (let page = 0; this.#exports.successors(this.#lane, state, page) !== 0; page++)
      edges.push(...this.#page());
    return edges.sort((a, b) => a.action - b.action);
  }

  #page(): Edge[] {
    const { lane, record, words } = this.#store.map;
    const { buffer } = this.#store.memory;
    const begin = this.#lane + lane.BATCH;
    const end = new Uint32Array(buffer, this.#lane + lane.PAGE_END, 1)[0]!;
    const fields = new Int32Array(buffer, begin, (end - begin) / 4);
    return Array.from({ length: (end - begin) / record }, (_, i) => {
      const at = (i * record) / 4 + 2 * words;
      return { action: fields[at]!, successor: fields[at + 2]! };
    });
  }

  actionBetween(from: number, to: number): number | null {
    const wanted = this.#store.wordsOf(to);
    let found: number | null = null;
    for (let page = 0; this.#exports.look(this.#lane, from, page) !== 0; page++)
      for (const action of this.#actionsTo(wanted)) if (found === null || action < found) found = action;
    return found;
  }

  /** The actions of a page that lead to a state. */
  #actionsTo(wanted: BigUint64Array): number[] {
    const { lane, record, words } = this.#store.map;
    const { buffer } = this.#store.memory;
    const begin = this.#lane + lane.BATCH;
    const records = (this.#pageEnd[0]! - begin) / record;
    return Array.from({ length: records }, (_, i) => begin + i * record).flatMap((at) =>
      new BigUint64Array(buffer, at, words).every((word, i) => word === wanted[i])
        ? [new Int32Array(buffer, at + 8 * words, 1)[0]!]
        : [],
    );
  }

  actor(action: number): number {
    return this.#actors[action]!;
  }
}
