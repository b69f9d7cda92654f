import { describe, expect, test } from "vitest";
import { bool, enumeration, ModelBuilder, names, orNone, range } from "../../src/model/builder.ts";
import type { Expr } from "../../src/model/model.ts";
import { Semantics, UNBOUND } from "../../src/model/semantics.ts";
import {
  and,
  choose,
  count,
  eachOf,
  exists,
  FALSE,
  forAll,
  literal,
  not,
  number,
  or,
  refuseTerm,
  type Term,
  TRUE,
} from "../../src/model/term.ts";
import { diagnosticOf } from "../diagnostics.ts";

const m = new ModelBuilder("terms");
const lock = enumeration("lock", ["free", "held"]);
const cpu = names("cpu", 3);
const n = m.variable("n", range(0, 9), 4);
const flag = m.variable("flag", bool, true);
const state = m.variable("state", lock, "held");
const owner = m.variable("owner", orNone(cpu), "cpu1");
const nobody = m.variable("nobody", orNone(cpu), null);
const seen = m.arrayOf("seen", [cpu], bool, [true, false, true]);
m.rule("nothing", { body: () => [] });
const semantics = new Semantics(m.build());

/** The value of a term in the only state of the model above. */
function valueOf(term: Term): number {
  return semantics.evaluate(term.node, semantics.initialStates()[0]!, UNBOUND, null);
}

describe("terms compute", () => {
  test.each<[string, Term, number]>([
    ["is", n.is(4), 1],
    ["isNot", n.isNot(4), 0],
    ["lessThan", n.lessThan(4), 0],
    ["atMost", n.atMost(4), 1],
    ["greaterThan", n.greaterThan(3), 1],
    ["atLeast", n.atLeast(5), 0],
    ["plus", n.plus(3), 7],
    ["minus", n.minus(6), -2],
    ["times", n.times(-3), -12],
    ["mod", n.mod(3), 1],
    ["mod of a negative number", n.minus(9).mod(3), 1],
    ["mod of a multiple", n.minus(10).mod(3), 0],
    ["not", flag.not(), 0],
    ["and", flag.and(n.is(4), true), 1],
    ["or", flag.not().or(n.is(5)), 0],
    ["implies, from true", flag.implies(n.is(5)), 0],
    ["implies, from false", flag.not().implies(n.is(5)), 1],
    ["an enumeration's value", state.is("held"), 1],
    ["a name", owner.is("cpu1"), 1],
    ["a name by number", owner.is(1), 1],
    ["no name", owner.is(null), 0],
    ["none", nobody.is(null), 1],
    ["names of one domain, with none and without", owner.is(literal(cpu, "cpu1")), 1],
    ["choose", choose(flag, n, 0), 4],
    ["choose otherwise", choose(flag.not(), 1, n), 4],
    ["forAll", forAll(cpu, (c) => seen.at(c)), 0],
    ["exists", exists(cpu, (c) => seen.at(c).not()), 1],
    ["count", count(cpu, (c) => seen.at(c)), 2],
    ["and of none", and(), 1],
    ["or of none", or(), 0],
  ])("%s", (_, term, value) => {
    expect(valueOf(term)).toBe(value);
  });

  test("an array's cell by computed index", () => {
    expect(valueOf(seen.at(owner))).toBe(0);
    expect(valueOf(seen.at("cpu2"))).toBe(1);
  });

  test("quantifiers leave none out", () => {
    const codesOf = (terms: Term[]): unknown[] =>
      terms.map(({ node }) => node.kind === "constant" && node.value);
    expect(codesOf(eachOf(orNone(cpu)))).toEqual([0, 1, 2]);
  });
});

