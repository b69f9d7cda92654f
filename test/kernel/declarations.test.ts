/** What a scenario declares, and what its threads then use: an address space, room in a store buffer. */
import { basename } from "node:path";
import { describe, expect, test } from "vitest";
import { type Mm, type Page, type Scenario, scenario, type Thread } from "../../src/index.ts";
import { diagnosticOf } from "../diagnostics.ts";
import { modelOf, verdictsOf } from "../support/verdicts.ts";

type Declare = (m: Scenario, mm: Mm, page: Page) => void;

const declaring = (declare: Declare, arch = "arm64") =>
  scenario("declared", { about: "declarations", arch: [arch] }, (m) => {
    const mm = m.mm();
    const page = mm.page("page0");
    m.thread("t", { cpu: 0, mm }, () => undefined);
    declare(m, mm, page);
  });

function refused(declare: Declare, arch = "arm64"): string {
  const { code, source, message } = diagnosticOf(() => modelOf(declaring(declare, arch)));
  return `${code} ${basename(source?.file ?? "nowhere")} ${message}`;
}

const untyped = (given: unknown) => given as never;

describe("is refused at its line", () => {
  test.each<[string, Declare, string]>([
    [
      "a nested option of the kernel",
      (m) => m.details({ kernel: untyped({ notifier: "range end" }) }),
      'm.details(): details.kernel has no option "notifier"',
    ],
    [
      "a nested value of the kernel",
      (m) => m.details({ kernel: { rfence: untyped("SBI") } }),
      'm.details(): details.kernel.rfence cannot be "SBI"',
    ],
    [
      "a flag of the details",
      (m) => m.details({ strict: untyped("no") }),
      "details.strict has to be true or false",
    ],
    [
      "a CPU by its name",
      (m) => m.thread("u", { cpu: untyped("1") }, () => undefined),
      "options.cpu has to be",
    ],
    [
      "more CPUs than a state has room for",
      (m) => m.thread("u", { cpu: 5000 }, () => undefined),
      "options.cpu has to be",
    ],
    [
      "a promise",
      (m) =>
        m.thread(
          "u",
          { cpu: 1 },
          untyped(async () => undefined),
        ),
      "what program returns has to be nothing",
    ],
    [
      "a table by its page",
      (_, mm) => void mm.page("b", { frame: untyped(mm) }),
      "options.frame has to be a frame",
    ],
    [
      "a table of a page of a table",
      (_, mm) => void mm.table("x").page("b", untyped({ table: "y" })),
      'has no option "table"',
    ],
    [
      "two tables of one name",
      (_, mm) => void [mm.fixedTable("x"), mm.fixedTable("x")],
      "there are two of the same name: table x",
    ],
    [
      "the frame of a page that is not mapped",
      (_, mm) => void mm.page("b", { permission: null }).frame,
      "b maps no frame at first",
    ],
    [
      "a frame by its name",
      (m, mm) => {
        mm.page("b");
        m.goal("g", ({ frames }) => frames.inUse(untyped("frame:b")));
      },
      "has to be an expression of a frame",
    ],
    [
      "an entry of a huge page",
      (_, mm) => void mm.hugePage("b", untyped({ entry: "swap" })),
      'options.entry cannot be "swap"',
    ],
    ["a device without its address space", (m) => void m.device("dev", untyped({})), "options.mm is missing"],
    [
      "a goal that gives nothing",
      (m) =>
        m.goal(
          "g",
          untyped(() => undefined),
        ),
      "what reached returns has to be a condition",
    ],
    ["a property that is none", (m) => m.check(untyped({ name: "own" })), "properties[0].attach is missing"],
    [
      "what cannot be left out",
      (m) => m.leaveOut("revoked-access"),
      'properties[0] cannot be "revoked-access"',
    ],
  ])("%s", (_, declare, message) => {
    const found = refused(declare);
    expect(found).toMatch(/^TLB20\d declarations\.test\.ts /);
    expect(found).toContain(message);
  });

  test("pages of a fixed table share a lock, and pages of none another one", () => {
    modelOf(
      declaring((_, mm) => {
        const table = mm.fixedTable("t");
        const [a, b, c, d] = [table.page("pa"), table.page("pb"), mm.page("pc"), mm.page("pd")];
        expect([a.ptl.name, c.ptl.name]).toEqual(["mm.ptl(t)", "mm.ptl"]);
        expect([b.ptl.name, d.ptl.name]).toEqual([a.ptl.name, c.ptl.name]);
        expect([a.table, a.frame.name]).toEqual([null, "frame:pa"]);
      }),
    );
  });

  test("a handle of another configuration", () => {
    let kept: Mm | undefined;
    modelOf(declaring((_, mm) => (kept = mm)));
    expect(refused((m) => m.thread("u", { cpu: 1, mm: kept! }, () => undefined))).toContain(
      'options.mm is the mm "mm" of another configuration',
    );
  });
});

