/** The reference engine on models small enough to be counted by hand. */
import { describe, expect, test } from "vitest";
import type { Counts } from "../../src/explorer/engine.ts";
import { assert, bool, type ModelBuilder, names, range } from "../../src/model/builder.ts";
import { counter, search } from "./tiny.ts";

describe("counts", () => {
  test.each<[string, (m: ModelBuilder) => void, Counts]>([
    ["a chain 0 → 1 → 2 → 3", (m) => counter(m, 3), { states: 4, transitions: 3, depth: 3 }],
    [
      "a grid of 3 × 3, each step to the right or up",
      (m) => {
        const at = m.array("at", [names("axis", 2)], range(0, 2), 0);
        m.rule("step", {
          parameters: { axis: names("axis", 2) },
          guard: ({ axis }) => [at.at(axis).lessThan(2)],
          body: ({ axis }) => at.at(axis).increase(),
        });
      },
      { states: 9, transitions: 12, depth: 4 },
    ],
    [
      "a ring of 5",
      (m) => {
        const n = m.variable("n", range(0, 4), 0);
        m.rule("turn", { body: () => n.set(n.plus(1).mod(5)) });
      },
      { states: 5, transitions: 5, depth: 4 },
    ],
    [
      "a loop of one state",
      (m) => m.rule("idle", { body: () => [] }),
      { states: 1, transitions: 1, depth: 0 },
    ],
    [
      "two ways to one state, both counted",
      (m) => {
        const done = m.variable("done", bool, false);
        for (const name of ["a", "b"])
          m.rule(name, { guard: () => [done.not()], body: () => done.set(true) });
      },
      { states: 2, transitions: 2, depth: 1 },
    ],
    [
      "three initial states, of which one is reached from another",
      (m) => {
        const n = m.variable("n", range(0, 5), { oneOf: [0, 1, 5] });
        m.rule("count", { guard: () => [n.lessThan(3)], body: () => n.increase() });
      },
      // 0 → 1 → 2 → 3, and 5; 2 is one step from 1, 3 is two.
      { states: 5, transitions: 3, depth: 2 },
    ],
    [
      "a state of two words: 3 × 21 bits and 2 more",
      (m) => {
        const wide = [1, 2, 3].map((i) => m.variable(`wide${i}`, range(0, 2 ** 21 - 1), 0));
        const turn = m.variable("turn", range(0, 3), 0);
        wide.forEach((each, i) =>
          m.rule(`r${i}`, {
            guard: () => [turn.is(i)],
            body: () => [each.set(2 ** 21 - 1), turn.increase()],
          }),
        );
      },
      { states: 4, transitions: 3, depth: 3 },
    ],
  ])("%s", async (_, declare, counts) => {
    const result = await search(declare);
    expect(result).toMatchObject({
      counts,
      stopped: null,
      violations: [],
      reached: [],
      fault: null,
      threads: 1,
    });
  });

  test("how often each rule was taken", async () => {
    const { firings } = await search((m) => {
      const n = counter(m, 3);
      m.rule("never", { guard: () => [n.is(2), n.is(1)], body: () => [] });
      m.rule("back", { guard: () => [n.atLeast(2)], body: () => n.set(0) });
    });
    expect(firings).toEqual([3, 0, 2]);
  });
});

describe("properties", () => {
  test("each have a shortest trace of their own, in the model's order", async () => {
    const { violations, stopped } = await search((m) => {
      const n = counter(m, 9);
      m.invariant("below 7", n.lessThan(7));
      m.invariant("below 20", n.lessThan(20));
      m.invariant("below 2", n.lessThan(2));
      m.assertion("checked");
      m.rule("check", { guard: () => [n.atLeast(4)], body: () => assert("checked", n.isNot(5)) });
    });
    expect(stopped).toBeNull();
    expect(violations.map(({ property, path }) => [property, path?.actions])).toEqual([
      ["below 7", [0, 0, 0, 0, 0, 0, 0]],
      ["below 2", [0, 0]],
      ["checked", [0, 0, 0, 0, 0, 1]],
    ]);
  });

  test("may be violated in an initial state", async () => {
    const { violations } = await search((m) => m.invariant("positive", counter(m, 3).greaterThan(0)));
    expect(violations.map(({ path }) => path?.actions)).toEqual([[]]);
  });

  test("a violating state has successors all the same", async () => {
    const { counts } = await search((m) => m.invariant("below 1", counter(m, 5).lessThan(1)), {
      exhaustive: true,
    });
    expect(counts).toEqual({ states: 6, transitions: 5, depth: 5 });
  });

  test("a goal is reached in some state, or in none", async () => {
    const { reached, violations } = await search((m) => {
      const n = counter(m, 3);
      m.goal("three", n.is(3));
      m.goal("never", n.is(2).and(n.is(1)));
      m.goal("at once", n.is(0));
    });
    expect(reached).toEqual(["three", "at once"]);
    expect(violations).toEqual([]);
  });

  test("the search ends when all are decided, after the level in which that happened", async () => {
    const declare = (m: ModelBuilder): void => {
      const n = counter(m, 9);
      m.invariant("below 2", n.lessThan(2));
      m.goal("four", n.is(4));
    };
    const { stopped, counts, violations, reached } = await search(declare);
    expect(stopped).toBe("decided");
    expect(counts).toEqual({ states: 5, transitions: 5, depth: 4 });
    expect(violations).toHaveLength(1);
    expect(reached).toEqual(["four"]);
    const whole = await search(declare, { exhaustive: true });
    expect(whole).toMatchObject({ stopped: null, counts: { states: 10, transitions: 9, depth: 9 } });
  });

  test("the search ends as a whole if the last level decides", async () => {
    const { stopped, counts } = await search((m) => m.invariant("below 3", counter(m, 3).lessThan(3)));
    expect(stopped).toBeNull();
    expect(counts).toEqual({ states: 4, transitions: 3, depth: 3 });
  });

  test("only those asked for are decided", async () => {
    const declare = (m: ModelBuilder): void => {
      const n = counter(m, 9);
      m.invariant("below 2", n.lessThan(2));
      m.invariant("below 4", n.lessThan(4));
      m.goal("one", n.is(1));
      m.assertion("checked");
      m.rule("check", { body: () => assert("checked", n.isNot(0)) });
    };
    const one = await search(declare, { properties: ["below 4"] });
    expect(one.violations.map(({ property }) => property)).toEqual(["below 4"]);
    expect(one.reached).toEqual([]);
    const none = await search(declare, { properties: [] });
    expect(none).toMatchObject({ stopped: null, violations: [], reached: [], counts: { states: 10 } });
  });
});

describe("deadlock", () => {
  function stuckAt(m: ModelBuilder, terminated: number, fair: boolean): void {
    const n = counter(m, 3);
    m.rule("speculate", { fair, guard: () => [n.is(3)], body: () => [] });
    m.deadlock(n.is(terminated));
  }

  test("is a state without a fair action in which not everybody has ended", async () => {
    const { violations } = await search((m) => stuckAt(m, 2, false));
    expect(violations.map(({ property, path }) => [property, path?.actions])).toEqual([
      ["deadlock", [0, 0, 0]],
    ]);
  });

  test("is none where everybody has ended", async () => {
    expect((await search((m) => stuckAt(m, 3, false))).violations).toEqual([]);
  });

  test("is none where a fair action goes on", async () => {
    expect((await search((m) => stuckAt(m, 2, true))).violations).toEqual([]);
  });
});
