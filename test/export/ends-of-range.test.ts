/** Numbers at the ends of 32 bits, in the checkers whose arithmetic has 32 bits. */
import { expect, test } from "vitest";
import { comparePeers } from "../../src/cli/compare-peers.ts";
import { type Domain } from "../../src/model/domain.ts";
import { formats } from "../../src/export/formats.ts";
import { ModelBuilder } from "../../src/model/builder.ts";
import type { Model } from "../../src/model/model.ts";
import { choose, number, range } from "../../src/rules.ts";
import { comparison, installed } from "./peers.ts";

const MIN = -(2 ** 31);
const MAX = 2 ** 31 - 1;

function scalar(domain: Domain, values: readonly number[], initial: number | { oneOf: number[] }): Model {
  const m = new ModelBuilder("scalar");
  const n = m.variable("n", domain, initial);
  values.forEach((from, i) =>
    values.forEach((to, j) => m.rule(`${i} to ${j}`, { guard: () => [n.is(from)], body: () => n.set(to) })),
  );
  m.invariant("not there", n.isNot(values.at(-1)!));
  return m.build();
}

function overArray(index: Domain): Model {
  const m = new ModelBuilder("array");
  const cells = m.array("cells", [index], range(MIN, MAX), MIN);
  const at = m.variable("at", index, index.kind === "range" ? index.max : 0);
  m.rule("go", { parameters: { i: index }, body: ({ i }) => at.set(i) });
  m.rule("write", { guard: () => [cells.at(at).is(MIN)], body: () => cells.at(at).set(MAX) });
  m.rule("all", {
    parameters: { i: index },
    guard: ({ i }) => [cells.at(i).is(MAX)],
    body: ({ i }) => cells.at(i).set(-1),
  });
  m.invariant("one", cells.at(at).isNot(-1));
  return m.build();
}

function remainder(divisor: number): Model {
  const m = new ModelBuilder("remainder");
  const n = m.variable("n", range(MIN, MAX), { oneOf: [MIN, MIN + 1, -1, 0, MAX] });
  const rest = m.variable("rest", range(0, divisor - 1), 0);
  m.rule("take", { body: () => rest.set(n.mod(divisor)) });
  m.rule("next", {
    guard: () => [n.is(MIN)],
    body: () => n.set(choose(rest.is(1), number(MAX), number(-2))),
  });
  m.invariant("small", rest.lessThan(divisor - 1));
  return m.build();
}

function twoInitial(): Model {
  const m = new ModelBuilder("initial");
  const cells = m.array("cells", [range(0, 1)], range(MIN, MAX), { oneOf: [MIN, MAX] });
  m.rule("swap", { body: () => [cells.at(0).set(cells.at(1))] });
  m.invariant("one", cells.at(0).isNot(0));
  return m.build();
}

function sums(): Model {
  const m = new ModelBuilder("sums");
  const low = m.variable("low", range(MIN, MIN + 3), MIN);
  const high = m.variable("high", range(MAX - 3, MAX), MAX);
  m.rule("up", { guard: () => [low.lessThan(MIN + 3)], body: () => low.set(low.plus(1)) });
  m.rule("down", { guard: () => [high.greaterThan(MAX - 3)], body: () => high.set(high.minus(1)) });
  m.rule("add", { guard: () => [low.plus(high).is(0)], body: () => [low.set(MIN), high.set(MAX)] });
  m.invariant("not there", low.plus(high).isNot(-4));
  return m.build();
}

test("TLC reads no number beyond the largest, and does not count past it", () => {
  const written = (model: Model): string =>
    formats.tla(model, { properties: true, origin: "a test", counts: null }).text;
  expect(written(scalar(range(MIN, -1), [MIN, -1], MIN))).not.toMatch(/2147483648/);
  expect(written(remainder(2 ** 31))).not.toMatch(/2147483648/);
  expect(written(overArray(range(MAX - 2, MAX)))).not.toMatch(/\.\./);
  expect(written(overArray(range(MAX - 2, MAX - 1)))).toMatch(/\(2147483645\.\.2147483646\)/);
});

test.skipIf(installed.length === 0).for<[string, () => Model]>([
  ["a variable that begins at the least number", () => scalar(range(MIN, -1), [MIN, -1], MIN)],
  ["a variable of all numbers", () => scalar(range(MIN, MAX), [MIN, MAX, 0, -1], MAX)],
  ["a variable of the large numbers", () => scalar(range(MAX - 1, MAX), [MAX - 1, MAX], MAX)],
  ["a variable of the small numbers", () => scalar(range(MIN, MIN + 1), [MIN, MIN + 1], MIN)],
  [
    "a variable that begins at both ends",
    () => scalar(range(MIN, MAX), [MIN, MAX, 7], { oneOf: [MIN, MAX] }),
  ],
  ["an array indexed by the least numbers", () => overArray(range(MIN, MIN + 2))],
  ["an array indexed by the largest numbers", () => overArray(range(MAX - 2, MAX))],
  ["a small divisor", () => remainder(3)],
  ["a divisor of 2^30 + 1", () => remainder(2 ** 30 + 1)],
  ["the largest number as a divisor", () => remainder(MAX)],
  ["2^31 as a divisor", () => remainder(2 ** 31)],
  ["cells that begin at both ends", twoInitial],
  ["sums", sums],
])("%s", async ([name, make]) => {
  const compared = await comparePeers(name, make(), installed, comparison());
  expect(compared).toMatchObject({ agree: true, skipped: null, kept: null });
});
