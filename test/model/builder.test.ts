import { describe, expect, test } from "vitest";
import {
  assert,
  bool,
  enumeration,
  type Initial,
  ModelBuilder,
  names,
  orNone,
  range,
  taken,
  when,
} from "../../src/model/builder.ts";
import type { Model, Variable } from "../../src/model/model.ts";
import { validate } from "../../src/model/validate.ts";
import { diagnosticOf } from "../diagnostics.ts";

const cpu = names("cpu", 2);
const lock = enumeration("lock", ["free", "held"]);

/** A model with one rule that does nothing, besides what `declare` adds. */
function built(declare: (m: ModelBuilder) => void): Model {
  const m = new ModelBuilder("test");
  declare(m);
  m.rule("nothing", { body: () => [] });
  return m.build();
}

describe("variables", () => {
  test("begin with a value, or with one of several, in ascending order and each once", () => {
    const model = built((m) => {
      m.variable("x", range(0, 9), 3);
      m.variable("y", range(0, 9), { oneOf: [7, 2, 7] });
      m.array("a", [cpu], lock, "held");
      m.arrayOf("b", [cpu, range(0, 1)], orNone(cpu), ["cpu1", null, 0, { oneOf: [null, "cpu0"] }]);
    });
    const initial: Variable["initial"][] = model.variables.map((variable) => variable.initial);
    expect(initial).toEqual([
      { kind: "every", codes: [3] },
      { kind: "every", codes: [2, 7] },
      { kind: "every", codes: [1] },
      { kind: "each", codes: [[1], [2], [0], [0, 2]] },
    ]);
    expect(validate(model)).toEqual([]);
  });
});

describe("rules", () => {
  test("are fair, of the system and of no place, unless said otherwise", () => {
    const [rule] = built(() => {}).rules;
    expect(rule).toMatchObject({
      name: "nothing",
      actor: { name: "system", index: null },
      parameters: [],
      guard: [],
      fair: true,
      text: ["nothing"],
      event: null,
      place: null,
      step: null,
      weaker: [],
    });
  });

  test("keep all that is said about them", () => {
    const m = new ModelBuilder("test");
    const tlb = m.array("tlb", [cpu], bool, false);
    m.rule("fill", {
      actor: ({ c }) => ({ name: "walker", index: c }),
      parameters: { c: cpu },
      guard: ({ c }) => [tlb.at(c).not().and(tlb.at("cpu0").not()), true],
      body: ({ c }) => [[tlb.at(c).set(true)], when(tlb.at(c), [], [[tlb.at("cpu1").set(false)]])],
      fair: false,
      text: ({ c }) => ["fills at ", c],
      place: ({ c }) => c,
      step: "data",
      weaker: ({ c }) => [{ name: "not at all", guard: [tlb.at(c)], body: [] }],
    });
    const [rule] = m.build().rules;
    const c = { kind: "parameter", name: "c", domain: cpu };
    const read = { kind: "read", variable: "tlb", index: [c] };
    expect(rule).toMatchObject({
      actor: { name: "walker", index: c },
      parameters: [{ name: "c", domain: cpu }],
      guard: [{ kind: "not", operand: read }, { kind: "not" }, { kind: "constant", value: 1 }],
      body: [
        { kind: "assign", target: { variable: "tlb", index: [c] } },
        { kind: "if", condition: read, then: [], otherwise: [{ kind: "assign" }] },
      ],
      fair: false,
      text: ["fills at ", c],
      place: c,
      step: "data",
      weaker: [{ name: "not at all", guard: [read], body: [] }],
    });
    expect(validate(m.build())).toEqual([]);
  });
});

describe("fairness and liveness", () => {
  test("a class is a name, or a name with an index", () => {
    const m = new ModelBuilder("test");
    m.rule("step", { parameters: { c: cpu }, fair: ({ c }) => ({ name: "cpu", index: c }), body: () => [] });
    m.rule("other", { fair: "thread", body: () => [] });
    m.rule("speculate", { fair: false, body: () => [] });
    expect(m.build().rules.map(({ fair, fairnessClass }) => ({ fair, fairnessClass }))).toEqual([
      {
        fair: true,
        fairnessClass: { name: "cpu", index: { kind: "parameter", name: "c", domain: cpu } },
      },
      { fair: true, fairnessClass: { name: "thread", index: null } },
      { fair: false, fairnessClass: null },
    ]);
  });

  test("a run is told by what stays and what recurs, and is plain data", () => {
    const m = new ModelBuilder("test");
    const a = m.variable("a", bool, false);
    m.rule("step", { body: () => a.set(true) });
    m.liveness("one", { eventuallyAlways: a });
    m.liveness("several", { infinitelyOften: [a, taken("step")] }, { aliases: ["P-LIVE"] });
    const built = m.build();
    const read = { kind: "read", variable: "a", index: [] };
    expect(built.properties).toMatchObject([
      { kind: "liveness", name: "one", runs: [{ eventuallyAlways: read, infinitelyOften: [] }] },
      {
        kind: "liveness",
        name: "several",
        aliases: ["P-LIVE"],
        runs: [
          {
            eventuallyAlways: { kind: "constant", value: 1 },
            infinitelyOften: [
              { kind: "state", condition: read },
              { kind: "taken", rules: ["step"] },
            ],
          },
        ],
      },
    ]);
    expect(JSON.parse(JSON.stringify(built))).toEqual(built);
    expect(validate(built)).toEqual([]);
  });
});

