/** A row says what has happened, and nothing that has not. */
import { describe, expect, test } from "vitest";
import { foldedRows } from "../../src/report/rows.ts";
import type { TraceStep } from "../../src/trace/trace.ts";
import { step } from "./traces.ts";

/** A step of an event on a CPU; `text` of the event is told in the state before the step. */
function part(cpu: number, id: string, event: string, text: string, goesOn: boolean): TraceStep {
  return { ...step(cpu, text), event: { id, text: event, goesOn } };
}

const enter = (cpu: number, name: string): TraceStep => ({ ...step(cpu, `enter ${name}`), prelude: true });
const texts = (...steps: TraceStep[]): string[] => foldedRows(steps).map(({ text }) => text);

describe("a call that has only been entered", () => {
  test("has the row of its entry, and not that of its first event", () => {
    expect(texts(step(0, "spin_lock(s)"), enter(1, "madvise(page0)"))).toEqual([
      "spin_lock(s)",
      "enter madvise(page0)",
    ]);
  });

  test("with its lock", () => {
    const lock = { ...step(0, "mmap_write_lock(mm)"), prelude: true as const };
    expect(texts(enter(0, "munmap(page0)"), lock)).toEqual(["enter munmap(page0), mmap_write_lock(mm)"]);
  });

  test("has one row with its first event if nothing comes between", () => {
    const first = part(0, "e", "madvise(page0): spin_lock(ptl)", "spin_lock(ptl)", false);
    expect(texts(enter(0, "madvise(page0)"), first)).toEqual(["madvise(page0): spin_lock(ptl)"]);
    expect(texts(enter(0, "madvise(page0)"), step(1, "load"), first)).toEqual([
      "enter madvise(page0)",
      "load",
      "madvise(page0): spin_lock(ptl)",
    ]);
  });
});

describe("an event", () => {
  const clear = part(0, "e", "change_pte_range(page0): made read-only", "ptep_get_and_clear", true);
  const write = part(0, "e", "change_pte_range(page0): not present, no flush", "set_pte_at(RO)", false);

  test("that the end of the trace cuts off says how far it got", () => {
    expect(texts(clear)).toEqual(["change_pte_range(page0): made read-only: ptep_get_and_clear …"]);
    expect(texts(clear, write)).toEqual(["change_pte_range(page0): made read-only"]);
  });

  test("that is interrupted is not told anew after its own change", () => {
    expect(texts(clear, step(1, "load"), write)).toEqual([
      "change_pte_range(page0): made read-only: ptep_get_and_clear …",
      "load",
      "… change_pte_range(page0): made read-only: set_pte_at(RO)",
    ]);
  });

  test("and is another one where it had come to its end", () => {
    const first = part(0, "loop", "cond_resched(): first", "a", false);
    const second = part(0, "loop", "cond_resched(): second", "b", false);
    expect(texts(first, step(1, "load"), second).at(-1)).toContain("second");
  });
});

test("what must be said of a step is said once in its row", () => {
  const stores = ["a", "b"].map((text) => ({
    ...part(0, "e", "set_pte_at(page0)", text, text === "a"),
    remark: "into the store buffer",
  }));
  expect(texts(...stores)).toEqual(["set_pte_at(page0) [into the store buffer]"]);
  expect(
    texts({ ...step(0, "WRITE_ONCE(x, 1)"), remark: "into the store buffer" }, step(1, "READ_ONCE(x)")),
  ).toEqual(["WRITE_ONCE(x, 1) [into the store buffer]", "READ_ONCE(x)"]);
});
