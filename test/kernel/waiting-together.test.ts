/** Completions, sequence counters and static keys: what each promises, and what happens without it. */
import { describe, expect, test } from "vitest";
import { and, range, scenario, type Scenario, type Term, type Thread } from "../../src/index.ts";
import { compiledEngine } from "../../src/explorer/wasm-engine.ts";
import { modelOf, verdictsOf } from "../support/verdicts.ts";

const arch = ["arm64", "intel", "amd", "riscv"] as const;

/** Which of the goals are reached, with store buffers. */
async function reached(declare: (m: Scenario) => void, name: string): Promise<string[]> {
  const family = scenario("together", { about: "threads that wait", arch }, (m) => {
    m.mm().page("page0");
    m.details({ order: "tso" });
    declare(m);
  });
  const result = await compiledEngine.search(modelOf(family, undefined, undefined, name), {
    exhaustive: true,
  });
  return [...result.reached, ...result.violations.map(({ property }) => property)];
}

describe.each(arch)("%s", (name) => {
  test("a completion: who has waited sees what was stored before it", async () => {
    const found = (waits: boolean) =>
      reached((m) => {
        const completion = m.completion("done");
        m.thread("works", { cpu: 0 }, (k) => {
          k.writeOnce(k.system.sharedVariable("result", range(0, 1), 0), 1);
          k.complete(completion);
        });
        m.thread("waits", { cpu: 1 }, (k) => {
          if (waits) k.waitForCompletion(completion);
          const seen = k.readOnce(k.system.sharedVariable("result", range(0, 1), 0));
          m.goal("missed", (_, thread) => and(thread("waits").ended(), seen.is(0)));
        });
      }, name);
    expect(await found(false)).toContain("missed");
    expect(await found(true)).not.toContain("missed");
  });

  test("a seqcount: two halves that do not belong together are noticed", async () => {
    const found = (counts: boolean) =>
      reached((m) => {
        const seqcount = m.seqcount("seq");
        const half = (k: Thread, which: string) => k.system.sharedVariable(which, range(0, 1), 0);
        m.thread("writes", { cpu: 0 }, (k) => {
          if (counts) k.writeSeqcountBegin(seqcount);
          k.writeOnce(half(k, "low"), 1);
          k.writeOnce(half(k, "high"), 1);
          if (counts) k.writeSeqcountEnd(seqcount);
        });
        m.thread("reads", { cpu: 1 }, (k) => {
          const begun = counts ? k.readSeqcountBegin(seqcount) : null;
          const low = k.readOnce(half(k, "low"));
          const high = k.readOnce(half(k, "high"));
          const retry = begun ? k.readSeqcountRetry(seqcount, begun) : null;
          const accepted: Term[] = retry ? [retry.not()] : [];
          m.goal("torn", (_, thread) => and(thread("reads").ended(), low.is(0), high.is(1), ...accepted));
          m.goal("whole", (_, thread) => and(thread("reads").ended(), low.is(1), high.is(1), ...accepted));
        });
      }, name);
    expect(await found(false)).toEqual(expect.arrayContaining(["torn", "whole"]));
    const with_ = await found(true);
    expect(with_).toContain("whole");
    expect(with_).not.toContain("torn");
  });

  test("a static key: either branch while it is patched, the new one when that has returned", async () => {
    const found = await reached((m) => {
      const key = m.staticKey("key");
      const enabled = m.completion("enabled");
      m.thread("enables", { cpu: 0 }, (k) => {
        k.staticBranchEnable(key);
        k.complete(enabled);
      });
      m.thread("before", { cpu: 1 }, (k) => {
        const taken = k.staticBranch(key);
        for (const value of [true, false])
          m.goal(`before: ${value}`, (_, thread) => and(thread("before").ended(), taken.is(value)));
      });
      m.thread("after", { cpu: 2 }, (k) => {
        k.waitForCompletion(enabled);
        const taken = k.staticBranch(key);
        for (const value of [true, false])
          m.goal(`after: ${value}`, (_, thread) => and(thread("after").ended(), taken.is(value)));
      });
    }, name);
    expect(found).toEqual(expect.arrayContaining(["before: true", "before: false", "after: true"]));
    expect(found).not.toContain("after: false");
  });
});

describe("a completion", () => {
  const run = async (word: "complete" | "completeAll") => {
    const family = scenario("two-wait", { about: "two threads wait", arch }, (m) => {
      m.mm().page("page0");
      const completion = m.completion("done");
      m.thread("works", { cpu: 0 }, (k) => k[word](completion));
      for (const cpu of [1, 2]) m.thread(`waits${cpu}`, { cpu }, (k) => k.waitForCompletion(completion));
    });
    return Object.keys((await verdictsOf(modelOf(family))).violated);
  };

  test("complete() lets one go on, complete_all() everybody", async () => {
    expect(await run("complete")).toEqual(["deadlock"]);
    expect(await run("completeAll")).toEqual([]);
  });

  test("is not waited for under a spinlock", async () => {
    const family = scenario("atomic", { about: "a wait under a spinlock", arch }, (m) => {
      m.mm().page("page0");
      const completion = m.completion("done");
      const lock = m.spinlock("lock");
      m.thread("waits", { cpu: 0 }, (k) => {
        k.complete(completion);
        k.lock(lock);
        k.waitForCompletion(completion);
        k.unlock(lock);
      });
    });
    const { violations } = await compiledEngine.search(modelOf(family), { exhaustive: true });
    expect(violations.map(({ property }) => property)).toContain("lockdep");
  });
});
