/** How a search of the reference engine ends early: by a limit, or by a fault of the model. */
import { describe, expect, test } from "vitest";
import type { Progress } from "../../src/explorer/engine.ts";
import { interpreter } from "../../src/explorer/interpreter.ts";
import { bool, ModelBuilder, range } from "../../src/model/builder.ts";
import { counter, search } from "./tiny.ts";

describe("limits", () => {
  /** A tree of binary numbers: level d has 2^d states. */
  function tree(m: ModelBuilder): void {
    const bits = m.array("bits", [range(1, 12)], range(0, 2), 0);
    const length = m.variable("length", range(0, 12), 0);
    m.rule("append", {
      parameters: { bit: range(1, 2) },
      guard: () => [length.lessThan(12)],
      body: ({ bit }) => [length.increase(), bits.at(length).set(bit)],
    });
    m.goal("one", length.is(1));
    m.goal("five", length.is(5));
    m.goal("end", length.is(12));
    m.invariant("short", length.lessThan(6));
  }

  test("none: the whole tree", async () => {
    const { counts, stopped } = await search(tree);
    expect(stopped).toBeNull();
    expect(counts).toEqual({ states: 2 ** 13 - 1, transitions: 2 ** 13 - 2, depth: 12 });
  });

  test("on states: what is told is that of complete levels", async () => {
    const { stopped, counts, violations, reached, firings } = await search(tree, { maxStates: 40 });
    expect(stopped).toBe("max-states");
    // Levels 0 to 5 have 63 states, so that there were more than 40 while level 4 was expanded.
    expect(counts).toEqual({ states: 31, transitions: 2 + 4 + 8 + 16, depth: 4 });
    expect(firings).toEqual([30]);
    expect(reached).toEqual(["one"]);
    expect(violations).toEqual([]);
  });

  test("on states: a violation in the level that was not finished is not told", async () => {
    const { stopped, violations } = await search(
      (m) => {
        tree(m);
        m.invariant("tiny", m.variable("z", bool, true).not());
      },
      { maxStates: 1 },
    );
    expect(stopped).toBe("max-states");
    expect(violations).toEqual([]);
  });

  test("on states: exactly as many as there are is no limit", async () => {
    expect((await search((m) => counter(m, 9), { maxStates: 10 })).stopped).toBeNull();
    expect((await search((m) => counter(m, 9), { maxStates: 9 })).stopped).toBe("max-states");
  });

  test("on memory", async () => {
    const { stopped, counts } = await search(tree, { maxMemory: 10_000 });
    expect(stopped).toBe("max-memory");
    expect(counts.states).toBeLessThan(100);
  });

  test("on time", async () => {
    const { stopped, counts } = await search(tree, { timeout: 0 });
    expect(stopped).toBe("timeout");
    expect(counts).toEqual({ states: 1, transitions: 0, depth: 0 });
  });

  test("an abort before the search", async () => {
    expect((await search(tree, { signal: AbortSignal.abort() })).stopped).toBe("interrupted");
  });

  test("an abort in the middle leaves the counts so far", async () => {
    const controller = new AbortController();
    const { stopped, counts } = await search(tree, {
      signal: controller.signal,
      onProgress: ({ depth }) => {
        if (depth === 6) controller.abort();
      },
    });
    expect(stopped).toBe("interrupted");
    expect(counts.depth).toBeGreaterThanOrEqual(6);
    expect(counts.depth).toBeLessThan(12);
    expect(counts.states).toBe(2 ** (counts.depth + 1) - 1);
  });

  test("progress only grows", async () => {
    const seen: Progress[] = [];
    await search(tree, { onProgress: (progress) => seen.push(progress) });
    expect(seen.length).toBeGreaterThan(0);
    const states = seen.map((progress) => progress.states);
    expect(states).toEqual([...states].sort((a, b) => a - b));
    for (const { frontier } of seen) expect(frontier).toBeGreaterThan(0);
  });
});

describe("faults of the model", () => {
  test("an action without a meaning ends the search, with the path to it", async () => {
    const { stopped, fault, counts } = await search((m) => {
      const n = m.variable("n", range(0, 2), 0);
      m.rule("count", { body: () => n.increase() });
      m.invariant("positive", n.atLeast(0));
    });
    expect(stopped).toBe("model-fault");
    expect(fault).toMatchObject({ path: { actions: [0, 0] }, action: 0 });
    expect(counts).toEqual({ states: 3, transitions: 2, depth: 2 });
  });

  test("a guard without a meaning, of the action that has it", async () => {
    const { fault } = await search((m) => {
      const n = counter(m, 3);
      const a = m.array("a", [range(0, 1)], bool, false);
      m.rule("look", { guard: () => [a.at(n)], body: () => [] });
    });
    expect(fault).toMatchObject({ path: { actions: [0, 0] }, action: 1 });
  });

  test("a property without a meaning, of no action", async () => {
    const { fault } = await search((m) => {
      const n = counter(m, 3);
      m.invariant("looks", m.array("a", [range(0, 1)], bool, true).at(n));
    });
    expect(fault).toMatchObject({ path: { actions: [0, 0] }, action: null });
  });

  test("a goal without a meaning, even after it was reached", async () => {
    const { fault, reached } = await search(
      (m) => {
        const n = counter(m, 3);
        m.goal("looks", m.array("a", [range(0, 1)], bool, true).at(n));
      },
      { exhaustive: true },
    );
    expect(fault).toMatchObject({ path: { actions: [0, 0] }, action: null });
    expect(reached).toEqual(["looks"]);
  });

  test("violations found before it are told", async () => {
    const { stopped, violations } = await search((m) => {
      const n = m.variable("n", range(0, 2), 0);
      m.rule("count", { body: () => n.increase() });
      m.invariant("below 1", n.lessThan(1));
      m.goal("never", n.plus(1).is(0));
    });
    expect(stopped).toBe("model-fault");
    expect(violations.map(({ path }) => path?.actions)).toEqual([[0]]);
  });

  test("no initial state", async () => {
    const found = search((m) => m.initially(counter(m, 3).is(2)));
    await expect(found).rejects.toMatchObject({ diagnostic: { code: "TLB109" } });
  });

  test("an error that is no fault of the model is not taken for one", async () => {
    const m = new ModelBuilder("broken");
    counter(m, 1);
    const model = m.build();
    const broken = { ...model, rules: [{ ...model.rules[0]!, guard: [{ kind: "unheard-of" } as never] }] };
    await expect(interpreter.search(broken)).rejects.toThrow("not a kind of the model language");
  });
});
