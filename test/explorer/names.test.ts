/** Names that a user may give: both engines take them for what they are, whatever JavaScript knows under them. */
import { describe, expect, test } from "vitest";
import type { Engine } from "../../src/explorer/engine.ts";
import { interpreter } from "../../src/explorer/interpreter.ts";
import { compiledEngine } from "../../src/explorer/wasm-engine.ts";
import { bool, enumeration, ModelBuilder, names, range } from "../../src/model/builder.ts";
import type { Model } from "../../src/model/model.ts";
import { literal, number, type Term } from "../../src/model/term.ts";

const engines: [string, Engine][] = [
  ["interpreter", interpreter],
  ["compiled", compiledEngine],
];

async function violated(engine: Engine, model: Model): Promise<string[]> {
  return (await engine.search(model)).violations.map(({ property }) => property);
}

/** Members of every object, and names of which two may be written alike in another language. */
const hostile = [
  "constructor",
  "__proto__",
  "toString",
  "hasOwnProperty",
  "valueOf",
  "",
  "a b",
  "$n0",
  "-b",
  "\u02db",
];

describe.each(engines)("the %s engine", (_, engine) => {
  // More than 256 actions: the compiled engine runs through the values of the first parameter in a loop.
  test.each([...hostile, 'it\'s "quoted" \\'])("knows a parameter named %j", async (name) => {
    const m = new ModelBuilder("names");
    const seen = m.variable("seen", range(0, 300), 0);
    m.rule("pick", {
      parameters: { [name]: range(0, 300), other: bool },
      guard: (given) => [given[name]!.isNot(5), seen.is(0)],
      body: (given) => seen.set(given[name]!),
    });
    m.invariant("not 7", seen.isNot(7));
    m.invariant("not 5", seen.isNot(5));
    expect(await violated(engine, m.build())).toEqual(["not 7"]);
  });

  test("tells parameters apart whose names are hard to write", async () => {
    const m = new ModelBuilder("names");
    const seen = m.variable("seen", range(0, 99), 0);
    m.rule("pick", {
      parameters: { "-b": range(0, 30), "\u02db": range(40, 70) },
      guard: (given) => [given["-b"].is(3), given["\u02db"].is(50), seen.is(0)],
      body: (given) => seen.set(given["-b"].plus(given["\u02db"]).minus(10)),
    });
    m.goal("43", seen.is(43));
    expect((await engine.search(m.build())).reached).toEqual(["43"]);
  });

  test("takes such names for variables, rules, actors, events, values and properties too", async () => {
    const m = new ModelBuilder("names");
    const word = enumeration("constructor", hostile);
    const page = names("__proto__", hostile);
    for (const name of hostile) {
      const cell = m.array(name, [word, page], range(0, 2), 0);
      m.rule(name, {
        actor: name,
        fair: name,
        guard: () => [cell.at("toString", "__proto__").lessThan(1)],
        body: () => cell.at("toString", "__proto__").increase(),
        event: { id: name, text: () => name },
      });
      m.invariant(name, cell.at("toString", "__proto__").is(0));
      m.goal(`${name} keeps the others`, cell.at("constructor", "valueOf").is(0));
    }
    const { violations, counts, reached } = await engine.search(m.build(), { exhaustive: true });
    expect(violations.map(({ property }) => property)).toEqual(hostile);
    expect(counts.states).toBe(2 ** hostile.length);
    expect(reached).toHaveLength(hostile.length);
  });

  /** `spin` and `leave` can always be taken: one of them is postponed for ever exactly if they are one class. */
  test.each([
    ["a name and an index that print alike", "cpu 1", { name: "cpu", index: number(1) }, []],
    [
      "an index of a number and one of a word",
      { name: "cpu", index: named("1") },
      { name: "cpu", index: number(1) },
      [],
    ],
    ["names with blanks", { name: "a b", index: number(1) }, { name: "a", index: named("b 1") }, []],
    [
      "the same name and index",
      { name: "cpu", index: number(1) },
      { name: "cpu", index: number(1) },
      ["ends"],
    ],
  ])("keeps fairness classes apart: %s", async (_name, first, second, expected) => {
    const m = new ModelBuilder("classes");
    const n = m.variable("n", range(0, 1), 0);
    const fair = (given: typeof first) => (typeof given === "string" ? given : () => given);
    m.rule("spin", { fair: fair(first), guard: () => [n.is(0)], body: () => [] });
    m.rule("leave", { fair: fair(second), guard: () => [n.is(0)], body: () => n.set(1) });
    m.liveness("ends", { eventuallyAlways: n.is(0) });
    expect(await violated(engine, m.build())).toEqual(expected);
  });

  test("keeps actors apart that print alike: a switch between them counts", async () => {
    const m = new ModelBuilder("actors");
    const [a, b, n] = ["a", "b", "n"].map((name) => m.variable(name, range(0, 2), 0));
    const one = { actor: "cpu 1" };
    const other = { actor: () => ({ name: "cpu", index: number(1) }) };
    // Two ways to the end: the first by action numbers changes the actor, the second does not.
    m.rule("begin", { ...one, guard: () => [n!.is(0)], body: () => [a!.set(1), n!.set(1)] });
    m.rule("on", { ...other, guard: () => [n!.is(1), a!.is(1)], body: () => n!.set(2) });
    m.rule("begin too", { ...one, guard: () => [n!.is(0)], body: () => [b!.set(1), n!.set(1)] });
    m.rule("on too", { ...one, guard: () => [n!.is(1), b!.is(1)], body: () => n!.set(2) });
    m.invariant("short", n!.lessThan(2));
    const { violations } = await engine.search(m.build());
    expect(violations[0]!.path!.actions).toEqual([2, 3]);
  });
});

function named(value: string): Term {
  return literal(enumeration("word", ["0", "1", "b 1"]), value);
}
