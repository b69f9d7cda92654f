/** Every state and every transition of the compiled model, against the reference semantics. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { assemble } from "../../src/compile/assemble.ts";
import { searchModule } from "../../src/compile/search-module.ts";
import { StateStore } from "../../src/explorer/state-store.ts";
import { WasmGraph } from "../../src/explorer/wasm-graph.ts";
import { LocalLane, type SearchExports } from "../../src/explorer/wasm-lanes.ts";
import { runtimeFile } from "../../src/explorer/wasm-runtime-file.ts";
import { WasmSearch } from "../../src/explorer/wasm-search.ts";
import { pack, unpack } from "../../src/model/layout.ts";
import type { Model } from "../../src/model/model.ts";
import { Semantics } from "../../src/model/semantics.ts";
import { arbitraryModel } from "../generators.ts";
import { attempt, keyOf, reachableStates } from "../reachable.ts";

/** State to its successors by action, states as the keys of `keyOf`. */
type StateGraph = Map<string, Map<number, string>>;

async function compiledGraph(model: Model): Promise<StateGraph> {
  const compiled = searchModule(model, await runtimeFile(), { properties: [] });
  const semantics = new Semantics(model);
  const module = new WebAssembly.Module(await assemble(compiled.text));
  const store = new StateStore(compiled, { maxMemory: 2 ** 22 });
  const exports = new WebAssembly.Instance(module, { env: { memory: store.memory } })
    .exports as SearchExports;
  store.attach(exports);
  const actors = semantics.actions.map(() => 0);
  const options = { properties: [], exhaustive: true };
  const search = new WasmSearch({ model, options, store, module, exports, actors, threads: 1, poolFrom: 0 });
  await search.run(semantics.initialStates().map((state) => pack(compiled.layout, state)));
  store.beginMarks().fill(1);
  store.enterMarked(0, store.states);
  const graph = new WasmGraph(store, exports, [0], actors, new LocalLane(exports));
  const keys = Array.from({ length: store.states }, (_, number) =>
    keyOf(unpack(compiled.layout, store.wordsOf(number))),
  );
  return new Map(
    keys.map((key, number) => [
      key,
      new Map(graph.successors(number).map(({ action, successor }) => [action, keys[successor]!])),
    ]),
  );
}

function referenceGraph(model: Model): StateGraph {
  const semantics = new Semantics(model);
  return new Map(
    reachableStates(model).map((state) => {
      const edges = semantics.actions.flatMap((action, number): [number, string][] => {
        const step = attempt(semantics, action, state);
        return step === null || typeof step === "string" ? [] : [[number, keyOf(step.state)]];
      });
      return [keyOf(state), new Map(edges)];
    }),
  );
}

describe("the compiled model", () => {
  test("has the states and transitions of the reference semantics", async () => {
    await fc.assert(
      fc.asyncProperty(arbitraryModel({ faults: false, maxStates: 400 }), async (model) => {
        expect(await compiledGraph(model)).toEqual(referenceGraph(model));
      }),
      { numRuns: 100 },
    );
  }, 240_000);
});
