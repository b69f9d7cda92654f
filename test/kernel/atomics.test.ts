/**
 * Atomics on variables of a scenario's own. What is reachable follows from atomicity: between the load and the store of
 * an atomic no other CPU stores. Of a full one, `Documentation/atomic_t.txt` says that it orders what is before it and
 * what is behind it; a relaxed one that the architecture makes a plain queued store does not.
 */
import { describe, expect, test } from "vitest";
import {
  and,
  type Family,
  type KernelCode,
  type Place,
  range,
  scenario,
  type System,
  type Thread,
} from "../../src/index.ts";
import { verdictsOf } from "../support/verdicts.ts";

const count = (system: System) => system.sharedVariable("count", range(0, 4), 0);

/** Threads, each on a CPU of its own, and how the goals named come out: true if reached. */
async function reached(
  programs: readonly KernelCode[],
  goals: Readonly<
    Record<string, (system: System, thread: (name: string) => Thread) => ReturnType<typeof and>>
  >,
  { arch = "arm64", order = "sc" } = {},
): Promise<Record<string, boolean>> {
  const family: Family = scenario(
    "atomics",
    { about: "threads that count", arch: ["arm64", "intel"] },
    (m) => {
      m.mm().page("page0", { permission: null });
      m.spareFrame("frame");
      programs.forEach((program, cpu) => m.thread(`t${cpu}`, { cpu }, program));
      for (const [name, condition] of Object.entries(goals))
        m.goal(name, (system, thread) =>
          and(
            ...programs.map((_, cpu) => thread(`t${cpu}`).ended()),
            ...system.machine.cpus().map((cpu) => system.machine.storesDrained(cpu)),
            condition(system, thread),
          ),
        );
    },
  );
  const { unreached, violated } = await verdictsOf(
    family.build({ arch, variant: "default", parameters: { order } }),
  );
  expect(violated).toEqual({});
  return Object.fromEntries(Object.keys(goals).map((name) => [name, !unreached.includes(name)]));
}

const total = (system: System) => count(system).memory.fields.value;

describe.each([
  { arch: "arm64", order: "sc" },
  { arch: "arm64", order: "tso" },
  { arch: "intel", order: "sc" },
  { arch: "intel", order: "tso" },
])("on $arch with memory order $order", (how) => {
  test("two threads that add lose nothing, by an atomic without and by one with a result", async () => {
    const add: KernelCode = (k) => k.atomicAdd(count(k.system), 2);
    const addReturn: KernelCode = (k) => void k.atomicAddReturn(count(k.system), 2);
    for (const programs of [
      [add, add],
      [add, addReturn],
      [addReturn, addReturn],
    ])
      expect(
        await reached(programs, { four: (s) => total(s).is(4), less: (s) => total(s).isNot(4) }, how),
      ).toEqual({ four: true, less: false });
  });

  test("a load and a store in the place of the atomic do lose one", async () => {
    const torn: KernelCode = (k) => {
      const old = k.readOnce(count(k.system));
      k.writeOnce(count(k.system), old.plus(2));
    };
    expect(await reached([torn, torn], { lost: (s) => total(s).is(2) }, how)).toEqual({ lost: true });
  });

  test("what it gives is the new value, and no two get the same", async () => {
    const results: Place[] = [];
    const program: KernelCode = (k) => void results.push(k.atomicAddReturn(count(k.system), 1));
    expect(
      await reached(
        [program, program],
        {
          "one, then two": () => and(results[0]!.is(1), results[1]!.is(2)),
          "two, then one": () => and(results[0]!.is(2), results[1]!.is(1)),
          other: () => results[0]!.plus(results[1]!).isNot(3),
        },
        how,
      ),
    ).toEqual({ "one, then two": true, "two, then one": true, other: false });
  });
});

/** Each counts, then looks at what the other counts. */
const dekker = (order: "relaxed" | "full") => {
  const seen: Place[] = [];
  const cell = (k: Thread, cpu: number) => k.system.sharedVariable(`of t${cpu}`, range(0, 1), 0);
  const programs = [0, 1].map((cpu): KernelCode => (k) => {
    if (order === "relaxed") k.atomicAdd(cell(k, cpu), 1);
    else k.atomicAddReturn(cell(k, cpu), 1);
    seen.push(k.readOnce(cell(k, 1 - cpu)));
  });
  const goals = { "neither sees the other": () => and(seen[0]!.is(0), seen[1]!.is(0)) };
  return { programs, goals };
};

test.each([
  { arch: "arm64", kind: "relaxed", reachable: true },
  { arch: "arm64", kind: "full", reachable: false },
  { arch: "intel", kind: "relaxed", reachable: false },
  { arch: "intel", kind: "full", reachable: false },
] as const)("a $kind atomic on $arch, then a load: both old is reachable: $reachable", async (row) => {
  const { programs, goals } = dekker(row.kind);
  expect(await reached(programs, goals, { arch: row.arch, order: "tso" })).toEqual({
    "neither sees the other": row.reachable,
  });
});

test("rows of a trace name them as the kernel does", () => {
  const labels: string[] = [];
  const family = scenario("named", { about: "labels", arch: ["arm64"] }, (m) => {
    m.mm().page("page0");
    m.thread("t0", { cpu: 0 }, (k) => {
      const cell = count(k.system);
      for (const word of [
        () => k.atomicAdd(cell, 1),
        () => k.atomicAdd(cell, 2),
        () => k.atomicAdd(cell, -1),
        () => void k.atomicAddReturn(cell, -1),
      ])
        labels.push(...k.draft(word).flatMap((op) => (op.kind === "step" ? [op.options.label] : [])));
    });
  });
  family.build({ arch: "arm64", variant: "default", parameters: {} });
  expect(labels).toEqual([
    "atomic_inc(count)",
    "atomic_add(2, count)",
    "atomic_dec(count)",
    "atomic_dec_return(count)",
  ]);
});

test("what is added is a whole number other than 0, known while the model is built", () => {
  for (const by of [0, 0.5, "1" as never])
    expect(() =>
      scenario("refused", { about: "a slip", arch: ["arm64"] }, (m) => {
        m.mm().page("page0");
        m.thread("t0", { cpu: 0 }, (k) => k.atomicAdd(count(k.system), by));
      }).build({ arch: "arm64", variant: "default", parameters: {} }),
    ).toThrow(/by has to be a whole number other than 0/);
});
