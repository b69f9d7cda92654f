/** An output that cannot be written is an error of its own, and no verdict. */
import { spawnSync } from "node:child_process";
import {
  chmodSync,
  closeSync,
  existsSync,
  linkSync,
  openSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
} from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { Workspace } from "./command.ts";

const main =
  process.env["TLBCHECK_MAIN"] ?? fileURLToPath(new URL("../../dist/cli/main.js", import.meta.url));
const model = fileURLToPath(new URL("../../models/peterson.ts", import.meta.url));

/** A device on which every write finds the disk full; Linux has it. */
const FULL = "/dev/full";

test.runIf(existsSync(FULL))("a full disk is TLB307 and exit 65", () => {
  const full = openSync(FULL, "w");
  const { status, stderr } = spawnSync(process.execPath, [main, model], {
    stdio: ["ignore", full, "pipe"],
    encoding: "utf8",
  });
  closeSync(full);
  expect([status, stderr.split(":")[0]]).toEqual([65, "error TLB307"]);
});

describe("an output never replaces an input", () => {
  const workspace = new Workspace();
  const helper = "export const most = 3;\n";
  const text = `import { model, range } from "tlbcheck/rules";
import { most } from "./lib/most.ts";
export default model("counter", { about: "counts to three" }, (m) => {
  const n = m.variable("n", range(0, 3), 0);
  m.rule("up", { guard: () => [n.lessThan(most)], body: () => n.increase() });
  m.invariant("small", n.lessThan(most));
});
`;
  const path = (name: string): string => join(workspace.folder, name);
  const before = new Map([
    ["m.ts", text],
    ["lib/most.ts", helper],
  ]);
  for (const [name, content] of before) workspace.write(name, content);
  symlinkSync("m.ts", path("symbolic.ts"));
  linkSync(path("lib/most.ts"), path("hard.ts"));
  workspace.write("r.json", "");

  test.each([
    ["m.ts -o m.ts"],
    ["m.ts -o ./lib/../m.ts"],
    ["m.ts -o symbolic.ts"],
    ["symbolic.ts -o m.ts --json"],
    ["m.ts -o lib/most.ts"],
    ["m.ts -o hard.ts --format commit"],
    ["m.ts --emit wat -o m.ts"],
    ["export m.ts --to promela -o m.ts"],
    ["export m.ts --to murphi -o lib/most.ts"],
    ["suite . -o m.ts"],
    ["suite m.ts -o hard.ts --format markdown"],
  ])("%s", async (words) => {
    const { status, err } = await workspace.run(...words.split(" "));
    expect(err).toContain("TLB306");
    expect(err).toContain("would overwrite what is read from it");
    expect(status).toBe(64);
    for (const [name, content] of before) expect(readFileSync(path(name), "utf8")).toBe(content);
  });

  test("nor does the second file of an export", async () => {
    symlinkSync("m.ts", path("out.cfg"));
    const { status } = await workspace.run("export", "m.ts", "--to", "tla", "-o", "out.tla");
    expect(status).toBe(64);
    expect(readFileSync(path("m.ts"), "utf8")).toBe(text);
    expect(existsSync(path("out.tla"))).toBe(false);
  });

  test("nor the report, nor the model that it is shown with", async () => {
    await workspace.run("m.ts", "--json", "-o", "r.json");
    const report = readFileSync(path("r.json"), "utf8");
    for (const output of ["r.json", "m.ts", "lib/most.ts"]) {
      const { status } = await workspace.run("show", "r.json", "--model", "m.ts", "-o", output);
      expect(status).toBe(64);
    }
    expect(readFileSync(path("r.json"), "utf8")).toBe(report);
    expect(readFileSync(path("m.ts"), "utf8")).toBe(text);
  });

  test("what cannot be written whole leaves what was there", () => {
    workspace.write("kept.json", "before");
    // Files of at most 1 KiB, where the document has more: as a disk that is full.
    const limited = 'trap "" XFSZ; ulimit -f 1; exec "$0" "$@"';
    const words = [process.execPath, main, "m.ts", "--json", "-o", "kept.json"];
    const { status, stderr } = spawnSync("bash", ["-c", limited, ...words], {
      cwd: workspace.folder,
      encoding: "utf8",
    });
    expect([status, stderr.split(":")[0]]).toEqual([65, "error TLB307"]);
    expect(readFileSync(path("kept.json"), "utf8")).toBe("before");
    expect(readdirSync(workspace.folder).filter((name) => name.endsWith(".tmp"))).toEqual([]);
  });

  test("a device is written to, and a file keeps its mode", async () => {
    expect(await workspace.run("m.ts", "--json", "-o", "/dev/null")).toMatchObject({ err: "" });
    workspace.write("private.json", "");
    chmodSync(path("private.json"), 0o600);
    await workspace.run("m.ts", "--json", "-o", "private.json");
    expect(statSync(path("private.json")).mode & 0o777).toBe(0o600);
    expect(readFileSync(path("private.json"), "utf8")).toContain('"schemaVersion"');
  });
});

describe("a FIFO as input, which might never end", () => {
  const workspace = new Workspace();
  workspace.write("m.ts", 'import { x } from "./pipe.ts";\nexport default x;\n');
  for (const name of ["pipe.ts", "pipe.json", "pipe.litmus", "folder.litmus"])
    spawnSync("mkfifo", [join(workspace.folder, name)]);

  test.each([
    ["pipe.ts"],
    ["show pipe.json"],
    ["litmus pipe.litmus"],
    ["litmus . --expect pipe.json"],
    ["export pipe.ts --to promela"],
    ["suite pipe.ts"],
    ["m.ts"],
  ])("%s", async (words) => {
    const { status, err } = await workspace.run(...words.split(" "));
    expect(err).toMatch(/error TLB30[23].* is not a regular file/);
    expect(status).toBe(65);
  });
});
