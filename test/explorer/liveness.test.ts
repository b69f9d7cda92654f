/** Liveness: known answers, and an independent decision by naive means on generated models. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Engine, SearchOptions, SearchResult } from "../../src/explorer/engine.ts";
import { interpreter } from "../../src/explorer/interpreter.ts";
import { compiledEngine, wasmEngine } from "../../src/explorer/wasm-engine.ts";
import { bool, enumeration, ModelBuilder, names, range, taken } from "../../src/model/builder.ts";
import { valueType } from "../../src/model/domain.ts";
import type { LivenessProperty } from "../../src/model/fairness.ts";
import type { Expr, Model, RunDescription } from "../../src/model/model.ts";
import { type Action, actionName, Semantics, type State, UNBOUND } from "../../src/model/semantics.ts";
import { slice } from "../../src/model/slice.ts";
import { number } from "../../src/model/term.ts";
import { replayViolation } from "../../src/trace/replay.ts";
import type { TraceStep } from "../../src/trace/trace.ts";
import { arbitraryModel } from "../generators.ts";
import { attempt, keyOf, reachableStates } from "../reachable.ts";
import { answerOf } from "./conformance.ts";

const engines: [string, Engine, number][] = [
  ["interpret", interpreter, 1],
  ["wasm, 1 thread", compiledEngine, 1],
  ["wasm, 2 threads", wasmEngine({ poolFrom: 0 }), 2],
];

interface Lasso {
  readonly stem: readonly string[];
  readonly cycle: readonly string[];
  readonly fairness: string;
}

/** The replayed lasso of a model's one property, or null if it holds. */
async function lassoOf(model: Model, engine: Engine = compiledEngine, threads = 1): Promise<Lasso | null> {
  const result = await engine.search(model, { threads });
  expect(result).toMatchObject({ stopped: null, livenessStopped: null, tracesStopped: null, fault: null });
  const [violation] = result.violations;
  if (!violation) return null;
  expect(violation.steps).toBe(violation.path!.actions.length);
  const { steps, cycle } = replayViolation(model, violation.property, violation.path!);
  const namesOf = (list: readonly TraceStep[]): string[] => list.map(({ action }) => action);
  return { stem: namesOf(steps), cycle: namesOf(cycle!.steps), fairness: cycle!.fairness };
}

/** A page's entry is upgraded while the TLB holds the old one: what the store's fault does not flush stays stale. */
function staleEntry(evictionIsFair: boolean): Model {
  const m = new ModelBuilder("stale-entry");
  const permission = enumeration("permission", ["none", "ro", "rw"]);
  const pte = m.variable("pte", permission, "ro");
  const tlb = m.variable("tlb", permission, "none");
  const pc = m.variable("pc", enumeration("pc", ["store", "fault", "done"]), "store");
  const task = { actor: "task", fair: "task" } as const;
  m.rule("upgrade", { actor: "other", guard: () => [pte.is("ro")], body: () => pte.set("rw") });
  m.rule("walk", {
    ...task,
    guard: () => [pc.is("store"), tlb.is("none")],
    body: () => tlb.set(pte),
  });
  m.rule("hit", { ...task, guard: () => [pc.is("store"), tlb.is("rw")], body: () => pc.set("done") });
  m.rule("fault", { ...task, guard: () => [pc.is("store"), tlb.is("ro")], body: () => pc.set("fault") });
  m.rule("retry", { ...task, guard: () => [pc.is("fault")], body: () => pc.set("store") });
  m.rule("evict", {
    actor: "tlb",
    fair: evictionIsFair,
    guard: () => [tlb.isNot("none")],
    body: () => tlb.set("none"),
  });
  m.liveness("no-endless-fault", { eventuallyAlways: pte.is("rw"), infinitelyOften: taken("fault") });
  return m.build();
}

