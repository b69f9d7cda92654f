/**
 * A shard on JavaScript's heap: a list of states, and a map from states to their numbers. It always says that there
 * was room; whoever uses it has to watch how many states there are.
 */
import type { Shard } from "./shards.ts";

export class MapShard implements Shard {
  readonly #states: BigUint64Array[] = [];
  readonly #numbers = new Map<bigint, number>();

  get states(): number {
    return this.#states.length;
  }

  async insert(batch: readonly BigUint64Array[]): Promise<boolean> {
    for (const words of batch) {
      const key = keyOf(words);
      if (this.#numbers.has(key)) continue;
      this.#numbers.set(key, this.#states.length);
      this.#states.push(words);
    }
    return true;
  }

  wordsOf(state: number): BigUint64Array {
    return this.#states[state]!;
  }

  /** The number of a state that is in store. */
  numberOf(words: BigUint64Array): number {
    return this.#numbers.get(keyOf(words))!;
  }
}

/** The words as one number. */
function keyOf(words: BigUint64Array): bigint {
  return words.reduce((sum, word, i) => sum | (word << BigInt(64 * i)), 0n);
}
