/**
 * `tlbcheck necessity` from the command line. What is needed in 000-A4 is known from its threads: the flush of the
 * address space is the fix of 4b634918384c, the flag and the hand-over of the page-table lock are what it rests on.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { tlbcheck, Workspace } from "./command.ts";

const workspace = new Workspace();
const model = join(import.meta.dirname, "..", "..", "models", "reclaim-mprotect.ts");
const fixed = [model, "--variant", "000-A4", "--arch", "arm64", "--set", "hardware=closed"];

interface Saved {
  readonly configurations: readonly {
    readonly steps: readonly {
      readonly number: number;
      readonly what: string;
      readonly thread: string;
      readonly text: string;
    }[];
  }[];
  needs: { verdict: string; key: string }[];
}

describe("a fixed variant", () => {
  test("the table, and what it is compared with", async () => {
    const file = join(workspace.folder, "needed.json");
    const saving = await tlbcheck(["necessity", ...fixed, "--format", "json", "-o", file]);
    expect(saving.status).toBe(0);
    const saved = JSON.parse(readFileSync(file, "utf8")) as Saved;
    const steps = saved.configurations[0]!.steps;
    const textOf = (thread: string, what: string): string =>
      steps.find((step) => step.thread === thread && step.what.startsWith(what))!.text;
    expect(textOf("task", "flush_tlb_batched_pending")).toMatch(/^needed: revoked-access, \d+ steps$/);
    expect(textOf("kswapd", "spin_lock")).toMatch(/^needed: revoked-access/);
    expect(textOf("task", "spin_lock")).toMatch(/^needed: revoked-access/);
    expect(textOf("kswapd", "atomic_inc")).toMatch(/^needed: revoked-access/);
    expect(textOf("kswapd", "dsb(ish)")).toMatch(/^needed: use-after-free-page/);
    // A store of the own CPU that is still buffered is what the DSB in front of a TLBI waits for: with sc there is none.
    expect(textOf("kswapd", "dsb(ishst)")).toMatch(/^needed with --order tso only: use-after-free-page/);
    expect(textOf("task", "mmap_write_lock")).toBe("redundant here");

    saved.needs = saved.needs.map((need) =>
      need.key === "task: mmap_write_lock(mm)" ? { ...need, verdict: "needed: deadlock" } : need,
    );
    writeFileSync(file, JSON.stringify(saved));
    const other = await tlbcheck(["necessity", ...fixed, "--order", "sc", "--expect", file]);
    expect(other.status).toBe(1);
    expect(other.out).toContain(
      "flush-mm on arm64: task: mmap_write_lock(mm): redundant here (was: needed: deadlock)",
    );
    expect(other.out).toContain("kswapd: dsb(ishst): redundant here (was: needed with --order tso only");
    expect(other.out).not.toContain("task: spin_lock");
  }, 180_000);

  test("the trace of a row", async () => {
    const { status, out } = await tlbcheck(["necessity", ...fixed, "--order", "sc", "--trace", "1"]);
    expect(status).toBe(0);
    expect(out).toMatch(/^row 1, kswapd without spin_lock\(mm\.ptl\) \(line \d+\): needed: revoked-access/);
    expect(out).toContain("VIOLATED  revoked-access");
    expect(out).toContain("--trace 1");
  });
});

describe("wrong use", () => {
  test("a row that does not exist, and several configurations for one row", async () => {
    const row = await tlbcheck(["necessity", ...fixed, "--order", "sc", "--trace", "1000"]);
    expect([row.status, row.err]).toEqual([64, expect.stringContaining("TLB306: the table has no row 1000")]);
    const many = await tlbcheck(["necessity", model, "--trace", "1"]);
    expect([many.status, many.err]).toEqual([64, expect.stringContaining("--trace takes one configuration")]);
    const both = await tlbcheck(["necessity", ...fixed, "--trace", "1", "--json"]);
    expect([both.status, both.err]).toEqual([
      64,
      expect.stringContaining("--trace prints one trace as text"),
    ]);
  });

  test("a file to compare with that is no table", async () => {
    const file = workspace.write("no table.json", '{ "needs": [{ "arch": 1 }] }');
    const { status, err } = await tlbcheck(["necessity", ...fixed, "--expect", file], {
      cwd: workspace.folder,
    });
    expect([status, err]).toEqual([65, expect.stringContaining("TLB309")]);
  });

  test("a selection in which nothing holds", async () => {
    const words = [model, "--variant", "no-drain", "--arch", "arm64", "--property", "revoked-access"];
    const { status, err } = await tlbcheck(["necessity", ...words, "--set", "hardware=closed"]);
    expect([status, err]).toEqual([65, expect.stringContaining("TLB315")]);
  });
});
