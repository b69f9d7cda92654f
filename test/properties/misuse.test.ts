/** Misuse of the kernel's primitives: each kind in a program that commits it, and in its neighbour that does not. */
import { describe, expect, test } from "vitest";
import {
  type Cell,
  type KernelCode,
  type Lock,
  type Page,
  type RwSem,
  scenario,
  type Thread,
} from "../../src/index.ts";
import { compiledEngine } from "../../src/explorer/wasm-engine.ts";
import { interpreter } from "../../src/explorer/interpreter.ts";
import type { Family } from "../../src/model/family.ts";
import { replayViolation } from "../../src/trace/replay.ts";
import { modelOf } from "../support/verdicts.ts";

interface Parts {
  readonly k: Thread;
  readonly page: Page;
  readonly other: Page;
  readonly lock: Lock;
  readonly sem: RwSem;
}

/** One thread that runs the program, and perhaps another on a CPU of its own. */
function programs(first: (parts: Parts) => void, second?: (parts: Parts) => void, arch = "arm64"): Family {
  return scenario("misuse", { about: "a program", arch: [arch] }, (m) => {
    const mm = m.mm();
    const [page, other] = [mm.page("page0"), mm.page("page1", { permission: null })];
    const [lock, sem] = [m.spinlock("lock"), m.rwsem("sem")];
    m.details({ cpus: 2 });
    m.leaveOut("deadlock");
    const run =
      (code: (parts: Parts) => void): KernelCode =>
      (k) =>
        code({ k, page, other, lock, sem });
    m.thread("first", { cpu: 0, mm }, run(first));
    if (second) m.thread("second", { cpu: 1, mm }, run(second));
  });
}

/** What is reported, by property, as the sentence without the place in this file. */
async function reported(family: Family): Promise<Record<string, string>> {
  const model = modelOf(family);
  const engines = await Promise.all([
    compiledEngine.search(model, { exhaustive: true }),
    interpreter.search(model, { exhaustive: true }),
  ]);
  const [compiled, interpreted] = engines.map(({ violations }) =>
    violations.map(({ property }) => property).sort(),
  );
  expect(interpreted).toEqual(compiled);
  return Object.fromEntries(
    engines[0].violations.map(({ property, path }) => {
      const { consequence } = replayViolation(model, property, path!);
      expect(consequence).toMatch(/ \(.*misuse\.test\.ts:\d+\)$/);
      return [property, consequence.replace(/ \([^()]*\)$/, "")];
    }),
  );
}

const flag = (k: Thread): Cell => k.system.sharedVariable("flag", k.system.machine.domains.cpu, "CPU0");

