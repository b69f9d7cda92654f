/** A search that goes on from any level gives the answer of one that was never ended. */
import fc from "fast-check";
import { expect, test } from "vitest";
import type { Checkpointing, Resumption, Snapshot } from "../../src/explorer/checkpoint.ts";
import { wasmEngine } from "../../src/explorer/wasm-engine.ts";
import type { Model } from "../../src/model/model.ts";
import { arbitraryModel } from "../generators.ts";
import { answerOf, benchmarkModel } from "./conformance.ts";

const engine = wasmEngine({ poolFrom: 0 });

interface Kept {
  readonly snapshot: Snapshot;
  readonly slices: readonly Uint8Array[];
}

/** Searches a model, and keeps it at the end of each level. */
async function keeping(model: Model, options: { exhaustive?: boolean; threads?: number }) {
  const kept: Kept[] = [];
  const checkpoint: Checkpointing = {
    interval: 0,
    save: async (snapshot, slices) => {
      kept.push(structuredClone({ snapshot, slices: [...slices] }));
    },
  };
  return { result: await engine.search(model, { ...options, checkpoint }), kept };
}

function resumption({ snapshot, slices }: Kept): Resumption {
  return {
    snapshot,
    slices: (async function* () {
      yield* slices;
    })(),
  };
}

test("random models, from each of their levels", async () => {
  await fc.assert(
    fc.asyncProperty(arbitraryModel(), fc.boolean(), fc.nat(), async (model, exhaustive, which) => {
      const { result, kept } = await keeping(model, { exhaustive });
      if (kept.length === 0) return;
      const from = kept[which % kept.length]!;
      const again = await engine.search(model, { exhaustive, resume: resumption(from) });
      expect(answerOf(again)).toEqual(answerOf(result));
    }),
    { numRuns: 40 },
  );
}, 60_000);

test.each([1, 2])("the benchmark with its trace, with %i threads", async (threads) => {
  const model = benchmarkModel({ cpus: "3", pages: "2", accesses: "3" }, "buggy");
  const { result, kept } = await keeping(model, { threads });
  expect(result.violations[0]?.path?.actions).toHaveLength(17);
  for (const from of [kept[1]!, kept[9]!, kept.at(-1)!]) {
    const again = await engine.search(model, { threads, resume: resumption(from) });
    expect(answerOf(again)).toEqual(answerOf(result));
  }
});

test("a limit that ends a search keeps it at the end of the last level that is complete", async () => {
  const model = benchmarkModel({ cpus: "3", pages: "2", accesses: "3" }, "fixed");
  const whole = await engine.search(model, { properties: [] });
  const kept: Kept[] = [];
  const checkpoint: Checkpointing = {
    interval: Infinity,
    save: async (snapshot, slices) => void kept.push({ snapshot, slices: [...slices] }),
  };
  const cut = await engine.search(model, { properties: [], maxStates: 5000, checkpoint });
  expect([cut.stopped, kept.length]).toEqual(["max-states", 1]);
  expect(kept[0]!.snapshot.states).toBeLessThanOrEqual(5000);
  const again = await engine.search(model, { properties: [], resume: resumption(kept[0]!) });
  expect(answerOf(again)).toEqual(answerOf(whole));
});
