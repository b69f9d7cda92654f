/** `oops`: kernel code takes a page fault that nobody handles. */
import { describe, expect, test } from "vitest";
import { type Permission, scenario, type Thread } from "../../src/index.ts";
import { modelOf, verdictsOf, violated } from "../support/verdicts.ts";

const arch = ["arm64", "intel", "amd", "riscv"] as const;

function touches(permission: Permission | null, how: "kernelLoad" | "kernelStore", handled: boolean) {
  return scenario("touches", { about: "the kernel touches a page", arch }, (m) => {
    const area = m.mm("kernel", { global: true }).page("area", { permission });
    m.spareFrame("spare");
    m.thread("kernel", { cpu: 0, mm: area.mm }, (k) => {
      if (handled) k[how](area, { onFault: (t) => t.do("fixed up", "data", () => []) });
      else k[how](area);
      k.do("goes on", "data", () => []);
      m.goal("it goes on", (_, thread) => thread("kernel").at("goes on"));
    });
    m.check("oops");
  });
}

describe.each(arch)("%s", (name) => {
  test.each([
    [null, "kernelLoad", true],
    ["ro", "kernelStore", true],
    ["ro", "kernelLoad", false],
    ["rw", "kernelStore", false],
  ] as const)("an area that is %s, touched by %s", async (permission, how, isOops) => {
    const verdicts = await verdictsOf(modelOf(touches(permission, how, false), undefined, undefined, name));
    expect(Object.keys(verdicts.violated)).toEqual(isOops ? ["oops"] : []);
    expect(verdicts.unreached).toEqual(isOops ? ["it goes on"] : []);
  });

  test("a fault that is handled is none", async () => {
    expect(await violated(touches(null, "kernelLoad", true), undefined, undefined, name)).toEqual([]);
  });
});

test("an access of user code that faults is a signal, and no oops", async () => {
  const family = scenario("user", { about: "a user touches nothing", arch }, (m) => {
    const page = m.mm().page("page0", { permission: null });
    m.spareFrame("spare");
    m.thread("task", { cpu: 0, mm: page.mm }, (k: Thread) => k.load(page));
    m.check("oops");
  });
  expect(await violated(family)).toEqual([]);
});
