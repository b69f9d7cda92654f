/** The hash outside of the module against the one inside, which shows in where a visited set keeps a state. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { assemble } from "../../src/compile/assemble.ts";
import { hashOf } from "../../src/compile/hash.ts";
import { searchModule } from "../../src/compile/search-module.ts";
import { StateStore } from "../../src/explorer/state-store.ts";
import type { SearchExports } from "../../src/explorer/wasm-lanes.ts";
import { runtimeFile } from "../../src/explorer/wasm-runtime-file.ts";
import { ModelBuilder, range } from "../../src/model/builder.ts";

const SLOTS_A_LINE = 8;
/** log2 of the lines of a visited set that has not grown. */
const LINE_BITS = 10n;

test("a state's tag is the last half of its hash, and its line the first bits", async () => {
  const m = new ModelBuilder("three words");
  const cells = m.array("cells", [range(1, 6)], range(0, 2 ** 31 - 2), 0);
  m.rule("nothing", { body: () => cells.at(1).set(0) });
  const compiled = searchModule(m.build(), await runtimeFile());
  const module = new WebAssembly.Module(await assemble(compiled.text));
  const word = fc.bigInt({ min: 0n, max: 2n ** 62n - 1n });
  await fc.assert(
    fc.asyncProperty(fc.tuple(word, word, word), async (words) => {
      const store = new StateStore(compiled, { maxMemory: 2 ** 20 });
      const { exports } = new WebAssembly.Instance(module, { env: { memory: store.memory } });
      store.attach(exports as SearchExports);
      const state = BigUint64Array.from(words);
      expect(await store.insert([state])).toBe(true);
      expect(store.wordsOf(0)).toEqual(state);
      const hash = hashOf(state);
      const line = Number(hash >> (64n - LINE_BITS));
      const slots = new BigUint64Array(store.memory.buffer, store.map.table + 64 * line, SLOTS_A_LINE);
      // A tagged slot: the tag above the number of the state, counted from 1.
      expect(slots[0]).toBe(BigInt.asUintN(64, hash << 32n) | 1n);
    }),
    { numRuns: 50 },
  );
});
