/** What of a program is left out together, and under which name. */
import { readdirSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { scenario } from "../../src/index.ts";
import { configurations, type Family } from "../../src/model/family.ts";
import { changes, weakenAll } from "../../src/necessity/weaken.ts";
import { type Weakening, weakeningsOf } from "../../src/necessity/weakenings.ts";

const folder = new URL("../../models/", import.meta.url);

const small = scenario("small", { about: "a lock, a flush and a barrier", arch: ["arm64"] }, (m) => {
  const mm = m.mm("mm");
  const page = mm.page("page");
  const lock = m.spinlock("lock");
  m.thread("a", { cpu: 0, mm }, (k) => {
    k.lock(lock);
    k.ptepGetAndClear(page);
    k.unlock(lock);
    k.flushTlbPage(page);
    k.lock(lock);
    k.unlock(lock);
    k.barrier("dsb(ish)", ["dsb(ishst)"]);
  });
});

function weakeningsIn(family: Family): Weakening[] {
  return weakeningsOf(family.build(configurations(family, { arch: "arm64" })[0]!));
}

describe("what is left out together", () => {
  const found = weakeningsIn(small);
  const named = (what: string) => found.filter((each) => each.what === what);

  test("a lock goes with its unlock, and each critical section by itself", () => {
    const sections = named("spin_lock(lock)");
    expect(sections.map(({ choices }) => choices.map(({ rule }) => rule.replace(/\d+ /, "")))).toEqual([
      ["a: spin_lock(lock)", "a: spin_unlock(lock)"],
      ["a: spin_lock(lock)", "a: spin_unlock(lock)"],
    ]);
    expect(sections.map(({ key }) => key)).toEqual(["a: spin_lock(lock)", "a: spin_lock(lock) #2"]);
    expect(named("spin_unlock(lock)")).toEqual([]);
  });

  test("a call goes as a whole, before each of its steps by itself", () => {
    const call = found.findIndex(({ kind, what }) => kind === "call" && what === "flush_tlb_page(page)");
    expect(found[call]!.choices.map(({ rule }) => rule.replace(/^a: \d+ /, ""))).toEqual([
      "dsb(ishst)",
      "TLBI VALE1IS page",
      "dsb(ish)",
    ]);
    const steps = found.filter((each) => each.call === "flush_tlb_page(page)");
    expect(steps.map(({ what, form }) => [what, form])).toEqual([
      ["dsb(ishst)", null],
      ["TLBI VALE1IS page", null],
      ["TLBI VALE1IS page", "local"],
      ["dsb(ish)", null],
      ["dsb(ish)", "dsb(ishst)"],
      ["dsb(ish)", "dsb(nsh)"],
    ]);
    expect(found.indexOf(steps[0]!)).toBe(call + 1);
  });

  test("weaker forms are those that the step has", () => {
    const last = found.filter(({ what, call }) => what === "dsb(ish)" && call === null);
    expect(last.map(({ form }) => form)).toEqual([null, "dsb(ishst)"]);
  });

  test("reads and plain stores are never left out", () => {
    expect(found.filter(({ what }) => what.startsWith("ptep_get"))).toEqual([]);
  });
});

test("a step without effect is seen as such", () => {
  const model = small.build(configurations(small, { arch: "arm64" })[0]!);
  const [step] = model.rules.filter(({ name }) => name.includes("dsb(ish)"));
  const idle = { ...step!, guard: step!.weaker[0]!.guard, body: step!.weaker[0]!.body };
  const without = { ...model, rules: model.rules.map((rule) => (rule === step ? idle : rule)) };
  const choice = { rule: step!.name, form: "omitted" };
  expect([changes(model, choice), changes(without, choice)]).toEqual([true, false]);
});

describe("the models that come with tlbcheck", async () => {
  for (const file of readdirSync(folder).filter((name) => name.endsWith(".ts"))) {
    const { default: family } = (await import(new URL(file, folder).href)) as { default: Family };
    test(`${file}: every weakening has a name of its own, and applies`, () => {
      const [first] = family.spec.arch ?? [];
      for (const configuration of configurations(family, { arch: first })) {
        const model = family.build(configuration);
        const found = weakeningsOf(model);
        expect(new Set(found.map(({ key }) => key)).size).toBe(found.length);
        for (const { choices } of found)
          expect(weakenAll(model, choices).rules.length).toBe(model.rules.length);
      }
    });
  }
});
