/** The search for traces is ended by a limit without a loss of what is known already. */
import { describe, expect, test } from "vitest";
import { assemble } from "../../src/compile/assemble.ts";
import { searchModule } from "../../src/compile/search-module.ts";
import type { SearchOptions, SearchResult } from "../../src/explorer/engine.ts";
import { interpreter } from "../../src/explorer/interpreter.ts";
import { limitsOf } from "../../src/explorer/limits.ts";
import { StateStore } from "../../src/explorer/state-store.ts";
import { faultOf, GRACE, type Steps, TraceSearch, violationOf } from "../../src/explorer/trace-search.ts";
import type { SearchExports } from "../../src/explorer/wasm-lanes.ts";
import { runtimeFile } from "../../src/explorer/wasm-runtime-file.ts";
import { WasmSearch } from "../../src/explorer/wasm-search.ts";
import { bool, ModelBuilder, range } from "../../src/model/builder.ts";
import { pack } from "../../src/model/layout.ts";
import type { Expr, Model } from "../../src/model/model.ts";
import { Semantics } from "../../src/model/semantics.ts";
import { benchmarkModel } from "./conformance.ts";

/** Keeps the processor, and with it the event loop, busy. */
function busy(milliseconds: number): void {
  const end = performance.now() + milliseconds;
  while (performance.now() < end);
}

/** Work of a number of steps that take a millisecond each; `onStep` is told the number of each. */
async function* work(steps: number, onStep: (step: number) => void = () => {}): Steps<string> {
  for (let step = 0; step < steps; step++) {
    onStep(step);
    busy(1);
    yield;
  }
  return "done";
}

describe("work in steps", () => {
  test("runs to its end without a limit, and lets others run meanwhile", async () => {
    let turns = 0;
    const timer = setInterval(() => (turns += 1), 1);
    const traces = new TraceSearch(limitsOf({}));
    expect(await traces.result(work(120))).toBe("done");
    clearInterval(timer);
    expect(turns).toBeGreaterThan(2);
    expect(traces.stopped).toBeNull();
  });

  test("is given up soon after Ctrl-C, which is heard while it runs", async () => {
    const controller = new AbortController();
    const traces = new TraceSearch(limitsOf({ signal: controller.signal }));
    setTimeout(() => controller.abort(), 2 * GRACE);
    let last = 0;
    expect(await traces.result(work(10_000, (step) => (last = step)))).toBeNull();
    expect(traces.stopped).toBe("interrupted");
    expect(last).toBeLessThan(1000);
  });

  test("is given up when the time is over, and no other work is begun", async () => {
    const traces = new TraceSearch(limitsOf({ timeout: 0 }));
    expect(await traces.result(work(10_000))).toBeNull();
    let begun = false;
    expect(await traces.result(work(1, () => (begun = true)))).toBeNull();
    expect(begun).toBe(false);
    expect(traces.stopped).toBe("timeout");
  });

  test("that is short is done even if the time was over before", async () => {
    const traces = new TraceSearch(limitsOf({ signal: AbortSignal.abort() }));
    expect(await traces.result(work(1))).toBe("done");
  });
});

describe("what is told without a path", () => {
  const never: Expr = { kind: "constant", value: 0, domain: bool };
  const path = { initial: new BigUint64Array(1), actions: [5, 6, 7] };
  const property = { name: "p", aliases: [], consequence: [], source: null };

  test("a violation has the steps that its path has", () => {
    const deadlock = { ...property, kind: "deadlock" as const, terminated: never };
    expect(violationOf(deadlock, 3, path).steps).toBe(path.actions.length);
    expect(violationOf({ ...property, kind: "assertion" }, 2, path).steps).toBe(path.actions.length);
    expect(violationOf(deadlock, 3, null)).toEqual({ property: "p", steps: 3, path: null });
  });

  test("a fault has the steps to its state", () => {
    expect(faultOf(2, path)).toEqual({ steps: 2, path: { ...path, actions: [5, 6] }, action: 7 });
    expect(faultOf(3, path)).toEqual({ steps: 3, path, action: null });
    expect(faultOf(3, null)).toEqual({ steps: 3, path: null, action: null });
  });
});

