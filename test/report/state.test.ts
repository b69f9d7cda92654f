/** The state beside a trace. What is pending in 000-A3 is known from the mail thread: the TLBI of the other CPU. */
import { describe, expect, test } from "vitest";
import reclaim from "../../models/reclaim-mprotect.ts";
import { compiledEngine } from "../../src/explorer/wasm-engine.ts";
import { configurations } from "../../src/model/family.ts";
import { changedState, endState, endStateTitle } from "../../src/report/state.ts";
import type { Row } from "../../src/report/rows.ts";
import { replayViolation } from "../../src/trace/replay.ts";
import type { StateFact, Trace } from "../../src/trace/trace.ts";

async function traceOf(variant: string, property: string): Promise<Trace> {
  const parameters = { hardware: "enumerated" };
  const model = reclaim.build(configurations(reclaim, { arch: "arm64", variant, parameters })[0]!);
  const { violations } = await compiledEngine.search(model, { properties: [property], threads: 1 });
  return replayViolation(model, property, violations[0]!.path!);
}

describe("the state where a trace ends", () => {
  test("arm64's remote DSB: the TLBI that nobody waits for, and the entry that it was to remove", async () => {
    const trace = await traceOf("barrier-only", "revoked-access");
    expect(endStateTitle(trace)).toBe("state before the last step");
    expect(endState(trace, false)).toEqual([
      "page0: swap entry",
      "TLB of CPU1: page0 -> frame:page0 RW, stale",
      "pending on CPU1: TLBI by CPU0, to remove page0 -> frame:page0 RW",
      "CPU1: store to page0 -> frame:page0 translated, not performed",
    ]);
  });

  test("what each step changes adds up to it", async () => {
    const trace = await traceOf("barrier-only", "revoked-access");
    const end = trace.steps.slice(0, -1).reduce<string[]>((facts, { facts: changed }) => {
      const gone = (changed?.gone ?? []).map(key);
      return [...facts.filter((each) => !gone.includes(each)), ...(changed?.come ?? []).map(key)];
    }, []);
    const initially = ["page0: entry -> frame:page0 RW"];
    expect(end.filter((each) => !initially.includes(each)).sort()).toEqual(trace.state!.map(key).sort());
  });
});

describe("what a row changed", () => {
  const fact = (subject: string, text: string): StateFact => ({ subject, text, notable: true });
  const row = (...facts: { gone: StateFact[]; come: StateFact[] }[]): Row =>
    ({ steps: facts.map((each) => ({ facts: each })) }) as unknown as Row;

  test("a fact in the place of another, and one without", () => {
    const [free, used] = [fact("F", "free"), fact("F", "in use")];
    expect(changedState(row({ gone: [used], come: [free] }))).toEqual(["F: free"]);
    expect(changedState(row({ gone: [used], come: [] }))).toEqual(["F: in use (no longer)"]);
  });

  test("what comes and goes within the row is no change", () => {
    const held = fact("lock", "held by a");
    expect(changedState(row({ gone: [], come: [held] }, { gone: [held], come: [] }))).toEqual([]);
    expect(changedState(row({ gone: [held], come: [] }, { gone: [], come: [held] }))).toEqual([]);
  });
});

function key({ subject, text }: StateFact): string {
  return `${subject}: ${text}`;
}
