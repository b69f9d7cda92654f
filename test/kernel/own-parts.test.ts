/** What a model file may bring along: locks, a property, and rules of the hardware of its own. */
import { describe, expect, test } from "vitest";
import {
  and,
  assert,
  bool,
  literal,
  type KernelCode,
  range,
  rule,
  type Scenario,
  scenario,
  type SystemProperty,
  TlbcheckError,
} from "../../src/index.ts";
import { modelOf, verdictsOf, violated } from "../support/verdicts.ts";

/** Two threads on two CPUs, of a kernel that has a page nobody uses. */
function pair(name: string, each: (m: Scenario) => readonly [KernelCode, KernelCode]) {
  return scenario(name, { about: "two threads", arch: ["arm64"] }, (m) => {
    m.mm().page("page0", { permission: null });
    m.spareFrame("frame");
    each(m).forEach((program, cpu) => m.thread(`t${cpu}`, { cpu }, program));
  });
}

describe("a semaphore", () => {
  /** Whether both threads can be inside at once. */
  const bothInside = async (words: readonly ("Read" | "Write")[]) => {
    const family = pair("sections", (m) => {
      const sem = m.rwsem("sem");
      const inside: KernelCode = (k) => k.do("inside", "data", () => []);
      const program =
        (word: "Read" | "Write"): KernelCode =>
        (k) => {
          k[`down${word}`](sem);
          inside(k);
          k[`up${word}`](sem);
        };
      m.goal("both inside", (_, thread) => and(thread("t0").at("inside"), thread("t1").at("inside")));
      return [program(words[0]!), program(words[1]!)];
    });
    const { unreached, violated: found } = await verdictsOf(modelOf(family));
    expect(found).toEqual({});
    return unreached.length === 0;
  };

  test("has many readers, or one writer", async () => {
    expect(await bothInside(["Read", "Read"])).toBe(true);
    expect(await bothInside(["Read", "Write"])).toBe(false);
    expect(await bothInside(["Write", "Read"])).toBe(false);
    expect(await bothInside(["Write", "Write"])).toBe(false);
  });
});

describe("a lock of another kind is refused where it is used", () => {
  const refused = (program: (m: Scenario) => KernelCode): string => {
    try {
      modelOf(pair("refused", (m) => [program(m), () => undefined]));
    } catch (error) {
      if (error instanceof TlbcheckError) return `${error.diagnostic.code} ${error.message}`;
    }
    return "not refused";
  };

  test("a page for its lock, a semaphore for a spinlock and the other way round", () => {
    expect(refused((m) => (k) => k.lock(m.mm("other").page("p", { permission: null }) as never))).toBe(
      "TLB201 this takes a spinlock",
    );
    expect(refused((m) => (k) => k.unlock(m.rwsem("a") as never))).toBe("TLB201 this takes a spinlock");
    expect(refused((m) => (k) => k.downRead(m.spinlock("a") as never))).toBe("TLB201 this takes a rwsem");
  });
});

/** A page is unmapped, flushed and freed, and accessed at most twice. */
function freed(declare: (m: Scenario) => void) {
  return scenario("freed", { about: "flush and free", arch: ["arm64"] }, (m) => {
    const mm = m.mm();
    const page = mm.page("page0");
    m.thread("unmaps", { cpu: 0 }, (k) => {
      const old = k.ptepGetAndClear(page);
      k.flushTlbPage(page);
      k.freeFrame(old.frame);
    });
    m.thread("task", { cpu: 1, mm }, (k) => {
      k.load(page);
      k.load(page);
    });
    declare(m);
  });
}

test("a property of one's own is checked like those that have a name", async () => {
  const atMost = (limit: number): SystemProperty => ({
    name: `at most ${limit}`,
    attach: ({ builder, machine }) => {
      const accesses = builder.variable("accesses", range(0, 2), 0);
      builder.assertion(`at most ${limit}`, { consequence: "there were more" });
      machine.access.onPerform(() => [
        accesses.increase(),
        assert(`at most ${limit}`, accesses.atMost(limit)),
      ]);
    },
  });
  expect(await violated(freed((m) => m.check(atMost(1), "use-after-free-page")))).toEqual(["at most 1"]);
  expect(await violated(freed((m) => m.check(atMost(2))))).toEqual([]);
});

describe("rules of the hardware of one's own", () => {
  const hasty = (m: Scenario): void =>
    m.hardware(() => ({ barrierAwaits: rule("ARM-6", "a DSB awaits nothing", () => literal(bool, true)) }));

  test("replace those of the architecture, and are printed with the verdict", async () => {
    const family = (own: (m: Scenario) => void) =>
      freed((m) => {
        own(m);
        m.check("use-after-free-page");
      });
    expect(await violated(family(() => undefined))).toEqual([]);
    expect(await violated(family(hasty))).toEqual(["use-after-free-page"]);
    expect(modelOf(family(hasty)).assumptions).toContain("barrierAwaits replaced: a DSB awaits nothing");
  });

  test("are given those that are in force", () => {
    const given: string[] = [];
    const family = freed((m) => {
      hasty(m);
      m.hardware(({ barrierAwaits }) => {
        given.push(barrierAwaits.says);
        return {};
      });
    });
    modelOf(family);
    expect(given).toEqual(["a DSB awaits nothing"]);
  });

  test("are refused where there is no such rule, with the nearest", () => {
    const family = freed((m) => m.hardware(() => ({ mayCach: rule("HW-1", "none", true) }) as never));
    expect(() => modelOf(family)).toThrow('there is no hardware rule "mayCach"');
  });
});