describe.each(engines)("%s", (_, engine, threads) => {
  const lasso = (model: Model): Promise<Lasso | null> => lassoOf(model, engine, threads);

  test("a cached entry keeps a store faulting for ever, because eviction is not fair", async () => {
    const found = await lasso(staleEntry(false));
    expect(found?.stem).toEqual(["walk", "upgrade"]);
    expect(found?.cycle).toEqual(["fault", "retry"]);
    expect(found?.fairness).toBe(
      "this is fair: task is taken again and again; no other weakly fair action is enabled; " +
        "evict might happen, but is not fair and need not",
    );
  });

  test("and does not if eviction were fair", async () => {
    expect(await lasso(staleEntry(true))).toBeNull();
  });

  /** A spinning thread: what it may do next changes all the time, but it may always do something. */
  function spinning(fair: boolean | string): Model {
    const m = new ModelBuilder("spinning");
    const free = m.variable("free", bool, true);
    const pc = m.variable("pc", enumeration("pc", ["spinning", "inside"]), "spinning");
    m.rule("take", { fair, guard: () => [pc.is("spinning"), free], body: () => pc.set("inside") });
    m.rule("wait", { fair, guard: () => [pc.is("spinning"), free.not()], body: () => pc.set("inside") });
    m.rule("toggle", { body: () => free.set(free.not()) });
    m.liveness("inside", { eventuallyAlways: pc.is("spinning") });
    return m.build();
  }

  test("steps of one class are one for fairness", async () => {
    expect(await lasso(spinning("thread"))).toBeNull();
    const found = await lasso(spinning(true));
    expect(found).toMatchObject({ stem: [], cycle: ["toggle", "toggle"] });
    expect(found?.fairness).toContain("take and wait are enabled now and then, but not all the time");
  });

  test("a class has one instance a value of its index", async () => {
    const model = (index: "own" | "shared"): Model => {
      const m = new ModelBuilder("classes");
      const cpu = names("cpu", 2);
      const done = m.array("done", [cpu], bool, false);
      m.rule("finish", {
        parameters: { c: cpu },
        fair: ({ c }) => ({ name: "cpu", index: index === "own" ? c : number(0) }),
        body: ({ c }) => done.at(c).set(true),
      });
      m.liveness("all finish", { eventuallyAlways: done.at("cpu1").not() });
      return m.build();
    };
    expect(await lasso(model("own"))).toBeNull();
    expect(await lasso(model("shared"))).toMatchObject({
      stem: ["finish(cpu0)"],
      cycle: ["finish(cpu0)"],
    });
  });

  test("a run may end where nothing fair is enabled, and stays there", async () => {
    const m = new ModelBuilder("ends");
    const n = m.variable("n", range(0, 2), 0);
    m.rule("count", { guard: () => [n.lessThan(2)], body: () => n.increase() });
    m.rule("speculate", { fair: false, body: () => [] });
    m.liveness("goes on", { eventuallyAlways: n.isNot(0), infinitelyOften: n.is(2) });
    const found = await lasso(m.build());
    expect(found).toMatchObject({ stem: ["count", "count"], cycle: [] });
    expect(found?.fairness).toContain("no weakly fair action is enabled; speculate might happen");
  });

  test("a step that changes nothing is a step", async () => {
    const m = new ModelBuilder("idle");
    const n = m.variable("n", range(0, 1), 0);
    m.rule("idle", { body: () => [] });
    m.rule("leave", { fair: false, body: () => n.set(1) });
    m.liveness("n", { eventuallyAlways: n.is(0), infinitelyOften: taken("idle") });
    expect(await lasso(m.build())).toMatchObject({ stem: [], cycle: ["idle"] });
  });

  test("every recurrence has to occur in one cycle", async () => {
    const model = (together: boolean): Model => {
      const m = new ModelBuilder("recurrences");
      const n = m.variable("n", range(0, 3), 0);
      const move = (from: number, to: number): void =>
        m.rule(`${from}-${to}`, { fair: false, guard: () => [n.is(from)], body: () => n.set(to) });
      move(0, 1);
      move(1, 0);
      move(1, 2);
      move(2, 3);
      move(3, 2);
      if (together) move(3, 0);
      m.liveness("both", { infinitelyOften: [n.is(0), taken("3-2")] });
      return m.build();
    };
    expect(await lasso(model(false))).toBeNull();
    const found = await lasso(model(true));
    expect(found?.stem).toEqual([]);
    expect(found?.cycle).toEqual(["0-1", "1-2", "2-3", "3-2", "2-3", "3-0"]);
  });

  test("is not decided before the whole graph is known", async () => {
    const model = staleEntry(false);
    const found = await engine.search(model, { threads, maxStates: 3 });
    expect(found).toMatchObject({ stopped: "max-states", violations: [], livenessStopped: null });
    const all = await engine.search(model, { threads });
    expect(all).toMatchObject({ stopped: null, violations: [{ property: "no-endless-fault" }] });
  });

  test("safety and liveness of one model are decided together", async () => {
    const built = staleEntry(false);
    const always = built.properties[0]!;
    const condition = {
      kind: "not",
      operand: (always as LivenessProperty).runs[0]!.eventuallyAlways,
    } as const;
    const base = { aliases: [], consequence: [], source: null };
    const model: Model = {
      ...built,
      properties: [{ ...base, kind: "invariant", name: "never-rw", condition }, always],
    };
    const { violations } = await engine.search(model, { threads });
    expect(violations.map(({ property, steps }) => [property, steps])).toEqual([
      ["never-rw", 1],
      ["no-endless-fault", 2],
    ]);
  });
});