const LOCKDEP: readonly (readonly [string, (parts: Parts) => void, string, (parts: Parts) => void])[] = [
  [
    "spin_unlock() of a lock that was dropped before",
    ({ k, lock }) => {
      k.lock(lock);
      k.unlock(lock);
      k.unlock(lock);
    },
    "first unlocks lock, which it does not hold",
    ({ k, lock }) => {
      k.lock(lock);
      k.unlock(lock);
      k.lock(lock);
      k.unlock(lock);
    },
  ],
  [
    "up_read() of what is held for writing",
    ({ k, sem }) => {
      k.downWrite(sem);
      k.upRead(sem);
      k.upWrite(sem);
    },
    "first unlocks sem, which it does not hold for reading",
    ({ k, sem }) => {
      k.downWrite(sem);
      k.upWrite(sem);
    },
  ],
  [
    "down_read() inside of down_read(), between which a writer may wait",
    ({ k, sem }) => {
      k.downRead(sem);
      k.downRead(sem);
      k.upRead(sem);
      k.upRead(sem);
    },
    "first takes sem, which it holds for reading",
    ({ k, sem }) => {
      k.downRead(sem);
      k.upRead(sem);
      k.downRead(sem);
      k.upRead(sem);
    },
  ],
  [
    "up_write() of what is held for reading",
    ({ k, sem }) => {
      k.downRead(sem);
      k.upWrite(sem);
      k.upRead(sem);
    },
    "first unlocks sem, which it does not hold for writing",
    ({ k, sem }) => {
      k.downRead(sem);
      k.upRead(sem);
    },
  ],
  [
    "rcu_read_unlock() once too often",
    ({ k }) => {
      k.rcuReadLock();
      k.rcuReadUnlock();
      k.rcuReadUnlock();
    },
    "first leaves a read-side section of RCU that it has not entered",
    ({ k }) => {
      k.rcuReadLock();
      k.rcuReadLock();
      k.rcuReadUnlock();
      k.rcuReadUnlock();
    },
  ],
  [
    "local_irq_enable() with interrupts on",
    ({ k }) => {
      k.localIrqDisable();
      k.localIrqEnable();
      k.localIrqEnable();
    },
    "first calls local_irq_enable() with interrupts on",
    ({ k }) => {
      k.localIrqDisable();
      k.localIrqEnable();
    },
  ],
  [
    "local_irq_disable() with interrupts off",
    ({ k }) => {
      k.localIrqDisable();
      k.localIrqDisable();
      k.localIrqEnable();
    },
    "first calls local_irq_disable() with interrupts off",
    ({ k }) => {
      k.localIrqDisable();
      k.localIrqRestore(k.localIrqSave());
      k.localIrqEnable();
    },
  ],
  [
    "local_irq_disable() after local_irq_save()",
    ({ k }) => {
      const flags = k.localIrqSave();
      k.localIrqDisable();
      k.localIrqRestore(flags);
    },
    "first calls local_irq_disable() with interrupts off",
    ({ k }) => k.localIrqRestore(k.localIrqSave()),
  ],
  [
    "local_irq_restore() after local_irq_enable()",
    ({ k }) => {
      const flags = k.localIrqSave();
      k.localIrqEnable();
      k.localIrqRestore(flags);
    },
    "first calls local_irq_restore() with interrupts on",
    ({ k }) => k.localIrqRestore(k.localIrqSave()),
  ],
  [
    "a spinlock held at the end of a thread",
    ({ k, lock }) => {
      k.lock(lock);
      k.writeOnce(flag(k), "CPU1");
    },
    "first ends with lock held",
    ({ k, lock }) => {
      k.lock(lock);
      k.writeOnce(flag(k), "CPU1");
      k.unlock(lock);
    },
  ],
  [
    "a semaphore held on one of two ways to the end",
    ({ k, sem }) => {
      k.downRead(sem);
      k.if(k.readOnce(flag(k)).is("CPU1"), () => k.upRead(sem));
    },
    "first ends with sem held for reading",
    ({ k, sem }) => {
      k.downRead(sem);
      k.if(
        k.readOnce(flag(k)).is("CPU1"),
        () => k.upRead(sem),
        () => k.upRead(sem),
      );
    },
  ],
  [
    "a section of RCU that is open as a call returns",
    ({ k }) => {
      k.syscall("call", () => k.rcuReadLock());
      k.rcuReadUnlock();
    },
    "first returns from call in a read-side section of RCU",
    ({ k }) =>
      k.syscall("call", () => {
        k.rcuReadLock();
        k.rcuReadUnlock();
      }),
  ],
  [
    "interrupts off at the end",
    ({ k }) => k.localIrqDisable(),
    "first ends with interrupts off",
    ({ k }) => {
      k.localIrqDisable();
      k.localIrqEnable();
    },
  ],
  [
    "down_read() with interrupts off",
    ({ k, sem }) => {
      k.localIrqDisable();
      k.downRead(sem);
      k.upRead(sem);
      k.localIrqEnable();
    },
    "first may sleep in down_read(sem) with interrupts off",
    ({ k, sem }) => {
      k.downRead(sem);
      k.localIrqDisable();
      k.localIrqEnable();
      k.upRead(sem);
    },
  ],
  [
    "mmap_lock, taken in a read-side section of RCU",
    ({ k, page }) => {
      k.rcuReadLock();
      k.mprotect(page, "ro");
      k.rcuReadUnlock();
    },
    "first may sleep in mmap_write_lock(mm) in a read-side section of RCU",
    ({ k, page }) => {
      k.rcuReadLock();
      k.rcuReadUnlock();
      k.mprotect(page, "ro");
    },
  ],
  [
    "synchronize_rcu() under a spinlock",
    ({ k, lock }) => {
      k.lock(lock);
      k.synchronizeRcu();
      k.unlock(lock);
    },
    "first may sleep in synchronize_rcu() with lock held",
    ({ k, lock }) => {
      k.lock(lock);
      k.unlock(lock);
      k.synchronizeRcu();
    },
  ],
  [
    "a fault under the page-table lock",
    ({ k, page, other }) => {
      k.lock(page.ptl);
      k.handleMmFault(other);
      k.unlock(page.ptl);
    },
    "first may sleep in mmap_read_lock(mm) with mm.ptl held",
    ({ k, page }) => {
      k.lock(page.ptl);
      k.unlock(page.ptl);
      k.handleMmFault(page);
    },
  ],
  [
    "ct_user_enter() with interrupts on",
    ({ k }) => k.contextTracking("user"),
    "first calls ct_user_enter() with interrupts on",
    ({ k }) => {
      k.localIrqDisable();
      k.contextTracking("user");
      k.localIrqEnable();
    },
  ],
  [
    "ct_kernel_enter() after local_irq_enable()",
    ({ k }) => {
      k.localIrqDisable();
      k.localIrqEnable();
      k.contextTracking("kernel");
    },
    "first calls ct_kernel_enter() with interrupts on",
    ({ k }) => {
      k.localIrqDisable();
      k.contextTracking("kernel");
      k.localIrqEnable();
    },
  ],
  [
    "the flag of the kernel's page tables stored with interrupts on",
    ({ k }) => {
      k.setKernelCr3Loaded(true);
      k.localIrqDisable();
      k.localIrqEnable();
    },
    "first calls kernel_cr3_loaded = 1 with interrupts on",
    ({ k }) => {
      k.localIrqDisable();
      k.setKernelCr3Loaded(true);
      k.localIrqEnable();
    },
  ],
  [
    "smp_call_function() with interrupts off",
    ({ k }) => {
      k.localIrqDisable();
      k.smpCallFunction("nothing");
      k.localIrqEnable();
    },
    "first waits for other CPUs in smp_call_function(nothing) with interrupts off",
    ({ k, lock }) => {
      k.lock(lock);
      k.smpCallFunction("nothing");
      k.unlock(lock);
    },
  ],
];

