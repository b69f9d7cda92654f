/** The properties of devices and of endless faults, each in a scenario that violates it and in its neighbour that does not. */
import { describe, expect, test } from "vitest";
import { type KernelCode, type Family, type Mm, type Page, scenario, type Thread } from "../../src/index.ts";
import { diagnosticOf } from "../diagnostics.ts";
import { modelOf, violated } from "../support/verdicts.ts";

/** A thread changes a page that a device may access at any time, and a spare frame is at hand. */
function beside(property: string, change: (k: Thread, page: Page) => void, arch = "arm64"): Family {
  return scenario("beside-a-device", { about: "a device beside a thread", arch: [arch] }, (m) => {
    const mm = m.mm();
    const page = mm.page("page0");
    m.spareFrame("new");
    m.device("device", { mm });
    m.thread("changes", { cpu: 0, mm }, (k) => change(k, page));
    m.check(property);
  });
}

/** A call that has done its work but for the flush, and with it the notifier. */
const withoutFlush =
  (what: "write" | "all") =>
  (k: Thread, page: Page): void =>
    k.syscall(
      "call without its flush",
      () => {
        if (what === "write") k.changePteRange(page, "ro");
        else k.ptepGetAndClear(page);
      },
      () => k.system.observers.tell("revoked", k.system.at(page), what),
    );

const freed = (notify: boolean) => (k: Thread, page: Page) => {
  const old = k.ptepGetAndClear(page);
  if (notify) k.flushTlbPage(page);
  k.freeFrame(old.frame);
};

describe.each(["stale-device-access", "revoked-access"])("%s", (property) => {
  test.each(["arm64", "intel"])(
    "of a device on %s: mprotect() and munmap() without their flush violate it",
    async (arch) => {
      expect(await violated(beside(property, withoutFlush("write"), arch))).toEqual([property]);
      expect(await violated(beside(property, withoutFlush("all"), arch))).toEqual([property]);
      expect(await violated(beside(property, (k, page) => k.mprotect(page, "ro"), arch))).toEqual([]);
      expect(await violated(beside(property, (k, page) => k.munmap(page), arch))).toEqual([]);
    },
  );
});

test("lost-update of a device: a page copied before devices are told violates it, one copied after does not", async () => {
  const copied = (when: "before" | "after") =>
    beside("lost-update", (k, page) => {
      const old = k.ptepGetAndClear(page);
      if (when === "before") k.copyFrame(old.frame);
      k.flushTlbPage(page);
      if (when === "after") k.copyFrame(old.frame);
    });
  expect(await violated(copied("before"))).toEqual(["lost-update"]);
  expect(await violated(copied("after"))).toEqual([]);
});

test("flushes by INVLPGB, which devices do not hear: munmap() with its notifier holds", async () => {
  const unmaps = (notifiers: "arch flush" | "range end"): Family =>
    scenario("invlpgb", { about: "a device beside munmap()", arch: ["amd"] }, (m) => {
      const mm = m.mm();
      const page = mm.page("page0");
      m.details({ kernel: { invlpgb: "sync", notifiers } });
      m.device("device", { mm });
      m.thread("unmaps", { cpu: 0, mm }, (k) => {
        const old = k.ptepGetAndClear(page);
        k.flushTlbPage(page);
        k.freeFrame(old.frame);
      });
      m.check("use-after-free-page");
    });
  expect(await violated(unmaps("arch flush"))).toEqual([]);
  expect(await violated(unmaps("range end"))).toEqual(["use-after-free-page"]);
});

describe.each(["stale-device-access", "use-after-free-page"])("%s", (property) => {
  test("of a device: a page freed before devices are told violates it, one freed after does not", async () => {
    expect(await violated(beside(property, freed(false)))).toEqual([property]);
    expect(await violated(beside(property, freed(true)))).toEqual([]);
  });
});

test("incoherent-page of a device: a new page behind what it has cached violates it", async () => {
  const remapped = (unmap: (k: Thread, page: Page) => void) =>
    beside("incoherent-page", (k, page) => {
      unmap(k, page);
      k.populate(page);
    });
  expect(await violated(remapped(withoutFlush("all")))).toEqual(["incoherent-page"]);
  expect(await violated(remapped((k, page) => k.munmap(page)))).toEqual([]);
});

test("an access of a device that began before the call returned may complete after it", async () => {
  /** The call comes while the device's access is translated; nothing that it may use later stays. */
  const late = beside("stale-device-access", (k, page) => {
    const device = k.system.machine.devices[0]!;
    k.do(
      "wait for an access",
      "wait",
      () => [],
      () => [device.performs(k.system.page(page))],
    );
    const at = k.system.page(page);
    const drop = () =>
      (["IOTLB", "ATC"] as const).map((cache) => [
        device.cacheOf(cache).drop(at),
        device.requests.cancel(cache, at),
      ]);
    k.syscall(
      "unmap",
      () => {
        k.ptepGetAndClear(page);
        k.do("drop what is cached", "flush", drop);
      },
      () => k.system.observers.tell("revoked", k.system.at(page), "all"),
    );
  });
  // An access need not come, so the thread may wait for ever.
  expect(await violated(late)).toEqual(["deadlock"]);
});