describe("verdict and counts are those of the whole search", () => {
  const S = benchmarkModel({ cpus: "3", pages: "2", accesses: "5" }, "buggy");

  /** The compiled search, with something done whenever marks are made for the trace. */
  async function searchCompiled(
    model: Model,
    options: SearchOptions,
    onMark: () => void,
  ): Promise<SearchResult> {
    const compiled = searchModule(model, await runtimeFile());
    const semantics = new Semantics(model);
    const module = new WebAssembly.Module(await assemble(compiled.text));
    const store = new StateStore(compiled, { maxMemory: 2 ** 26 });
    const { exports } = new WebAssembly.Instance(module, { env: { memory: store.memory } });
    const real = exports as SearchExports;
    const mark: SearchExports["mark"] = (...range) => {
      onMark();
      real.mark(...range);
    };
    store.attach(real);
    const actors = semantics.actions.map(() => 0);
    const parts = {
      model,
      options,
      store,
      module,
      exports: { ...real, mark },
      actors,
      threads: 1,
      poolFrom: 1e9,
    };
    return new WasmSearch(parts).run(semantics.initialStates().map((state) => pack(compiled.layout, state)));
  }

  test.each<[string, (aborted: AbortController) => SearchOptions]>([
    ["interrupted", ({ signal }) => ({ signal })],
    ["timeout", () => ({ timeout: 2 })],
  ])("compiled, %s", async (reason, limit) => {
    const whole = await searchCompiled(S, {}, () => {});
    expect(whole).toMatchObject({ stopped: "decided", tracesStopped: null, violations: [{ steps: 17 }] });
    const controller = new AbortController();
    let marked = 0;
    const cut = await searchCompiled(S, limit(controller), () => {
      if (marked++ > 0) return;
      controller.abort();
      busy(reason === "timeout" ? 2000 : GRACE);
    });
    expect(cut).toMatchObject({ stopped: "decided", tracesStopped: reason, counts: whole.counts });
    expect(cut.firings).toEqual(whole.firings);
    expect(cut.violations).toEqual([{ property: whole.violations[0]!.property, steps: 17, path: null }]);
    expect(marked).toBeLessThan(20);
  });

  /** A signal that is aborted from some look at it on. */
  function abortedAt(look: number): { signal: AbortSignal; looks: () => number } {
    let looks = 0;
    const signal = {
      get aborted() {
        looks += 1;
        return looks >= look;
      },
    };
    return { signal: signal as AbortSignal, looks: () => looks };
  }

  /** A grid whose last state violates the invariant: finding the trace takes as long as finding the violation. */
  function grid(last: number): Model {
    const m = new ModelBuilder("grid");
    const x = m.variable("x", range(0, last), 0);
    const y = m.variable("y", range(0, last), 0);
    m.rule("right", { guard: () => [x.lessThan(last)], body: () => x.increase() });
    m.rule("up", { guard: () => [y.lessThan(last)], body: () => y.increase() });
    m.invariant("not the corner", x.is(last).and(y.is(last)).not());
    return m.build();
  }

  test("interpreted", async () => {
    const model = grid(120);
    // Without a property there is no search for traces: what looks there are, are those of the exploration.
    const { signal, looks } = abortedAt(Infinity);
    const { counts } = await interpreter.search(model, { signal, properties: [] });
    const cut = await interpreter.search(model, { signal: abortedAt(looks() + 1).signal });
    expect(cut).toMatchObject({ stopped: null, tracesStopped: "interrupted", counts });
    expect(cut.violations).toEqual([{ property: "not the corner", steps: 240, path: null }]);
  });
});