describe("lockdep", () => {
  test.each(LOCKDEP)("%s", async (_, misuses, sentence, neighbour) => {
    expect(await reported(programs(misuses))).toEqual({ lockdep: sentence });
    expect(await reported(programs(neighbour))).toEqual({});
  });

  test("what another thread holds is not to be dropped: a spinlock, and a semaphore that both may read", async () => {
    const holder = ({ k, lock, sem }: Parts): void => {
      k.lock(lock);
      k.unlock(lock);
      k.downRead(sem);
      k.upRead(sem);
    };
    const spin = programs(holder, ({ k, lock }) => k.unlock(lock));
    expect((await reported(spin))["lockdep"]).toBe("second unlocks lock, which it does not hold");
    const read = programs(holder, ({ k, sem }) => k.upRead(sem));
    expect((await reported(read))["lockdep"]).toBe("second unlocks sem, which it does not hold for reading");
    expect(await reported(programs(holder, holder))).toEqual({});
  });

  test.each([
    ["MOV CR3: user", (k: Thread) => k.loadUserTables({ pcid: true })],
    ["MOV CR3: kernel", (k: Thread, { mm }: Page) => k.loadKernelTables(mm, { pcid: true })],
    ["flush kernel translations", (k: Thread) => k.flushKernelHere()],
  ])("the entry code of x86 runs with interrupts off: %s", async (name, call) => {
    const entry =
      (off: boolean) =>
      ({ k, page }: Parts): void => {
        k.localIrqDisable();
        if (off) call(k, page);
        k.localIrqEnable();
        if (!off) call(k, page);
      };
    expect(await reported(programs(entry(false), undefined, "intel"))).toEqual({
      lockdep: `first calls ${name} with interrupts on`,
    });
    expect(await reported(programs(entry(true), undefined, "intel"))).toEqual({});
  });

  test("a flush by interrupts on x86 needs interrupts on", async () => {
    const flush =
      (off: boolean) =>
      ({ k, page }: Parts): void => {
        if (off) k.localIrqDisable();
        k.flushTlbPage(page);
        if (off) k.localIrqEnable();
      };
    const idle = ({ k, page }: Parts): void => k.load(page);
    expect((await reported(programs(flush(true), idle, "intel")))["lockdep"]).toBe(
      "first waits for other CPUs in flush_tlb_multi() with interrupts off",
    );
    expect(await reported(programs(flush(false), idle, "intel"))).toEqual({});
  });
});

