/** Runs that end before their threads: who waits for whom, threads that need not run, memory that is used up. */
import { describe, expect, test } from "vitest";
import { bool, type Family, type KernelCode, type Mm, type Page, scenario } from "../../src/index.ts";
import { compiledEngine } from "../../src/explorer/wasm-engine.ts";
import { interpreter } from "../../src/explorer/interpreter.ts";
import { waitLines } from "../../src/report/diagram.ts";
import { replayViolation } from "../../src/trace/replay.ts";
import { modelOf } from "../support/verdicts.ts";

interface Threads {
  readonly [name: string]: KernelCode | { readonly daemon: KernelCode };
}

type Declare = Parameters<typeof scenario>[2];

/** A thread on a CPU of its own for each program. */
function family(threads: (page: Page, other: Page, mm: Mm) => Threads, arch = "arm64", spare = 0): Family {
  return scenario("ends", { about: "threads that may not end", arch: [arch] }, (m) => {
    const mm = m.mm();
    const [page, other] = [mm.page("page0"), mm.page("page1", { permission: null })];
    for (let i = 0; i < spare; i++) m.spareFrame(`spare${i}`);
    const programs = Object.entries(threads(page, other, mm));
    programs.forEach(([name, code], cpu) => {
      if (typeof code === "function") m.thread(name, { cpu, mm }, code);
      else m.thread(name, { cpu, mm, daemon: true }, code.daemon);
    });
    m.check("use-after-free-page");
  });
}

const ENDS = ["deadlock", "out-of-memory"];

/** The ends that both engines find, and what is printed of the first one's waits, without places in this file. */
async function endOf(from: Family): Promise<{ violated: string[]; waits: string[] }> {
  const model = modelOf(from);
  const [compiled, interpreted] = await Promise.all([
    compiledEngine.search(model, { exhaustive: true }),
    interpreter.search(model, { exhaustive: true }),
  ]);
  const names = ({ violations }: typeof compiled): string[] =>
    violations.map(({ property }) => property).filter((name) => ENDS.includes(name));
  expect(names(interpreted)).toEqual(names(compiled));
  const found = compiled.violations.find(({ property }) => ENDS.includes(property));
  if (!found) return { violated: [], waits: [] };
  const trace = replayViolation(model, found.property, found.path!);
  for (const { source } of trace.waits!) expect(source?.file).toMatch(/deadlock\.test\.ts$/);
  return {
    violated: names(compiled),
    waits: waitLines(trace, false).map((line) => line.replace(/ \([^()]*deadlock\.test\.ts:\d+\)/, "")),
  };
}

const taking =
  (...locks: readonly Page["ptl"][]): KernelCode =>
  (k) => {
    for (const lock of locks) k.lock(lock);
    for (const lock of [...locks].reverse()) k.unlock(lock);
  };

const nothing: KernelCode = (k) => k.do("nothing", "data", () => []);

