import { describe, expect, test } from "vitest";
import { assert, bool, enumeration, ModelBuilder, names, orNone, range } from "../../src/model/builder.ts";
import type { Domain } from "../../src/model/domain.ts";
import type { DiagnosticCode } from "../../src/model/diagnostic.ts";
import type { Expr, Model, Rule, Statement, Variable, RunDescription } from "../../src/model/model.ts";
import { number } from "../../src/model/term.ts";
import { validate } from "../../src/model/validate.ts";

const cpu = names("cpu", 2);
const small = range(0, 3);
const source = { file: "models/x.ts", line: 1, column: 1 };

/** A well-formed model by hand, to be spoiled in one place. */
const rule: Rule = {
  name: "r",
  actor: { name: "a", index: null },
  parameters: [{ name: "c", domain: cpu }],
  guard: [],
  body: [],
  fair: true,
  fairnessClass: null,
  text: ["r"],
  event: null,
  place: null,
  step: null,
  weaker: [],
  source,
};
const x: Variable = { name: "x", index: [], domain: small, initial: { kind: "every", codes: [0] }, source };
const a: Variable = { ...x, name: "a", index: [cpu, small] };
const model: Model = {
  name: "by-hand",
  variables: [x, a],
  initially: [],
  rules: [rule],
  properties: [{ kind: "assertion", name: "p", aliases: ["P"], consequence: [], source }],
  places: [],
  assumptions: [],
};

const readX: Expr = { kind: "read", variable: "x", index: [] };
const yes: Expr = { kind: "constant", value: 1, domain: bool };
const zero: Expr = { kind: "constant", value: 0, domain: small };
const parameter: Expr = { kind: "parameter", name: "c", domain: cpu };

function code(value: number, domain: Domain = range(value, value)): Expr {
  return { kind: "constant", value, domain };
}

function withRule(change: Partial<Rule>): Model {
  return { ...model, rules: [{ ...rule, ...change }] };
}

function guarded(expr: Expr): Model {
  return withRule({ guard: [expr] });
}

function assigning(target: { variable: string; index: readonly Expr[] }, value: Expr): Model {
  return withRule({ body: [{ kind: "assign", target, value, source }] });
}

function withVariable(change: Partial<Variable>): Model {
  return { ...model, variables: [{ ...x, ...change }, a] };
}

function codesOf(broken: Model): DiagnosticCode[] {
  return validate(broken).map((diagnostic) => diagnostic.code);
}

