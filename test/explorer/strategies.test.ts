/** What each strategy promises, for every engine: `src/explorer/engine.ts` says it. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Engine, SearchOptions, SearchResult } from "../../src/explorer/engine.ts";
import { interpreter } from "../../src/explorer/interpreter.ts";
import { shortened } from "../../src/explorer/shorten.ts";
import { compiledEngine, wasmEngine } from "../../src/explorer/wasm-engine.ts";
import { enumeration, ModelBuilder, range } from "../../src/model/builder.ts";
import { scenario } from "../../src/index.ts";
import { groupsOf } from "../../src/explorer/walk-result.ts";
import { Semantics } from "../../src/model/semantics.ts";
import { modelOf } from "../support/verdicts.ts";
import { and } from "../../src/model/term.ts";
import type { Model } from "../../src/model/model.ts";
import { faultReplay, type Replay, violationReplay } from "../../src/trace/replay.ts";
import { arbitraryModel } from "../generators.ts";
import { benchmarkModel } from "./conformance.ts";

const engines: readonly [string, Engine, number, number][] = [
  ["the reference engine", interpreter, 1, 60],
  ["one thread", compiledEngine, 1, 120],
  ["two threads", wasmEngine({ poolFrom: 0 }), 2, 8],
];

function replayed(replay: Replay<unknown>): void {
  for (let step = replay.next(); !step.done;) step = replay.next();
}

/** Replays what was found in the reference semantics, which refuses a path that does not end in what it claims. */
function replayAll(model: Model, { violations, fault }: SearchResult): void {
  for (const { property, path } of violations) replayed(violationReplay(model, property, path!));
  if (fault?.path) replayed(faultReplay(model, fault.path, fault.action));
}

/** The properties but those of liveness, which only a breadth-first search decides. */
function safety({ properties }: Model): string[] {
  return properties.filter(({ kind }) => kind !== "liveness").map(({ name }) => name);
}

/** A model whose violation lies deep: a chain of steps, beside switches that multiply the states of each level. */
function deep(depth: number): Model {
  const m = new ModelBuilder("deep");
  const n = m.variable("n", range(0, depth), 0);
  const index = range(0, 24);
  const flags = m.array("flags", [index], range(0, 1), 0);
  m.rule("on", { guard: () => [n.lessThan(depth)], body: () => n.increase() });
  m.rule("turn", {
    parameters: { i: index },
    guard: ({ i }) => [flags.at(i).is(0)],
    body: ({ i }) => flags.at(i).set(1),
  });
  m.invariant("shallow", n.lessThan(depth));
  return m.build();
}

/** Two properties, of which one is violated much later than the other. */
function twice(): Model {
  const m = new ModelBuilder("twice");
  const n = m.variable("n", range(0, 50), 0);
  m.rule("count", { guard: () => [n.lessThan(50)], body: () => n.increase() });
  m.invariant("soon", n.lessThan(5));
  m.invariant("late", n.lessThan(40));
  return m.build();
}

