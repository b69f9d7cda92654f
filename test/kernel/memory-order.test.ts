/**
 * Memory order of kernel code. What is reachable follows from a FIFO store buffer a CPU (ARM-2, X86-11): a store
 * of a CPU may be late for others, never for its own loads, and never out of order.
 */
import { describe, expect, test } from "vitest";
import {
  and,
  bool,
  type Family,
  type Lock,
  type Place,
  range,
  scenario,
  type Term,
  type Thread,
} from "../../src/index.ts";
import { verdictsOf, type Verdicts } from "../support/verdicts.ts";

function explored(
  family: Family,
  arch: string,
  parameters: Record<string, string | number>,
): Promise<Verdicts> {
  return verdictsOf(family.build({ arch, variant: "default", parameters }));
}

/** Whether the goal of this name is reached. */
async function reaches(goal: string, family: Family, arch: string, order: string): Promise<boolean> {
  return !(await explored(family, arch, { order })).unreached.includes(goal);
}

/** Threads, each on a CPU and with a lock of its own, and a condition on what they have read when all have ended. */
function threads(
  goal: string,
  programs: readonly ((k: Thread, lock: Lock) => Place[])[],
  reached: (read: readonly Place[]) => Term,
): Family {
  return scenario("order", { about: "threads that store and load", arch: ["arm64", "intel", "amd"] }, (m) => {
    m.mm().page("page0", { permission: null });
    m.spareFrame("frame");
    const read: Place[] = [];
    programs.forEach((program, cpu) => {
      const lock = m.spinlock(`of t${cpu}`);
      m.thread(`t${cpu}`, { cpu }, (k) => read.push(...program(k, lock)));
    });
    const ended = (thread: (name: string) => Thread) => programs.map((_, cpu) => thread(`t${cpu}`).ended());
    m.goal(goal, (_, thread) => and(...ended(thread), reached(read)));
  });
}

const store = (k: Thread, name: string): void =>
  k.writeOnce(k.system.sharedVariable(name, bool, false), true);
const load = (k: Thread, name: string): Place => k.readOnce(k.system.sharedVariable(name, bool, false));

describe("a store, then a load of what another CPU stores", () => {
  const dekker = (between: (k: Thread, lock: Lock) => void): Family =>
    threads(
      "both read the old value",
      [
        ["x", "y"],
        ["y", "x"],
      ].map(([mine, other]) => (k, lock) => {
        store(k, mine!);
        between(k, lock);
        return [load(k, other!)];
      }),
      (read) => and(...read.map((each) => each.not())),
    );
  const bothOld = (between: (k: Thread, lock: Lock) => void, arch: string, order: string): Promise<boolean> =>
    reaches("both read the old value", dekker(between), arch, order);
  const nothing = (): void => undefined;

  test.each(["arm64", "intel", "amd"])(
    "both may be late with tso and neither with sc, on %s",
    async (arch) => {
      expect(await bothOld(nothing, arch, "tso")).toBe(true);
      expect(await bothOld(nothing, arch, "sc")).toBe(false);
    },
  );

  test("a full barrier in between has them in time", async () => {
    expect(await bothOld((k) => k.barrier("mfence"), "intel", "tso")).toBe(false);
    expect(await bothOld((k) => k.barrier("dmb(ish)"), "arm64", "tso")).toBe(false);
    expect(await bothOld((k) => k.barrier("dmb(ishld)"), "arm64", "tso")).toBe(true);
  });

  test("spin_lock() drains on x86 and not on arm64, spin_unlock() on neither", async () => {
    expect(await bothOld((k, lock) => k.lock(lock), "intel", "tso")).toBe(false);
    expect(await bothOld((k, lock) => k.lock(lock), "arm64", "tso")).toBe(true);
    for (const arch of ["intel", "arm64"]) {
      const unlock = dekkerUnderLock();
      expect(await reaches("both read the old value", unlock, arch, "tso")).toBe(true);
    }
  });

  /** Each stores under a lock of its own, and loads after it has dropped the lock. */
  function dekkerUnderLock(): Family {
    return threads(
      "both read the old value",
      [
        ["x", "y"],
        ["y", "x"],
      ].map(([mine, other]) => (k, lock) => {
        k.lock(lock);
        store(k, mine!);
        k.unlock(lock);
        return [load(k, other!)];
      }),
      (read) => and(...read.map((each) => each.not())),
    );
  }
});

test("a CPU reads its own store at once, and others see its stores in order", async () => {
  const own = threads(
    "reads the old value",
    [
      (k) => {
        store(k, "x");
        return [load(k, "x")];
      },
    ],
    ([x]) => x!.not(),
  );
  const inOrder = threads(
    "sees the second store and not the first",
    [
      (k) => {
        store(k, "x");
        store(k, "y");
        return [];
      },
      (k) => [load(k, "y"), load(k, "x")],
    ],
    ([y, x]) => and(y!, x!.not()),
  );
  for (const arch of ["intel", "arm64"]) {
    expect(await reaches("reads the old value", own, arch, "tso")).toBe(false);
    expect(await reaches("sees the second store and not the first", inOrder, arch, "tso")).toBe(false);
  }
});

test("a critical section is one at a time, though the stores to its lock wait in a buffer", async () => {
  const counted = scenario("counted", { about: "two increments", arch: ["arm64", "intel"] }, (m) => {
    const lock = m.spinlock("lock");
    m.mm().page("page0", { permission: null });
    m.spareFrame("frame");
    const count = (k: Thread) => k.system.sharedVariable("count", range(0, 2), 0);
    for (const cpu of [0, 1])
      m.thread(`t${cpu}`, { cpu }, (k) => {
        k.lock(lock);
        const old = k.readOnce(count(k));
        k.writeOnce(count(k), old.plus(1));
        k.unlock(lock);
      });
    m.goal("both are counted", (system) =>
      system.sharedVariable("count", range(0, 2), 0).memory.fields.value.is(2),
    );
    m.goal("one is lost", (system, thread) =>
      and(
        ...["t0", "t1"].map((name) => thread(name).ended()),
        ...system.machine.cpus().map((cpu) => system.machine.storesDrained(cpu)),
        system.sharedVariable("count", range(0, 2), 0).memory.fields.value.isNot(2),
      ),
    );
  });
  for (const arch of ["intel", "arm64"])
    expect(await explored(counted, arch, { order: "tso" })).toMatchObject({
      violated: {},
      unreached: ["one is lost"],
    });
});

test("a buffer that is full makes the next store wait, and no thread gets stuck", async () => {
  const stores = threads(
    "done",
    [
      (k) => {
        for (const name of ["x", "y", "z"]) store(k, name);
        return [];
      },
    ],
    () => and(),
  );
  const sizes = await Promise.all(
    [1, 2, 3, 4].map((depth) => explored(stores, "intel", { order: "tso", stores: depth })),
  );
  expect(sizes.map(({ violated }) => violated)).toEqual([{}, {}, {}, {}]);
  // Stores made and stores in memory: with room for d stores, 0 <= made - done <= d.
  expect(sizes.map(({ states }) => states)).toEqual([7, 9, 10, 10]);
});