describe("properties", () => {
  test("of every kind", () => {
    const m = new ModelBuilder("test");
    const x = m.variable("x", range(0, 3), 0);
    m.invariant("small", x.lessThan(3), { aliases: ["P-SMALL"], consequence: ["x is ", x] });
    m.assertion("checked");
    m.goal("reached", x.is(3));
    m.deadlock(x.is(3));
    m.rule("count", { body: () => [x.increase(), assert("checked", x.lessThan(3), ["x was ", x])] });
    const model = m.build();
    const read = { kind: "read", variable: "x", index: [] };
    expect(model.properties).toMatchObject([
      {
        kind: "invariant",
        name: "small",
        aliases: ["P-SMALL"],
        consequence: ["x is ", read],
        condition: { kind: "less" },
      },
      { kind: "assertion", name: "checked", aliases: [] },
      { kind: "goal", name: "reached", condition: { kind: "equal" } },
      { kind: "deadlock", name: "deadlock", terminated: { kind: "equal" } },
    ]);
    expect(model.rules[0]?.body[1]).toMatchObject({
      kind: "assert",
      property: "checked",
      consequence: ["x was ", read],
    });
    expect(validate(model)).toEqual([]);
  });
});

describe("the builder refuses", () => {
  const declaring = (initial: Initial) => (m: ModelBuilder) => m.variable("x", lock, initial);

  test.each<[string, (m: ModelBuilder) => void, string, RegExp]>([
    ["an initial value outside of the domain", declaring("hold"), "TLB102", /x cannot begin as "hold"/],
    [
      "one of several initial values outside of the domain",
      declaring({ oneOf: ["free", 3] }),
      "TLB102",
      /begin as 3/,
    ],
    ["no initial value", declaring({ oneOf: [] }), "TLB109", /x has no initial value/],
    [
      "the wrong number of initial values",
      (m) => m.arrayOf("a", [cpu], bool, [true]),
      "TLB106",
      /2 cells, but 1 initial/,
    ],
    [
      "the wrong number of indices",
      (m) => m.array("a", [cpu], bool, true).at("cpu0", 1),
      "TLB106",
      /1 indices, not 2/,
    ],
    [
      "an index of another type",
      (m) => m.array("a", [cpu], bool, true).at(m.variable("x", lock, "free")),
      "TLB103",
      /index 1 of a/,
    ],
    ["an index that does not exist", (m) => m.array("a", [cpu], bool, true).at("cpu2"), "TLB102", /"cpu2"/],
    [
      "two variables of one name",
      (m) => [m.variable("x", bool, true), m.variable("x", bool, true)],
      "TLB105",
      /variable x/,
    ],
    ["two rules of one name", (m) => [1, 2].map(() => m.rule("r", { body: () => [] })), "TLB105", /rule r/],
    ["two properties of one name", (m) => [1, 2].map(() => m.assertion("p")), "TLB105", /property p/],
    [
      "a condition that is no boolean",
      (m) => m.invariant("i", m.variable("x", lock, "free")),
      "TLB103",
      /condition is needed/,
    ],
    [
      "a guard that is no boolean",
      (m) => m.rule("r", { guard: () => [3], body: () => [] }),
      "TLB102",
      /3 is not a value of bool/,
    ],
    ["no rules", (m) => m.build(), "TLB113", /the model test has no rules/],
  ])("%s", (_, misuse, code, message) => {
    expect(diagnosticOf(() => misuse(new ModelBuilder("test")))).toMatchObject({
      code,
      message: expect.stringMatching(message) as string,
      source: { file: expect.stringMatching(/builder\.test\.ts$/) as string },
    });
  });

  test("a slip in an initial value, with the nearest one", () => {
    const { hint } = diagnosticOf(() => new ModelBuilder("test").variable("x", lock, "hold"));
    expect(hint).toContain('did you mean "held"?');
  });

  test.each<[string, () => unknown, string]>([
    ["an empty range", () => range(1, 0), "TLB110"],
    ["a range of fractions", () => range(0, 0.5), "TLB110"],
    ["a range without end", () => range(0, Infinity), "TLB110"],
    ["a range beyond 32 bits", () => range(0, 2 ** 31), "TLB110"],
    ["an enumeration without values", () => enumeration("e", []), "TLB110"],
    ["an enumeration with a value twice", () => enumeration("e", ["a", "a"]), "TLB105"],
    ["no names", () => names("n", 0), "TLB110"],
    ["a name twice", () => names("n", ["a", "b", "a"]), "TLB105"],
    ["none among numbers", () => orNone(range(0, 1)), "TLB103"],
  ])("%s", (_, misuse, code) => {
    expect(diagnosticOf(misuse).code).toBe(code);
  });
});
