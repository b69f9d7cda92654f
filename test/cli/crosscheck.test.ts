import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  symlinkSync,
} from "node:fs";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { finished, fixture, type RunOptions, start, tlbcheck, Workspace } from "./command.ts";

const workspace = new Workspace();
// A place with a shell and nothing else.
symlinkSync("/bin/sh", join(workspace.folder, "sh"));
const bare = { env: { PATH: workspace.folder } };
const peterson = fixture("peterson.ts");

test("a checker that is missing is named with its Debian package, and is no error", async () => {
  const { status, out } = await tlbcheck(["crosscheck", peterson, "--variant", "fixed"], bare);
  expect(out).toContain("spin is not asked: there is no command spin (Debian package spin)");
  expect(status).toBe(0);
});

test("a form of hardware that is named for a folder is left out of models without hardware", async () => {
  const words = ["--hardware", "enumerated"];
  const crossed = await tlbcheck(["crosscheck", peterson, "--variant", "fixed", ...words], bare);
  expect(crossed).toMatchObject({ status: 0, err: "" });
  const suite = await tlbcheck(["suite", peterson, ...words]);
  expect(suite.out).toContain("all as expected");
  expect((await tlbcheck([peterson, ...words])).err).toContain("TLB205");
});

test("a checker that is missing and asked for by name is an error", async () => {
  const { status, err } = await tlbcheck(["crosscheck", peterson, "--peer", "rumur"], bare);
  expect(err).toMatch(/error TLB602: rumur needs the command rumur, .*\n.*apt-get install rumur/);
  expect(status).toBe(65);
});

test("export writes one configuration, to a file or to standard output", async () => {
  const words = ["export", peterson, "--variant", "fixed", "--to", "murphi"];
  const { out, status } = await tlbcheck([...words, "--no-properties"]);
  expect(status).toBe(0);
  expect(out).toContain("To expect: 26 states, 34 rules fired");
  const file = join(workspace.folder, "model.m");
  expect((await tlbcheck([...words, "-o", file])).out).toBe("");
  expect(readFileSync(file, "utf8")).toContain('invariant "exclusion"');
});

test("export of several configurations is wrong use", async () => {
  const { status, err } = await tlbcheck(["export", peterson, "--to", "promela"]);
  expect(err).toContain("TLB306");
  expect(status).toBe(64);
});

