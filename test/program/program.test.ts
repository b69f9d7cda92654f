/** What a program becomes: labels, jumps and private operations, counted by hand. */
import { describe, expect, test } from "vitest";
import { enumeration, ModelBuilder, range } from "../../src/model/builder.ts";
import { and, type Place, TRUE } from "../../src/model/term.ts";
import { Program, type Runner } from "../../src/program/program.ts";
import { type Op, stepOf, type StepOptions } from "../../src/program/step.ts";
import { verdictsOf } from "../support/verdicts.ts";

const RUNNER: Omit<Runner, "place"> = {
  name: "P",
  running: () => [],
  mayRead: () => TRUE,
  awaits: () => [],
  registers: new Set(),
  merge: true,
  mayStay: false,
  begins: "at once",
  ending: () => [],
};

/** Explores a program on a number from 0 to 5: how many states it has, and which goals it reaches. */
async function explore(
  program: (n: Place) => readonly Op[],
  moving?: (log: Place) => NonNullable<Runner["moving"]>,
) {
  const builder = new ModelBuilder("program");
  const n = builder.variable("n", range(0, 5), 0);
  const log = builder.variable("log", enumeration("log", ["nothing", "forth", "back", "out"]), "nothing");
  const runner = { ...RUNNER, place: () => TRUE, ...(moving ? { moving: moving(log) } : {}) };
  const linked = new Program(builder, runner, program(n));
  linked.announce();
  linked.addRules();
  for (const value of [1, 2, 3, 4, 5]) builder.goal(`ends with ${value}`, and(linked.ended(), n.is(value)));
  for (const value of ["forth", "back", "out"]) builder.goal(value, log.is(value));
  const model = builder.build();
  const { states, unreached } = await verdictsOf(model);
  return {
    states,
    reached: model.properties.flatMap(({ name }) => (unreached.includes(name) ? [] : [name])),
  };
}

const step = (label: string, body: () => ReturnType<Place["set"]>): Op =>
  stepOf({ label, kind: "data", ways: [{ body }] });

describe("a program", () => {
  test("what is private happens in the step before it", async () => {
    const { states, reached } = await explore((n) => [
      step("one", () => n.set(1)),
      { kind: "private", body: () => n.increase() },
      { kind: "private", body: () => n.increase() },
      step("last", () => n.increase()),
    ]);
    // Before the first step, before the last with n = 3, and at the end.
    expect(states).toBe(3);
    expect(reached).toContain("ends with 4");
  });

  test("a jump goes on behind a label, before it or after it", async () => {
    const { states, reached } = await explore((n) => [
      { kind: "label", name: "again" },
      step("count", () => n.increase()),
      { kind: "jump", to: "again", condition: n.lessThan(3) },
      { kind: "jump", to: "out" },
      step("never", () => n.set(5)),
      { kind: "label", name: "out" },
    ]);
    // n = 0, 1, 2 before the step, and 3 at the end.
    expect(states).toBe(4);
    expect(reached).toEqual(expect.arrayContaining(["ends with 3"]));
    expect(reached).not.toContain("ends with 5");
  });

  test("a jump to nothing ends the program", async () => {
    const { states } = await explore((n) => [
      step("one", () => n.set(1)),
      { kind: "jump", to: null },
      step("never", () => n.set(5)),
    ]);
    expect(states).toBe(2);
  });

  test("a step's exits may jump", async () => {
    const { reached } = await explore((n) => [
      stepOf({
        label: "either",
        kind: "data",
        ways: [
          { name: "left", exit: "left" },
          { name: "right", exit: "right" },
        ],
        exits: {
          left: { block: [{ kind: "jump", to: "far" }], then: "next" },
          right: { block: [], then: "next" },
        },
      }),
      step("near", () => n.set(1)),
      { kind: "jump", to: null },
      { kind: "label", name: "far" },
      step("far", () => n.set(2)),
    ]);
    expect(reached).toEqual(expect.arrayContaining(["ends with 1", "ends with 2"]));
  });

  test("a loop of jumps without a step is refused", async () => {
    const endless = explore((n) => [
      step("one", () => n.set(1)),
      { kind: "label", name: "again" },
      { kind: "jump", to: "again" },
    ]);
    await expect(endless).rejects.toThrow(/loop without a step/);
  });

  test("what is done between two steps knows where they stand", async () => {
    const labels: (string | null)[][] = [];
    const { reached } = await explore(
      (n) => [
        { kind: "label", name: "first" },
        step("first", () => n.increase()),
        step("second", () => n.set(n)),
        { kind: "jump", to: "first", condition: n.lessThan(2) },
      ],
      (log) => (from: StepOptions, to: StepOptions | null) => {
        labels.push([from.label, to?.label ?? null]);
        return log.set(to === null ? "out" : to.label === "first" ? "back" : "forth");
      },
    );
    expect(reached).toEqual(expect.arrayContaining(["forth", "back", "out"]));
    expect(labels).toEqual(
      expect.arrayContaining([
        ["first", "second"],
        ["second", "first"],
        ["second", null],
      ]),
    );
  });
});
