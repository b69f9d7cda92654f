/**
 * `docs/hardware.md` and the code say the same of where a rule is: each rule has one entry, an entry points at
 * code and tests that exist, and a choice that cites a rule is named in that rule's entry.
 */
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { arm64 } from "../../src/arch/rules/arm64.ts";
import type { Architecture } from "../../src/arch/architecture.ts";
import { riscv } from "../../src/arch/rules/riscv.ts";
import { amd, intel } from "../../src/arch/rules/x86.ts";
import { range, scenario } from "../../src/index.ts";
import { violated } from "../support/verdicts.ts";
import { entries, read } from "./hardware-rules.ts";
import { root } from "./snippets.ts";

const sections = { HW: 8, ARM: 18, X86: 13, AMD: 4, INTEL: 2, RV: 8, S390: 1, PPC: 1, IOMMU: 6 };

const architectures: readonly Architecture[] = [arm64, intel, amd, riscv];

/** Titles of the tests that replace a rule. */
const titles = readdirSync(join(root, "test/arch")).flatMap((file) =>
  [...read(`test/arch/${file}`).matchAll(/test(?:\.each\([^)]*\))?\(\s*"([^"]*)"/g)].map(
    ([, title]) => title!,
  ),
);

describe("docs/hardware.md", () => {
  test("has every rule once, in order", () => {
    const numbers = Object.entries(sections).flatMap(([section, last]) =>
      Array.from({ length: last }, (_, i) => `${section}-${i + 1}`),
    );
    expect([...entries.keys()]).toEqual(numbers);
  });

  test.each([...entries])("%s says where it is, or that it is nowhere", (_, text) => {
    expect(text).toMatch(/In `src\/|in `src\/|[Nn]ot modelled yet/);
  });

  test.each([...entries])("%s points at what exists", (_, text) => {
    const references = text.matchAll(/`(src\/[\w/.-]+)`((?: `\w+`(?:,| and| for \(\w\) and)?)*)/g);
    for (const [, path, words] of references) {
      expect(existsSync(join(root, path!)), path).toBe(true);
      const named = [...words!.matchAll(/`(\w+)`/g)].map(([, word]) => word!);
      expect(
        named.filter((word) => !read(path!).includes(word)),
        path,
      ).toEqual([]);
    }
    for (const [, number] of text.matchAll(/[Ww]eakened by the tests? ([A-Z\d]+-\d+)/g))
      expect(
        titles.filter((title) => title.split(":")[0]!.split(", ").includes(number!)),
        number,
      ).not.toEqual([]);
  });

  const cited = architectures.flatMap(({ name, rules }) =>
    Object.entries(rules).flatMap(([entry, { cites }]) =>
      (cites as readonly string[]).map((number) => [number, entry, name] as const),
    ),
  );
  test.each(cited)("%s is cited by the choice %s of %s, which its entry names", (number, entry) => {
    expect(entries.get(number)).toContain(`\`${entry}\``);
  });
});

test("HW-2: a walk in two steps may fill behind a fault, which a walk in one step cannot", async () => {
  const clearedAndNotFlushed = (walk: "atomic" | "stepwise") =>
    scenario("late-fill", { about: "a walk that outlives a fault", arch: ["arm64"] }, (m) => {
      const mm = m.mm();
      const page = mm.page("page0");
      m.spareFrame("new");
      m.details({ walk });
      m.thread("task", { cpu: 0, mm }, (k) => {
        const faulted = k.register("faulted", range(0, 1), 0);
        k.ptepGetAndClear(page);
        k.load(page, {
          onFault: (handler) => {
            handler.handleMmFault(page);
            handler.do("faulted", "data", () => faulted.set(1));
          },
        });
        k.if(faulted.is(1), () => k.load(page));
      });
      m.check("incoherent-page");
    });
  expect(await violated(clearedAndNotFlushed("atomic"))).toEqual([]);
  expect(await violated(clearedAndNotFlushed("stepwise"))).toEqual(["incoherent-page"]);
});
