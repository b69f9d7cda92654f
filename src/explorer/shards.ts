/**
 * Where states are kept. A shard is a visited set with its arena; every state is owned by one of them, which some
 * bits of its hash name. Successors are not stored one by one: they go in batches to the shard that owns them, which
 * stores those that it has not seen. A shard can so be a memory, as today, or be a further memory, a disk or
 * another machine.
 *
 * With one shard nothing is hashed and nothing distributed here. The compiled engine has one, and inserts what is
 * found in it from within the module (`compile/runtime.wat`), by the same rule: a batch at a time.
 */
import { hashOf } from "../compile/hash.ts";
import { BATCH_RECORDS } from "../compile/memory-map.ts";

/** A visited set and the arena of its states, which are numbered from 0 in the order of the levels. */
export interface Shard {
  /** Different states in store. */
  readonly states: number;
  /** Stores the states of a batch that are new. All of them are the shard's own. False: there is no room for them. */
  insert(batch: readonly BigUint64Array[]): Promise<boolean>;
  /** The words of a state. */
  wordsOf(state: number): BigUint64Array;
}

/**
 * The shards of a search, and the numbers that states have in all of them together: level after level and, in a
 * level, shard after shard. With one shard they are the shard's own.
 */
export class Shards<S extends Shard> {
  /** The first number of each level, the last one for the level that is being found. */
  readonly starts: number[] = [0];
  readonly #shards: readonly S[];
  readonly #batches: BigUint64Array[][];
  /** For each of `starts`, how many states each shard had. */
  readonly #bounds: number[][];

  /** As many shards as a power of two. */
  constructor(shards: readonly S[]) {
    this.#shards = shards;
    this.#batches = shards.map(() => []);
    this.#bounds = [shards.map(() => 0)];
  }

  /** Different states in store; those that are not delivered yet do not count. */
  get states(): number {
    return this.#shards.reduce((sum, { states }) => sum + states, 0);
  }

  /** Puts a state into the batch of its owner. */
  send(words: BigUint64Array): void {
    this.#batches[this.#ownerOf(words)]!.push(words);
  }

  /** Whether a batch is full, so that it is time to deliver. */
  get full(): boolean {
    return this.#batches.some(({ length }) => length >= BATCH_RECORDS);
  }

  /** Hands all batches to their owners. False: one of them has no room. */
  async deliver(): Promise<boolean> {
    for (const [i, shard] of this.#shards.entries()) {
      const batch = this.#batches[i]!;
      this.#batches[i] = [];
      if (batch.length > 0 && !(await shard.insert(batch))) return false;
    }
    return true;
  }

  /** Takes the levels of a search that goes on, whose states are in the one shard already. */
  resume(starts: readonly number[]): void {
    this.starts.splice(0, this.starts.length, ...starts);
    this.#bounds.splice(0, this.#bounds.length, ...starts.map((start) => [start]));
  }

  /** Makes a level of the states that were stored since the last one: its first number, and the number behind it. */
  endLevel(): [number, number] {
    const begin = this.starts.at(-1)!;
    this.#bounds.push(this.#shards.map(({ states }) => states));
    this.starts.push(this.states);
    return [begin, this.starts.at(-1)!];
  }

  /** The words of a state by its number, which is of a level that has ended. */
  wordsOf(number: number): BigUint64Array {
    if (this.#shards.length === 1) return this.#shards[0]!.wordsOf(number);
    const level = this.starts.findLastIndex((start) => start <= number);
    let offset = number - this.starts[level]!;
    let owner = 0;
    while (offset >= this.#sizeOf(level, owner)) offset -= this.#sizeOf(level, owner++);
    return this.#shards[owner]!.wordsOf(this.#bounds[level]![owner]! + offset);
  }

  /** The number of a state of a level that has ended; `inShard` tells its number in the shard that owns it. */
  numberOf(words: BigUint64Array, inShard: (owner: S) => number): number {
    const owner = this.#ownerOf(words);
    const own = inShard(this.#shards[owner]!);
    if (this.#shards.length === 1) return own;
    const level = this.#bounds.findLastIndex((bounds) => bounds[owner]! <= own);
    let number = this.starts[level]! + own - this.#bounds[level]![owner]!;
    for (let before = 0; before < owner; before++) number += this.#sizeOf(level, before);
    return number;
  }

  /** Every state in store. */
  *all(): Iterable<BigUint64Array> {
    for (const shard of this.#shards)
      for (let state = 0; state < shard.states; state++) yield shard.wordsOf(state);
  }

  #ownerOf(words: BigUint64Array): number {
    const { length } = this.#shards;
    return length === 1 ? 0 : Number(hashOf(words) & BigInt(length - 1));
  }

  /** How many states of a level a shard has. */
  #sizeOf(level: number, shard: number): number {
    return this.#bounds[level + 1]![shard]! - this.#bounds[level]![shard]!;
  }
}