describe("misaddressed-invalidation", () => {
  /** Two processes with a device each; a thread changes entries and flushes. */
  const twoSpaces = (change: (k: Thread, a: [Mm, Page], b: [Mm, Page]) => void) =>
    scenario("two-spaces", { about: "who is told", arch: ["arm64", "intel"] }, (m) => {
      const [a, b] = [m.mm("a"), m.mm("b")];
      const [pageA, pageB] = [a.page("page0"), b.page("page1")];
      m.device("of-a", { mm: a });
      m.thread("changes", { cpu: 0, mm: a }, (k) => change(k, [a, pageA], [b, pageB]));
      m.check("misaddressed-invalidation");
    });

  test.each(["arm64", "intel"])(
    "on %s: another address space than the one that changed violates it",
    async (arch) => {
      const of = async (change: Parameters<typeof twoSpaces>[0]) =>
        violated(twoSpaces(change), undefined, undefined, arch);
      expect(
        await of((k, [, page], [other]) => {
          k.ptepGetAndClear(page);
          k.flushTlbMm(other);
        }),
      ).toEqual(["misaddressed-invalidation"]);
      expect(
        await of((k, [mm, page]) => {
          k.ptepGetAndClear(page);
          k.flushTlbMm(mm);
        }),
      ).toEqual([]);
    },
  );

  test("what was flushed before counts no more", async () => {
    const wrongSecond = twoSpaces((k, [mm, page], [, other]) => {
      k.ptepGetAndClear(page);
      k.flushTlbMm(mm);
      k.ptepGetAndClear(other);
      k.flushTlbMm(mm);
    });
    expect(await violated(wrongSecond)).toEqual(["misaddressed-invalidation"]);
  });

  test("who flushes for others, and who flushes twice, may", async () => {
    const twice = twoSpaces((k, [mm, page]) => {
      k.flushTlbMm(mm);
      k.ptepGetAndClear(page);
      k.flushTlbPage(page);
      k.flushTlbMm(mm);
    });
    expect(await violated(twice)).toEqual([]);
  });
});

describe("endless-fault", () => {
  const checked = (family: Family, arch: string) => violated(family, undefined, undefined, arch);
  /** A task's store to a read-only page, with the kernel's handler or one that changes the entry and flushes nothing. */
  const upgrade = (handler: "kernel" | "no flush") =>
    scenario("upgrade", { about: "a write fault", arch: ["arm64", "intel", "amd", "riscv"] }, (m) => {
      const mm = m.mm();
      const page = mm.page("page0", { permission: "ro" });
      m.spareFrame("new");
      m.thread("task", { cpu: 0, mm }, (k) =>
        k.store(page, {
          onFault: (t) => {
            if (handler === "kernel") t.handleMmFault(page, { write: true });
            else
              t.if(
                t.system.pte(page).writable,
                () => t.do("spurious", "data", () => []),
                () => t.changePteRange(page, "rw"),
              );
          },
        }),
      );
      m.check("P-LIVE");
    });

  test.each([
    ["arm64", ["endless-fault"]],
    ["intel", []],
    ["amd", []],
    ["riscv", ["endless-fault"]],
  ])("of a CPU on %s, if the handler does not flush: %j", async (arch, expected) => {
    expect(await checked(upgrade("no flush"), arch)).toEqual(expected);
    expect(await checked(upgrade("kernel"), arch)).toEqual([]);
  });

  test("several actors have one property, of the same name", async () => {
    const both = scenario("both", { about: "a device beside a task", arch: ["arm64"] }, (m) => {
      const mm = m.mm();
      const page = mm.page("page0", { permission: "ro" });
      const device = m.device("device", { mm });
      m.details({ kernel: { notifiers: "range end" } });
      m.thread("iopf", { cpu: 0, serves: device }, (k) => k.handleIoPageFault(device));
      m.thread("task", { cpu: 1, mm }, (k) =>
        k.store(page, { onFault: (t) => t.handleMmFault(page, { write: true }) }),
      );
      m.check("endless-fault");
    });
    expect(await checked(both, "arm64")).toEqual(["endless-fault"]);
  });

  describe("of a handler that believes its work to be done", () => {
    const handled = (onFault: KernelCode | undefined) =>
      scenario("handled", { about: "a store to a read-only page", arch: ["arm64", "intel"] }, (m) => {
        const mm = m.mm();
        const page = mm.page("page0", { permission: "ro" });
        m.thread("task", { cpu: 0, mm }, (k) => {
          k.store(page, onFault ? { onFault } : {});
        });
        m.check("endless-fault");
      });

    test.each(["arm64", "intel"])("on %s the same access faults for ever", async (arch) => {
      const noop: KernelCode = (k) => k.do("the flags are set already", "re-check", () => []);
      expect(await checked(handled(noop), arch)).toEqual(["endless-fault"]);
    });

    test.each(["arm64", "intel"])("on %s a signal ends the access, and nothing is endless", async (arch) => {
      expect(await checked(handled(undefined), arch)).toEqual([]);
    });
  });
});

test.each([
  ["stale-device-access", /is about devices, and there is none/],
  ["misaddressed-invalidation", /is about devices, and there is none/],
  ["endless-fault", /is about faults, and nobody can fault/],
])("%s is refused where there is nobody whom it is about", (property, message) => {
  const alone = scenario("alone", { about: "a kernel thread", arch: ["arm64"] }, (m) => {
    m.mm().page("page0");
    m.thread("kswapd", { cpu: 0 }, (k) => k.do("nothing", "data", () => []));
    m.check(property);
  });
  expect(diagnosticOf(() => modelOf(alone))).toMatchObject({
    code: "TLB204",
    message: expect.stringMatching(message) as string,
  });
});
