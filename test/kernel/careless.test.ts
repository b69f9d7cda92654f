/** Slips of who writes a scenario in plain JavaScript: each is refused, at its line. */
import { describe, expect, test } from "vitest";
import {
  type Page,
  type Place,
  range,
  type Scenario,
  scenario,
  type Term,
  type Thread,
} from "../../src/index.ts";
import type { Diagnostic } from "../../src/model/diagnostic.ts";
import type { Family, FamilySpec } from "../../src/model/family.ts";
import { diagnosticOf } from "../diagnostics.ts";
import { model } from "../../src/rules.ts";
import { modelOf } from "../support/verdicts.ts";

interface Parts {
  readonly m: Scenario;
  readonly page: Page;
}

/** A scenario of two threads, or one that declares more. */
function careless(
  first: (k: Thread, parts: Parts) => void,
  {
    declare,
    spec,
    second,
  }: { declare?: (parts: Parts) => unknown; spec?: object; second?: typeof first } = {},
): Family {
  const whole = { about: "careless", arch: ["arm64"], ...spec } as FamilySpec & { arch: readonly string[] };
  return scenario("careless", whole, (m) => {
    const mm = m.mm();
    const page = mm.page("page0");
    const parts = { m, page };
    m.thread("first", { cpu: 0, mm }, (k) => first(k, parts));
    if (second) m.thread("second", { cpu: 1, mm }, (k) => second(k, parts));
    return declare?.(parts) as void;
  });
}

const load = (k: Thread, { page }: Parts): void => k.load(page);

function refused(...given: Parameters<typeof careless>): Diagnostic {
  const diagnostic = diagnosticOf(() => modelOf(careless(...given)));
  expect(diagnostic.source?.file).toContain("careless.test.ts");
  return diagnostic;
}

describe("a declaration that leaves something for later", () => {
  test("an async function, whose rest would run when the model is built", () => {
    const async = refused(load, { declare: async () => Promise.resolve() });
    expect(async).toMatchObject({ code: "TLB206" });
    expect(async.message).toContain("its function returns has to be nothing, not a promise");
  });

  test("in the language itself too", () => {
    const build: unknown = async () => Promise.resolve();
    const family = model("later", { about: "later" }, build as () => void);
    expect(diagnosticOf(() => modelOf(family))).toMatchObject({ code: "TLB206" });
  });

  test("code of another thread, or behind the end of its own", () => {
    let kept: Thread | undefined;
    const keep = (k: Thread, { page }: Parts): void => {
      kept = k;
      k.load(page);
    };
    const another = refused(keep, { second: (_, { page }) => kept!.load(page) });
    expect(another.message).toBe("k.load() belongs to first, whose program is not being written here");
    modelOf(careless(keep));
    expect(diagnosticOf(() => kept!.synchronizeRcu())).toMatchObject({ code: "TLB201" });
  });
});

describe("a declaration that says too little", () => {
  test.each<[string, (parts: Parts) => void, string]>([
    ["m.check() of nothing", ({ m }) => m.check(), "m.check(): properties[0] is missing"],
    ["a list for names", ({ m }) => m.check(["deadlock"] as never), "a property of your own"],
  ])("%s", (_, declare, message) => expect(refused(load, { declare }).message).toContain(message));

  test.each([
    [{ about: undefined }, "about is missing"],
    [{ variants: { one: { expect: {} } } }, 'the about of variant "one" is no text'],
  ])("%j", (spec, message) => expect(refused(load, { spec }).message).toContain(message));
});

