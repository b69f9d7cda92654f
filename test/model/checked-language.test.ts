/** What model files pass that no declaration of the language takes: an error at their line, and never another model. */
import { describe, expect, test } from "vitest";
import * as rules from "../../src/rules.ts";
import { diagnosticOf } from "../diagnostics.ts";

const { bool, range, enumeration, names } = rules;

/** Takes whatever it is given, as where types are not checked. */
type Loose = Readonly<
  Record<
    "variable" | "array" | "rule" | "invariant" | "liveness" | "is" | "increase",
    (...given: unknown[]) => never
  >
>;

type Declare = (m: Loose, n: Loose) => unknown;

function diagnosticIn(declare: Declare): {
  code: string;
  message: string;
  hint: string | null;
  source: unknown;
} {
  const family = rules.model("mistake", { about: "" }, (m) => {
    const n = m.variable("n", range(0, 3), 0);
    m.assertion("known");
    declare(m as unknown as Loose, n as unknown as Loose);
    m.rule("r", { body: () => [] });
  });
  return diagnosticOf(() => family.build({ arch: null, variant: "default", parameters: {} }));
}

const nothing = (): [] => [];

describe("a declaration refuses", () => {
  test.each<[string, Declare, RegExp, RegExp?]>([
    [
      "an option of a rule that is misspelt",
      (m) => m.rule("a", { fairr: false, body: nothing }),
      /no option "fairr"/,
      /did you mean "fair"/,
    ],
    [
      "an option of a property",
      (m, n) => m.invariant("a", n.is(1), { consequenze: "" }),
      /no option "consequenze"/,
      /"consequence"/,
    ],
    [
      "a part of an unwanted run",
      (m, n) => m.liveness("a", { eventualyAlways: n.is(1) }),
      /no option "eventualyAlways"/,
      /"eventuallyAlways"/,
    ],
    [
      "a key of an event",
      (m) => m.rule("a", { body: nothing, event: { id: "e", txt: () => "" } }),
      /no option "txt"/,
    ],
    [
      "a key of a weaker form",
      (m) => m.rule("a", { body: nothing, weaker: () => [{ name: "w", body: [], gaurd: [] }] }),
      /no option "gaurd"/,
    ],
    [
      "first values of another key",
      (m) => m.variable("a", bool, { oneof: [true] }),
      /no option "oneof"/,
      /"oneOf"/,
    ],
    [
      "a kind of step that is none",
      (m) => m.rule("a", { body: nothing, step: "locks" }),
      /step cannot be "locks"/,
      /"lock"/,
    ],
    [
      "a body that returns nothing",
      (m, n) => m.rule("a", { body: () => void n.increase() }),
      /what options.body returns .* nothing/,
    ],
    [
      "a body that is a promise",
      (m) => m.rule("a", { body: async () => [] }),
      /what options.body returns .*promise/,
    ],
    [
      "a guard that returns nothing",
      (m, n) => m.rule("a", { guard: () => void n.is(1), body: nothing }),
      /what options.guard returns/,
    ],
    [
      "a guard that is no list",
      (m, n) => m.rule("a", { guard: () => n.is(1), body: nothing }),
      /what options.guard returns has to be a list/,
    ],
    [
      "a guard that is no function",
      (m, n) => m.rule("a", { guard: [n.is(1)], body: nothing }),
      /guard has to be a function/,
    ],
    ["an expression as first value", (m, n) => m.variable("a", bool, n.is(1)), /initial has to be/],
    ["no domain", (m) => m.variable("a", [0, 3], 0), /domain has to be a domain/],
    ["a domain for a list of domains", (m) => m.array("a", bool, bool, false), /index has to be a list/],
    [
      "a text where a list of names belongs",
      (m, n) => m.invariant("a", n.is(1), { aliases: "b" }),
      /aliases has to be a list/,
    ],
    [
      "a parameter that is no domain",
      (m) => m.rule("a", { parameters: { c: 3 }, body: nothing }),
      /parameters.c has to be a domain/,
    ],
    [
      "a literal for the index of an actor",
      (m) => m.rule("a", { actor: () => ({ name: "cpu", index: 1 }), body: nothing }),
      /index has to be an expression/,
    ],
    ["an argument too many", (m, n) => m.invariant("a", n.is(1), {}, 3), /takes 3 arguments, not 4/],
    [
      "a second value of a comparison",
      (m, n) => m.invariant("a", n.is(1, 2)),
      /x.is\(\) takes 1 argument, not 2/,
    ],
    [
      "a list of conditions where they are given one by one",
      (m, n) => m.invariant("a", rules.and([n.is(1), n.is(2)] as never)),
      /has to be a value or an expression, not a list of 2/,
    ],
    [
      "a quantifier whose function forgets return",
      (m, n) => m.invariant("a", rules.forAll(range(0, 1), (() => void n.is(1)) as never)),
      /what body returns/,
    ],
    [
      "a quantifier over a number",
      (m, n) =>
        m.invariant(
          "a",
          rules.exists(3 as never, () => n.is(1)),
        ),
      /domain has to be a domain/,
    ],
    [
      "a condition for a statement",
      (m, n) => m.rule("a", { body: () => rules.when(n.is(1), n.is(2)) }),
      /then has to be a statement/,
    ],
    [
      "a part of a machine for a consequence",
      (m, n) => m.rule("a", { body: () => rules.assert("known", n.is(1), 7 as never) }),
      /consequence has to be a text/,
    ],
    ["half a name", () => names("a", 1.5), /members has to be/],
    [
      "a value of an enumeration that is no text",
      () => enumeration("a", [1, 2] as never),
      /values\[0\] has to be a text/,
    ],
    [
      "a rule that is waited for by its number",
      (m, n) => m.liveness("a", { eventuallyAlways: n.is(1), infinitelyOften: rules.taken(3 as never) }),
      /rules\[0\] has to be a text/,
    ],
  ])("%s", (_, declare, message, hint = /./) => {
    const found = diagnosticIn(declare);
    expect(found).toMatchObject({ code: "TLB114", message: expect.stringMatching(message) as string });
    expect(String(found.hint)).toMatch(hint);
    expect(found.source).toMatchObject({
      file: expect.stringContaining("checked-language.test.ts") as string,
    });
  });

  test("a parameter of a rule that it does not have, also one that every object has", () => {
    for (const wrong of ["cpus", "constructor", "toString"]) {
      const found = diagnosticIn((m) =>
        m.rule("a", { parameters: { cpu: bool }, body: (given: Record<string, unknown>) => [given[wrong]] }),
      );
      expect(found).toMatchObject({ code: "TLB104", message: `the rule "a" has no parameter "${wrong}"` });
    }
  });
});
