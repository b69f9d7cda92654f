/** States in several shards: the same answers, and numbers in the order of the levels. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { SearchResult } from "../../src/explorer/engine.ts";
import { interpreterEngine } from "../../src/explorer/interpreter.ts";
import { MapShard } from "../../src/explorer/map-shard.ts";
import { type Shard, Shards } from "../../src/explorer/shards.ts";
import { BATCH_RECORDS } from "../../src/compile/memory-map.ts";
import { arbitraryModel } from "../generators.ts";
import { answerOf, benchmarkModel } from "./conformance.ts";

/** The states in store, in an order of their own. */
function statesOf({ states }: SearchResult): string[] {
  return [...states()].map(String).sort();
}

describe("the answer does not depend on the number of shards", () => {
  const [one, ...others] = [1, 2, 4].map((shards) => interpreterEngine({ shards }));

  test("counts, verdicts, traces and states of random models", async () => {
    await fc.assert(
      fc.asyncProperty(arbitraryModel(), fc.boolean(), async (model, exhaustive) => {
        const expected = await one!.search(model, { exhaustive });
        for (const engine of others) {
          const found = await engine.search(model, { exhaustive });
          expect(answerOf(found)).toEqual(answerOf(expected));
          expect(statesOf(found)).toEqual(statesOf(expected));
        }
      }),
      { numRuns: 150 },
    );
  }, 240_000);

  test("the benchmark's trace, with batches that fill up", async () => {
    const model = benchmarkModel({ cpus: "3", pages: "1", accesses: "1" }, "buggy");
    const expected = await one!.search(model, { exhaustive: true });
    expect(expected.violations).toMatchObject([{ steps: 11 }]);
    for (const engine of others)
      expect(answerOf(await engine.search(model, { exhaustive: true }))).toEqual(answerOf(expected));
  });
});

/** Notes the batches that it is given. */
class NotingShard extends MapShard {
  readonly batches: (readonly BigUint64Array[])[] = [];

  override async insert(batch: readonly BigUint64Array[]): Promise<boolean> {
    this.batches.push(batch);
    return super.insert(batch);
  }
}

const wordsOf = (value: number): BigUint64Array => BigUint64Array.of(BigInt(value), 7n);

describe("delivery", () => {
  test("every state goes to one shard, again and again to the same, and all shards own about as many", async () => {
    const parts = [0, 1, 2, 3].map(() => new NotingShard());
    const shards = new Shards(parts);
    for (let round = 0; round < 2; round++) {
      for (let value = 0; value < 4000; value++) shards.send(wordsOf(value));
      await shards.deliver();
    }
    expect(shards.states).toBe(4000);
    for (const { states, batches } of parts) {
      expect(states).toBeGreaterThan(900);
      expect(batches.map(({ length }) => length)).toEqual([states, states]);
    }
  });

  test("one shard is handed everything in the order in which it was sent", async () => {
    const only = new NotingShard();
    const shards = new Shards([only]);
    const sent = [3, 1, 3, 2].map(wordsOf);
    for (const words of sent) shards.send(words);
    expect(shards.full).toBe(false);
    await shards.deliver();
    await shards.deliver();
    expect(only.batches).toEqual([sent]);
  });

  test("is due when a batch is full", () => {
    const shards = new Shards([new MapShard()]);
    for (let value = 1; value < BATCH_RECORDS; value++) shards.send(wordsOf(value));
    expect(shards.full).toBe(false);
    shards.send(wordsOf(0));
    expect(shards.full).toBe(true);
  });

  test("fails if a shard has no room", async () => {
    const full: Shard = { states: 0, insert: async () => false, wordsOf };
    const shards = new Shards([new MapShard(), full]);
    for (let value = 0; value < 50; value++) shards.send(wordsOf(value));
    expect(await shards.deliver()).toBe(false);
  });
});

describe("numbers", () => {
  test("are those of the levels, without gaps, and name the states that have them", async () => {
    const levels = fc.array(fc.integer({ min: 0, max: 40 }), { minLength: 1, maxLength: 6 });
    await fc.assert(
      fc.asyncProperty(levels, fc.constantFrom(1, 2, 4), async (sizes, count) => {
        const shards = new Shards(Array.from({ length: count }, () => new MapShard()));
        let value = 0;
        for (const size of sizes) {
          const first = value;
          for (let i = 0; i < size; i++) shards.send(wordsOf(value++));
          await shards.deliver();
          expect(shards.endLevel()).toEqual([first, value]);
          const numbers = Array.from({ length: size }, (_, i) =>
            shards.numberOf(wordsOf(first + i), (owner) => owner.numberOf(wordsOf(first + i))),
          );
          expect(numbers.toSorted((a, b) => a - b)).toEqual(numbers.map((_, i) => first + i));
          numbers.forEach((number, i) => expect(shards.wordsOf(number)).toEqual(wordsOf(first + i)));
        }
        expect([...shards.all()]).toHaveLength(value);
      }),
    );
  });
});
