/** Functions that other CPUs are asked to call, with steps of the scenario's own. */
import { describe, expect, test } from "vitest";
import { and, type KernelCode, type Page, range, scenario, type Thread } from "../../src/index.ts";
import { diagnosticOf } from "../diagnostics.ts";
import { modelOf, verdictsOf, violated } from "../support/verdicts.ts";

const arch = ["arm64", "intel", "amd", "riscv"] as const;

/** What a CPU does to drop a page from its own TLB. */
const flushHere: Readonly<Record<string, (k: Thread, page: Page) => void>> = {
  arm64: (k, page) => {
    k.tlbi("VALE1", page);
    k.barrier("dsb(nsh)");
  },
  intel: (k, page) => k.invlpg(page),
  amd: (k, page) => k.invlpg(page),
  riscv: (k, page) => k.sfenceVma(page, page.mm),
};

describe.each(arch)("%s", (name) => {
  const unmaps = (flush: (k: Thread, page: Page) => void) =>
    scenario("unmaps", { about: "a flush by a function of its own", arch }, (m) => {
      const mm = m.mm();
      const page = mm.page("page0");
      m.details({ oldDescriptors: false });
      m.thread("unmaps", { cpu: 0 }, (k) => {
        k.lock(page.ptl);
        const old = k.ptepGetAndClear(page);
        k.unlock(page.ptl);
        flush(k, page);
        k.freeFrame(old.frame);
      });
      m.thread("task", { cpu: 1, mm }, (k) => k.load(page));
      m.check("use-after-free-page");
    });
  const code =
    (page: Page): KernelCode =>
    (k) =>
      flushHere[name]!(k, page);

  test.each([
    ["smp_call_function()", (k: Thread, page: Page) => k.smpCallFunction("flush", code(page))],
    [
      "smp_call_function_single()",
      (k: Thread, page: Page) => k.smpCallFunctionSingle(1, "flush", code(page)),
    ],
    ["on_each_cpu()", (k: Thread, page: Page) => k.onEachCpu("flush", code(page))],
    [
      "on_each_cpu_mask()",
      (k: Thread, page: Page) =>
        k.onEachCpuMask((cpu) => cpu.is(k.system.machine.cpu(1)), "flush", code(page)),
    ],
  ] as const)("%s has the function run before it returns", async (_, flush) => {
    expect(await violated(unmaps(flush), undefined, undefined, name)).toEqual([]);
  });

  test.each([
    ["a function that does nothing", (k: Thread) => k.smpCallFunction("nothing")],
    [
      "a function that this CPU alone calls",
      (k: Thread, page: Page) => k.smpCallFunctionSingle(0, "flush", code(page)),
    ],
  ] as const)("%s flushes no other CPU", async (_, flush) => {
    expect(await violated(unmaps(flush), undefined, undefined, name)).toEqual(["use-after-free-page"]);
  });
});

/** How often a function has run when the thread that asked goes on; each of three CPUs has a thread. */
async function runs(call: (k: Thread, code: KernelCode) => void): Promise<number> {
  const family = scenario("runs", { about: "a function is counted", arch }, (m) => {
    m.mm().page("page0");
    m.details({ cpus: 3 });
    const counted: KernelCode = (k) => k.atomicAdd(k.system.sharedVariable("count", range(0, 6), 0), 1);
    m.thread("asks", { cpu: 0 }, (k) => call(k, counted));
    for (let times = 0; times <= 6; times++)
      m.goal(`${times}`, (system, thread) =>
        and(
          thread("asks").ended(),
          system.sharedVariable("count", range(0, 6), 0).memory.fields.value.is(times),
        ),
      );
  });
  const { unreached } = await verdictsOf(modelOf(family));
  const reached = ["0", "1", "2", "3", "4", "5", "6"].filter((times) => !unreached.includes(times));
  expect(reached).toHaveLength(1);
  return Number(reached[0]);
}

test("each CPU that is asked calls the function once, and the asker if it is one of them", async () => {
  expect(await runs((k, code) => k.smpCallFunction("f", code))).toBe(2);
  expect(await runs((k, code) => k.onEachCpu("f", code))).toBe(3);
  expect(await runs((k, code) => k.smpCallFunctionSingle(0, "f", code))).toBe(1);
  expect(await runs((k, code) => k.smpCallFunctionSingle(2, "f", code))).toBe(1);
});

test("two calls of one name are two functions", async () => {
  const twice = await runs((k, code) => {
    k.smpCallFunction("f", code);
    k.smpCallFunction("f", (handler) => {
      code(handler);
      code(handler);
    });
  });
  expect(twice).toBe(6);
});

test("a CPU with interrupts off calls nothing, and the asker waits", async () => {
  const family = scenario("off", { about: "interrupts off", arch }, (m) => {
    m.mm().page("page0");
    m.thread("asks", { cpu: 0 }, (k) =>
      k.smpCallFunction("f", (handler) => handler.do("f", "data", () => [])),
    );
    m.thread("deaf", { cpu: 1 }, (k) => k.localIrqDisable());
  });
  expect(await violated(family)).toEqual(["deadlock"]);
});

test("a CPU that does not exist is refused", () => {
  const family = scenario("single", { about: "no such CPU", arch }, (m) => {
    m.mm().page("page0");
    m.thread("asks", { cpu: 0 }, (k) => k.smpCallFunctionSingle(3, "f", () => undefined));
  });
  const { code, message } = diagnosticOf(() => modelOf(family));
  expect(`${code} ${message}`).toBe("TLB201 k.smpCallFunctionSingle(): there is no CPU 3");
});