/** Unmaps and frees, under the lock of the entry. */
const unmap = ({ k, page }: Parts) => {
  k.lock(page.ptl);
  const old = k.ptepGetAndClear(page);
  k.unlock(page.ptl);
  k.flushTlbPage(page);
  return old.frame;
};

const DEBUG_VM: readonly (readonly [string, (parts: Parts) => void, string, (parts: Parts) => void])[] = [
  [
    "set_pte_at() without the lock",
    (parts) => {
      const frame = unmap(parts);
      parts.k.setPteAt(parts.other, frame);
    },
    "first changes the entry of page1 without mm.ptl",
    (parts) => {
      const frame = unmap(parts);
      parts.k.lock(parts.other.ptl);
      parts.k.setPteAt(parts.other, frame);
      parts.k.unlock(parts.other.ptl);
    },
  ],
  [
    "an entry read before its lock is taken, and replaced under it",
    ({ k, page }) => {
      const old = k.ptepGet(page);
      k.lock(page.ptl);
      k.if(old.present, () => k.setPteAt(page, old.frame, "ro"));
      k.unlock(page.ptl);
    },
    "first reads the entry of page0 without mm.ptl",
    ({ k, page }) => {
      const old = k.lockless("pte_same() follows", () => k.ptepGet(page));
      k.lock(page.ptl);
      k.if(old.present, () => k.setPteAt(page, old.frame, "ro"));
      k.unlock(page.ptl);
    },
  ],
  [
    "an entry read behind its lock",
    ({ k, page }) => {
      k.lock(page.ptl);
      k.unlock(page.ptl);
      k.ptepGet(page);
    },
    "first reads the entry of page0 without mm.ptl",
    ({ k, page }) => {
      k.lock(page.ptl);
      k.ptepGet(page);
      k.unlock(page.ptl);
    },
  ],
  [
    "an entry cleared under another lock",
    ({ k, page, lock }) => {
      k.lock(lock);
      k.ptepClearFlush(page);
      k.unlock(lock);
    },
    "first changes the entry of page0 without mm.ptl",
    ({ k, page }) => {
      k.lock(page.ptl);
      k.ptepClearFlush(page);
      k.unlock(page.ptl);
    },
  ],
  [
    "a swap entry stored behind the lock",
    ({ k, page }) => {
      k.lock(page.ptl);
      k.ptepClearFlush(page);
      k.unlock(page.ptl);
      k.setSwapEntry(page);
    },
    "first changes the entry of page0 without mm.ptl",
    ({ k, page }) => {
      k.lock(page.ptl);
      k.ptepClearFlush(page);
      k.setSwapEntry(page);
      k.unlock(page.ptl);
    },
  ],
  [
    "a frame freed twice",
    (parts) => {
      const frame = unmap(parts);
      parts.k.freeFrame(frame);
      parts.k.freeFrame(frame);
    },
    "first frees frame:page0, which is free or somebody else's",
    (parts) => parts.k.freeFrame(unmap(parts)),
  ],
  [
    "a frame freed while its entry maps it",
    ({ k, page }) => {
      k.lock(page.ptl);
      const { frame } = k.ptepGet(page);
      k.freeFrame(frame);
      k.ptepClearFlush(page);
      k.unlock(page.ptl);
    },
    "first frees frame:page0, which the entry of page0 in mm maps",
    ({ k, page }) => {
      k.lock(page.ptl);
      const { frame } = k.ptepClearFlush(page);
      k.freeFrame(frame);
      k.unlock(page.ptl);
    },
  ],
  [
    "a frame freed that was moved to another address",
    (parts) => {
      const { k, other } = parts;
      const frame = unmap(parts);
      k.lock(other.ptl);
      k.setPteAt(other, frame);
      k.unlock(other.ptl);
      k.freeFrame(frame);
    },
    "first frees frame:page0, which the entry of page1 in mm maps",
    (parts) => {
      const { k, other } = parts;
      const frame = unmap(parts);
      k.lock(other.ptl);
      k.setPteAt(other, frame);
      k.ptepClearFlush(other);
      k.unlock(other.ptl);
      k.freeFrame(frame);
    },
  ],
  [
    "call_rcu() twice for one frame",
    (parts) => {
      const { k } = parts;
      k.rcuReadLock();
      const frame = unmap(parts);
      k.callRcuFree(frame);
      k.callRcuFree(frame);
      k.rcuReadUnlock();
    },
    "first frees frame:page0 by call_rcu(), which is to be freed so already",
    (parts) => {
      const { k } = parts;
      k.rcuReadLock();
      k.callRcuFree(unmap(parts));
      k.rcuReadUnlock();
    },
  ],
];