test.each<[string, Declare]>([
  ["an address space", (_, mm) => Object.assign(mm, { batched: "boolean" })],
  [
    "the permission of a huge page",
    (m) => Object.assign(m.mm("h").hugePage("x").options, { permission: "ro" }),
  ],
  ["the frame of a page", (m, _, page) => Object.assign(page, { frame: m.spareFrame("other") })],
  ["the address space of a page", (m, _, page) => Object.assign(page, { mm: m.mm("b") })],
  ["the pages of a table", (_, mm) => Object.assign(mm.table("t").pages, [1])],
  ["a lock's name", (m) => Object.assign(m.spinlock("a"), { name: "b" })],
  ["a static key", (m) => Object.assign(m.staticKey("a"), { enabled: true })],
  ["something new", (m) => Object.assign(m.spareFrame("a"), { owner: 1 })],
])("an assignment to a handle throws: %s", (_, declare) => {
  expect(() => modelOf(declaring(declare))).toThrow(TypeError);
});

describe("a user access needs the address space of its page", () => {
  const accesses =
    (program: (k: Thread, mm: Mm, page: Page) => void): Declare =>
    (m, mm, page) =>
      m.thread("kthread", { cpu: 1 }, (k) => program(k, mm, page));

  test.each<[string, Declare, string]>([
    ["none", accesses((k, _, page) => k.store(page)), "the thread has no address space"],
    [
      "one that was given back",
      accesses((k, mm, page) => {
        k.kthreadUseMm(mm);
        k.load(page);
        k.kthreadUnuseMm(mm);
        k.load(page);
      }),
      "the thread has no address space",
    ],
    [
      "another one",
      (m, _, page) => m.thread("u", { cpu: 1, mm: m.mm("b") }, (k) => k.access(page)),
      "u accesses page0 of mm, but the thread uses b",
    ],
  ])("%s is refused", (_, declare, message) => {
    expect(refused(declare)).toContain(message);
  });

  test("one that is borrowed, and a page that is global, are taken", () => {
    const borrowed = accesses((k, mm, page) => {
      k.kthreadUseMm(mm);
      k.access(page);
      k.kthreadUnuseMm(mm);
    });
    expect(() => modelOf(declaring(borrowed))).not.toThrow();
    const global: Declare = (m) => {
      const page = m.mm("kernel", { global: true }).page("vmalloc");
      m.thread("kthread", { cpu: 1 }, (k) => k.load(page));
    };
    expect(() => modelOf(declaring(global))).not.toThrow();
  });
});

describe("a store buffer has room for what one step stores", () => {
  const shared =
    (storeBuffer: number): Declare =>
    (m, mm) => {
      m.details({ order: "tso", storeBuffer });
      m.thread("kthread", { cpu: 0 }, (k) => k.flushTlbMm(mm));
    };

  test.each(["intel", "amd"])("or the model is refused, on %s", (arch) => {
    expect(refused(shared(1), arch)).toContain("TLB205");
    expect(refused(shared(1), arch)).toContain("a store buffer of 1 is too small");
  });

  test("two are enough, and nobody gets stuck", async () => {
    expect((await verdictsOf(modelOf(declaring(shared(2), "intel")))).violated).toEqual({});
  });
});