describe("a deadlock says who waits for what, since when, and who holds it", () => {
  const withLocks = (declare: Declare): Family =>
    scenario("locks", { about: "locks", arch: ["arm64"] }, (m, configuration) => {
      m.mm().page("page0");
      declare(m, configuration);
      m.check("use-after-free-page");
    });

  test("of two spinlocks taken in both orders", async () => {
    const abba = withLocks((m) => {
      const [a, b] = [m.spinlock("a"), m.spinlock("b")];
      m.thread("t1", { cpu: 0 }, taking(a, b));
      m.thread("t2", { cpu: 1 }, taking(b, a));
    });
    expect(await endOf(abba)).toEqual({
      violated: ["deadlock"],
      waits: [
        "t1 waits in spin_lock(b) since row 2 for b: t2 holds it since row 2",
        "t2 waits in spin_lock(a) since row 2 for a: t1 holds it since row 1",
        "they wait for each other: t1 -> t2 -> t1",
      ],
    });
  });

  test("of three spinlocks in a circle, and of one who waits outside of it", async () => {
    const circle = withLocks((m) => {
      const [a, b, c] = [m.spinlock("a"), m.spinlock("b"), m.spinlock("c")];
      m.thread("outside", { cpu: 0 }, taking(a));
      m.thread("t1", { cpu: 1 }, taking(a, b));
      m.thread("t2", { cpu: 2 }, taking(b, c));
      m.thread("t3", { cpu: 3 }, taking(c, a));
    });
    const { waits } = await endOf(circle);
    expect(waits).toHaveLength(5);
    expect(waits[0]).toMatch(
      /^outside waits in spin_lock\(a\) since row \d for a: t1 holds it since row \d$/,
    );
    expect(waits.at(-1)).toBe("they wait for each other: t1 -> t2 -> t3 -> t1");
  });

  test("of a lock that its own holder takes again", async () => {
    const again = withLocks((m) => {
      const a = m.spinlock("a");
      m.thread("t1", { cpu: 0 }, taking(a, a));
    });
    expect((await endOf(again)).waits).toEqual([
      "t1 waits in spin_lock(a) since row 1 for a: t1 holds it since row 1",
      "they wait for each other: t1 -> t1",
    ]);
  });

  test("of semaphores, with the way in which they are held", async () => {
    const upgrade = withLocks((m) => {
      const sem = m.rwsem("sem");
      m.thread("upgrades", { cpu: 0 }, (k) => {
        k.downRead(sem);
        k.downWrite(sem);
      });
    });
    expect((await endOf(upgrade)).waits[0]).toBe(
      "upgrades waits in down_write(sem) since row 1 for sem: upgrades holds it for reading since row 1",
    );
  });

  test("of a completion that nobody signals, by its condition and the values in it", async () => {
    const lost = family(() => ({
      waiter: (k) => {
        const done = k.system.sharedVariable("done", bool, false);
        k.do(
          "wait_for_completion(done)",
          "wait",
          () => [],
          () => [done.seenBy(k.cpu()).value],
        );
      },
    }));
    expect((await endOf(lost)).waits).toEqual([
      "waiter waits in wait_for_completion(done) from the beginning for the moment when done is true (done = false)",
    ]);
  });

  test.each([
    ["intel", "flush_tlb_page(page0): wait for the IPIs", "flush_tlb_func(mm, page0)"],
    ["riscv", "flush_tlb_page(page0): wait for IPI SFENCE.VMA page0 of mm", "SFENCE.VMA page0 of mm"],
  ])("of an interrupt that a CPU of %s does not take", async (arch, step, handler) => {
    const off = family(
      (page) => ({
        flusher: (k) => {
          k.lock(page.ptl);
          k.flushTlbPage(page);
          k.unlock(page.ptl);
        },
        spinner: (k) => {
          k.localIrqDisable();
          taking(page.ptl)(k);
          k.localIrqEnable();
        },
      }),
      arch,
    );
    const { waits } = await endOf(off);
    expect(waits[0]).toContain(`flusher waits in ${step} since row `);
    expect(waits[0]).toMatch(/for CPU1 to run .*: spinner has interrupts off on CPU1 since row \d$/);
    expect(waits[0]).toContain(handler);
    expect(waits[1]).toMatch(
      /^spinner waits in spin_lock\(mm.ptl\) since row \d for mm.ptl: flusher holds it/,
    );
    expect(waits[2]).toBe("they wait for each other: flusher -> spinner -> flusher");
  });

  test("of a grace period whose reader waits for who waits for it", async () => {
    const rcu = family((page) => ({
      updater: (k) => {
        k.lock(page.ptl);
        k.synchronizeRcu();
        k.unlock(page.ptl);
      },
      reader: (k) => {
        k.rcuReadLock();
        taking(page.ptl)(k);
        k.rcuReadUnlock();
      },
    }));
    const { waits } = await endOf(rcu);
    expect(waits[0]).toMatch(
      /^updater waits in synchronize_rcu\(\) since row \d for a grace period to end: reader has been in a read-side section since row \d$/,
    );
  });

  test("of a CPU that another thread keeps", async () => {
    const shared = withLocks((m) => {
      const a = m.spinlock("a");
      m.thread("keeps", { cpu: 0 }, taking(a, a));
      m.thread("wants", { cpu: 0 }, nothing);
    });
    const { waits } = await endOf(shared);
    expect(waits.find((line) => line.startsWith("wants"))).toMatch(
      /^wants waits in nothing .* for a CPU: keeps is on CPU0 since row \d$/,
    );
  });
});

