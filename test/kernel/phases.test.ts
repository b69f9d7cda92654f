/**
 * Terms that depend on all that programs execute. Before everything is written they would leave out the rest, which is
 * why they cannot be had there.
 */
import { basename } from "node:path";
import { describe, expect, test } from "vitest";
import {
  type Page,
  type Scenario,
  scenario,
  type System,
  type SystemProperty,
  type Thread,
} from "../../src/index.ts";
import { diagnosticOf } from "../diagnostics.ts";
import { modelOf, violated } from "../support/verdicts.ts";

interface Parts {
  readonly program?: (k: Thread, page: Page) => void;
  readonly declare?: (m: Scenario, page: Page) => void;
}

/** A page is unmapped and flushed by one thread, and read by another. */
function unmaps({ program = () => undefined, declare = () => undefined }: Parts) {
  return scenario("phases", { about: "unmap and flush", arch: ["arm64"] }, (m) => {
    const mm = m.mm();
    const page = mm.page("page0");
    declare(m, page);
    m.thread("unmaps", { cpu: 0 }, (k) => {
      program(k, page);
      k.lock(page.ptl);
      k.ptepGetAndClear(page);
      k.flushTlbPage(page);
      k.unlock(page.ptl);
    });
    m.thread("reads", { cpu: 1, mm }, (k) => k.load(page));
  });
}

function refused(parts: Parts): string {
  const { code, source, message } = diagnosticOf(() => modelOf(unmaps(parts)));
  return `${code} ${basename(source?.file ?? "nowhere")} ${message}`;
}

const early: readonly [string, (system: System, k: Thread | null) => unknown][] = [
  ["stores that are drained", ({ machine }) => machine.storesDrained(machine.cpu(0))],
  [
    "invalidations that are complete",
    ({ machine }) => machine.invalidation.complete(machine.cpu(0), "broadcast"),
  ],
  ["what a barrier waits for", ({ machine }) => machine.barrier(machine.cpu(0), "dsb(ish)")],
  ["when an exception completes", ({ machine }) => machine.mayComplete(machine.cpu(0), "exception")],
  ["what may follow", ({ machine }) => machine.mayFollow(machine.cpu(0), "load")],
  ["what a CPU sees of an entry", (system) => system.cells.hasRoom(system.machine.cpu(0), 1)],
  ["interrupts that are on", ({ machine }) => machine.interrupts.on(machine.cpu(0))],
  ["locks that are held", ({ locks }) => locks.holdsNone("unmaps")],
  ["a CPU without routines", ({ routines, machine }) => routines.idle(machine.cpu(0))],
  ["a section of RCU", ({ rcu }) => rcu.isReading("unmaps")],
];

describe("is refused with its line", () => {
  const TOO_EARLY = /^TLB208 phases\.test\.ts .* is asked for too early/;

  test.each(early)("in a program: %s", (_, ask) => {
    expect(refused({ program: (k) => k.if(ask(k.system, k) as never, () => undefined) })).toMatch(TOO_EARLY);
  });

  test.each(early)("in a property: %s", (_, ask) => {
    const own: SystemProperty = {
      name: "own",
      attach: (system) => system.builder.invariant("own", ask(system, null) as never),
    };
    expect(refused({ declare: (m) => m.check(own) })).toMatch(TOO_EARLY);
  });

  test("in a program: where its own thread stands, whose steps are not written yet", () => {
    expect(refused({ program: (k) => k.while(k.at("spin_lock(mm.ptl)"), () => undefined) })).toMatch(
      TOO_EARLY,
    );
    expect(refused({ program: (k) => k.if(k.ended(), () => undefined) })).toMatch(TOO_EARLY);
  });
});

describe("is had", () => {
  test("in a property that waits for the programs, and means all of them", async () => {
    const never: SystemProperty = {
      name: "never-pending",
      attach: (system) =>
        system.whenWritten(() => {
          const { machine, builder } = system;
          builder.invariant("never-pending", machine.invalidation.complete(machine.cpu(0), "broadcast"));
        }),
    };
    expect(await violated(unmaps({ declare: (m) => m.check(never) }))).toEqual(["never-pending"]);
  });

  test.each(early)("in the guard of a step and the condition of a goal: %s", (_, ask) => {
    const parts: Parts = {
      program: (k) =>
        k.do(
          "waits",
          "wait",
          () => [],
          () => [ask(k.system, k) as never],
        ),
      declare: (m) => m.goal("goal", (system) => ask(system, null) as never),
    };
    expect(() => modelOf(unmaps(parts))).not.toThrow();
  });
});
