/** Control flow of threads, by programs small enough to count by hand. */
import { describe, expect, test } from "vitest";
import { type Details, range, scenario, type Thread } from "../../src/index.ts";
import { modelOf, verdictsOf } from "../support/verdicts.ts";

/** A scenario with one thread that runs `program`, on hardware that does nothing of itself. */
function alone(program: (k: Thread) => void, details: Details = {}) {
  return scenario("alone", { about: "one thread", arch: ["arm64"] }, (m) => {
    m.mm().page("page0", { permission: null });
    m.spareFrame("frame0");
    m.details(details);
    m.thread("t", { cpu: 0 }, program);
  });
}

describe("threads", () => {
  test("steps run in order: n steps make n + 1 states", async () => {
    const family = alone((k) => {
      const n = k.register("n", range(0, 3), 0);
      for (let i = 0; i < 3; i++) k.do("count", "data", () => n.increase());
    });
    expect((await verdictsOf(modelOf(family))).states).toBe(4);
  });

  test("a loop runs as often as its condition says", async () => {
    const family = alone((k) => {
      const n = k.register("n", range(0, 5), 0);
      k.while(n.lessThan(5), () => k.do("count", "data", () => n.increase()));
    });
    // A step "begin", as the program starts with a branch, then five turns: 2 + 5 states, of which the last ends.
    const verdicts = await verdictsOf(modelOf(family));
    expect(verdicts.states).toBe(7);
    expect(verdicts.violated).toEqual({});
  });

  test("branches of a thread's own registers are no steps, unless asked for", async () => {
    const program = (k: Thread): void => {
      const n = k.register("n", range(0, 2), 0);
      k.do("one", "data", () => n.set(1));
      k.if(
        n.is(1),
        () => k.do("then", "data", () => n.set(2)),
        () => k.do("else", "data", () => n.set(0)),
      );
    };
    expect((await verdictsOf(modelOf(alone(program)))).states).toBe(3);
    expect((await verdictsOf(modelOf(alone(program, { mergeSteps: false })))).states).toBe(4);
  });

  test("a loop without a step is refused", () => {
    const family = alone((k) => {
      const n = k.register("n", range(0, 1), 0);
      k.do("first", "data", () => n.set(0));
      k.while(n.is(0), () => undefined);
    });
    expect(() => modelOf(family)).toThrow(/loop without a step/);
  });

  test("two threads that wait for each other's lock are deadlocked", async () => {
    const family = scenario("deadly", { about: "two locks", arch: ["arm64"] }, (m) => {
      const mm = m.mm();
      const [a, b] = [mm.fixedTable("a").page("a").ptl, mm.fixedTable("b").page("b").ptl];
      for (const [cpu, first, second] of [
        [0, a, b],
        [1, b, a],
      ] as const)
        m.thread(`t${cpu}`, { cpu }, (k) => {
          k.lock(first);
          k.lock(second);
          k.unlock(second);
          k.unlock(first);
        });
    });
    // Each takes its first lock: two steps.
    expect((await verdictsOf(modelOf(family))).violated).toEqual({ deadlock: 2 });
  });

  test("merging changes no verdict of a race", async () => {
    const race = (mergeSteps: boolean) =>
      scenario("race", { about: "a race", arch: ["arm64"] }, (m) => {
        const mm = m.mm();
        const page = mm.page("page0");
        m.details({ mergeSteps });
        m.thread("reclaim", { cpu: 0 }, (k) => {
          const old = k.pageVmaMappedWalk(page);
          k.if(old.present, () => k.ptepGetAndClear(page));
          k.unlock(page.ptl);
          k.if(old.present, () => k.freeFrame(old.frame));
        });
        m.thread("task", { cpu: 1, mm }, (k) => k.access(page));
        m.check("use-after-free-page", "revoked-access");
      });
    const [merged, apart] = await Promise.all([true, false].map((merge) => verdictsOf(modelOf(race(merge)))));
    expect(Object.keys(merged!.violated)).toEqual(["use-after-free-page"]);
    expect(Object.keys(apart!.violated)).toEqual(["use-after-free-page"]);
    expect(apart!.states).toBeGreaterThan(merged!.states);
  });
});

describe("threads that share a CPU", () => {
  const shared = (program: (k: Thread, name: string) => void, cpus: readonly (number | number[])[]) =>
    scenario("shared", { about: "threads that share CPUs", arch: ["arm64"] }, (m) => {
      m.mm().page("page0");
      cpus.forEach((cpu, i) => m.thread(`t${i}`, { cpu }, (k) => program(k, `t${i}`)));
    });

  test("take turns and all come to their end", async () => {
    const verdicts = await verdictsOf(modelOf(shared((k) => k.do("work", "data", () => []), [0, 0])));
    expect(verdicts).toMatchObject({ violated: {}, unreached: [] });
  });

  test("a thread that holds a spinlock keeps its CPU", async () => {
    const family = scenario("keeps", { about: "a lock holder", arch: ["arm64"] }, (m) => {
      const lock = m.spinlock("lock");
      m.mm().page("page0");
      for (const name of ["t0", "t1"])
        m.thread(name, { cpu: 0 }, (k) => {
          k.lock(lock);
          k.do("work", "data", () => []);
          k.unlock(lock);
        });
      // If t0 lost the CPU inside its critical section, t1 would come to wait for the lock.
      m.goal("t1 runs while t0 holds the lock", (system, thread) =>
        thread("t1").seat.runsOn(system.machine.cpu(0)).and(system.locks.isHeldBy(lock, "t0")),
      );
    });
    expect((await verdictsOf(modelOf(family))).unreached).toEqual(["t1 runs while t0 holds the lock"]);
  });

  test("a thread migrates between the CPUs that it may use, and to no other", async () => {
    const on = (cpu: number) =>
      scenario("migrates", { about: "migration", arch: ["arm64"] }, (m) => {
        m.mm().page("page0");
        m.thread("moves", { cpu: [0, 1] }, (k) => k.do("work", "data", () => []));
        m.thread("stays", { cpu: 2 }, (k) => k.do("work", "data", () => []));
        m.goal("there", (system, thread) => thread("moves").seat.runsOn(system.machine.cpu(cpu)));
      });
    expect((await verdictsOf(modelOf(on(0)))).unreached).toEqual([]);
    expect((await verdictsOf(modelOf(on(1)))).unreached).toEqual([]);
    expect((await verdictsOf(modelOf(on(2)))).unreached).toEqual(["there"]);
  });
});
