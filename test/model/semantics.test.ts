import { describe, expect, test } from "vitest";
import {
  assert,
  bool,
  enumeration,
  ModelBuilder,
  names,
  orNone,
  range,
  when,
} from "../../src/model/builder.ts";
import { actionName, actorName, bindings, Semantics, type State } from "../../src/model/semantics.ts";
import { choose, type Term } from "../../src/model/term.ts";
import { diagnosticOf } from "../diagnostics.ts";

const cpu = names("cpu", 2);

function semanticsOf(declare: (m: ModelBuilder) => void): Semantics {
  const m = new ModelBuilder("test");
  declare(m);
  return new Semantics(m.build());
}

/** The values of a state's cells, by variable. */
function cells(state: State): Record<string, number[]> {
  return Object.fromEntries([...state].map(([name, list]) => [name, list.toArray()]));
}

/** What the only action makes of the only initial state. */
function onlyStep(semantics: Semantics): { cells: Record<string, number[]>; violated: readonly string[] } {
  const { state, violated } = semantics.step(semantics.actions[0]!, semantics.initialStates()[0]!);
  return { cells: cells(state), violated };
}

describe("initial states", () => {
  test("are all combinations that fulfil the conditions, the last variable and cell fastest", () => {
    const semantics = semanticsOf((m) => {
      const x = m.variable("x", range(0, 2), { oneOf: [0, 2] });
      const a = m.array("a", [cpu], bool, { oneOf: [false, true] });
      m.initially(x.is(0).or(a.at("cpu0")));
      m.rule("r", { body: () => [] });
    });
    expect(semantics.initialStates().map(cells)).toEqual([
      { x: [0], a: [0, 0] },
      { x: [0], a: [0, 1] },
      { x: [0], a: [1, 0] },
      { x: [0], a: [1, 1] },
      { x: [2], a: [1, 0] },
      { x: [2], a: [1, 1] },
    ]);
  });

  test.each<[string, (m: ModelBuilder) => void]>([
    ["one array", (m) => m.array("a", [range(1, 20)], bool, { oneOf: [false, true] })],
    [
      "several variables",
      (m) =>
        [1, 2, 3, 4].map((i) =>
          m.variable(`x${i}`, range(1, 99), { oneOf: Array.from({ length: 99 }, (_, v) => v + 1) }),
        ),
    ],
  ])("too many to enumerate, of %s, are refused", (_, declare) => {
    const semantics = semanticsOf((m) => {
      declare(m);
      m.rule("r", { body: () => [] });
    });
    expect(diagnosticOf(() => semantics.initialStates()).code).toBe("TLB112");
  });
});

describe("actions", () => {
  test("are the rules with values for their parameters, the first slowest, none left out", () => {
    const semantics = semanticsOf((m) => {
      m.rule("one", { body: () => [] });
      m.rule("two", { parameters: { c: orNone(cpu), n: range(1, 2) }, body: () => [] });
    });
    expect(semantics.actions.map(actionName)).toEqual([
      "one",
      "two(cpu0, 1)",
      "two(cpu0, 2)",
      "two(cpu1, 1)",
      "two(cpu1, 2)",
    ]);
    expect(bindings(semantics.model.rules[1]!).map((each) => Object.fromEntries(each))).toEqual([
      { c: 0, n: 1 },
      { c: 0, n: 2 },
      { c: 1, n: 1 },
      { c: 1, n: 2 },
    ]);
  });

  test("have actors, told apart by an index", () => {
    const semantics = semanticsOf((m) => {
      m.rule("a", { body: () => [] });
      m.rule("b", { actor: "kswapd", body: () => [] });
      m.rule("c", {
        parameters: { c: cpu },
        actor: ({ c }) => ({ name: "walker", index: c }),
        body: () => [],
      });
    });
    expect(semantics.actions.map(actorName)).toEqual(["system", "kswapd", "walker cpu0", "walker cpu1"]);
  });
});

describe("a step", () => {
  test("runs its statements in order, each seeing what those before it wrote", () => {
    const semantics = semanticsOf((m) => {
      const x = m.variable("x", range(0, 9), 1);
      const y = m.variable("y", range(0, 9), 5);
      m.rule("r", {
        body: () => [
          x.set(y.plus(1)),
          y.set(x.plus(1)),
          when(x.is(6), x.set(2), x.set(3)),
          when(x.is(6), y.set(0), y.increase(-3)),
        ],
      });
    });
    expect(onlyStep(semantics).cells).toEqual({ x: [2], y: [4] });
  });

  test("swaps only by way of a third variable", () => {
    const semantics = semanticsOf((m) => {
      const x = m.variable("x", range(0, 1), 0);
      const y = m.variable("y", range(0, 1), 1);
      m.rule("r", { body: () => [x.set(y), y.set(x)] });
    });
    expect(onlyStep(semantics).cells).toEqual({ x: [1], y: [1] });
  });

  test("writes the cell that its indices name, the last one fastest", () => {
    const semantics = semanticsOf((m) => {
      const a = m.array("a", [cpu, range(-1, 1)], range(0, 9), 0);
      const i = m.variable("i", range(-1, 1), -1);
      m.rule("r", {
        body: () => [a.at("cpu1", i.plus(2)).set(7), i.set(0), a.at("cpu0", i).set(a.at("cpu1", 1).plus(1))],
      });
    });
    expect(onlyStep(semantics).cells["a"]).toEqual([0, 8, 0, 0, 0, 7]);
  });

  test("goes on after an assertion that fails, and names each once", () => {
    const semantics = semanticsOf((m) => {
      const x = m.variable("x", range(0, 9), 1);
      m.assertion("p");
      m.assertion("q");
      m.rule("r", {
        body: () => [
          assert("q", x.is(2)),
          assert("p", x.is(1)),
          x.set(4),
          assert("q", x.is(1)),
          x.increase(),
        ],
      });
    });
    expect(onlyStep(semantics)).toEqual({ cells: { x: [5] }, violated: ["q"] });
  });
});