describe("terms stay small", () => {
  test("constants are folded where nothing is skipped", () => {
    expect(and(true, flag)).toMatchObject({ node: flag.node });
    expect(and(flag, true, n.is(1)).node).toMatchObject({ kind: "and", operands: [flag.node, n.is(1).node] });
    expect(and(false, flag)).toBe(FALSE);
    expect(or(true, flag)).toBe(TRUE);
    expect(not(not(flag)).node).toEqual(flag.node);
    expect(not(TRUE)).toBe(FALSE);
    expect(number(3).is(3)).toBe(TRUE);
    expect(number(3).is(4)).toBe(FALSE);
  });

  test("and keeps what comes before a false operand: it may have no value", () => {
    const faulty = seen.at(nobody);
    expect(and(faulty, false, flag).node).toMatchObject({ kind: "and", operands: [faulty.node, FALSE.node] });
  });

  test("nested conjunctions are one list", () => {
    const node = and(and(flag, n.is(1)), and(n.is(2), n.is(3))).node as Expr & { kind: "and" };
    expect(node.operands).toHaveLength(4);
  });
});

describe("a term used as a JavaScript value", () => {
  test.each<[string, () => unknown]>([
    ["arithmetic", () => Number(n) + 1],
    ["a comparison", () => (n as unknown as number) < 3],
    ["a comparison of two", () => (n as unknown as number) >= (owner as unknown as number)],
    ["a template", () => `${n as unknown as string}`],
    ["text", () => String(n)],
    ["an object's key", () => ({ [n as unknown as string]: 1 })],
    ["a guarded condition", () => refuseTerm(flag)],
  ])("throws in %s and says what to write", (_, misuse) => {
    const { code, message } = diagnosticOf(misuse);
    expect(code).toBe("TLB101");
    expect(message).toContain("and(…)");
    expect(message).toContain("x.is(y)");
  });

  test("a guarded condition lets everything else pass", () => {
    expect([true, 0, "", null, undefined].map((each) => refuseTerm(each))).toEqual([
      true,
      0,
      "",
      null,
      undefined,
    ]);
  });
});

describe("terms refuse", () => {
  test.each<[string, () => unknown, string, RegExp]>([
    [
      "a word that the enumeration lacks",
      () => state.is("broken"),
      "TLB102",
      /"broken" is not a value of lock/,
    ],
    ["a name that does not exist", () => owner.is("cpu3"), "TLB102", /"cpu3" is not a value of cpu/],
    ["none where there is none", () => literal(cpu, null), "TLB102", /null is not a value of cpu/],
    ["a number for a boolean", () => flag.is(1), "TLB102", /1 is not a value of bool/],
    ["a word for a number", () => n.is("four"), "TLB102", /"four" is not a value of 0\.\.9/],
    [
      "an object",
      () => flag.is({ kind: "no value" } as never),
      "TLB102",
      /an object with kind is not a value of bool/,
    ],
    ["a fraction", () => n.is(0.5), "TLB102", /0\.5 is not a whole number/],
    ["comparing types that differ", () => n.is(flag), "TLB103", /cannot be compared with/],
    ["assigning types that differ", () => n.set(flag), "TLB103", /cannot be assigned/],
    ["choosing between types that differ", () => choose(flag, n, state), "TLB103", /cannot be chosen/],
    [
      "choosing between two literals",
      () => choose(flag, 1 as unknown as Term, 2),
      "TLB103",
      /at least one expression/,
    ],
    ["a number as a condition", () => and(n), "TLB103", /a condition is needed here/],
    ["a number as the condition of choose", () => choose(n, n, 1), "TLB103", /a condition is needed here/],
    ["negating a number", () => n.not(), "TLB103", /a condition is needed here/],
    ["calculating with an enumeration", () => state.plus(1), "TLB103", /a number is needed here/],
    ["ordering booleans", () => flag.lessThan(1), "TLB103", /a number is needed here/],
    ["a remainder by zero", () => n.mod(0), "TLB102", /positive whole number, not 0/],
    ["a remainder by a fraction", () => n.mod(1.5), "TLB102", /positive whole number/],
  ])("%s", (_, misuse, code, message) => {
    expect(diagnosticOf(misuse)).toMatchObject({ code, message: expect.stringMatching(message) as string });
  });

  test("ordering names, and say that they are interchangeable", () => {
    const { code, hint } = diagnosticOf(() => owner.lessThan(literal(cpu, "cpu1")));
    expect(code).toBe("TLB103");
    expect(hint).toContain("interchangeable");
  });
});
