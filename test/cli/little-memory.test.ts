/** A limit on the process's address space, as `ulimit -v` and batch systems set it. */
import { spawn } from "node:child_process";
import { describe, expect, test } from "vitest";
import { counterModel, finished, type Finished, mainFile, Workspace } from "./command.ts";

const workspace = new Workspace();
const file = workspace.write(
  "counter.ts",
  counterModel(`  m.rule("up", { guard: () => [n.lessThan(3)], body: () => n.set(n.plus(1)) });
  m.invariant("small", n.lessThan(3));`),
);

/** Runs `tlbcheck` with 2 GB of address space. */
function limited(words: readonly string[], options = ""): Promise<Finished> {
  const { NODE_OPTIONS: _, ...env } = process.env;
  const command = ["-c", 'ulimit -v 2000000 && exec "$0" "$@"', process.execPath, mainFile, ...words];
  return finished(
    spawn("sh", command, {
      cwd: workspace.folder,
      env: { ...env, ...(options ? { NODE_OPTIONS: options } : {}) },
    }),
  );
}

describe("under a limit on address space", { timeout: 60_000 }, () => {
  test("a search without memory is an error that says what to do", async () => {
    const { status, out, err } = await limited([file, "--json"]);
    expect(status).toBe(20);
    expect(err).toMatch(/^error TLB402: .*\n.*ulimit -v.*--engine interpret/);
    expect(err).not.toMatch(/Aborted|RangeError/);
    expect((JSON.parse(out) as { errors: object[] }).errors).toMatchObject([{ code: "TLB402" }]);
  });

  test.each([
    ["--engine interpret", ["--engine", "interpret"], ""],
    ["no guard regions", [], "--disable-wasm-trap-handler"],
  ])("what the error names gives the verdict: %s", async (_, words, nodeOptions) => {
    const { out } = await limited([file, "--threads", "1", ...words], nodeOptions);
    expect(out).toMatch(/VIOLATED {2}small/);
  });
});
