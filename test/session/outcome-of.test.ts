/** What becomes of the verdicts of a search whose counterexamples take longer to replay than there is time. */
import { describe, expect, test } from "vitest";
import { tracedOutcome } from "../../src/session/outcome-of.ts";
import { configurations } from "../../src/model/family.ts";
import { interpreter } from "../../src/explorer/interpreter.ts";
import type { SearchOptions, SearchResult } from "../../src/explorer/engine.ts";
import { layoutOf, pack } from "../../src/model/layout.ts";
import { Semantics } from "../../src/model/semantics.ts";
import { sections } from "../../src/report/section.ts";
import { plainStyle } from "../../src/report/style.ts";
import { model, range } from "../../src/rules.ts";

const STEPS = 2_000_000;

/** A counter that turns over, so that a run to its violation may be as long as one likes. */
const turning = model("turning", { about: "a counter that turns over" }, (m) => {
  const n = m.variable("n", range(0, 3), 0);
  m.rule("up", { body: () => n.set(n.plus(1).mod(4)) });
  m.invariant("not three", n.isNot(3));
  m.liveness("ends", { infinitelyOften: n.is(0) });
});

/** The outcome of a search that has found a run of so many steps to each violation. */
async function outcomeWith(steps: number, options: SearchOptions) {
  const [configuration] = configurations(turning, {});
  const built = turning.build(configuration!);
  const found = await interpreter.search(built, { exhaustive: true });
  const initial = pack(layoutOf(built), new Semantics(built).initialStates()[0]!);
  const path = { initial, actions: Array.from({ length: steps }, () => 0) };
  const cycle = [0, 0, 0, 0];
  const violations = [
    { property: "not three", steps, path },
    { property: "ends", steps, path: { ...path, cycle } },
  ];
  const result: SearchResult = Object.assign(Object.create(found) as SearchResult, found, { violations });
  const searched = {
    family: turning,
    file: "turning.ts",
    configuration: configuration!,
    model: built,
    judged: built.properties,
    engine: "interpret",
    command: "tlbcheck turning.ts",
    reference: null,
  };
  return tracedOutcome(searched, interpreter, result, options);
}

describe("a replay that takes long is ended", () => {
  test.each<[string, SearchOptions]>([
    ["interrupted", { signal: { aborted: true } }],
    ["timeout", { timeout: 0 }],
  ])("by what is called %s: the verdicts stay, and the report says it", async (stop, options) => {
    const begin = performance.now();
    const outcome = await outcomeWith(STEPS, options);
    expect(performance.now() - begin).toBeLessThan(20_000);
    expect(outcome.tracesStopped).toBe(stop);
    for (const property of outcome.properties)
      expect(property).toMatchObject({ verdict: "violated", steps: STEPS, trace: null });
    const report = sections(outcome, { width: 100, full: false, style: plainStyle }).flat().join("\n");
    expect(report).toContain("the trace was not computed: ");
  });

  test("but not one that takes a moment", async () => {
    const outcome = await outcomeWith(7, { signal: { aborted: true }, timeout: 0 });
    expect(outcome.tracesStopped).toBeNull();
    expect(outcome.properties[0]!.trace!.steps).toHaveLength(7);
  });
});
