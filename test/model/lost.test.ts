import { expect, test } from "vitest";
import { refuseLost, refuseUncalled } from "../../src/model/lost.ts";
import { assert, model, range, when } from "../../src/rules.ts";
import type { Place } from "../../src/model/term.ts";
import { diagnosticOf } from "../diagnostics.ts";

/** What is made of a variable while a model is built. */
function made<T>(use: (n: Place) => T): T {
  let result: T | undefined;
  model("lost", { about: "what nobody takes" }, (m) => {
    const n = m.variable("n", range(0, 3), 0);
    m.assertion("small");
    result = use(n);
    m.rule("count", { body: () => [] });
  }).build({ arch: null, variant: "default", parameters: {} });
  return result!;
}

test.each<[string, (n: Place) => unknown]>([
  ["an assignment", (n) => n.set(1)],
  ["an increase", (n) => n.increase()],
  ["a condition", (n) => when(n.is(1), n.set(0))],
  ["an assertion", (n) => assert("small", n.lessThan(3))],
  ["a list", (n) => [n.set(1), n.set(2)]],
])("%s that stands alone is refused, with the line", (_, use) => {
  expect(diagnosticOf(() => refuseLost(made(use)))).toMatchObject({
    code: "TLB115",
    source: { file: expect.stringContaining("lost.test.ts") as string },
  });
});

test("what is done for its effect may give anything else", () => {
  const given = [undefined, null, 0, [], [1], { kind: "mm", name: "mm" }, () => 1, made((n) => n)];
  for (const each of given) expect(refuseLost(each)).toBe(each);
});

test("a method that is not called is refused, and a value is none", () => {
  expect(diagnosticOf(() => refuseUncalled([].concat))).toMatchObject({ code: "TLB115" });
  expect(refuseUncalled(7)).toBe(7);
});