describe("debug-vm", () => {
  test.each(DEBUG_VM)("%s", async (_, misuses, sentence, neighbour) => {
    expect(await reported(programs(misuses))).toEqual({ "debug-vm": sentence });
    expect(await reported(programs(neighbour))).toEqual({});
  });

  test("code that needs no lock says so, and the reason is an assumption", async () => {
    const family = programs(({ k, page }) =>
      k.lockless("nobody else has the address space yet", () => k.setSwapEntry(page)),
    );
    expect(await reported(family)).toEqual({});
    expect(modelOf(family).assumptions).toContain(
      "no page-table lock: nobody else has the address space yet",
    );
  });

  test("a page table freed while the upper entry points to it", async () => {
    const family = (unlinks: boolean): Family =>
      scenario("table", { about: "a table is freed", arch: ["arm64"] }, (m) => {
        const mm = m.mm();
        const table = mm.table("table0");
        table.page("page0", { permission: null });
        m.thread("first", { cpu: 0, mm }, (k) => {
          const token = k.pmdClear(table);
          if (!unlinks) k.do("link it again", "data", () => k.system.tables!.link(mm.name, "table0", token));
          k.freeFrame(token);
        });
      });
    expect(await reported(family(false))).toEqual({
      "debug-vm": "first frees mm.table0, which the upper entry of table0 in mm maps",
    });
    expect(await reported(family(true))).toEqual({});
  });
});

describe("a scenario", () => {
  const family = (...out: string[]): Family =>
    scenario("left-out", { about: "a lock is held at the end", arch: ["arm64"] }, (m) => {
      const mm = m.mm();
      const page = mm.page("page0");
      m.leaveOut(...out);
      m.thread("first", { cpu: 0, mm }, (k) => k.lock(page.ptl));
    });

  test("leaves out what is checked everywhere, and the report says so", () => {
    const model = modelOf(family("lockdep", "deadlock"));
    expect(model.properties.map(({ name }) => name)).not.toContain("lockdep");
    expect(model.properties.map(({ name }) => name)).not.toContain("deadlock");
    expect(model.properties.map(({ name }) => name)).toContain("debug-vm");
    expect(model.assumptions).toEqual(
      expect.arrayContaining(["lockdep is not checked", "deadlock is not checked"]),
    );
  });

  test("cannot leave out what it asks for itself", () => {
    expect(() => modelOf(family("use-after-free-page"))).toThrow(/cannot be "use-after-free-page"/);
  });

  test("sees the same states with and without the checks", async () => {
    const count = async (...out: string[]): Promise<number> =>
      (await compiledEngine.search(modelOf(family(...out)), { exhaustive: true })).counts.states;
    expect(await count("lockdep", "debug-vm")).toBe(await count());
  });
});
