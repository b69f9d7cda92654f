/** What a model file may bring along: locks, a property, and rules of the hardware of its own. */
import { basename } from "node:path";
import { describe, expect, test } from "vitest";
import {
  and,
  assert,
  bool,
  literal,
  type KernelCode,
  type Page,
  range,
  rule,
  type Scenario,
  scenario,
  type SystemProperty,
  TlbcheckError,
} from "../../src/index.ts";
import { diagnosticOf } from "../diagnostics.ts";
import { modelOf, verdictsOf, violated } from "../support/verdicts.ts";

/** The code, the place and the text of what is thrown. */
function refusedAt(build: () => unknown): string {
  const { code, source, message, hint } = diagnosticOf(build);
  return `${code} ${basename(source?.file ?? "nowhere")}:${source?.line} ${message}; ${hint}`;
}

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

describe("a slip that would build another model is refused", () => {
  /** The code and the message of what the first thread's program is refused with. */
  const refused = (program: (m: Scenario, page: Page) => KernelCode): string => {
    const family = scenario("refused", { about: "a slip", arch: ["arm64"] }, (m) => {
      const page = m.mm().page("page0");
      m.thread("t", { cpu: 0 }, program(m, page));
    });
    try {
      modelOf(family);
    } catch (error) {
      if (error instanceof TlbcheckError) return `${error.diagnostic.code} ${error.message}`;
      throw error;
    }
    return "not refused";
  };
  const late = "is too late here: the machine is built before threads write their programs";

  test.each<[string, string, (m: Scenario, page: Page) => KernelCode]>([
    [
      "a page for its lock",
      'k.lock(): lock has to be a spinlock, not the page "page0"',
      (_, page) => (k) => k.lock(page as never),
    ],
    [
      "a semaphore for a spinlock",
      'k.unlock(): lock has to be a spinlock, not the rwsem "a"',
      (m) => (k) => k.unlock(m.rwsem("a") as never),
    ],
    [
      "a spinlock for a semaphore",
      'k.upRead(): sem has to be a semaphore, not the spinlock "a"',
      (m) => (k) => k.upRead(m.spinlock("a") as never),
    ],
    [
      "a name for a page",
      'k.zapPteRange(): page has to be a page, not "page0"',
      () => (k) => k.zapPteRange("page0" as never),
    ],
    [
      "a list of pages",
      "k.flushTlbRange(): pages[0] has to be a page, not a list of 1",
      (_, page) => (k) => k.flushTlbRange([page] as never),
    ],
    ["no program", "m.thread(): program is missing", () => undefined as never],
    [
      "a step for a branch",
      "k.if(): then is missing",
      (_, page) => (k) => k.if(k.ptepGet(page).present, k.flushTlbPage(page) as never),
    ],
    [
      "no body",
      "k.mmCall(): body is missing",
      (_, page) => (k) => k.mmCall("munmap()", page.mm, undefined as never),
    ],
    ["a thread in a program", `m.thread() ${late}`, (m) => () => m.thread("u", { cpu: 1 }, () => undefined)],
    ["a page in a program", `mm.page() ${late}`, (_, page) => () => void page.mm.page("page1")],
    ["a property in a program", `m.check() ${late}`, (m) => () => m.check("use-after-free-page")],
    ["details in a program", `m.details() ${late}`, (m) => () => m.details({ ets2: false })],
    ["hardware in a program", `m.hardware() ${late}`, (m) => () => m.hardware(() => ({}))],
    [
      "an unknown permission",
      'mm.page(): options.permission cannot be "readonly"',
      (_, page) => {
        page.mm.page("page1", { permission: "readonly" as never });
        return () => undefined;
      },
    ],
    [
      "a thread without a CPU",
      "m.thread(): options.cpu is missing",
      (m) => {
        m.thread("u", {} as never, () => undefined);
        return () => undefined;
      },
    ],
  ])("%s", (_, message, program) => {
    expect(refused(program)).toBe(`TLB201 ${message}`);
  });

  test("an old entry for its frame is named by what it has", () => {
    expect(refused((_, page) => (k) => k.freeFrame(k.ptepGet(page) as never))).toBe(
      "TLB201 k.freeFrame(): frame has to be an expression of a frame, not an object with present, frame, writable, protNone, young, dirty",
    );
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
    expect(refusedAt(() => modelOf(family))).toMatch(
      /^TLB201 own-parts\.test\.ts:\d+ m\.hardware\(\): what replace returns has no option "mayCach"; did you mean "mayCache"\?/,
    );
  });

  test.each<[string, object, string]>([
    ["not made by rule()", { mayCache: () => true }, "mayCache has to be"],
    [
      "of another kind",
      { cancelsWalks: rule("HW-5", "none", () => true) },
      "cancelsWalks.choice has to be true or false",
    ],
    [
      "that gives no condition",
      { mayEvict: rule("HW-4", "none", () => true) },
      "mayEvict.choice returns has to be a condition",
    ],
    ["that gives nothing", { onBarrier: rule("ARM-6", "none", () => undefined) }, "and it returns nothing"],
    [
      "of a value that is not known",
      { conflicts: rule("HW-9", "none", "size") },
      'conflicts.choice cannot be "size"',
    ],
  ])("are refused if one is %s", (_, rules, message) => {
    const family = freed((m) => m.hardware(() => rules));
    expect(refusedAt(() => modelOf(family))).toMatch(/^TLB201 own-parts\.test\.ts:\d+ m\.hardware\(\)/);
    expect(refusedAt(() => modelOf(family))).toContain(message);
  });
});
