import { describe, expect, test } from "vitest";
import { diagram } from "../../src/report/diagram.ts";
import { plainStyle } from "../../src/report/style.ts";
import type { Trace } from "../../src/trace/trace.ts";
import { PLACES, step, trace } from "./traces.ts";

function drawn(told: Trace, { width = 100, full = false } = {}): string {
  return diagram(told, { width, full, style: plainStyle }).join("\n");
}

describe("rows", () => {
  test("steps of one event are one row; a step without an event is a row of its own", () => {
    const told = trace([
      step(1, "[walk] fills page0 RW"),
      step(0, "lock", "try_to_unmap_one()"),
      step(0, "clear", "try_to_unmap_one()"),
      step(1, "store page0"),
    ]);
    expect(drawn(told)).toBe(`\
  CPU0 kswapd              CPU1 task
  -----------              ---------
                           [walk] fills page0 RW
  try_to_unmap_one()
                           store page0
                           ^^^^^^^^^^^`);
  });

  test("with full, every transition is a row", () => {
    const told = trace([
      step(0, "lock", "unmap()"),
      step(0, "clear", "unmap()"),
      step(0, "unlock", "unmap()"),
    ]);
    expect(drawn(told, { full: true }).split("\n").slice(2)).toEqual([
      "  lock",
      "  clear",
      "  unlock",
      "  ^^^^^^",
    ]);
  });

  test("an event that others interrupt tells how far it got", () => {
    const told = trace([
      step(0, "lock", "unmap()"),
      step(0, "clear", "unmap()"),
      step(1, "load"),
      step(0, "unlock", "unmap()"),
      step(1, "store"),
    ]);
    expect(drawn(told)).toBe(`\
  CPU0 kswapd              CPU1 task
  -----------              ---------
  unmap(): clear …
                           load
  … unmap(): unlock
                           store
                           ^^^^^`);
  });

  test("two events with the same words are two rows", () => {
    const first = step(0, "a", "flush()");
    const second = { ...step(0, "b", "flush()"), event: { id: "second", text: "flush()" } };
    expect(
      drawn(trace([first, second]))
        .split("\n")
        .slice(2),
    ).toEqual(["  flush()", "  flush()", "  ^^^^^^^"]);
  });

  test("one event of two actors is a row each", () => {
    const told = trace([step(0, "a", "ipi"), step(0, "b", "ipi", "other")]);
    expect(drawn(told).split("\n").slice(2)).toEqual(["  ipi", "  ipi", "  ^^^"]);
  });
});

describe("columns", () => {
  const long = "arch_tlbbatch_add_pending(page0): dsb(ishst), TLBI VALE1IS page0, not yet applied on CPU1";

  test("three fit into 100 characters, with long texts wrapped in their column", () => {
    const told = trace([step(0, long), step(1, long), step(2, long)]);
    const lines = drawn(told).split("\n");
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(100);
    expect(lines[0]).toBe("  CPU0 kswapd                      CPU1 task                         CPU2 writer");
    expect(lines).toContain("  arch_tlbbatch_add_pending(");
    expect(lines.some((line) => /^ {69}arch_tlbbatch_add_pending\($/.test(line))).toBe(true);
    expect(lines.at(-1)?.trim()).toMatch(/^\^+$/);
  });

  test("a column takes what it needs, and leaves the rest to the others", () => {
    const lines = drawn(trace([step(0, "lock"), step(1, `${"x".repeat(20)} ${"y".repeat(40)}`)])).split("\n");
    expect(lines[3]).toBe(`${" ".repeat(27)}${"x".repeat(20)} ${"y".repeat(40)}`);
  });

  test("where they would be too narrow, rows are listed with their place in front", () => {
    expect(drawn(trace([step(0, "lock"), step(1, "load"), step(2, "store")]), { width: 60 })).toBe(`\
  CPU0 kswapd  lock
  CPU1 task    load
  CPU2 writer  store
               ^^^^^`);
  });

  test("a place at which nothing happens has no column", () => {
    expect(drawn(trace([step(1, "store")]))).toBe("  CPU1 task\n  ---------\n  store\n  ^^^^^");
  });

  test("what happens nowhere has a column, under its actor's name if there is one", () => {
    const one = drawn(trace([step(0, "free"), step(null, "reuse", undefined, "allocator")]));
    expect(one.split("\n")[0]).toBe("  CPU0 kswapd              allocator");
    const two = drawn(
      trace([
        step(0, "free"),
        step(null, "reuse", undefined, "allocator"),
        step(null, "dma", undefined, "device"),
      ]),
    );
    expect(two).toContain("  CPU0 kswapd              elsewhere\n");
    expect(two).toContain("                           device: dma\n");
  });

  test("a model without places has a column for each actor", () => {
    const told = trace([step(null, "take", undefined, "left"), step(null, "take", undefined, "right")], {
      places: [],
    });
    expect(drawn(told)).toBe(`\
  left                     right
  ----                     -----
  take
                           take
                           ^^^^`);
  });
});

describe("the end", () => {
  test("a deadlock underlines nothing: nothing happens in it", () => {
    const end = { kind: "violation", property: "deadlock", of: "deadlock" } as const;
    expect(drawn(trace([step(0, "lock")], { end }))).not.toContain("^");
  });

  test("a violation in an initial state has no rows, and says so", () => {
    const told = trace([], { initial: [{ cell: "n", value: "3" }], places: PLACES });
    expect(drawn(told)).toBe("  initially n = 3\n\n  (in the initial state, before any step)");
  });

  test("every line of a wrapped violating row is covered by the underline", () => {
    const lines = drawn(trace([step(0, "a ".repeat(70).trim())]), { width: 60 }).split("\n");
    const text = lines.slice(2, -1);
    expect(text.length).toBeGreaterThan(1);
    expect(lines.at(-1)?.length).toBe(Math.max(...text.map((line) => line.length)));
  });
});

describe("a lasso", () => {
  const end = { kind: "violation", property: "p", of: "liveness" } as const;

  test("has a line where the cycle begins, and no violating step", () => {
    const stem = [step(0, "lock", "unmap()")];
    const cycle = [step(0, "unlock", "unmap()"), step(1, "fault"), step(1, "retry")];
    const told = trace(stem, { end, cycle: { steps: cycle, fairness: "" } });
    expect(drawn(told)).toBe(`\
  CPU0 kswapd              CPU1 task
  -----------              ---------
  unmap()
  --- from here on, again and again ---
  unmap()
                           fault
                           retry`);
  });

  test("is marked in a narrow list, too", () => {
    const told = trace([step(0, "lock")], { end, cycle: { steps: [step(1, "fault")], fairness: "" } });
    expect(drawn(told, { width: 40 })).toContain("--- from here on, again and again ---\n  CPU1 task");
  });

  test("without a cycle stays where it is", () => {
    const nothing = { end, cycle: { steps: [], fairness: "" } };
    expect(
      drawn(trace([step(0, "lock")], nothing))
        .split("\n")
        .at(-1),
    ).toBe("  --- it stays like this for ever ---");
    expect(drawn(trace([], nothing))).toBe(`\
  (in the initial state, before any step)
  --- it stays like this for ever ---`);
  });
});
