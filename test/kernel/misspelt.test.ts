/**
 * Options whose names are misspelt. Types are not checked when a model file runs, and an option that nobody reads is
 * one that is not set: another model, whose verdict would be taken for that of the one meant.
 */
import { describe, expect, test } from "vitest";
import {
  type Details,
  type FamilySpec,
  type Mm,
  type Page,
  type Scenario,
  scenario,
  type Thread,
  TlbcheckError,
} from "../../src/index.ts";

/** The code, the message and the hint of what is thrown. */
function refused(what: () => unknown): string {
  try {
    what();
  } catch (error) {
    if (!(error instanceof TlbcheckError)) throw error;
    const { code, message, hint } = error.diagnostic;
    return `${code} ${message}; ${hint}`;
  }
  return "nothing is refused";
}

interface Parts {
  readonly mm: Mm;
  readonly page: Page;
}

/** Builds a scenario with one more declaration, or one more word in its thread. */
function built({
  declare = () => undefined,
  program = () => undefined,
  spec = {},
}: {
  declare?: (m: Scenario, parts: Parts) => void;
  program?: (k: Thread, parts: Parts) => void;
  spec?: object;
}): unknown {
  const whole = { about: "options", arch: ["arm64"], ...spec } as FamilySpec & { arch: string[] };
  const family = scenario("misspelt", whole, (m) => {
    const mm = m.mm();
    const page = mm.page("page0");
    declare(m, { mm, page });
    m.thread("t0", { cpu: 0, mm }, (k) => program(k, { mm, page }));
  });
  const variant = Object.keys(family.variants)[0]!;
  return family.build({ arch: "arm64", variant, parameters: {} });
}

/** As a model file would pass it, whose types nobody has checked. */
const untyped = (options: object) => options as never;

describe("an option that is not there is refused, with the one that was meant", () => {
  test("of a thread, which would have run without its address space", () => {
    const declare = (m: Scenario, { mm }: Parts) =>
      m.thread("t1", untyped({ cpu: 1, nm: mm }), () => undefined);
    expect(refused(() => built({ declare }))).toBe(
      'TLB201 m.thread() has no option "nm"; did you mean "mm"? known: cpu, mm, daemon, serves',
    );
  });

  test("of a page, which would have been writable", () => {
    const declare = (_: Scenario, { mm }: Parts) => mm.page("page1", untyped({ permision: "ro" }));
    expect(refused(() => built({ declare }))).toContain('TLB201 mm.page() has no option "permision"');
  });

  test("of an address space", () => {
    expect(refused(() => built({ declare: (m) => m.mm("b", untyped({ globl: true })) }))).toContain(
      'TLB201 m.mm() has no option "globl"',
    );
  });

  test("of the details", () => {
    const details: Details = untyped({ wlak: "stepwise" });
    expect(refused(() => built({ declare: (m) => m.details(details) }))).toContain(
      'TLB201 m.details(): details has no option "wlak"; did you mean "walk"?',
    );
  });

  test("of a family and of a variant", () => {
    expect(refused(() => built({ spec: { varients: {} } }))).toContain(
      'TLB206 model "misspelt": there is no "varients" to declare; did you mean "variants"?',
    );
    const variants = { broken: { about: "a", expct: {}, expect: {} } };
    expect(refused(() => built({ spec: { variants } }))).toContain(
      'TLB206 model "misspelt": variant "broken" has no "expct" to declare; did you mean "expect"?',
    );
  });

  test("those that are there are taken", () => {
    const declare = (m: Scenario, { mm }: Parts) => {
      mm.fixedTable("t").page("page1", { permission: "ro" });
      m.details({ walk: "stepwise", order: "tso", strict: true, kernel: {} });
    };
    expect(refused(() => built({ declare }))).toBe("nothing is refused");
  });
});

