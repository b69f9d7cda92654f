/**
 * Scenarios at random: address spaces that share a CPU or not, pages that lie in tables or not, threads that unmap, protect,
 * flush, migrate and access, in an order that is right or not. What they have in common is that closed and enumerated
 * hardware must find the same in them.
 */
import * as fc from "fast-check";
import { type Details, type Family, type Page, scenario, type Thread } from "../../src/index.ts";

export interface Generated {
  readonly arch: string;
  readonly details: Details;
  /** Whether the first address space has its pages in a table of their own, so that walks have two levels. */
  readonly tables: boolean;
  /** Whether there is a second address space, of a task that takes turns with the first. */
  readonly spaces: 1 | 2;
  readonly permissions: readonly ("ro" | "rw" | null)[];
  readonly kernel: readonly Operation[];
  readonly user: readonly ("load" | "store" | "access")[];
}

/** What a thread in the kernel does, and with which page. */
export interface Operation {
  readonly name: keyof typeof operations;
  readonly page: number;
}

const operations = {
  flushPage: (k: Thread, page: Page) => k.flushTlbPage(page),
  flushMm: (k: Thread, page: Page) => k.flushTlbMm(page.mm),
  clear: (k: Thread, page: Page) => locked(k, page, () => k.ptepGetAndClear(page)),
  clearAndFree: (k: Thread, page: Page) => k.freeFrame(locked(k, page, () => k.ptepGetAndClear(page)).frame),
  clearFlushFree: (k: Thread, page: Page) => {
    const old = locked(k, page, () => k.ptepGetAndClear(page));
    k.flushTlbPage(page);
    k.freeFrame(old.frame);
  },
  protect: (k: Thread, page: Page) => locked(k, page, () => k.changePteRange(page, "ro")),
  permit: (k: Thread, page: Page) => locked(k, page, () => k.changePteRange(page, "rw")),
  munmap: (k: Thread, page: Page) => k.munmap(page),
  mprotect: (k: Thread, page: Page) => k.mprotect(page, "ro"),
} as const;

function locked<Value>(k: Thread, page: Page, body: () => Value): Value {
  k.lock(page.ptl);
  const value = body();
  k.unlock(page.ptl);
  return value;
}

const operation: fc.Arbitrary<Operation> = fc.record({
  name: fc.oneof(
    fc.constantFrom("clearAndFree" as const, "clear" as const),
    fc.constantFrom(...(Object.keys(operations) as (keyof typeof operations)[])),
  ),
  page: fc.nat({ max: 1 }),
});

export const generated: fc.Arbitrary<Generated> = fc.record({
  arch: fc.constantFrom("arm64", "intel", "amd", "riscv"),
  details: fc.record(
    {
      order: fc.constantFrom("sc" as const, "sc" as const, "tso" as const),
      switchBarrier: fc.boolean(),
    },
    { requiredKeys: [] },
  ),
  tables: fc.constantFrom(false, false, true),
  spaces: fc.constantFrom(1, 1, 1, 2),
  permissions: fc.array(fc.constantFrom("rw" as const, "rw" as const, "rw" as const, "ro" as const, null), {
    minLength: 1,
    maxLength: 2,
  }),
  kernel: fc.array(operation, { minLength: 1, maxLength: 2 }),
  user: fc.array(fc.constantFrom("load" as const, "store" as const, "access" as const), {
    minLength: 1,
    maxLength: 1,
  }),
});

/** The scenario of what was generated. */
export function familyOf(each: Generated): Family {
  return scenario("generated", { about: "made at random", arch: [each.arch] }, (m) => {
    const mm = m.mm();
    const table = each.tables ? mm.table("table") : null;
    const pages = each.permissions.map((permission, i) => (table ?? mm).page(`page${i}`, { permission }));
    if (each.permissions.every((permission) => permission === null)) m.spareFrame("spare");
    m.details(each.details);
    m.thread("kernel", { cpu: 0 }, (k) => {
      for (const { name, page } of each.kernel) operations[name](k, pages[page % pages.length]!);
    });
    m.thread("user", { cpu: 1, mm }, (k) => {
      each.user.forEach((kind, i) => k[kind](pages[i % pages.length]!));
    });
    if (each.spaces === 2) {
      // Another task, which maps the same address to a page of its own.
      const other = m.mm("other");
      const frame = m.spareFrame("of other");
      const page = (each.tables ? other.table("table") : other).page("page0", { frame });
      m.thread("other", { cpu: 1, mm: other }, (k) => k.load(page));
    }
    m.check("use-after-free-page", "revoked-access", "incoherent-page");
  });
}