describe("a declaration that says something twice", () => {
  test.each<[string, (parts: Parts) => void, string]>([
    [
      "a CPU",
      ({ m }) => m.thread("third", { cpu: [1, 0, 1] }, () => undefined),
      "options.cpu: CPU 1 is listed twice",
    ],
    [
      "a goal",
      ({ m }) => [1, 2].forEach(() => m.goal("reached", () => true)),
      "two of the same name: property reached",
    ],
  ])("%s", (_, declare, message) => expect(refused(load, { declare }).message).toContain(message));

  test("an architecture", () => {
    expect(refused(load, { spec: { arch: ["arm64", "intel", "arm64"] } }).message).toContain(
      '"arm64" is listed twice',
    );
  });

  test("a shared variable, differently", () => {
    const twice = (other: number) => (k: Thread) => {
      k.readOnce(k.system.sharedVariable("flag", range(0, 1), 0));
      k.readOnce(k.system.sharedVariable("flag", range(0, other), 0));
    };
    expect(modelOf(careless(twice(1))).rules.length).toBeGreaterThan(0);
    expect(refused(twice(2)).message).toContain("flag is a shared variable of another domain");
  });
});

test("a loop without a step has its line", () => {
  const loop = (k: Thread): void => {
    const n = k.register("n", range(0, 1), 0);
    k.while(n.is(0), () => undefined);
  };
  expect(refused(loop).message).toBe("a loop without a step in it never ends");
});

test("a number that a variable never has is no value to compare it with", () => {
  const compare = (value: number) => (k: Thread) => {
    const n = k.register("n", range(2, 3), 2);
    k.if(n.is(value), () => undefined);
  };
  expect(refused(compare(4))).toMatchObject({ code: "TLB102", message: "4 is never a value of 2..3" });
  expect(refused(compare(1)).message).toBe("1 is never a value of 2..3");
  expect(modelOf(careless(compare(3))).rules.length).toBeGreaterThan(0);
});

test("a goal of a property that is not checked has its line", () => {
  const declare = ({ m }: Parts): void => m.goal("reached", () => true, { of: "revoked-access" });
  const [goal] = modelOf(careless(load, { declare })).properties.filter(({ name }) => name === "reached");
  expect(goal?.source?.file).toContain("careless.test.ts");
});

describe("a register of another thread", () => {
  const share = (
    first: (k: Thread, parts: Parts) => Term,
    second: (k: Thread, given: Term) => void,
  ): Diagnostic => {
    let given: Term;
    return refused(
      (k, parts) => {
        given = first(k, parts);
        k.load(parts.page);
      },
      { second: (k) => second(k, given) },
    );
  };
  const count = (k: Thread): Place => k.register("count", range(0, 1), 0);

  test.each<[string, Parameters<typeof share>, string]>([
    [
      "is not asked",
      [count, (k, given) => k.if(given.is(1), () => k.do("look", "data", () => []))],
      "first.count",
    ],
    ["is not set", [count, (k, given) => k.do("set", "data", () => (given as Place).set(1))], "first.count"],
    [
      "guards no step",
      [
        count,
        (k, given) =>
          k.do(
            "wait",
            "wait",
            () => [],
            () => [given.is(0)],
          ),
      ],
      "first.count",
    ],
    [
      "is not read, though it holds what memory held",
      [
        (k) => k.readOnce(k.system.sharedVariable("flag", range(0, 1), 0)),
        (k, given) => k.writeOnce(k.system.sharedVariable("flag", range(0, 1), 0), given),
      ],
      "first.",
    ],
    [
      "says nothing of an entry",
      [
        (k, { page }) => k.lockless("it is looked at only", () => k.ptepGet(page)).present,
        (k, given) => k.while(given, () => k.do("look", "data", () => [])),
      ],
      "first.page0.present",
    ],
  ])("%s", (_, [first, second], register) => {
    const { code, message, hint } = share(first, second);
    expect(code).toBe("TLB201");
    expect(message).toContain(`second uses ${register}`);
    expect(message).toContain("a register of first");
    expect(hint).toContain("k.system.sharedVariable()");
  });

  test("what both declare under one name is two registers, and a property may look at any", () => {
    let seen: Place | undefined;
    const step = (k: Thread): void => {
      const mine = count(k);
      seen ??= mine;
      k.do(
        "count",
        "data",
        () => mine.set(1),
        () => [mine.is(0)],
      );
    };
    const family = careless(step, { second: step, declare: ({ m }) => m.goal("counted", () => seen!.is(1)) });
    expect(modelOf(family).rules.length).toBeGreaterThan(0);
  });
});
