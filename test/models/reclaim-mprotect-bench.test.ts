import { describe, expect, test } from "vitest";
import family from "../../models/reclaim-mprotect-bench.ts";
import type { Counts, SearchOptions, SearchResult } from "../../src/explorer/engine.ts";
import { interpreter } from "../../src/explorer/interpreter.ts";
import { configurations } from "../../src/model/family.ts";
import { Semantics } from "../../src/model/semantics.ts";
import { validate } from "../../src/model/validate.ts";

/**
 * The published counts of the benchmark, which come from programs that share nothing with this one: SPIN and
 * rumur report the same states and transitions for the same commands.
 */
const sets = {
  T: { cpus: "3", pages: "1", accesses: "1" },
  S: { cpus: "3", pages: "2", accesses: "5" },
};

function search(set: keyof typeof sets, variant: string, options: SearchOptions): Promise<SearchResult> {
  const [configuration] = configurations(family, { variant, parameters: sets[set] });
  return interpreter.search(family.build(configuration!), options);
}

async function counts(set: keyof typeof sets, variant: string): Promise<Counts> {
  const { counts: found, stopped } = await search(set, variant, { exhaustive: true });
  expect(stopped).toBeNull();
  return found;
}

/** The length of the trace of a buggy configuration, and the value of `err` at its end. */
async function shortestTrace(set: keyof typeof sets): Promise<{ length: number; err: number }> {
  const [configuration] = configurations(family, { variant: "buggy", parameters: sets[set] });
  const semantics = new Semantics(family.build(configuration!));
  const { violations } = await interpreter.search(semantics.model, {});
  const { actions } = violations[0]!.path!;
  const last = actions.reduce((state, action) => {
    expect(semantics.enabled(semantics.actions[action]!, state)).toBe(true);
    return semantics.step(semantics.actions[action]!, state).state;
  }, semantics.initialStates()[0]!);
  return { length: actions.length, err: last.get("err")!.get(0)! };
}

describe("the benchmark model", () => {
  test.each([
    ["T", "fixed"],
    ["T", "buggy"],
    ["S", "fixed"],
    ["S", "buggy"],
  ] as const)("%s, %s: well formed", (set, variant) => {
    const [configuration] = configurations(family, { variant, parameters: sets[set] });
    expect(validate(family.build(configuration!))).toEqual([]);
  });

  test("T, fixed: the whole state space", async () => {
    expect(await counts("T", "fixed")).toEqual({ states: 1_180, transitions: 5_060, depth: 21 });
  });

  test("T, buggy: the whole state space", async () => {
    expect(await counts("T", "buggy")).toMatchObject({ states: 1_041, transitions: 4_487 });
  });

  test("T, buggy: the shortest violation", async () => {
    expect(await shortestTrace("T")).toEqual({ length: 11, err: 1 });
  });

  test("S, fixed: the whole state space", async () => {
    expect(await counts("S", "fixed")).toEqual({ states: 95_190, transitions: 745_066, depth: 39 });
  }, 300_000);

  test("S, buggy: the whole state space", async () => {
    expect(await counts("S", "buggy")).toMatchObject({ states: 141_708, transitions: 1_147_872 });
  }, 300_000);

  test("S, buggy: the shortest violation", async () => {
    expect(await shortestTrace("S")).toEqual({ length: 17, err: 1 });
  }, 300_000);

  test.each(["fixed", "buggy"])("%s: the verdict that the model file expects", async (variant) => {
    const { violations } = await search("T", variant, {});
    const expected = family.variants[variant]?.expect["no-stale-access"];
    expect(violations.map(({ property }) => property)).toEqual(
      expected === "violated" ? ["no-stale-access"] : [],
    );
  });
});
