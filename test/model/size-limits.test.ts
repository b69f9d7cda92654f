import { describe, expect, test } from "vitest";
import { ModelBuilder, range, when } from "../../src/model/builder.ts";
import { names } from "../../src/model/make-domain.ts";
import { isStackOverflow, MAX_CELLS, MAX_DEPTH, MAX_OPERANDS } from "../../src/model/size-limits.ts";
import { and, choose, exists, forAll, not, or, type Term } from "../../src/model/term.ts";
import { validate } from "../../src/model/validate.ts";
import { diagnosticOf } from "../diagnostics.ts";

const counter = () => {
  const m = new ModelBuilder("limits");
  const n = m.variable("n", range(0, 3), 0);
  m.rule("up", { guard: () => [n.lessThan(3)], body: () => n.increase() });
  return { m, n };
};

/** Applies a function again and again. */
function nested<T>(first: T, times: number, wrap: (inner: T) => T): T {
  let made = first;
  for (let i = 0; i < times; i++) made = wrap(made);
  return made;
}

describe("terms that are nested too deeply are refused where they are made", () => {
  const { n } = counter();
  test.each<[string, (inner: Term) => Term]>([
    ["sums", (inner) => inner.plus(1)],
    ["products", (inner) => inner.times(1)],
    ["remainders", (inner) => inner.mod(3)],
    ["choices", (inner) => choose(n.is(1), n, inner)],
  ])("%s", (_, wrap) => {
    expect(diagnosticOf(() => nested<Term>(n, MAX_DEPTH + 1, wrap))).toMatchObject({
      code: "TLB116",
      source: { file: expect.stringContaining("size-limits.test.ts") as string },
    });
  });

  test("conditions of several kinds", () => {
    const wrap = (inner: Term) => not(and(n.is(1), or(n.is(2), inner)));
    expect(diagnosticOf(() => nested(n.is(0), MAX_DEPTH, wrap)).code).toBe("TLB116");
  });

  test("branches", () => {
    expect(diagnosticOf(() => nested(n.set(0), MAX_DEPTH + 1, (inner) => when(n.is(1), inner))).code).toBe(
      "TLB116",
    );
  });

  test("what is just not too deep passes, also in what reads a model by recursion", () => {
    const { m, n } = counter();
    m.invariant("deep", nested<Term>(n, MAX_DEPTH - 3, (inner) => choose(n.is(1), n, inner)).atMost(3));
    expect(validate(m.build())).toEqual([]);
  });
});

describe("too many operands", () => {
  const { n } = counter();
  const wide = range(0, MAX_OPERANDS);
  test.each<[string, () => unknown]>([
    ["of and", () => and(...Array.from({ length: MAX_OPERANDS + 1 }, () => n.is(1)))],
    ["of or", () => or(...Array.from({ length: MAX_OPERANDS + 1 }, () => n.is(1)))],
    ["of a universal quantifier", () => forAll(wide, (each) => each.is(n))],
    ["of an existential one", () => exists(wide, (each) => each.is(n))],
  ])("%s", (_, make) => {
    expect(diagnosticOf(make).code).toBe("TLB116");
  });
});

describe("too many cells", () => {
  test.each([[10 ** 5], [10 ** 6], [10 ** 7], [2 ** 31 - 1]])("%i in one array", (cells) => {
    const { m, n } = counter();
    expect(diagnosticOf(() => m.array("a", [range(0, cells - 1)], n.domain, 0))).toMatchObject({
      code: "TLB116",
      message: expect.stringContaining(`a, which has ${cells}`) as string,
    });
  });

  test("in two dimensions, and in several arrays together", () => {
    const { m, n } = counter();
    const row = range(0, 99);
    m.array("a", [row, row], n.domain, 0);
    expect(diagnosticOf(() => m.array("b", [row, row], n.domain, 0)).message).toContain(
      `${MAX_CELLS + 1} cells`,
    );
  });
});

test.each([
  ["of one parameter", { i: range(0, 2 ** 31 - 1) }],
  ["of two", { i: range(0, 1999), j: range(0, 1999) }],
])("a rule with too many instances, %s", (_, parameters) => {
  const { m } = counter();
  expect(diagnosticOf(() => m.rule("many", { parameters, body: () => [] })).code).toBe("TLB116");
});

test("names that nobody could list are refused before they are made", () => {
  expect(diagnosticOf(() => names("cpu", 2 ** 31)).code).toBe("TLB110");
});

test("a full call stack is told from other errors of range", () => {
  const forever = (): number => 1 + forever();
  let caught: unknown;
  try {
    forever();
  } catch (error) {
    caught = error;
  }
  expect([caught, new RangeError("Invalid array length")].map(isStackOverflow)).toEqual([true, false]);
});