describe("evaluation goes no further than it must", () => {
  const beyond = (m: ModelBuilder): Term =>
    m.array("a", [range(0, 1)], bool, true).at(m.variable("i", range(0, 2), 2));

  test("but as far as it must", () => {
    const semantics = semanticsOf((m) => {
      const faulty = beyond(m);
      m.rule("r", { guard: () => [m.variable("yes", bool, true), faulty], body: () => [] });
    });
    const enabled = (): boolean => semantics.enabled(semantics.actions[0]!, semantics.initialStates()[0]!);
    expect(diagnosticOf(enabled).code).toBe("TLB121");
  });

  test.each<[string, (no: Term, faulty: Term) => Term, boolean]>([
    ["and", (no, faulty) => no.and(faulty), false],
    ["or", (no, faulty) => no.not().or(faulty), true],
    ["choose, then", (no, faulty) => choose(no, faulty, true), true],
    ["choose, otherwise", (no, faulty) => choose(no.not(), true, faulty), true],
  ])("in %s", (_, make, value) => {
    const semantics = semanticsOf((m) => {
      const no = m.variable("no", bool, false);
      const term = make(no, beyond(m));
      m.rule("r", { guard: () => [term], body: () => [] });
    });
    expect(semantics.enabled(semantics.actions[0]!, semantics.initialStates()[0]!)).toBe(value);
  });

  test("in a guard, behind a conjunct that is false", () => {
    const semantics = semanticsOf((m) => {
      const no = m.variable("no", bool, false);
      const faulty = beyond(m);
      m.rule("r", { guard: () => [no, faulty], body: () => [] });
    });
    expect(semantics.enabled(semantics.actions[0]!, semantics.initialStates()[0]!)).toBe(false);
  });
});

describe("a step without a meaning", () => {
  test("an assignment out of range says what, where to, and the line", () => {
    const semantics = semanticsOf((m) => {
      const x = m.variable("x", range(0, 1), 1);
      m.rule("count", { parameters: { c: cpu }, body: () => x.increase() });
    });
    const { code, message, source } = diagnosticOf(() => onlyStep(semantics));
    expect(code).toBe("TLB120");
    expect(message).toBe("count(cpu0) assigns 2 to x, which ranges over 0..1");
    expect(source?.file).toMatch(/semantics\.test\.ts$/);
  });

  test("none assigned to a name is out of range", () => {
    const semantics = semanticsOf((m) => {
      const none = m.variable("none", orNone(cpu), null);
      const x = m.variable("x", cpu, 0);
      m.rule("r", { body: () => x.set(none) });
    });
    expect(diagnosticOf(() => onlyStep(semantics)).code).toBe("TLB120");
  });

  test.each([3, 0])("an index of %i is out of the bounds 1..2", (value) => {
    const semantics = semanticsOf((m) => {
      const i = m.variable("i", range(0, 3), value);
      const a = m.array("a", [range(1, 2)], bool, false);
      m.rule("r", { body: () => a.at(i).set(true) });
    });
    const { code, message } = diagnosticOf(() => onlyStep(semantics));
    expect(code).toBe("TLB121");
    expect(message).toBe(`index 1 of a is ${value}, outside of 1..2`);
  });

  test("none is no index", () => {
    const semantics = semanticsOf((m) => {
      const owner = m.variable("owner", orNone(cpu), null);
      const a = m.array("a", [orNone(cpu)], bool, false);
      m.rule("r", { body: () => a.at(owner).set(true) });
    });
    expect(diagnosticOf(() => onlyStep(semantics)).code).toBe("TLB121");
  });
});

describe("text", () => {
  test("tells values in words", () => {
    const m = new ModelBuilder("test");
    const x = m.variable("x", range(0, 9), 7);
    const lock = m.variable("lock", enumeration("lock", ["free", "held"]), "held");
    const owner = m.variable("owner", orNone(cpu), null);
    const first = m.variable("first", cpu, "cpu1");
    m.rule("r", {
      parameters: { c: cpu },
      text: ({ c }) => [
        c,
        ": ",
        x,
        " ",
        lock,
        " ",
        owner,
        " ",
        x.plus(1),
        " ",
        x.is(7),
        " ",
        choose(x.is(7), lock, "free"),
        " ",
        choose(x.is(7), owner, first),
        " ",
        choose(x.is(7), first, owner),
        " ",
        choose(x.is(6), first, owner),
      ],
      body: () => [],
    });
    const semantics = new Semantics(m.build());
    const [, action] = semantics.actions;
    const text = semantics.text(action!.rule.text, semantics.initialStates()[0]!, action!.binding);
    expect(text).toBe("cpu1: 7 held none 8 true held none cpu1 none");
  });
});
