import { describe, expect, test } from "vitest";
import type { SearchOptions } from "../../src/explorer/engine.ts";
import { interpreter } from "../../src/explorer/interpreter.ts";
import { compiledEngine, wasmEngine } from "../../src/explorer/wasm-engine.ts";
import type { Model } from "../../src/model/model.ts";
import { ModelBuilder, range } from "../../src/model/builder.ts";
import { answerOf, benchmarkModel, conformance, endless } from "./conformance.ts";

/** Lets several threads work on the smallest model. */
const parallel = wasmEngine({ poolFrom: 0 });

describe("one thread", () => {
  conformance(compiledEngine, { randomModels: Number(process.env["TLBCHECK_GENERATED"] ?? 300), threads: 1 });
});
describe("two threads", () => {
  conformance(parallel, { randomModels: 15, threads: 2 });
});

describe("a hash under which all states collide", () => {
  const weak = wasmEngine({ weakHash: true, poolFrom: 0 });
  const T = benchmarkModel({ cpus: "3", pages: "1", accesses: "1" }, "buggy");

  test.each([1, 2])("changes no answer, with %i threads", async (threads) => {
    const options = { threads, exhaustive: true };
    expect(answerOf(await weak.search(T, options))).toEqual(answerOf(await interpreter.search(T, options)));
  });
});

describe("benchmark M", () => {
  const parameters = { cpus: "4", pages: "2", accesses: "2" };

  test.each([1, 2])("has exactly its published counts with %i threads", async (threads) => {
    const { counts } = await compiledEngine.search(benchmarkModel(parameters, "fixed"), {
      properties: [],
      threads,
    });
    expect(counts).toEqual({ states: 1_252_053, transitions: 13_332_561, depth: 43 });
  });

  test("has one answer whatever the number of threads", async () => {
    const model = benchmarkModel(parameters, "buggy");
    const one = await compiledEngine.search(model, { threads: 1 });
    expect(one.violations[0]?.path?.actions).toHaveLength(17);
    for (const threads of [2, 3]) {
      const other = await wasmEngine({ poolFrom: 100 }).search(model, { threads });
      expect(other.threads).toBe(threads);
      expect(answerOf(other)).toEqual(answerOf(one));
    }
  });

  test("finds the traces of several properties in one store", async () => {
    const model = benchmarkModel(parameters, "buggy");
    const [invariant] = model.properties;
    const twice = { ...model, properties: [invariant!, { ...invariant!, name: "again" }] };
    const { violations } = await compiledEngine.search(twice, { threads: 1 });
    expect(violations[1]?.path).toEqual(violations[0]?.path);
  });

  test("counts to the end where the invariant is violated", async () => {
    const options = { exhaustive: true, threads: 2 };
    const { counts } = await compiledEngine.search(benchmarkModel(parameters, "buggy"), options);
    expect({ states: counts.states, transitions: counts.transitions }).toEqual({
      states: 1_983_981,
      transitions: 21_844_218,
    });
  });
});

describe("growth inside of a level", () => {
  /** One state with `n` times `n` successors, each of which goes back. */
  function star(n: number): Model {
    const m = new ModelBuilder("star");
    const index = range(1, n);
    const [x, y] = [m.variable("x", range(0, n), 0), m.variable("y", range(0, n), 0)];
    m.rule("out", {
      parameters: { i: index, j: index },
      guard: () => [x.is(0)],
      body: ({ i, j }) => [x.set(i), y.set(j)],
    });
    m.rule("back", { guard: () => [x.greaterThan(0)], body: () => [x.set(0), y.set(0)] });
    m.goal("corner", x.is(n).and(y.is(n)));
    return m.build();
  }

  test.each([1, 2])("one state with a million successors, and back, %i threads", async (threads) => {
    const { counts, firings, reached } = await parallel.search(star(1000), { threads, exhaustive: true });
    expect(counts).toEqual({ states: 1_000_001, transitions: 2_000_000, depth: 1 });
    expect(firings).toEqual([1_000_000, 1_000_000]);
    expect(reached).toEqual(["corner"]);
  });

  test("initial states that do not fit into a batch, nor into the first table", async () => {
    const m = new ModelBuilder("many");
    const values = Array.from({ length: 150 }, (_, value) => value);
    const [x] = ["x", "y"].map((name) => m.variable(name, range(0, 149), { oneOf: values }));
    m.rule("to the first", { guard: () => [x!.greaterThan(0)], body: () => x!.set(0) });
    const { counts, firings } = await compiledEngine.search(m.build());
    expect(counts).toEqual({ states: 150 * 150, transitions: 149 * 150, depth: 0 });
    expect(firings).toEqual([149 * 150]);
  });

  test("a trace through it, by the number of its action", async () => {
    const model = star(300);
    const invariant = { ...model.properties[0]!, kind: "invariant" as const, name: "never" };
    const { violations } = await compiledEngine.search({
      ...model,
      properties: [{ ...invariant, condition: { kind: "not", operand: goalOf(model) } }],
    });
    expect(violations[0]?.path?.actions).toEqual([300 * 300 - 1]);
  });
});

describe("limits", () => {
  const stops = (options: SearchOptions, threads: number) =>
    parallel.search(endless(), { ...options, threads });

  test.each([1, 2])("memory ends the search, with %i threads", async (threads) => {
    const { stopped, bytes, counts } = await stops({ maxMemory: 40e6 }, threads);
    expect(stopped).toBe("max-memory");
    expect(bytes).toBeLessThanOrEqual(40e6);
    expect(counts.depth).toBeGreaterThan(2);
  });

  test.each([1, 2])("states end the search, with %i threads", async (threads) => {
    const { stopped, counts } = await stops({ maxStates: 500_000 }, threads);
    expect(stopped).toBe("max-states");
    // 1 + 40 + 780 + 9880 + 91390 states have at most 4 switches turned; another level would be 658 008 more.
    expect(counts.states).toBe(102_091);
  });

  test.each([1, 2])("a timeout ends it within a level, with %i threads", async (threads) => {
    const { stopped, seconds } = await stops({ timeout: 0.5 }, threads);
    expect(stopped).toBe("timeout");
    expect(seconds).toBeLessThan(2);
  });
});

function goalOf(model: Model) {
  const [goal] = model.properties;
  if (goal?.kind !== "goal") throw new Error("the model's first property is its goal");
  return goal.condition;
}