describe.each(engines)("%s", (_, engine, threads, numRuns) => {
  const search = (model: Model, options: SearchOptions): Promise<SearchResult> =>
    engine.search(model, { threads, ...options });

  test("depth first every state is seen, and safety has the verdicts of a breadth-first search", async () => {
    await fc.assert(
      fc.asyncProperty(arbitraryModel(), async (model) => {
        const options = { exhaustive: true, properties: safety(model) };
        const wide = await interpreter.search(model, options);
        const narrow = await search(model, { ...options, strategy: "dfs" });
        replayAll(model, narrow);
        // A fault ends a search, and which one it meets first is the strategy's affair.
        expect(narrow.fault !== null).toBe(wide.fault !== null);
        if (wide.stopped !== null) return;
        const { counts, firings, reached, violations, stopped } = narrow;
        const names = (found: SearchResult["violations"]) => found.map(({ property }) => property);
        expect({ stopped, firings, reached }).toEqual({
          stopped: null,
          firings: wide.firings,
          reached: wide.reached,
        });
        expect([counts.states, counts.transitions]).toEqual([wide.counts.states, wide.counts.transitions]);
        expect(counts.depth).toBeGreaterThanOrEqual(wide.counts.depth);
        expect(names(violations)).toEqual(names(wide.violations));
        for (const [i, { steps }] of violations.entries())
          expect(steps).toBeGreaterThanOrEqual(wide.violations[i]!.steps);
      }),
      { numRuns },
    );
  }, 120_000);

  test("what random walks find is there", async () => {
    await fc.assert(
      fc.asyncProperty(arbitraryModel(), fc.nat(), async (model, seed) => {
        const properties = safety(model);
        if (properties.length === 0) return;
        const wide = await interpreter.search(model, { exhaustive: true, properties });
        const found = await search(model, { strategy: "random", seed, timeout: 0.02, properties });
        replayAll(model, found);
        if (wide.stopped !== null) return;
        const names = ({ violations }: SearchResult) => violations.map(({ property }) => property);
        expect(names(wide)).toEqual(expect.arrayContaining(names(found)));
        expect(wide.reached).toEqual(expect.arrayContaining([...found.reached]));
        expect(found.stopped).not.toBeNull();
      }),
      { numRuns: Math.ceil(numRuns / 3) },
    );
  }, 120_000);

  test.each(["dfs", "random"] as const)(
    "%s finds what lies 120 steps deep among 2^25 states a level",
    async (strategy) => {
      const model = deep(120);
      const found = await search(model, {
        strategy,
        timeout: 30,
        maxStates: threads === 1 ? 200_000 : 2_000_000,
      });
      expect(found.violations.map(({ property }) => property)).toEqual(["shallow"]);
      replayAll(model, found);
      const short = await shortened(engine, model, found, {});
      replayAll(model, short);
      expect(short.violations[0]!.steps).toBe(120);
    },
  );

  test("the first violation is enough, or all of them are looked for", async () => {
    for (const strategy of ["bfs", "dfs", "random"] as const) {
      const first = await search(twice(), { strategy, first: true, timeout: 30 });
      expect(first.violations.map(({ property }) => property)).toContain("soon");
      const all = await search(twice(), { strategy, timeout: 30 });
      expect(all.violations.map(({ property }) => property)).toEqual(["soon", "late"]);
    }
    const { stopped, violations, counts } = await search(twice(), { first: true });
    expect({ stopped, depth: counts.depth, steps: violations.map(({ steps }) => steps) }).toEqual({
      stopped: "first-violation",
      depth: 5,
      steps: [5],
    });
  });

  test.each(["dfs", "random"] as const)("%s decides no liveness, and says so", async (strategy) => {
    const m = new ModelBuilder("live");
    const n = m.variable("n", range(0, 3), 0);
    m.rule("count", { body: () => n.set(n.plus(1).mod(4)) });
    m.liveness("ends", { infinitelyOften: [n.is(0)] });
    m.invariant("small", n.lessThan(4));
    const { livenessStopped, violations } = await search(m.build(), { strategy, timeout: 0.05 });
    expect({ livenessStopped, violations }).toEqual({ livenessStopped: "strategy", violations: [] });
  });

  test("a deadlock and an assertion at the ends of paths", async () => {
    const m = new ModelBuilder("ends");
    const at = m.variable("at", enumeration("at", ["begin", "left", "right"]), "begin");
    const said = m.variable("said", range(0, 1), 0);
    m.rule("left", { guard: () => [at.is("begin")], body: () => at.set("left") });
    m.rule("right", { guard: () => [at.is("begin")], body: () => [at.set("right"), said.set(1)] });
    m.deadlock(at.is("right"));
    m.invariant("not both", and(at.is("right"), said.is(1)).not());
    for (const strategy of ["dfs", "random"] as const) {
      const model = m.build();
      const found = await search(model, { strategy, timeout: 1 });
      expect(found.violations.map(({ property }) => property)).toEqual(["deadlock", "not both"]);
      replayAll(model, found);
      replayAll(model, await shortened(engine, model, found, {}));
    }
  });

  test("progress names what is violated so far", async () => {
    const seen = new Set<string>();
    const model = deep(3);
    const options = { strategy: "dfs", timeout: 0.6, exhaustive: true } as const;
    await search(model, {
      ...options,
      onProgress: ({ violated }) => violated.forEach((name) => seen.add(name)),
    });
    expect([...seen]).toEqual(["shallow"]);
  });
});

test("each thread of a scenario is a group, and each rule of the hardware", () => {
  const family = scenario("groups", { about: "two threads", arch: ["arm64"] }, (m) => {
    const mm = m.mm();
    const page = mm.page("page0");
    m.thread("reads", { cpu: 0, mm }, (k) => k.load(page));
    m.thread("writes", { cpu: 1, mm }, (k) => k.store(page));
  });
  const { actions } = new Semantics(modelOf(family));
  const { of, threads, count } = groupsOf(actions);
  expect(threads).toBe(2);
  const rules = new Set(actions.filter(({ rule }) => rule.step === null).map(({ rule }) => rule.name));
  expect(count).toBe(2 + rules.size);
  const groups = (wanted: string) =>
    new Set(of.filter((_, i) => actions[i]!.rule.name.startsWith(`${wanted}:`)));
  expect([groups("reads").size, groups("writes").size]).toEqual([1, 1]);
  expect(groups("reads")).not.toEqual(groups("writes"));
});

test("a seed decides what random walks find, with one thread", async () => {
  const model = deep(40);
  const paths = await Promise.all(
    [7, 7, 8].map(async (seed) => {
      const { violations } = await compiledEngine.search(model, { strategy: "random", seed, timeout: 30 });
      return JSON.stringify(violations[0]!.path!.actions);
    }),
  );
  expect(paths[1]).toBe(paths[0]);
  expect(paths[2]).not.toBe(paths[0]);
});

test("the benchmark depth first has its published counts, with one thread and with two", async () => {
  const model = benchmarkModel({ cpus: "3", pages: "2", accesses: "5" }, "fixed");
  for (const threads of [1, 2]) {
    const { counts, stopped } = await wasmEngine({ poolFrom: 0 }).search(model, { strategy: "dfs", threads });
    expect({ ...counts, depth: 0, stopped }).toEqual({
      states: 95_190,
      transitions: 745_066,
      depth: 0,
      stopped: null,
    });
  }
});
