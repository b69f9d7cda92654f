import { readFileSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { fixture, tlbcheck, Workspace } from "./command.ts";

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