describe("a verdict that cannot be expected", () => {
  const expecting = (variant: object) => refused(() => built({ spec: { variants: { broken: variant } } }));

  test("is refused, with those that can", () => {
    expect(expecting({ about: "a", expect: { deadlock: "violates" } })).toBe(
      'TLB206 model "misspelt": variant "broken" cannot expect "violates" of "deadlock"; did you mean "violated"? known: holds, violated',
    );
    expect(expecting({ about: "a", expect: { deadlock: { arm64: "violates" } } })).toContain(
      'cannot expect "violates" of "deadlock"',
    );
  });

  test("of an architecture that the model does not list", () => {
    expect(expecting({ about: "a", expect: { deadlock: { arm46: "violated" } } })).toContain(
      'variant "broken" expects a verdict on the architecture "arm46"; did you mean "arm64"?',
    );
  });

  test("nor is there an id or a reason on such an architecture", () => {
    const parts = [
      [{ id: { arm46: "A1" } }, "has an id"],
      [{ reason: { arm46: "why" } }, "has a reason"],
      [{ reasons: { deadlock: { arm46: "why" } } }, "has a reason"],
    ] as const;
    for (const [part, does] of parts)
      expect(expecting({ about: "a", expect: {}, ...part })).toContain(
        `variant "broken" ${does} on the architecture "arm46"; did you mean "arm64"?`,
      );
  });

  test("and what people are told is text", () => {
    expect(expecting({ about: 7, expect: {} })).toContain('the about of variant "broken" is no text');
    expect(expecting({ about: "a", expect: {}, id: { arm64: 7 } })).toContain('the id of variant "broken"');
    expect(expecting({ about: "a", expect: {}, source: ["a"] })).toContain("the source of variant");
    expect(expecting({ about: "a", expect: {}, reasons: "why" })).toContain(
      "gives reasons that are no object",
    );
  });

  test("nor is one without any", () => {
    expect(expecting({ about: "a" })).toContain('variant "broken" does not say what it expects');
  });
});

describe("an address space is needed, and something else is refused", () => {
  test("by words of a thread", () => {
    for (const [name, word] of Object.entries({
      flushTlbMm: (k: Thread, page: Page) => k.flushTlbMm(untyped(page)),
      mmCall: (k: Thread, page: Page) => k.mmCall("mremap()", untyped(page), () => undefined),
      flushTlbBatchedPending: (k: Thread, page: Page) => k.flushTlbBatchedPending(untyped(page)),
      kthreadUseMm: (k: Thread, page: Page) => k.kthreadUseMm(untyped(page)),
    }))
      expect(refused(() => built({ program: (k, { page }) => word(k, page) }))).toBe(
        `TLB201 k.${name}(): mm has to be an address space, not the page "page0"; such as m.mm()`,
      );
  });

  test("by the declaration of a thread", () => {
    const declare = (m: Scenario) => m.thread("t1", { cpu: 1, mm: untyped("mm" as never) }, () => undefined);
    expect(refused(() => built({ declare }))).toBe(
      'TLB201 m.thread(): options.mm has to be an address space, not "mm"; such as m.mm()',
    );
  });
});

test("x86 is told apart by vendor, and other names of an architecture lead to the one used here", () => {
  const naming = (arch: string) => refused(() => built({ spec: { arch: [arch] } }));
  expect(naming("x86")).toContain('TLB202 there is no architecture "x86"; x86 is intel or amd; known: ');
  expect(naming("x86_64")).toContain("x86_64 is intel or amd; known: ");
  expect(naming("aarch64")).toContain("aarch64 is arm64; known: ");
});

describe("a declaration that is not whole", () => {
  const declare = (...parts: unknown[]) =>
    refused(() => (scenario as (...given: unknown[]) => unknown)("part", ...parts));

  test("without what it is about, without architectures, without a function", () => {
    expect(declare(null, () => undefined)).toContain(
      'TLB206 model "part": it does not say what it is about; write scenario(',
    );
    expect(declare({ about: "a" }, () => undefined)).toContain(
      'TLB206 model "part": it names no architectures; write arch: ["arm64"]; known: arm64, intel, ',
    );
    expect(declare({ about: "a", arch: ["arm64"] })).toContain(
      'TLB206 model "part": there is no function that builds it; write scenario(',
    );
  });
});