describe("with a stand-in for SPIN", () => {
  /** What SPIN's program prints of the two CPUs and their 26 states; it counts the step into the first state. */
  const counted = (states: number): string =>
    `echo "State-vector 20 byte, depth reached 5, errors: 0"; echo " ${states} states, stored"; echo " 35 transitions"`;

  /** An environment in which the compiler makes of whatever SPIN writes a program of these shell commands. */
  function standIn(commands: string): RunOptions & { readonly folder: string } {
    const folder = mkdtempSync(join(workspace.folder, "stand-in-"));
    const program = (name: string, text: string): void => {
      workspace.write(join(folder.slice(workspace.folder.length + 1), name), `#!/bin/sh\n${text}\n`);
      chmodSync(join(folder, name), 0o755);
    };
    program("spin", 'if [ "$1" = -V ]; then echo "Spin, a stand-in"; fi');
    program("pan-made", commands);
    program(
      "gcc",
      `if [ "$1" = --version ]; then echo "gcc, a stand-in"; else cp "${folder}/pan-made" pan; fi`,
    );
    mkdirSync(join(folder, "tmp"));
    const env = { PATH: `${folder}:${process.env["PATH"]}`, TMPDIR: join(folder, "tmp"), FOLDER: folder };
    return { folder, env };
  }

  const crosscheck = ["crosscheck", peterson, "--peer", "spin"];

  test("counts that are equal are the status 0, and nothing is kept", async () => {
    const spin = standIn(counted(26));
    const { status, out } = await tlbcheck([...crosscheck, "--variant", "fixed"], spin);
    expect(out).toMatch(
      /^Spin, a stand-in\ngcc, a stand-in\n\nconfiguration +states .*\npeterson fixed +26 +34 +holds +equal/m,
    );
    expect(out).toMatch(/^1 configurations compared, all equal, in \d+ seconds$/m);
    expect(status).toBe(0);
    expect(readdirSync(join(spin.folder, "tmp"))).toEqual([]);
  });

  test("counts that differ are the status 70, and both outputs are kept", async () => {
    const { status, out } = await tlbcheck([...crosscheck, "--variant", "fixed"], standIn(counted(27)));
    expect(status).toBe(70);
    expect(out).toMatch(/^peterson fixed +26 +34 +holds +27 states, 34 transitions, equal /m);
    expect(out).toMatch(/^1 configurations compared, 1 differ/m);
    const [, kept] = /^peterson fixed DIFFERS: everything is kept in (.*)$/m.exec(out)!;
    const read = (name: string): string => readFileSync(join(kept!, name), "utf8");
    expect(JSON.parse(read("tlbcheck.json"))).toMatchObject({
      name: "peterson fixed",
      modes: [
        {
          mode: "count",
          own: { states: 26, transitions: 34 },
          peers: [{ peer: "spin", answer: { states: 27, transitions: 34 }, agrees: false }],
        },
        { mode: "judge", own: { kind: "holds" }, peers: [{ peer: "spin", agrees: true }] },
      ],
    });
    expect(read("count-spin/transcript.txt")).toContain("27 states, stored");
    expect(read("count-spin/model.pml")).toContain("active proctype model()");
  });

  test("a verdict that differs is the status 70, too", async () => {
    const { status, out } = await tlbcheck([...crosscheck, "--variant", "no-flag"], standIn(counted(26)));
    expect(out).toMatch(/^peterson no-flag +\d+ +\d+ +violated after \d+ .*, holds /m);
    expect(status).toBe(70);
  });

  test("configurations are told in the order of the model file, whichever ends first", async () => {
    // The program that is the first to make the folder is slow.
    const slow = standIn(`if mkdir "$FOLDER/first" 2>/dev/null; then sleep 2; fi; ${counted(26)}`);
    const { out } = await tlbcheck([...crosscheck, "--threads", "3"], slow);
    const names = [...out.matchAll(/^peterson (\S+) +\d/gm)].map(([, name]) => name);
    expect(names).toEqual(["fixed", "no-flag", "no-turn"]);
  });

  test("the memory is divided among the programs that run at the same time", async () => {
    const limited = standIn(`ulimit -v > "$FOLDER/limit"; ${counted(26)}`);
    const words = [...crosscheck, "--variant", "fixed", "--max-memory", "1G", "--threads", "4"];
    expect((await tlbcheck(words, limited)).status).toBe(0);
    expect(readFileSync(join(limited.folder, "limit"), "utf8")).toBe("262144\n");
  });

  test.each([
    ["SIGINT", 130],
    ["SIGTERM", 143],
  ] as const)("%s ends every peer, and leaves nothing behind", async (signal, expected) => {
    const endless = standIn('echo $$ >> "$FOLDER/pids"; sleep 1000');
    const child = start([...crosscheck, "--threads", "2"], endless);
    const ended = finished(child);
    const file = join(endless.folder, "pids");
    const pids = (): number[] =>
      existsSync(file) ? readFileSync(file, "utf8").trim().split("\n").map(Number) : [];
    while (pids().length < 2 && child.exitCode === null) await setTimeout(20);
    child.kill(signal);
    const { status, out, err } = await ended;
    expect({ status, err }).toEqual({ status: expected, err: "" });
    expect(out).toMatch(/^interrupted: 0 configurations compared, in \d+ seconds$/m);
    expect(pids()).toHaveLength(2);
    for (const pid of pids()) expect(() => process.kill(pid, 0)).toThrow("ESRCH");
    expect(readdirSync(join(endless.folder, "tmp"))).toEqual([]);
  });
});
