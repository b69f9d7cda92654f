/**
 * What has no closed form is searched with enumerated hardware although closed hardware was asked for, finds what that
 * finds, and says why. What asks of hardware only whether something may be cached is not of that kind.
 */
import { expect, test } from "vitest";
import {
  assert,
  type Details,
  exists,
  type Family,
  literal,
  type Scenario,
  scenario,
} from "../../src/index.ts";
import type { Model } from "../../src/model/model.ts";
import { verdictsOf } from "../support/verdicts.ts";

const build = (family: Family, hardware: string, arch = "arm64"): Model =>
  family.build({ arch, variant: "default", parameters: { hardware } });

const family = (declare: (m: Scenario) => void): Family =>
  scenario("small", { about: "a small scenario", arch: ["arm64", "intel", "riscv"] }, declare);

/** Two address spaces that map one frame at one address, under one identifier, on one CPU. */
const sharing = (details: Details = {}): Family =>
  family((m) => {
    const a = m.mm("a");
    const b = m.mm("b", { asidOf: a });
    const frame = m.spareFrame("shared");
    const mine = a.page("page0", { frame });
    const same = b.page("page0", { frame });
    m.details(details);
    m.thread("first", { cpu: 0, mm: a }, (k) => k.load(mine));
    m.thread("second", { cpu: 0, mm: b }, (k) => k.load(same));
    m.check("shared-asid");
  });

/** A task that loads from a page, and a property of the scenario's own. */
const withOwn = (attach: Parameters<Scenario["check"]>[0]): Family =>
  family((m) => {
    const mm = m.mm();
    const page = mm.page("page0");
    m.thread("task", { cpu: 0, mm }, (k) => [k.load(page), k.load(page)]);
    m.check(attach);
  });

const filled = withOwn({
  name: "never filled twice",
  attach: ({ builder, machine }) => {
    builder.assertion("never filled twice");
    machine.tlb.onFill((cpu, entry) =>
      assert("never filled twice", machine.tlb.holds(cpu, entry).not(), "the entry was there"),
    );
  },
});

const cached = withOwn({
  name: "always cached",
  attach: ({ builder, machine: { tlb, domains } }) => {
    const { asid, frame } = domains;
    const there = exists(asid, (a) =>
      exists(frame, (f) =>
        tlb.holds(literal(domains.cpu, 0), { asid: a, page: "page0", frame: f, writable: true }),
      ),
    );
    builder.invariant("always cached", there);
  },
});

/** A task that faults for ever unless its page is mapped. */
const live = family((m) => {
  const mm = m.mm();
  const page = mm.page("page0");
  m.thread("task", { cpu: 0, mm }, (k) => k.load(page));
  m.check("endless-fault");
});

const ALL = ["arm64", "intel", "riscv"];
const cases = (
  [
    ["shared-asid", sharing(), "the model looks at fills", ["arm64", "riscv"]],
    ["shared-asid with CnP", sharing({ cnp: true }), "the model looks at fills", ["arm64"]],
    ["a property of fills", filled, "the model looks at fills", ALL],
    ["a property of what is cached", cached, "the model asks whether an entry is cached", ALL],
    ["a liveness property", live, "liveness is judged by steps", ALL],
  ] as const
).flatMap(([name, each, why, all]) => all.map((arch) => [`${name}, ${arch}`, each, why, arch] as const));

test.each(cases)("%s", async (_, each, why, arch) => {
  const [closed, enumerated] = [build(each, "closed", arch), build(each, "enumerated", arch)];
  expect(closed.assumptions).toContain(`hardware enumerated: ${why}`);
  expect(await verdictsOf(closed)).toEqual(await verdictsOf(enumerated));
});
