/** Conditions over many values: compiled as the interpreter takes them, or refused with what to do. */
import { describe, expect, test } from "vitest";
import { interpreter } from "../../src/explorer/interpreter.ts";
import { compiledEngine } from "../../src/explorer/wasm-engine.ts";
import { bool, ModelBuilder, range } from "../../src/model/builder.ts";
import type { Model } from "../../src/model/model.ts";
import { count, exists, forAll, type Term } from "../../src/model/term.ts";
import { answerOf } from "./conformance.ts";

/** Sets three of many cells one by one, and says something of all of them. */
function cells(size: number, says: (at: (each: Term) => Term, n: Term) => Term): Model {
  const d = range(0, size - 1);
  const m = new ModelBuilder("cells");
  const cell = m.array("cell", [d], bool, false);
  const n = m.variable("n", range(0, 3), 0);
  m.rule("set", { guard: () => [n.lessThan(3)], body: () => [cell.at(n.mod(size)).set(true), n.increase()] });
  const each = (value: Term): Term => cell.at(value);
  m.invariant("said", says(each, n));
  return m.build();
}

describe.each([65, 300])("over %i values", (size) => {
  const d = range(0, size - 1);
  test.each<[string, (at: (each: Term) => Term, n: Term) => Term]>([
    ["a count", (at) => count(d, at).lessThan(3)],
    ["a disjunction", (at) => exists(d, (each) => at(each).and(at(each.plus(1).mod(size)))).not()],
    [
      "a conjunction that is evaluated from the left",
      (at, n) => forAll(d, (each) => at(each.plus(n).mod(size)).not()),
    ],
  ])("%s is the same for both engines", async (_, says) => {
    const model = cells(size, says);
    const answer = answerOf(await compiledEngine.search(model));
    expect(answer).toEqual(answerOf(await interpreter.search(model)));
    expect(answer).toMatchObject({ violations: [{ property: "said" }] });
  });
});

/** More than 256 instances: the compiled engine runs through the values of the first parameters in loops. */
describe("a parameter that ends", () => {
  const [least, largest] = [-(2 ** 31), 2 ** 31 - 1];
  test.each([
    ["at the largest number", [largest - 299, largest], [0, 0]],
    ["at the least numbers", [least, least + 299], [0, 0]],
    ["at the largest number, inside of another one", [largest - 1, largest], [largest - 256, largest]],
    ["at the largest number, around another one", [largest - 1, largest], [0, 256]],
  ] as const)("%s is run through once", async (_, [a, b], [c, d]) => {
    const m = new ModelBuilder("ends");
    const [outer, inner] = [range(a, b), range(c, d)];
    const taken = m.variable("taken", outer, a);
    const other = m.variable("other", inner, c);
    const done = m.variable("done", bool, false);
    m.rule("take", {
      parameters: { outer, inner },
      guard: (given) => [
        done.not(),
        given.outer.is(a).or(given.outer.is(b)),
        given.inner.lessThan(d - 1).or(given.inner.greaterThan(d - 1)),
      ],
      body: (given) => [taken.set(given.outer), other.set(given.inner), done.set(true)],
    });
    m.invariant("not the last", taken.isNot(b).or(other.isNot(d)));
    const search = { exhaustive: true, timeout: 20 };
    const answer = answerOf(await compiledEngine.search(m.build(), search));
    expect(answer).toEqual(answerOf(await interpreter.search(m.build(), search)));
    expect(answer).toMatchObject({ stopped: null, violations: [{ property: "not the last" }] });
  });
});
