import { describe, expect, test } from "vitest";
import { interpreter } from "../../src/explorer/interpreter.ts";
import { assert, bool, enumeration, ModelBuilder, names, range, when } from "../../src/model/builder.ts";
import type { Path } from "../../src/explorer/engine.ts";
import type { Model } from "../../src/model/model.ts";
import { layoutOf, pack } from "../../src/model/layout.ts";
import { Semantics } from "../../src/model/semantics.ts";
import { number } from "../../src/model/term.ts";
import { replayFault, replayViolation } from "../../src/trace/replay.ts";
import { diagnosticOf } from "../diagnostics.ts";

/** A counter that an assertion, an invariant and deadlock have something to say of. */
function counter(): Model {
  const m = new ModelBuilder("counter");
  const n = m.variable("n", range(0, 3), { oneOf: [0, 1] });
  const flag = m.variable("flag", bool, false);
  m.place(1, "CPU1 task");
  m.rule("count", {
    parameters: { by: range(1, 2) },
    actor: "task",
    guard: ({ by }) => [n.plus(by).atMost(3)],
    body: ({ by }) => [
      n.set(n.plus(by)),
      assert("even", n.isNot(3), ["n was ", n, " and is odd."]),
      when(n.is(3), assert("set", flag), []),
      flag.set(true),
    ],
    text: ({ by }) => ["n is ", n, ", plus ", by],
    event: { id: "e", text: () => ["counts from ", n] },
    place: () => number(1),
  });
  m.assertion("even");
  m.assertion("set", { consequence: ["flag is ", flag] });
  m.invariant("small", n.lessThan(3), { consequence: ["n has become ", n, "."] });
  m.goal("two", n.is(2));
  m.deadlock(n.is(2));
  return m.build();
}

const model = counter();
const { violations } = await interpreter.search(model, { exhaustive: true });
const pathTo = (property: string): Path => violations.find((each) => each.property === property)!.path!;

describe("a violation", () => {
  test("is told step by step, each text in the state before the step", () => {
    const trace = replayViolation(model, "small", pathTo("small"));
    expect(trace.end).toEqual({ kind: "violation", property: "small", of: "invariant" });
    expect(trace.initial).toEqual([{ cell: "n", value: "1" }]);
    expect(trace.places).toEqual([{ number: 1, name: "CPU1 task" }]);
    expect(trace.steps).toEqual([
      {
        actor: "task",
        action: "count(2)",
        rule: "count",
        text: "n is 1, plus 2",
        event: { id: "e", text: "counts from 1" },
        place: { number: 1, name: "CPU1 task" },
        source: expect.objectContaining({
          file: expect.stringContaining("replay.test.ts") as string,
        }) as unknown,
        changes: [
          { cell: "n", from: "1", to: "3" },
          { cell: "flag", from: "false", to: "true" },
        ],
      },
    ]);
  });

  test("of an invariant means what the property says of the state reached", () => {
    expect(replayViolation(model, "small", pathTo("small")).consequence).toBe("n has become 3");
  });

  test("of an assertion means what the statement says of the state before", () => {
    expect(replayViolation(model, "even", pathTo("even")).consequence).toBe("n was 1 and is odd");
  });

  test("of an assertion without words of its own means what the property says", () => {
    expect(replayViolation(model, "set", pathTo("set")).consequence).toBe("flag is false");
  });

  test("of a deadlock without words is told plainly", () => {
    const trace = replayViolation(model, "deadlock", pathTo("deadlock"));
    expect(trace.consequence).toBe("nothing more has to happen here, and the model has not ended");
    expect(trace.steps).toHaveLength(1);
  });
});

describe("a path that is not what it claims", () => {
  test.each([
    ["a property that is not violated", "deadlock", { initial: new BigUint64Array([0n]), actions: [] }],
    ["an action that is not enabled", "small", { initial: new BigUint64Array([1n]), actions: [1, 1] }],
    ["an action that does not exist", "small", { initial: new BigUint64Array([1n]), actions: [7] }],
    ["a state that is not initial", "small", { initial: new BigUint64Array([3n]), actions: [] }],
    [
      "an assertion that the last step does not violate",
      "even",
      { initial: new BigUint64Array([0n]), actions: [0] },
    ],
    ["a goal", "two", { initial: new BigUint64Array([1n]), actions: [0] }],
    ["no property of the model", "none", { initial: new BigUint64Array([1n]), actions: [] }],
  ])("%s is an internal error", (_, property, path) => {
    expect(diagnosticOf(() => replayViolation(model, property, path))).toMatchObject({ code: "TLB901" });
  });

  test("no fault is an internal error", () => {
    const path = { initial: new BigUint64Array([0n]), actions: [] };
    expect(diagnosticOf(() => replayFault(model, path, 0))).toMatchObject({ code: "TLB901" });
    expect(diagnosticOf(() => replayFault(model, path, null))).toMatchObject({ code: "TLB901" });
  });
});

describe("a fault", () => {
  test("is replayed up to the action that fails", async () => {
    const m = new ModelBuilder("faulty");
    const n = m.variable("n", range(0, 2), 0);
    m.rule("count", { body: () => n.increase() });
    const faulty = m.build();
    const { fault } = await interpreter.search(faulty);
    const { error, trace } = replayFault(faulty, fault!.path!, fault!.action);
    expect(error.diagnostic).toMatchObject({ code: "TLB120" });
    expect(trace.end).toEqual({ kind: "fault", action: "count" });
    expect(trace.steps.map(({ changes }) => changes)).toEqual([
      [{ cell: "n", from: "0", to: "1" }],
      [{ cell: "n", from: "1", to: "2" }],
    ]);
  });
});