describe("a thread that need not run", () => {
  const waitsFor =
    (name: string, value: boolean): KernelCode =>
    (k) => {
      const flag = k.system.sharedVariable(name, bool, false);
      k.do(
        `wait for ${name}`,
        "wait",
        () => [],
        () => [flag.seenBy(k.cpu()).value.is(value)],
      );
    };
  const sets =
    (name: string): KernelCode =>
    (k) =>
      k.writeOnce(k.system.sharedVariable(name, bool, false), true);

  test("keeps no run from ending where it cannot begin any more", async () => {
    const late = (how: (code: KernelCode) => Threads[string]): Family =>
      family(() => ({ task: sets("over"), helper: how(waitsFor("over", false)) }));
    expect((await endOf(late((code) => code))).violated).toEqual(["deadlock"]);
    expect((await endOf(late((daemon) => ({ daemon })))).violated).toEqual([]);
  });

  test("nor where it stands in the middle of its program", async () => {
    const stuck = family(() => ({
      task: nothing,
      daemon: {
        daemon: (k) => {
          nothing(k);
          waitsFor("never", true)(k);
        },
      },
    }));
    expect((await endOf(stuck)).violated).toEqual([]);
  });

  test("is nothing to wait for", async () => {
    const waiting = (how: (code: KernelCode) => Threads[string]): Family =>
      family(() => ({ task: waitsFor("done", true), kworker: how(sets("done")) }));
    expect((await endOf(waiting((code) => code))).violated).toEqual([]);
    expect(await endOf(waiting((daemon) => ({ daemon })))).toEqual({
      violated: ["deadlock"],
      waits: [
        "task waits in wait for done from the beginning for the moment when done is true (done = false)",
        "kworker waits in WRITE_ONCE(done) from the beginning for nothing: it can go on, and need not",
      ],
    });
  });

  test("goes on once it has begun, and gives back what it holds", async () => {
    const begun = family((page) => ({ task: taking(page.ptl), kswapd: { daemon: taking(page.ptl) } }));
    expect((await endOf(begun)).violated).toEqual([]);
  });

  test("can be in a deadlock with others", async () => {
    const abba = scenario("abba", { about: "locks", arch: ["arm64"] }, (m) => {
      m.mm().page("page0");
      const [a, b] = [m.spinlock("a"), m.spinlock("b")];
      m.thread("task", { cpu: 0 }, taking(a, b));
      m.thread("kswapd", { cpu: 1, daemon: true }, taking(b, a));
      m.check("use-after-free-page");
    });
    expect((await endOf(abba)).violated).toEqual(["deadlock"]);
  });

  test("need not get a CPU that it shares, nor keeps it", async () => {
    const shared = (daemon: boolean): Family =>
      scenario("shared", { about: "one CPU", arch: ["arm64"] }, (m) => {
        m.mm().page("page0");
        m.thread("task", { cpu: 0 }, waitsFor("done", true));
        m.thread("kworker", { cpu: [0, 1], daemon }, sets("done"));
        m.check("use-after-free-page");
      });
    expect((await endOf(shared(false))).violated).toEqual([]);
    expect((await endOf(shared(true))).violated).toEqual(["deadlock"]);
  });

  test("has no goal to end", () => {
    const { properties } = modelOf(family(() => ({ task: nothing, helper: { daemon: nothing } })));
    const goals = properties.filter(({ kind }) => kind === "goal").map(({ name }) => name);
    expect(goals).toEqual(["task ends"]);
  });

  test("is not one that serves a device", () => {
    const serves = scenario("serves", { about: "a", arch: ["arm64"] }, (m) => {
      const mm = m.mm();
      mm.page("page0");
      const device = m.device("dev0", { mm });
      m.thread("handler", { cpu: 0, serves: device, daemon: true }, nothing);
    });
    expect(() => modelOf(serves)).toThrow(/handler serves dev0, so that it runs whenever that faults/);
  });

  test("is declared by a truth value", () => {
    const word = scenario("word", { about: "a", arch: ["arm64"] }, (m) => {
      m.mm().page("page0");
      m.thread("t", { cpu: 0, daemon: "yes" as never }, nothing);
    });
    expect(() => modelOf(word)).toThrow(/options\.daemon has to be/);
  });
});

