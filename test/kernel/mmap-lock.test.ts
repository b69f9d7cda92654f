/** `mmap_lock` and the locks of VMAs: who can be inside at once, and what is misuse. */
import { describe, expect, test } from "vitest";
import { and, type KernelCode, type Mm, type Page, scenario, type Thread } from "../../src/index.ts";
import { compiledEngine } from "../../src/explorer/wasm-engine.ts";
import { modelOf } from "../support/verdicts.ts";

const arch = ["arm64", "intel", "amd", "riscv"] as const;
const BOTH = "both inside";

type Section = (k: Thread, page: Page, inside: () => void) => void;

const inside: KernelCode = (k) => k.do("inside", "data", () => []);

const reads: Section = (k, { mm }, body) => {
  k.mmapReadLock(mm);
  body();
  k.mmapReadUnlock(mm);
};
const writes: Section = (k, { mm }, body) => {
  k.mmapWriteLock(mm);
  body();
  k.mmapWriteUnlock(mm);
};
/** A fault under the lock of its VMA; without it, it does nothing. */
const readsVma: Section = (k, page, body) =>
  k.if(k.vmaStartRead(page), () => {
    body();
    k.vmaEndRead(page);
  });
const writesVma: Section = (k, page, body) =>
  writes(k, page, () => {
    k.vmaStartWrite(page);
    body();
  });

async function explored(programs: readonly ((k: Thread, page: Page) => void)[], name: string) {
  const family = scenario("sections", { about: "two sections", arch }, (m) => {
    const page = m.mm().page("page0");
    programs.forEach((program, cpu) => m.thread(`t${cpu}`, { cpu }, (k) => program(k, page)));
    m.goal(BOTH, (_, thread) => and(...programs.map((__, cpu) => thread(`t${cpu}`).at("inside"))));
  });
  const { reached, violations } = await compiledEngine.search(modelOf(family, undefined, undefined, name), {
    exhaustive: true,
  });
  return { both: reached.includes(BOTH), violated: violations.map(({ property }) => property) };
}

describe.each(arch)("%s", (name) => {
  test.each([
    ["two readers", reads, reads, true],
    ["a reader and a writer", reads, writes, false],
    ["a reader of the VMA and a writer of mmap_lock alone", readsVma, writes, true],
    ["a reader of the VMA and a writer of the VMA", readsVma, writesVma, false],
    ["two readers of the VMA", readsVma, readsVma, true],
  ] as const)("%s", async (_, first, second, expected) => {
    const program = (section: Section) => (k: Thread, page: Page) => section(k, page, () => inside(k));
    expect(await explored([program(first), program(second)], name)).toEqual({ both: expected, violated: [] });
  });
});

describe("misuse", () => {
  const misused = async (program: (k: Thread, page: Page, mm: Mm) => void) =>
    (await explored([(k, page) => program(k, page, page.mm)], "arm64")).violated;

  test.each([
    ["a VMA is locked for writing without mmap_lock", (k: Thread, page: Page) => k.vmaStartWrite(page)],
    [
      "a VMA is locked for writing under mmap_lock held for reading",
      (k: Thread, page: Page) => reads(k, page, () => k.vmaStartWrite(page)),
    ],
    [
      "an unlock for writing of what is held for reading",
      (k: Thread, _: Page, mm: Mm) => {
        k.mmapReadLock(mm);
        k.mmapWriteUnlock(mm);
      },
    ],
    ["mmap_lock is held where the thread ends", (k: Thread, _: Page, mm: Mm) => k.mmapReadLock(mm)],
    ["the lock of a VMA that nobody took is dropped", (k: Thread, page: Page) => k.vmaEndRead(page)],
  ])("%s", async (_, program) => {
    expect(await misused(program)).toContain("lockdep");
  });
});
