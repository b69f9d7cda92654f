import { describe, expect, test } from "vitest";
import { interpreter } from "../../src/explorer/interpreter.ts";
import { bool, enumeration, ModelBuilder, range, when } from "../../src/model/builder.ts";
import { or } from "../../src/model/term.ts";
import type { Model } from "../../src/model/model.ts";
import { refit } from "../../src/trace/refit.ts";
import { replayViolation } from "../../src/trace/replay.ts";
import type { Trace } from "../../src/trace/trace.ts";

interface Changed {
  readonly first?: number;
  readonly by?: number;
  readonly step?: string;
  readonly most?: number;
  readonly bound?: number;
  readonly also?: boolean;
  readonly property?: string;
}

/** Counts to three, which is too much, and then turns a switch for ever; and what may change in that. */
function model({
  first = 0,
  by = 1,
  step = "count",
  most = 3,
  bound = 3,
  also,
  property,
}: Changed = {}): Model {
  const m = new ModelBuilder("counter");
  const n = m.variable("n", range(0, 9), { oneOf: [first, first + 5] });
  const lamp = m.variable("lamp", bool, false);
  m.rule(step, {
    actor: "task",
    guard: () => [n.lessThan(most)],
    body: () => [n.increase(by), also ? lamp.set(true) : []],
    text: () => ["counts from ", n],
  });
  m.rule("turn", { actor: "task", fair: true, guard: () => [n.is(3)], body: () => lamp.set(lamp.not()) });
  m.invariant(property ?? "small", n.lessThan(bound).or(n.greaterThan(4)));
  m.liveness("endless", { eventuallyAlways: n.is(3) });
  return m.build();
}

/** The trace as it is read back from a file. */
async function saved(property: string): Promise<Trace> {
  const { violations } = await interpreter.search(model(), { exhaustive: true });
  const { path } = violations.find((each) => each.property === property)!;
  return JSON.parse(JSON.stringify(replayViolation(model(), property, path!))) as Trace;
}

const small = await saved("small");
const endless = await saved("endless");

describe("a saved trace", () => {
  test("that fits is the trace that the search gives", () => {
    expect(small.steps).toHaveLength(3);
    expect(refit(model(), "small", small)).toEqual({ kind: "fits", trace: small });
  });

  test("so does a lasso, cycle and all", () => {
    expect(endless.cycle!.steps).toHaveLength(2);
    expect(refit(model(), "endless", endless)).toEqual({ kind: "fits", trace: endless });
  });

  test("is told in the words that the model has now", () => {
    const told = {
      ...small,
      consequence: "other",
      steps: small.steps.map((step) => ({ ...step, text: "x" })),
    };
    expect(refit(model(), "small", told)).toEqual({ kind: "fits", trace: small });
  });

  test.each<[string, Changed, number, RegExp]>([
    ["another initial value", { first: 1 }, 0, /no such initial state/],
    ["another property", { property: "tiny" }, 0, /no property "small"/],
    ["a step of another name", { step: "add" }, 1, /no such step/],
    [
      "a step that does something else",
      { by: 2 },
      1,
      /something else: n becomes 2 from 0; saved: n becomes 1/,
    ],
    ["a step that does more", { also: true }, 1, /it does more: lamp becomes true from false/],
    ["a step that is not enabled any more", { most: 2 }, 3, /not enabled there any more/],
    ["an end that violates nothing", { bound: 4 }, 3, /a path that does not violate "small"/],
  ])("does not fit %s", (_, changed, step, reason) => {
    expect(refit(model(changed), "small", small)).toEqual({
      kind: "misfit",
      step,
      reason: expect.stringMatching(reason) as string,
    });
  });

  test("does not fit a step that does less", () => {
    const more = {
      ...small.steps[1]!,
      changes: [...small.steps[1]!.changes, { cell: "m", from: "0", to: "1" }],
    };
    const told = { ...small, steps: [small.steps[0]!, more, small.steps[2]!] };
    expect(refit(model(), "small", told)).toMatchObject({
      step: 2,
      reason: "it does less; saved: m becomes 1 from 0",
    });
  });

  test("whose cycle is cut does not lead back, and says so", () => {
    const cut = { ...endless, cycle: { ...endless.cycle!, steps: endless.cycle!.steps.slice(0, 1) } };
    expect(refit(model(), "endless", cut)).toMatchObject({
      kind: "misfit",
      step: endless.steps.length + 1,
      reason: expect.stringContaining("does not lead back") as string,
    });
  });

  test("counts the steps of a cycle after the others", () => {
    const [first, second] = endless.cycle!.steps;
    const wrong = {
      ...endless,
      cycle: { ...endless.cycle!, steps: [first!, { ...second!, action: "gone" }] },
    };
    expect(refit(model(), "endless", wrong)).toMatchObject({ step: endless.steps.length + 2 });
  });
});

describe("a saved trace of names that print alike", () => {
  /** Three steps, for each of which there are two actions of one printed name; one of them leads to the end. */
  function alike(): Model {
    const word = enumeration("word", ["a, b", "a", "b, c", "c"]);
    const [one, other] = [enumeration("one", ["a,b", "a"]), enumeration("other", ["b,c", "c"])];
    const m = new ModelBuilder("alike");
    const n = m.variable("n", range(0, 3), 0);
    const x = m.array("x", [one, other], range(0, 1), 0);
    m.rule("turn(a)", { guard: () => [n.is(0)], body: () => n.set(1) });
    m.rule("turn", {
      parameters: { letter: enumeration("letter", ["a"]) },
      guard: () => [n.is(1)],
      body: () => n.set(0),
    });
    m.rule("pair", {
      parameters: { v: word, w: word },
      guard: ({ v, w }) => [n.is(1), or(v.is("a, b").and(w.is("c")), v.is("a").and(w.is("b, c")))],
      body: ({ v }) => [n.set(2), when(v.is("a"), x.at("a", "b,c").set(1), x.at("a,b", "c").set(1))],
    });
    m.rule("end", { guard: () => [n.is(2), x.at("a,b", "c").is(1)], body: () => n.set(3) });
    m.invariant("small", n.lessThan(3));
    return m.build();
  }

  test("fits the model that it came from", async () => {
    const { violations } = await interpreter.search(alike());
    const trace = replayViolation(alike(), "small", violations[0]!.path!);
    expect(trace.steps.map(({ action }) => action)).toEqual(["turn(a)", "pair(a, b, c)", "end"]);
    expect(refit(alike(), "small", trace)).toEqual({ kind: "fits", trace });
  });
});
