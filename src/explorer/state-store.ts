/**
 * The visited set and the arena of states in one shared WebAssembly memory: their sizes, their growth, and the
 * numbering of states. Lookups and insertions themselves happen in batches inside of the module
 * (`compile/runtime.wat`).
 *
 * This is the compiled engine's shard (`shards.ts`), its only one: Node 20 has one memory a module. Successors
 * therefore need no way out of the module. Parts, to which it distributes them by their hashes, are the batches.
 */
import {
  BATCH_RECORDS,
  BLOCK,
  control,
  laneAddress,
  type MemoryMap,
  stopBits,
} from "../compile/memory-map.ts";
import type { SearchModule } from "../compile/search-module.ts";
import { STATES_A_SLICE } from "./checkpoint.ts";
import { withoutMemory } from "../model/out-of-memory.ts";
import type { Shard } from "./shards.ts";
import { type Lanes, type LaneTask, LocalLane, type SearchExports } from "./wasm-lanes.ts";

const PAGE = 65536;
/** Node 20 gives WebAssembly one memory of this size at most. */
const MAX_BYTES = 2 ** 32;
const SLOT_BYTES = 8;
/** log2 of the number of slots to begin with. */
const FIRST_BITS = 13;
const MAX_BITS = 28;
const MAX_LOAD = 0.75;
/** log2 of the slots that one part stands for: 4 MiB, whose address translations the processor keeps at hand. */
const PART_SLOT_BITS = 19;
/** log2 of the slots of a line. */
const LINE_SLOT_BITS = 3;
/** Bits that an exact slot must have for its distance from home, or slots are tagged. */
const DISTANCE_BITS = 5;

export interface StoreLimits {
  /** Bytes of memory at most. */
  readonly maxMemory?: number;
  /** States that are asked for at most. */
  readonly maxStates?: number;
}

export class StateStore implements Shard {
  readonly memory: WebAssembly.Memory;
  readonly map: MemoryMap;
  readonly #restBits: number;
  readonly #maxStates: number;
  readonly #control: Int32Array;
  readonly #top: number;
  /** Bytes that the search may take. */
  readonly #asked: number;
  #exports: SearchExports | null = null;
  #bits = FIRST_BITS;
  #mayBeExact = true;
  #holdsExact = false;
  #marks: Uint8Array | null = null;
  #marked = 0;
  #states = 0;