describe("memory that is used up", () => {
  const faults = (spare: number, arch = "arm64"): Family =>
    family((_, other) => ({ task: (k) => k.handleMmFault(other) }), arch, spare);

  test("is an outcome of its own, and no deadlock", async () => {
    expect(await endOf(faults(0))).toEqual({
      violated: ["out-of-memory"],
      waits: [
        "task waits in handle_mm_fault(page1): alloc frame for page1 since row 1 for a free frame: " +
          "frame:page0 is in use from the beginning",
      ],
    });
  });

  test("is not, where a frame more is there", async () => {
    expect((await endOf(faults(1))).violated).toEqual([]);
  });

  test("is also what waits for a lock of who waits for memory", async () => {
    const holds = family((page, other) => ({
      task: (k) => k.handleMmFault(other),
      munmaps: (k) => k.munmap(page),
    }));
    const { violated, waits } = await endOf(holds);
    expect(violated).toEqual(["out-of-memory"]);
    expect(waits[1]).toMatch(/^munmaps waits .* for mm.mmap_lock: task holds it for reading since row \d$/);
  });

  test("of a frame that went to another owner", async () => {
    const reused = family((page, other) => ({
      task: (k) => {
        k.munmap(page);
        k.populate(other);
      },
    }));
    const { violated, waits } = await endOf(reused);
    expect(violated).toEqual(["out-of-memory"]);
    expect(waits[0]).toMatch(/for a free frame: frame:page0 has another owner since row \d$/);
  });

  test("of an allocator of the scenario's own", async () => {
    const own = family(() => ({
      task: (k) =>
        k.step({
          label: "kmem_cache_alloc()",
          kind: "data",
          ways: [{ guard: () => [false] }, { name: "never", guard: () => [k.ended()] }],
          awaits: () => [{ until: k.ended(), text: "an object", memory: true }],
        }),
    }));
    const { violated, waits } = await endOf(own);
    expect(violated).toEqual(["out-of-memory"]);
    expect(waits).toEqual(["task waits in kmem_cache_alloc() from the beginning for an object"]);
  });

  test("of a daemon is nothing, where all others have ended", async () => {
    const daemon = family((_, other) => ({
      task: nothing,
      kswapd: { daemon: (k) => k.handleMmFault(other) },
    }));
    expect((await endOf(daemon)).violated).toEqual([]);
  });

  test("can be left out, and that is an assumption", () => {
    const left = scenario("left", { about: "a", arch: ["arm64"] }, (m) => {
      const mm = m.mm();
      mm.page("page0");
      const other = mm.page("page1", { permission: null });
      m.thread("task", { cpu: 0, mm }, (k) => k.handleMmFault(other));
      m.leaveOut("out-of-memory");
    });
    const { properties, assumptions } = modelOf(left);
    expect(properties.map(({ name }) => name)).not.toContain("out-of-memory");
    expect(assumptions).toContain("out-of-memory is not checked");
  });
});
