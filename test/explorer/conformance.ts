/** What every engine must answer: one suite, which each engine's test runs. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import bench from "../../models/reclaim-mprotect-bench.ts";
import type { Engine, SearchOptions, SearchResult } from "../../src/explorer/engine.ts";
import { interpreter } from "../../src/explorer/interpreter.ts";
import { configurations } from "../../src/model/family.ts";
import type { Model } from "../../src/model/model.ts";
import { ModelBuilder, range, when } from "../../src/model/builder.ts";
import { arbitraryModel } from "../generators.ts";

export interface ConformanceOptions {
  /** Random models that are compared with the reference engine. */
  readonly randomModels: number;
  readonly threads: number;
}

/** The published counts of the benchmark and the lengths of its shortest traces. */
const benchmark = [
  {
    set: "T",
    parameters: { cpus: "3", pages: "1", accesses: "1" },
    states: 1180,
    transitions: 5060,
    depth: 21,
    trace: 11,
  },
  {
    set: "S",
    parameters: { cpus: "3", pages: "2", accesses: "5" },
    states: 95_190,
    transitions: 745_066,
    depth: 39,
    trace: 17,
  },
] as const;

export function benchmarkModel(parameters: Record<string, string>, variant: string): Model {
  return bench.build(configurations(bench, { variant, parameters })[0]!);
}

/** What does not depend on the engine, the machine or the number of threads. */
export function answerOf(result: SearchResult): unknown {
  const { counts, stopped, firings, violations, reached, fault, tracesStopped } = result;
  return { counts, stopped, firings, violations, reached, fault, tracesStopped };
}

