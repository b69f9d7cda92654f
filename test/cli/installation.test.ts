/** A package that is installed in a folder whose name has a space and a percent sign, which URLs write otherwise. */
import { spawn } from "node:child_process";
import { cpSync, symlinkSync } from "node:fs";
import { dirname, join } from "node:path";
import { beforeAll, expect, test } from "vitest";
import { counterModel, finished, mainFile, Workspace } from "./command.ts";

const workspace = new Workspace();
const home = dirname(dirname(dirname(mainFile)));
const place = join(workspace.folder, "my tools 100%", "tlbcheck");

beforeAll(() => {
  for (const part of ["dist", "docs", "package.json"])
    cpSync(join(home, part), join(place, part), { recursive: true });
  symlinkSync(join(home, "node_modules"), join(place, "node_modules"));
});

test.each([
  ["TLB108", `  m.rule("up", { body: () => n.set(7) });`],
  ["TLB114", `  m.rule("up", { bodi: () => n.set(1) } as never);`],
  ["TLB305", `  throw new Error("of the model");`],
])("an error names the line of the model file: %s", async (code, line) => {
  const file = workspace.write(`${code}.ts`, counterModel(line));
  const installed = join(place, "dist", "cli", "main.js");
  const { err } = await finished(
    spawn(process.execPath, [installed, file], { cwd: workspace.folder, env: process.env }),
  );
  expect(err).toMatch(new RegExp(`^error ${code} ${code}\\.ts:5:\\d+: `));
});