  constructor({ map, restBits }: SearchModule, limits: StoreLimits = {}) {
    this.map = map;
    this.#restBits = restBits;
    this.#maxStates = limits.maxStates ?? Infinity;
    this.#asked = Math.max(limits.maxMemory ?? Infinity, this.#tableEnd(FIRST_BITS) + PAGE);
    this.memory = allocate(this.#asked);
    this.#top = this.memory.buffer.byteLength;
    this.#control = new Int32Array(this.memory.buffer, 0, 1024 / 4);
    this.#set("TOP", this.#top % MAX_BYTES);
    this.#publishSize();
  }

  attach(exports: SearchExports): void {
    this.#exports = exports;
  }

  /** States in the arena, without gaps; of the last `seal`. */
  get states(): number {
    return this.#states;
  }

  /** States in the arena, and at most some blocks more, while lanes are at work. */
  get claimed(): number {
    return Atomics.load(this.#control, control.CLAIMED / 4);
  }

  /** Whether the memory is smaller than what was asked for: no search of this engine gets more here. */
  get isCutShort(): boolean {
    return this.#top < this.#asked - PAGE;
  }

  /** Bytes in use: what is fixed, the visited set, and the arena. */
  get bytes(): number {
    return this.#tableEnd(this.#bits) + this.claimed * 8 * this.map.words;
  }

  /** Prepares the expansion of the states `from .. to - 1`, in chunks. */
  beginLevel(from: number, to: number, chunk: number): void {
    this.#set("CURSOR", from);
    this.#set("LEVEL_END", to);
    this.#set("CHUNK", chunk);
  }

  /** The first state of the level that no lane has taken. */
  get cursor(): number {
    return Atomics.load(this.#control, control.CURSOR / 4);
  }

  /** Whether a lane has a chunk that it could not finish, or successors that it has not inserted. */
  get pending(): boolean {
    const { PENDING_FROM, PENDING_TO, UNDRAINED } = this.map.lane;
    return this.#lanes().some((lane) => {
      const chunk = this.#laneWord(lane, PENDING_FROM) !== this.#laneWord(lane, PENDING_TO);
      return chunk || this.#laneWord(lane, UNDRAINED) !== 0;
    });
  }

  get stopWord(): number {
    return Atomics.load(this.#control, control.STOP / 4);
  }

  /** Asks the lanes to stop as soon as they can. */
  halt(): void {
    Atomics.or(this.#control, control.STOP / 4, stopBits.HALT);
  }

  /** Inserts states while no lane is at work. */
  async insert(batch: readonly BigUint64Array[]): Promise<boolean> {
    const { record, lane } = this.map;
    const base = laneAddress(this.map, 0);
    const local = new LocalLane(this.#exports!);
    for (let from = 0; from < batch.length; from += BATCH_RECORDS) {
      const states = batch.slice(from, from + BATCH_RECORDS);
      const begin = base + lane.BATCH;
      for (const [i, words] of states.entries())
        new BigUint64Array(this.memory.buffer, begin + i * record, record / 8).fill(0n).set(words);
      // A batch that is broken off is inserted again as a whole: what it had inserted is known then.
      while (this.#exports!.insert(base, begin + states.length * record) !== 0) {
        this.seal();
        if (!(await this.grow(local))) return false;
      }
    }
    this.seal();
    return true;
  }

  /**
   * Numbers the states without gaps while no lane runs: what lanes have left of their blocks is filled with
   * the last states.
   */
  seal(): void {
    const { BLOCK_NEXT, BLOCK_END } = this.map.lane;
    const free = this.#lanes()
      .flatMap((lane) => range(this.#laneWord(lane, BLOCK_NEXT), this.#laneWord(lane, BLOCK_END)))
      .sort((a, b) => a - b);
    for (const lane of this.#lanes()) {
      this.#setLaneWord(lane, BLOCK_NEXT, 0);
      this.#setLaneWord(lane, BLOCK_END, 0);
    }
    const gaps = new Set(free);
    let end = this.claimed;
    for (const gap of free) {
      while (gaps.has(end - 1)) end -= 1;
      if (gap >= end) break;
      end -= 1;
      gaps.delete(gap);
      this.#exports!.move(laneAddress(this.map, 0), end, gap);
    }
    this.#states = end;
    this.#set("CLAIMED", end);
  }

  /**
   * Makes room after lanes have stopped for it: the visited set grows in place, to be filled again from the
   * arena. False if the memory's end or the limit of states is reached.
   */
  async grow(lanes: Lanes): Promise<boolean> {
    const crowded = (this.stopWord & stopBits.CROWDED) !== 0;
    if (crowded) this.#mayBeExact = false;
    if (!crowded) {
      const bits = this.#largerBits();
      if (bits === null) return false;
      await this.#resize(bits, lanes);
    } else await this.#resize(this.#bits, lanes);
    return true;
  }

  /**
   * Gives the visited set another use, after the search: a table of the marked states by their numbers, empty at
   * first. Returns the marks, one byte a state, which lie behind what was the visited set.
   */
  beginMarks(): Uint8Array {
    this.#marks ??= new Uint8Array(this.memory.buffer, this.#tableEnd(this.#bits), this.#states);
    this.#marks.fill(0);
    this.#marked = 0;
    this.#set("MARKS", this.#marks.byteOffset);
    this.#mayBeExact = false;
    this.#emptyTable(FIRST_BITS);
    return this.#marks;
  }

  /** Makes the visited set, after the search, a table of all states by their numbers; empty until they are entered. */
  beginIndex(): void {
    this.#mayBeExact = false;
    this.#set("TWINS", 0);
    let bits = FIRST_BITS;
    while (this.#states > MAX_LOAD * 2 ** bits) bits += 1;
    this.#emptyTable(bits);
  }

  /** Enters the states of a range into the table of all states. */
  async enterStates(from: number, to: number, lanes: Lanes): Promise<void> {
    await this.#share("rebuild", from, to, lanes);
  }

  /** Enters the marked states of a range into the table; all that were entered before have higher numbers. */
  enterMarked(from: number, to: number): void {
    const marks = this.#marks!;
    for (let state = from; state < to; state++) this.#marked += marks[state]!;
    let bits = this.#bits;
    while (this.#marked > MAX_LOAD * 2 ** bits) bits += 1;
    const grows = bits > this.#bits;
    if (grows) this.#emptyTable(bits);
    this.#exports!.enter_marked(laneAddress(this.map, 0), from, grows ? this.#states : to);
  }

  /** Marks the states of a range that have a successor in the table. */
  async markPredecessors(from: number, to: number, lanes: Lanes): Promise<void> {
    await this.#share("mark", from, to, lanes);
  }

  /** The first states as they lie in memory, in slices. */
  *slices(states: number): Generator<Uint8Array> {
    for (let from = 0; from < states; from += STATES_A_SLICE)
      yield this.#bytesOf(from, Math.min(states, from + STATES_A_SLICE)).slice();
  }

  /** Takes the slices of another store of the same model, into an empty one. False: there is no room for them. */
  async restore(states: number, slices: AsyncIterable<Uint8Array>, lanes: Lanes): Promise<boolean> {
    let bits = this.#bits;
    while (bits < MAX_BITS && this.#limit(bits) < states + this.map.lanes * BLOCK) bits += 1;
    if (this.#limit(bits) < states) return false;
    let from = 0;
    for await (const slice of slices) {
      const to = Math.min(states, from + STATES_A_SLICE);
      this.#bytesOf(from, to).set(slice);
      from = to;
    }
    this.#states = states;
    this.#set("CLAIMED", states);
    this.#bits = bits;
    await this.#resize(bits, lanes);
    return true;
  }

  #bytesOf(from: number, to: number): Uint8Array {
    const bytes = 8 * this.map.words;
    return new Uint8Array(this.memory.buffer, this.#top - to * bytes, (to - from) * bytes);
  }

  /** The actions with which the last `find` of a lane has found something reported; null for what is of the state. */
  reported(lane: number, what: number): (number | null)[] {
    const { EVENT_COUNT, EVENTS } = this.map.lane;
    const { buffer } = this.memory;
    const count = new Int32Array(buffer, lane + EVENT_COUNT, 1)[0]!;
    const events = new Int32Array(buffer, lane + EVENTS, 2 * count);
    const actions = Array.from({ length: count }, (_, i) => ({
      what: events[2 * i],
      action: events[2 * i + 1]!,
    }));
    return actions.filter((event) => event.what === what).map(({ action }) => (action < 0 ? null : action));
  }

  /** Puts a state into the arena, and not into the visited set. */
  write(state: number, words: BigUint64Array): void {
    new BigUint64Array(this.memory.buffer, this.#top - (state + 1) * 8 * this.map.words, words.length).set(
      words,
    );
  }

  /** The words of a state. */
  wordsOf(state: number): BigUint64Array {
    const { words } = this.map;
    return new BigUint64Array(this.memory.buffer, this.#top - (state + 1) * 8 * words, words).slice();
  }

  /** Gives one bit more to the table, or two while it is small; null if that would not make room. */
  #largerBits(): number | null {
    const needed = Math.max(this.#limit(this.#bits) + 1, this.claimed + this.map.lanes * BLOCK);
    const steps = this.#bits < 20 ? [3, 2, 1] : [1];
    const bits = steps
      .map((step) => this.#bits + step)
      .find((each) => each <= MAX_BITS && this.#limit(each) >= needed);
    return bits ?? null;
  }

  #emptyTable(bits: number): void {
    this.#bits = bits;
    this.#publishSize();
    this.#exports!.clear(0, 2 ** bits);
  }

  async #resize(bits: number, lanes: Lanes): Promise<void> {
    const used = 2 ** this.#bits;
    const stays = this.#holdsExact && this.#isExact(bits) && bits > this.#bits;
    if (stays && this.#exports!.widen(laneAddress(this.map, 0), BigInt(bits)) === 0) {
      this.#bits = bits;
      this.#publishSize();
      return;
    }
    if (stays) this.#mayBeExact = false;
    const clear = Math.max(used, stays ? 2 ** bits : 0);
    this.#bits = bits;
    this.#publishSize();
    await lanes.run(
      split(0, clear, lanes.count).map(([from, to]): LaneTask => ({ kind: "clear", from, to })),
    );
    await this.#rebuild(lanes);
    if ((this.stopWord & stopBits.CROWDED) === 0) return;
    this.#mayBeExact = false;
    await this.#resize(bits, lanes);
  }

  async #rebuild(lanes: Lanes): Promise<void> {
    await this.#share("rebuild", 0, this.#states, lanes);
  }

  /** Lets each lane do its share of a range of states. */
  async #share(kind: "rebuild" | "mark", begin: number, end: number, lanes: Lanes): Promise<void> {
    const parts = split(begin, end, lanes.count);
    await lanes.run(
      parts.map(([from, to], i): LaneTask => ({ kind, lane: laneAddress(this.map, i), from, to })),
    );
  }

  #publishSize(): void {
    this.#holdsExact = this.#isExact(this.#bits);
    this.#set("BITS", this.#bits);
    this.#set("EXACT", Number(this.#holdsExact));
    this.#set("PART_BITS", Math.max(0, Math.min(this.map.partBits, this.#bits - PART_SLOT_BITS)));
    this.#set("LIMIT", this.#limit(this.#bits));
    this.#set("STOP", 0);
  }

  #isExact(bits: number): boolean {
    return this.#mayBeExact && bits - LINE_SLOT_BITS - this.#restBits >= DISTANCE_BITS;
  }

  /** How many states a table of a size allows: by its load, by the memory left, by what is asked for. */
  #limit(bits: number): number {
    const bytesAState = 8 * this.map.words + 1;
    const room = Math.floor((this.#top - this.#tableEnd(bits)) / bytesAState);
    const asked = this.#maxStates + 1 + BLOCK * (this.map.lanes + 1);
    return Math.max(0, Math.min(Math.floor(MAX_LOAD * 2 ** bits), room, asked, 2 ** 31 - 1));
  }

  #tableEnd(bits: number): number {
    return this.map.table + 2 ** bits * SLOT_BYTES;
  }

  #lanes(): number[] {
    return range(0, this.map.lanes);
  }

  #set(name: keyof typeof control, value: number): void {
    Atomics.store(this.#control, control[name] / 4, value | 0);
  }

  #laneWord(lane: number, offset: number): number {
    return new Int32Array(this.memory.buffer, laneAddress(this.map, lane) + offset, 1)[0]!;
  }

  #setLaneWord(lane: number, offset: number, value: number): void {
    new Int32Array(this.memory.buffer, laneAddress(this.map, lane) + offset, 1)[0] = value;
  }
}

/**
 * A shared memory of the given size or, where the system does not give that much, the largest half, quarter
 * and so on. Pages that are never touched cost nothing.
 */
function allocate(bytes: number): WebAssembly.Memory {
  const pages = Math.floor(Math.min(bytes, MAX_BYTES) / PAGE);
  try {
    return new WebAssembly.Memory({ initial: pages, maximum: pages, shared: true });
  } catch (error) {
    if (pages <= 64) throw withoutMemory(error);
    return allocate(bytes / 2);
  }
}

function range(from: number, to: number): number[] {
  return Array.from({ length: Math.max(0, to - from) }, (_, i) => from + i);
}

/** A range in `parts` parts of about the same length. */
function split(from: number, to: number, parts: number): [number, number][] {
  const at = (part: number): number => from + Math.floor(((to - from) * part) / parts);
  return range(0, parts).map((part) => [at(part), at(part + 1)]);
}