export function conformance(engine: Engine, { randomModels, threads }: ConformanceOptions): void {
  const search = (model: Model, options: SearchOptions = {}): Promise<SearchResult> =>
    engine.search(model, { threads, ...options });

  describe.each(benchmark)("benchmark $set", ({ parameters, states, transitions, depth, trace }) => {
    test("has exactly its published counts", async () => {
      const { counts, stopped } = await search(benchmarkModel(parameters, "fixed"), { properties: [] });
      expect({ ...counts, stopped }).toEqual({ states, transitions, depth, stopped: null });
    });

    test("has its shortest trace when buggy, at the end of a level", async () => {
      const model = benchmarkModel(parameters, "buggy");
      const result = await search(model);
      expect(result.stopped).toBe("decided");
      expect(result.violations.map(({ path }) => path?.actions.length)).toEqual([trace]);
      expect(result.violations.map(({ steps }) => steps)).toEqual([trace]);
      expect(result.counts.depth).toBe(trace);
    });
  });

  test("random models have the answer of the reference engine", async () => {
    const options = fc.record({ exhaustive: fc.boolean() });
    await fc.assert(
      fc.asyncProperty(arbitraryModel(), options, async (model, chosen) => {
        expect(answerOf(await search(model, chosen))).toEqual(
          answerOf(await interpreter.search(model, chosen)),
        );
      }),
      { numRuns: randomModels },
    );
  }, 240_000);

  test("no properties: states are counted to the end", async () => {
    const model = counter(50, (value) => value < 3);
    const { counts, stopped, violations } = await search(model, { properties: [] });
    expect({ counts, stopped, violations }).toEqual({
      counts: { states: 51, transitions: 50, depth: 50 },
      stopped: null,
      violations: [],
    });
  });

  describe("limits", () => {
    test("max-states drops the level that exceeds it", async () => {
      const { counts, stopped } = await search(pairs(), { maxStates: 100 });
      expect(stopped).toBe("max-states");
      // Level d of a grid has d + 1 states: twelve levels have 91, thirteen 105.
      expect(counts).toEqual({ states: 91, transitions: 2 * 78, depth: 12 });
    });

    test("max-states that is just enough is no limit", async () => {
      expect((await search(counter(99), { maxStates: 100 })).stopped).toBeNull();
    });

    test("a timeout of nothing stops with the initial level", async () => {
      const { counts, stopped } = await search(pairs(), { timeout: 0 });
      expect(stopped).toBe("timeout");
      expect(counts.transitions).toBe(0);
    });

    test("a signal stops a search under way", async () => {
      const controller = new AbortController();
      const result = search(endless(), { signal: controller.signal, threads });
      setTimeout(() => controller.abort(), 60);
      expect((await result).stopped).toBe("interrupted");
    });

    test("progress is reported while a search runs", async () => {
      const seen: number[] = [];
      await search(endless(), { timeout: 0.8, onProgress: ({ states }) => seen.push(states) });
      expect(seen.length).toBeGreaterThan(0);
    });
  });

  describe("faults", () => {
    test("an assignment out of range ends the search at its level, with the path to it", async () => {
      const m = new ModelBuilder("overflow");
      const n = m.variable("n", range(0, 3), 0);
      m.rule("up", { body: () => n.increase() });
      m.rule("stay", { body: () => [] });
      const { stopped, fault, counts } = await search(m.build());
      expect({ stopped, action: fault?.action, path: fault?.path?.actions }).toEqual({
        stopped: "model-fault",
        action: 0,
        path: [0, 0, 0],
      });
      expect(counts).toEqual({ states: 4, transitions: 7, depth: 3 });
    });

    test("a state in which the only fair step has no value is no deadlock", async () => {
      const m = new ModelBuilder("no-deadlock");
      const n = m.variable("n", range(0, 3), 0);
      const idle = m.variable("idle", range(0, 1), 0);
      m.rule("up", { body: () => n.increase() });
      m.rule("idle", { body: () => idle.set(idle.plus(1).mod(2)), fair: false });
      m.deadlock(false);
      const { stopped, violations } = await search(m.build());
      expect({ stopped, violations }).toEqual({ stopped: "model-fault", violations: [] });
    });

    test("a condition that fails does not hide the fault of one before it", async () => {
      const m = new ModelBuilder("order-of-conditions");
      const cells = m.array("cells", [range(0, 1)], range(0, 3), 0);
      const done = m.variable("done", range(0, 1), 0);
      m.rule("look", {
        parameters: { i: range(0, 3) },
        guard: ({ i }) => [cells.at(i).is(0), done.is(1)],
        body: () => [],
      });
      m.rule("end", { body: () => done.set(done.plus(0)) });
      const { stopped, fault } = await search(m.build());
      expect({ stopped, action: fault?.action }).toEqual({ stopped: "model-fault", action: 2 });
    });
  });
}

/** Counts from 0 to `max`; the invariant is violated by the first value that `holds` does not like. */
function counter(max: number, holds: (value: number) => boolean = () => true): Model {
  const m = new ModelBuilder("counter");
  const n = m.variable("n", range(0, max), 0);
  m.rule("count", { guard: () => [n.lessThan(max)], body: () => n.increase() });
  const bad = Array.from({ length: max + 1 }, (_, value) => value).find((value) => !holds(value));
  m.invariant("small", bad === undefined ? true : n.lessThan(bad));
  return m.build();
}

/** A grid: two numbers that grow one at a time. */
function pairs(): Model {
  const m = new ModelBuilder("pairs");
  const x = m.variable("x", range(0, 1000), 0);
  const y = m.variable("y", range(0, 1000), 0);
  m.rule("right", { body: () => when(x.lessThan(1000), x.increase()) });
  m.rule("up", { body: () => when(y.lessThan(1000), y.increase()) });
  return m.build();
}

/** More states than any limit: forty switches that anybody may turn. */
export function endless(): Model {
  const m = new ModelBuilder("endless");
  const index = range(0, 39);
  const flags = m.array("flags", [index], range(0, 1), 0);
  m.rule("turn", {
    parameters: { i: index },
    body: ({ i }) => flags.at(i).set(flags.at(i).plus(1).mod(2)),
  });
  return m.build();
}