test("cells of arrays are named by their indices, values by their domains", async () => {
  const m = new ModelBuilder("arrays");
  const cpu = names("cpu", 2);
  const lock = enumeration("lock", ["free", "held"]);
  const cells = m.array("lock", [cpu, range(1, 2)], lock, "free");
  m.rule("take", { parameters: { c: cpu }, body: ({ c }) => cells.at(c, 2).set("held") });
  m.invariant("free", cells.at("cpu1", 2).is("free"));
  const built = m.build();
  const { violations: found } = await interpreter.search(built);
  const [step] = replayViolation(built, "free", found[0]!.path!).steps;
  expect(step).toMatchObject({
    action: "take(cpu1)",
    changes: [{ cell: "lock[cpu1,2]", from: "free", to: "held" }],
  });
});

test("a text that reads out of bounds does not keep a trace from being told", async () => {
  const m = new ModelBuilder("text");
  const n = m.variable("n", range(0, 3), 3);
  const a = m.array("a", [range(0, 1)], range(0, 1), 0);
  m.rule("down", { guard: () => [n.is(3)], body: () => n.set(0), text: () => ["a[n] is ", a.at(n)] });
  m.invariant("positive", n.greaterThan(0));
  const built = m.build();
  const { violations: found } = await interpreter.search(built);
  expect(replayViolation(built, "positive", found[0]!.path!).steps[0]?.text).toBe("a[n] is ?");
});

describe("a lasso", () => {
  /** A counter that goes round, and a bell that anybody may ring who need not. */
  function clock(): Model {
    const m = new ModelBuilder("clock");
    const n = m.variable("n", range(0, 3), 0);
    const rung = m.variable("rung", bool, false);
    m.rule("start", { guard: () => [n.is(0)], body: () => n.set(1) });
    m.rule("tick", { guard: () => [n.greaterThan(0)], body: () => n.set(n.mod(3).plus(1)) });
    m.rule("wake", { guard: () => [n.isNot(0), rung.not()], fair: false, body: () => rung.set(true) });
    m.rule("alarm", { guard: () => [rung, n.is(2)], body: () => [] });
    m.rule("leave", { guard: () => [rung], body: () => rung.set(false) });
    m.liveness(
      "noon",
      { eventuallyAlways: n.greaterThan(0), infinitelyOften: n.is(3) },
      { consequence: ["n was ", n] },
    );
    return m.build();
  }

  const ticking = clock();
  const number = (name: string): number => ticking.rules.findIndex((rule) => rule.name === name);
  const path = (actions: readonly string[], cycle: readonly string[]): Path => ({
    initial: new BigUint64Array(1),
    actions: actions.map(number),
    cycle: cycle.map(number),
  });
  const ticks = ["tick", "tick", "tick"];

  test("is told with its stem, its cycle and why it is fair", () => {
    const trace = replayViolation(ticking, "noon", path(["start"], ticks));
    expect(trace.end).toEqual({ kind: "violation", property: "noon", of: "liveness" });
    expect(trace.steps.map(({ action }) => action)).toEqual(["start"]);
    expect(trace.cycle?.steps.map(({ changes }) => changes)).toEqual([
      [{ cell: "n", from: "1", to: "2" }],
      [{ cell: "n", from: "2", to: "3" }],
      [{ cell: "n", from: "3", to: "1" }],
    ]);
    expect(trace.consequence).toBe("n was 1");
    expect(trace.cycle?.fairness).toBe(
      "this is fair: tick is taken again and again; no other weakly fair action is enabled; " +
        "wake might happen, but is not fair and need not",
    );
  });

  test.each([
    ["that does not close", path(["start"], ["tick"]), "does not lead back"],
    ["without a cycle", { initial: new BigUint64Array(1), actions: [] }, "without a cycle"],
    ["whose condition is false", path([], []), "the condition is false"],
    ["that does not recur", path(["start"], []), "something does not occur"],
    ["that ends where something has to happen", path(["start", "tick", "tick"], []), "postpones tick"],
    ["that postpones an action", path(["start", "wake"], ticks), "postpones leave"],
    ["with a step that is not enabled", path(["start"], ["leave"]), "is not enabled"],
  ])("%s is an internal error", (_, wrong, message) => {
    const error = diagnosticOf(() => replayViolation(ticking, "noon", wrong));
    expect(error.code).toBe("TLB901");
    expect(error.message).toContain(message);
  });
});

test("a trace of 40 000 steps is replayed and printed in seconds, not in the square of its length", () => {
  const m = new ModelBuilder("long");
  const n = m.variable("n", range(0, 40_000), 0);
  m.rule("up", { guard: () => [n.lessThan(40_000)], body: () => n.increase() });
  m.invariant("short", n.lessThan(40_000));
  const long = m.build();
  const initial = pack(layoutOf(long), new Semantics(long).initialStates()[0]!);
  const begin = performance.now();
  const { steps } = replayViolation(long, "short", {
    initial,
    actions: Array.from({ length: 40_000 }, () => 0),
  });
  expect(steps).toHaveLength(40_000);
  expect(performance.now() - begin).toBeLessThan(20_000);
});
