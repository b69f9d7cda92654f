/** How a run ends that somebody else ends: signals, and a reader that goes away. */
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { counterModel, signalled, tlbcheck, Workspace } from "./command.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const main = process.env["TLBCHECK_MAIN"] ?? `${root}/dist/cli/main.js`;
const workspace = new Workspace();
workspace.write(
  "endless.ts",
  counterModel(`  const cells = m.array("cell", [range(0, 40)], range(0, 9), 0);
  m.rule("step", {
    parameters: { i: range(0, 40) },
    guard: ({ i }) => [cells.at(i).lessThan(9)],
    body: ({ i }) => cells.at(i).increase(),
  });
  m.invariant("small", n.lessThan(3));`),
);

describe("a signal ends the search with what it has", () => {
  test.each([
    ["SIGINT", 130],
    ["SIGTERM", 143],
    ["SIGHUP", 129],
  ] as const)("%s, with status %i", async (signal, status) => {
    const run = await signalled(workspace.folder, ["endless.ts", "--json"], signal);
    expect({ status: run.status, err: run.err }).toEqual({ status, err: "" });
    const { results, interrupted } = JSON.parse(run.out) as {
      results: { stopped: string }[];
      interrupted: boolean;
    };
    expect([results.map(({ stopped }) => stopped), interrupted]).toEqual([["interrupted"], true]);
  });
});

describe("a reader that went away", () => {
  test.each([
    [""],
    ["--format commit"],
    ["--json"],
    ["--full --color"],
    ["--variant no-turn"],
    ["--emit wat --variant fixed"],
  ])("is status 141, with %j", (words) => {
    const script = `"$0" "$1" models/peterson.ts ${words} | true; exit "\${PIPESTATUS[0]}"`;
    const { status, stderr } = spawnSync("bash", ["-c", script, process.execPath, main], {
      cwd: root,
      encoding: "utf8",
    });
    expect({ status, stderr }).toEqual({ status: 141, stderr: "" });
  });

  test.each([
    ["list"],
    ["--help"],
    ["litmus litmus/"],
    ["export models/peterson.ts --variant fixed --to promela"],
  ])("also of %s", (words) => {
    const script = `"$0" "$1" ${words} | true; exit "\${PIPESTATUS[0]}"`;
    const { status } = spawnSync("bash", ["-c", script, process.execPath, main], { cwd: root });
    expect(status).toBe(141);
  });

  test("of standard error costs no verdict", () => {
    const script = `{ "$0" "$1" missing.ts 2>&3 | cat; exit "\${PIPESTATUS[0]}"; } 3> >(true)`;
    const { status } = spawnSync("bash", ["-c", script, process.execPath, main], { cwd: root });
    expect(status).toBe(65);
  });
});

test.each([["0"], ["257"], ["1000"], ["1e9"]])("--threads %s is out of range", async (threads) => {
  const { status, err } = await tlbcheck(["models/peterson.ts", "--threads", threads]);
  expect(status).toBe(64);
  expect(err).toContain(`--threads takes a whole number from 1 to 256, not ${threads}`);
});