test("states with one tag are told apart by their words", async () => {
  const m = new ModelBuilder("twins");
  const wide = range(0, 2 ** 31 - 1);
  for (const name of ["a", "b"]) {
    const filler = m.variable(name, wide, 0);
    m.rule(`keep ${name}`, { fair: false, guard: () => [filler.is(1)], body: () => filler.set(0) });
  }
  // The cells behind a full first word: a hash that leaves them out gives all states one tag.
  const n = m.variable("n", range(0, 5), 0);
  m.rule("up", { fair: "n", guard: () => [n.lessThan(5)], body: () => n.increase() });
  m.rule("back", { fair: "n", guard: () => [n.is(5)], body: () => n.set(3) });
  m.liveness("ends", { infinitelyOften: n.is(4) });
  const found = await lassoOf(m.build(), wasmEngine({ weakHash: true }));
  expect(found).toMatchObject({ stem: ["up", "up", "up"], cycle: ["up", "up", "back"] });
});

describe("a limit", () => {
  /** A model whose fair cycles take longer to search for than a limit leaves time. */
  function grid(last: number): Model {
    const m = new ModelBuilder("grid");
    const [x, y] = ["x", "y"].map((name) => m.variable(name, range(0, last), 0));
    for (const [name, place] of Object.entries({ right: x!, up: y! }))
      m.rule(name, { body: () => place.set(place.plus(1).mod(last + 1)) });
    m.liveness("never", { infinitelyOften: [x!.is(0), y!.lessThan(0)] });
    return m.build();
  }

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

  test("that ends the search for fair cycles leaves liveness undecided, and the counts as they are", async () => {
    const model = grid(99);
    const { signal, looks } = abortedAt(Infinity);
    const whole = await interpreter.search(model, { signal, properties: [] });
    const cut = await interpreter.search(model, { signal: abortedAt(looks() + 1).signal });
    expect(cut).toMatchObject({ stopped: null, livenessStopped: "interrupted", violations: [] });
    expect(cut.counts).toEqual(whole.counts);
  });

  test("of memory counts what the search for fair cycles takes", async () => {
    const model = grid(999);
    const bytes = (await compiledEngine.search(model, { properties: [] })).bytes!;
    const cut = await compiledEngine.search(model, { maxMemory: bytes + 6e6 });
    expect(cut).toMatchObject({ stopped: null, livenessStopped: "max-memory", violations: [] });
    const enough = await compiledEngine.search(model, { maxMemory: bytes + 200e6 });
    expect(enough).toMatchObject({ stopped: null, livenessStopped: null, violations: [] });
  });
});

/** Which fairness instance an action belongs to, by a name; null for none. Not the code that is tested. */
function instanceOf(action: Action): string | null {
  const { fair, fairnessClass } = action.rule;
  if (!fair) return null;
  if (!fairnessClass) return `action ${actionName(action)}`;
  const { name, index } = fairnessClass;
  if (index === null) return `class ${JSON.stringify(name)}`;
  if (index.kind !== "parameter" && index.kind !== "constant") throw new Error("a computed index");
  const code = index.kind === "parameter" ? action.binding.get(index.name) : index.value;
  return `class ${JSON.stringify(name)} ${valueType(index.domain)} ${code}`;
}

/** The distance of the nearest state of a fair component, or null; by reachability of each state from each other. */
function naiveAnswer(model: Model, { runs }: LivenessProperty): number | null {
  const found = runs.map((run) => naiveRun(model, run)).filter((each) => each !== null);
  return found.length === 0 ? null : Math.min(...found);
}

