/** `tlbcheck/check`, as somebody else's test uses it. */
import { describe, expect, test } from "vitest";
import { check, isAsExpected, type Outcome, textOf } from "tlbcheck/check";
import { eachOf, forAll, bool, model, names, not, range } from "tlbcheck/rules";
import peterson from "../models/peterson.ts";
import { diagnosticOf } from "./diagnostics.ts";

/** A lock that somebody takes without looking, in a size of one's choice. */
const lock = model(
  "lock",
  {
    about: "CPUs and one lock",
    parameters: { cpus: { about: "CPUs", default: 2, min: 2, max: 4 } },
    variants: {
      careful: { about: "all look before they take it", expect: {} },
      careless: { about: "nobody looks", expect: { exclusive: "violated" } },
    },
  },
  (m, { variant, number }) => {
    const cpu = names("cpu", number("cpus"));
    const held = m.array("held", [cpu], bool, false);
    m.rule("take", {
      parameters: { c: cpu },
      guard: ({ c }) => [
        not(held.at(c)),
        ...(variant === "careful" ? [forAll(cpu, (other) => not(held.at(other)))] : []),
      ],
      body: ({ c }) => held.at(c).set(true),
    });
    m.rule("give", {
      parameters: { c: cpu },
      guard: ({ c }) => [held.at(c)],
      body: ({ c }) => held.at(c).set(false),
    });
    const [first, second] = eachOf(cpu);
    m.invariant("exclusive", not(held.at(first!).and(held.at(second!))));
  },
);

const endless = model("endless", { about: "more states than anybody can see" }, (m) => {
  const flags = m.array("flags", [range(0, 39)], range(0, 1), 0);
  m.rule("turn", {
    parameters: { i: range(0, 39) },
    body: ({ i }) => flags.at(i).set(flags.at(i).plus(1).mod(2)),
  });
});

const verdictsOf = (outcomes: readonly Outcome[]) =>
  outcomes.map(({ configuration, properties }) => [
    configuration.variant,
    properties.map(({ property, verdict }) => `${property} ${verdict}`),
  ]);

describe("check", () => {
  test("judges every configuration, and says whether that is as the model file expects", async () => {
    const outcomes = await check(lock);
    expect(verdictsOf(outcomes)).toEqual([
      ["careful", ["exclusive holds"]],
      ["careless", ["exclusive violated"]],
    ]);
    expect(outcomes.every(isAsExpected)).toBe(true);
    // Of two CPUs one or none has the lock: 3 states; with three 4.
    const [three] = await check(lock, { variant: "careful", parameters: { cpus: 3 } });
    expect([outcomes[0]!.states, three!.states]).toEqual([3, 4]);
  });

  test("gives traces as values, and in words", async () => {
    const [outcome] = await check(lock, { variant: "careless", file: "my locks.ts" });
    const [{ trace, steps }] = outcome!.properties as [Outcome["properties"][number]];
    expect(steps).toBe(2);
    expect(trace!.steps.map(({ rule }) => rule)).toEqual(["take", "take"]);
    const text = textOf(outcome!);
    expect(text).toContain("VIOLATED  exclusive");
    expect(text).toContain("$ tlbcheck 'my locks.ts' --variant careless --property exclusive");
    expect(text.split("\n").every((line) => line.length <= 100)).toBe(true);
  });

  test("hands out outcomes as they come, and takes a model of the package", async () => {
    const seen: string[] = [];
    const outcomes = await check(peterson, {
      onOutcome: ({ configuration }) => seen.push(configuration.variant),
    });
    expect(seen).toEqual(outcomes.map(({ configuration }) => configuration.variant));
    expect(outcomes.every(isAsExpected)).toBe(true);
  });

  test("ends with a signal or a limit, and shows progress", async () => {
    const controller = new AbortController();
    let progress = 0;
    const [outcome] = await check(endless, {
      signal: controller.signal,
      timeout: 60,
      onProgress: () => {
        if (progress++ === 0) controller.abort();
      },
    });
    expect(progress).toBeGreaterThan(0);
    expect(outcome!.stopped).toBe("interrupted");
    const [limited] = await check(endless, { maxStates: 1000 });
    expect([limited!.stopped, isAsExpected(limited!)]).toEqual(["max-states", false]);
    expect(await check(endless, { signal: controller.signal })).toEqual([]);
  });

  test("searches as it is told", async () => {
    const [walked] = await check(lock, { variant: "careless", search: "random", seed: 5, first: true });
    expect([walked!.strategy, walked!.properties[0]!.verdict]).toEqual(["random", "violated"]);
    expect(walked!.command).toContain("--search random --seed 5");
  });

  test.each<[string, () => unknown, string]>([
    [
      "an option that does not exist",
      () => check(lock, { varient: "careful" } as never),
      'no option "varient"',
    ],
    ["a search that does not exist", () => check(lock, { search: "deep" as never }), 'cannot be "deep"'],
    ["a time of nothing", () => check(lock, { timeout: 0 }), "a number above 0"],
    ["no model", () => check({} as never), "what a model file exports"],
  ])("%s is refused", (_, call, message) => {
    const { code, message: said, source } = diagnosticOf(call);
    expect(code).toBe("TLB201");
    expect(said).toContain(message);
    expect(source?.file).toContain("check.test.ts");
  });

  test.each([
    ["a variant", { variant: "carefull" }, "TLB203"],
    ["a property", { properties: ["exclusiv"] }, "TLB204"],
    ["a parameter", { parameters: { cpu: 3 } }, "TLB205"],
  ])("%s of another name", async (_, options, code) => {
    await expect(check(lock, options)).rejects.toMatchObject({ diagnostic: { code } });
  });
});