describe("a model made by hand", () => {
  const liveness = (change: Partial<RunDescription>): Model => ({
    ...model,
    properties: [
      {
        kind: "liveness",
        name: "l",
        aliases: [],
        consequence: [],
        source,
        runs: [{ eventuallyAlways: yes, infinitelyOften: [], consequence: null, ...change }],
      },
    ],
  });

  test.each<[string, Model, DiagnosticCode[]]>([
    ["of a condition and a rule", liveness({ infinitelyOften: [{ kind: "taken", rules: ["r"] }] }), []],
    ["whose condition is a number", liveness({ eventuallyAlways: readX }), ["TLB103"]],
    [
      "whose recurrence is a number",
      liveness({ infinitelyOften: [{ kind: "state", condition: readX }] }),
      ["TLB103"],
    ],
    [
      "that waits for a rule that is not there",
      liveness({ infinitelyOften: [{ kind: "taken", rules: ["r", "q"] }] }),
      ["TLB104"],
    ],
    ["that waits for no rule", liveness({ infinitelyOften: [{ kind: "taken", rules: [] }] }), ["TLB104"]],
  ])("with a liveness property %s", (_, broken, codes) => {
    expect(codesOf(broken)).toEqual(codes);
  });

  test("with a fairness class by a parameter passes, by the state does not", () => {
    expect(codesOf(withRule({ fairnessClass: { name: "cpu", index: parameter } }))).toEqual([]);
    expect(codesOf(withRule({ fairnessClass: { name: "cpu", index: readX } }))).toEqual(["TLB103"]);
  });

  test("that is well formed passes", () => {
    expect(validate(model)).toEqual([]);
  });

  const assertion = (property: string, condition: Expr): Statement => ({
    kind: "assert",
    property,
    condition,
    consequence: null,
    source,
  });

  test.each<[string, DiagnosticCode, Model]>([
    [
      "an initial code outside of the domain",
      "TLB102",
      withVariable({ initial: { kind: "every", codes: [4] } }),
    ],
    [
      "a constant outside of its domain",
      "TLB102",
      guarded({ kind: "equal", left: readX, right: code(9, small) }),
    ],
    [
      "a divisor of zero",
      "TLB102",
      guarded({ kind: "equal", left: zero, right: { kind: "remainder", left: readX, divisor: 0 } }),
    ],
    ["a guard that is a number", "TLB103", guarded(readX)],
    ["an initial condition that is a number", "TLB103", { ...model, initially: [readX] }],
    [
      "a branch's condition that is a number",
      "TLB103",
      withRule({ body: [{ kind: "if", condition: readX, then: [], otherwise: [] }] }),
    ],
    ["an assertion's condition that is a number", "TLB103", withRule({ body: [assertion("p", readX)] })],
    [
      "a weaker form's guard that is a number",
      "TLB103",
      withRule({ weaker: [{ name: "w", guard: [readX], body: [] }] }),
    ],
    ["not of a number", "TLB103", guarded({ kind: "not", operand: readX })],
    ["and of a number", "TLB103", guarded({ kind: "and", operands: [yes, readX] })],
    ["less of booleans", "TLB103", guarded({ kind: "less", left: yes, right: yes })],
    [
      "the sum of names",
      "TLB103",
      guarded({ kind: "equal", left: readX, right: { kind: "add", left: parameter, right: zero } }),
    ],
    ["equal of different types", "TLB103", guarded({ kind: "equal", left: readX, right: parameter })],
    [
      "a choice of different types",
      "TLB103",
      guarded({ kind: "if", condition: yes, then: yes, otherwise: readX }),
    ],
    ["an assignment of another type", "TLB103", assigning({ variable: "x", index: [] }, yes)],
    [
      "an index of another type",
      "TLB103",
      guarded({ kind: "equal", left: zero, right: { kind: "read", variable: "a", index: [zero, zero] } }),
    ],
    [
      "a parameter in another domain than its rule gives it",
      "TLB103",
      guarded({ kind: "equal", left: { ...parameter, domain: orNone(cpu) }, right: parameter }),
    ],
    ["an actor that depends on the state", "TLB103", withRule({ actor: { name: "a", index: readX } })],
    ["a place that is a boolean", "TLB103", withRule({ place: yes })],
    ["an unknown variable in a guard", "TLB104", guarded({ kind: "read", variable: "y", index: [] })],
    ["an unknown variable assigned to", "TLB104", assigning({ variable: "y", index: [] }, zero)],
    [
      "an unknown parameter",
      "TLB104",
      guarded({ kind: "equal", left: { ...parameter, name: "d" }, right: parameter }),
    ],
    ["an unknown assertion", "TLB104", withRule({ body: [assertion("q", yes)] })],
    [
      "an unknown variable in a text",
      "TLB104",
      withRule({ text: [{ kind: "read", variable: "y", index: [] }] }),
    ],
    [
      "an unknown variable in an event's text",
      "TLB104",
      withRule({ event: { id: "e", text: [{ kind: "read", variable: "y", index: [] }] } }),
    ],
    [
      "an unknown variable in a consequence",
      "TLB104",
      {
        ...model,
        properties: [{ ...model.properties[0]!, consequence: [{ kind: "read", variable: "y", index: [] }] }],
      },
    ],
    ["two variables of one name", "TLB105", { ...model, variables: [x, x, a] }],
    ["two rules of one name", "TLB105", { ...model, rules: [rule, rule] }],
    [
      "two properties of one name",
      "TLB105",
      {
        ...model,
        properties: [...model.properties, ...model.properties.map((each) => ({ ...each, aliases: [] }))],
      },
    ],
    [
      "a property's alias that is another's name",
      "TLB105",
      { ...model, properties: [...model.properties, { ...model.properties[0]!, name: "P", aliases: [] }] },
    ],
    [
      "two parameters of one name",
      "TLB105",
      withRule({ parameters: [...rule.parameters, ...rule.parameters] }),
    ],
    [
      "two enumerations of one name",
      "TLB105",
      {
        ...model,
        variables: [
          { ...x, domain: enumeration("e", ["on", "off"]) },
          { ...a, domain: enumeration("e", ["off", "on"]) },
        ],
      },
    ],
    ["names of another number", "TLB105", { ...model, variables: [{ ...x, domain: names("cpu", 3) }, a] }],
    [
      "the wrong number of indices",
      "TLB106",
      guarded({ kind: "equal", left: zero, right: { kind: "read", variable: "a", index: [zero] } }),
    ],
    [
      "the wrong number of initial lists",
      "TLB106",
      withVariable({ initial: { kind: "each", codes: [[0], [0]] } }),
    ],
    [
      "an index beyond the array",
      "TLB107",
      guarded({
        kind: "equal",
        left: zero,
        right: { kind: "read", variable: "a", index: [parameter, code(4)] },
      }),
    ],
    [
      "an index of none",
      "TLB107",
      guarded({
        kind: "equal",
        left: zero,
        right: { kind: "read", variable: "a", index: [code(2, orNone(cpu)), zero] },
      }),
    ],
    ["a value beyond the variable", "TLB108", assigning({ variable: "x", index: [] }, code(4))],
    [
      "a value that is none where there is none",
      "TLB108",
      {
        ...assigning({ variable: "x", index: [] }, code(2, orNone(cpu))),
        variables: [{ ...x, domain: cpu }, a],
      },
    ],
    ["a cell without an initial value", "TLB109", withVariable({ initial: { kind: "every", codes: [] } })],
    ["an empty domain", "TLB110", withVariable({ domain: { kind: "range", min: 1, max: 0 } })],
    ["a domain too large", "TLB110", withVariable({ domain: { kind: "range", min: -1, max: 2 ** 31 - 1 } })],
    [
      "a domain beyond 32 bits",
      "TLB110",
      withVariable({ domain: { kind: "range", min: 2 ** 31, max: 2 ** 31 } }),
    ],
    ["an empty index", "TLB110", withVariable({ index: [{ kind: "range", min: 1, max: 0 }] })],
    [
      "an empty parameter",
      "TLB110",
      withRule({ parameters: [{ name: "c", domain: { kind: "enum", name: "e", values: [] } }] }),
    ],
    [
      "a sum beyond 32 bits",
      "TLB111",
      guarded({ kind: "less", left: readX, right: { kind: "add", left: readX, right: code(2 ** 31 - 3) } }),
    ],
    [
      "a difference beyond 32 bits",
      "TLB111",
      guarded({
        kind: "less",
        left: readX,
        right: { kind: "subtract", left: code(-(2 ** 31)), right: readX },
      }),
    ],
    [
      "a product beyond 32 bits",
      "TLB111",
      guarded({ kind: "less", left: readX, right: { kind: "multiply", left: code(2 ** 30), right: readX } }),
    ],
    ["no rules", "TLB113", { ...model, rules: [] }],
  ])("with %s: %s", (_, expected, broken) => {
    expect(codesOf(broken)).toContain(expected);
    expect(new Set(codesOf(broken)).size).toBe(1);
  });

  test("every fault says where", () => {
    const broken = {
      ...model,
      rules: [{ ...rule, guard: [readX] }],
      variables: [{ ...x, initial: { kind: "every" as const, codes: [7] } }, a],
    };
    expect(validate(broken).map((diagnostic) => diagnostic.source)).toEqual([source, source]);
  });

  test("the edges of 32 bits are within", () => {
    const edge: Expr = { kind: "add", left: readX, right: code(2 ** 31 - 4) };
    expect(codesOf(guarded({ kind: "less", left: readX, right: edge }))).toEqual([]);
  });
});

describe("a model made by the builder", () => {
  test("is refused where a type cannot tell", () => {
    const m = new ModelBuilder("m");
    const n = m.variable("n", small, 0);
    const owner = m.variable("owner", orNone(cpu), null);
    const held = m.array("held", [cpu], bool, false);
    m.assertion("declared");
    m.rule("beyond", { body: () => n.set(number(2).plus(2)) });
    m.rule("nobody", { guard: () => [held.at(owner)], body: () => assert("undeclared", n.is(0)) });
    expect(codesOf(m.build())).toEqual(["TLB108", "TLB104"]);
  });

  test("passes where an access may be out of bounds, but need not", () => {
    const m = new ModelBuilder("m");
    const n = m.variable("n", small, 0);
    const owner = m.variable("owner", orNone(cpu), null);
    const held = m.array("held", [cpu], bool, false);
    m.rule("r", { guard: () => [owner.isNot(null), held.at(owner)], body: () => n.increase() });
    expect(validate(m.build())).toEqual([]);
  });
});