function naiveRun(model: Model, property: RunDescription): number | null {
  const semantics = new Semantics(model);
  const holds = (condition: Expr, state: State): boolean =>
    semantics.evaluate(condition, state, UNBOUND, null) !== 0;
  const states = reachableStates(model);
  const numbers = new Map(states.map((state, i) => [keyOf(state), i]));
  const edges = states.map((state) =>
    semantics.actions.flatMap((action) => {
      const step = attempt(semantics, action, state);
      if (step === null || typeof step === "string") return [];
      return [{ action, to: numbers.get(keyOf(step.state))! }];
    }),
  );
  const within = states.map((state) => holds(property.eventuallyAlways, state));
  const reach = states.map((_, from) => {
    const seen = new Set([from]);
    for (const state of seen)
      for (const { to } of edges[state]!) if (within[from] && within[to]) seen.add(to);
    return seen;
  });
  const isFair = (component: readonly number[]): boolean => {
    const inside = component.flatMap((state) => edges[state]!.filter(({ to }) => component.includes(to)));
    const instances = new Set(semantics.actions.map(instanceOf).filter((each) => each !== null));
    const kept = [...instances].every(
      (instance) =>
        inside.some(({ action }) => instanceOf(action) === instance) ||
        component.some((state) => !edges[state]!.some(({ action }) => instanceOf(action) === instance)),
    );
    return (
      kept &&
      property.infinitelyOften.every((each) =>
        each.kind === "taken"
          ? inside.some(({ action }) => each.rules.includes(action.rule.name))
          : component.some((state) => holds(each.condition, states[state]!)),
      )
    );
  };
  const distances = distancesFrom(new Semantics(model).initialStates().map(keyOf), numbers, edges);
  const fair = states.flatMap((_, state) => {
    const component = [...reach[state]!].filter((other) => reach[other]!.has(state));
    return within[state] && isFair(component) ? [distances[state]!] : [];
  });
  return fair.length === 0 ? null : Math.min(...fair);
}

function distancesFrom(
  initial: readonly string[],
  numbers: ReadonlyMap<string, number>,
  edges: readonly (readonly { readonly to: number }[])[],
): number[] {
  const distances: number[] = [];
  let level = initial.map((key) => numbers.get(key)!);
  for (let distance = 0; level.length > 0; distance++) {
    for (const state of level) distances[state] ??= distance;
    level = [...new Set(level.flatMap((state) => edges[state]!.map(({ to }) => to)))].filter(
      (state) => distances[state] === undefined,
    );
  }
  return distances;
}

describe("generated models", () => {
  const models = arbitraryModel({ faults: false, maxStates: 60 }).filter(({ properties }) =>
    properties.some(({ kind }) => kind === "liveness"),
  );

  async function search(model: Model, engine: Engine, options: SearchOptions = {}): Promise<SearchResult> {
    return engine.search(model, { exhaustive: true, ...options });
  }

  test("have the verdicts and the stems of a naive decision, and lassos that replay", async () => {
    const found = { violated: 0, held: 0, cycles: 0 };
    await fc.assert(
      fc.asyncProperty(models, async (model) => {
        const { violations } = await search(model, interpreter);
        for (const property of model.properties) {
          if (property.kind !== "liveness") continue;
          const violation = violations.find((each) => each.property === property.name);
          expect(violation?.steps ?? null).toBe(naiveAnswer(model, property));
          if (!violation) found.held += 1;
          else {
            found.violated += 1;
            const { cycle } = replayViolation(model, property.name, violation.path!);
            if (cycle!.steps.length > 1) found.cycles += 1;
          }
        }
      }),
      { numRuns: 300 },
    );
    expect(found.violated).toBeGreaterThan(30);
    expect(found.held).toBeGreaterThan(30);
    expect(found.cycles).toBeGreaterThan(10);
  }, 240_000);

  test.each([
    ["1 thread", compiledEngine, 1, 60],
    ["2 threads", wasmEngine({ poolFrom: 0 }), 2, 8],
    ["colliding hashes", wasmEngine({ weakHash: true }), 1, 20],
  ] as const)(
    "have one answer, compiled and interpreted: %s",
    async (_, engine, threads, numRuns) => {
      await fc.assert(
        fc.asyncProperty(models, async (model) => {
          expect(answerOf(await search(model, engine, { threads }))).toEqual(
            answerOf(await search(model, interpreter)),
          );
        }),
        { numRuns },
      );
    },
    240_000,
  );

  // The stem may be shorter in the slice, where fewer states are told apart.
  test("have the same verdicts when sliced", async () => {
    await fc.assert(
      fc.asyncProperty(models, async (model) => {
        const verdicts = async (each: Model): Promise<unknown> =>
          (await search(each, interpreter)).violations
            .filter(({ path }) => path!.cycle)
            .map(({ property }) => property);
        const properties = model.properties.filter(({ kind }) => kind === "liveness").map(({ name }) => name);
        expect(await verdicts(slice(model, { properties }))).toEqual(await verdicts(model));
      }),
      { numRuns: 100 },
    );
  }, 120_000);
});
