/** What reading a page-table entry gives: whether it is present, its frame, whether it may be written, PROT_NONE. */
import { describe, expect, test } from "vitest";
import { and, type OldEntry, type Permission, scenario, type Term } from "../../src/index.ts";
import { modelOf, verdictsOf } from "../support/verdicts.ts";

const arch = ["arm64", "intel", "amd", "riscv"] as const;

/** Whether a thread that reads the entry can find what the condition says. */
async function finds(
  permission: Permission | null,
  condition: (entry: OldEntry) => Term,
  name: string,
): Promise<boolean> {
  const family = scenario("reads", { about: "an entry is read", arch }, (m) => {
    const mm = m.mm();
    const page = mm.page("page0", { permission });
    m.spareFrame("spare");
    m.thread("reads", { cpu: 0 }, (k) => {
      const entry = k.ptepGet(page);
      const found = condition(entry);
      k.do("look", "data", () => []);
      m.goal("found", (_, thread) => and(thread("reads").at("look"), found));
    });
  });
  const { unreached } = await verdictsOf(modelOf(family, undefined, undefined, name));
  return !unreached.includes("found");
}

describe.each(arch)("%s", (name) => {
  test.each([
    [null, { present: false, writable: false, protNone: false }],
    ["none", { present: true, writable: false, protNone: true }],
    ["ro", { present: true, writable: false, protNone: false }],
    ["rw", { present: true, writable: true, protNone: false }],
  ] as const)("an entry of permission %s", async (permission, expected) => {
    for (const [what, value] of Object.entries(expected))
      expect(
        await finds(permission, (entry) => entry[what as keyof typeof expected].is(value), name),
        what,
      ).toBe(true);
  });
});

test("what nobody asks for is in no state", async () => {
  const family = (asks: boolean) =>
    scenario("asks", { about: "an entry is read", arch }, (m) => {
      const page = m.mm().page("page0");
      m.thread("reads", { cpu: 0 }, (k) => {
        const entry = k.ptepGet(page);
        if (asks)
          k.do(
            "look",
            "data",
            () => [],
            () => [entry.writable],
          );
        else
          k.do(
            "look",
            "data",
            () => [],
            () => [entry.present],
          );
      });
    });
  const names = (asks: boolean) => modelOf(family(asks)).variables.map((variable) => variable.name);
  expect(names(true).filter((each) => !names(false).includes(each))).toEqual(["reads.page0.writable"]);
});
