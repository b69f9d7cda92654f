import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { tlbcheck, Workspace } from "./command.ts";

const workspace = new Workspace();
const at = (name: string): string => join(workspace.folder, name);

describe("the file that is written", () => {
  test("runs as it is: violated in one variant, fixed in the other", async () => {
    const written = await workspace.run("init", "my-race.ts");
    expect(written).toMatchObject({ status: 0, err: "" });
    expect(written.out).toContain("$ tlbcheck my-race.ts\n");
    const { status, out, err } = await workspace.run("my-race.ts");
    expect({ status, err }).toEqual({ status: 0, err: "" });
    expect(out).toMatch(/^broken +arm64 +use-after-free-page +violated +violated/m);
    expect(out).toMatch(/^fixed +riscv +use-after-free-page +holds +holds/m);
    expect(out).toContain("all as expected");
    expect(out).not.toContain("TLB131");
    expect(await workspace.run("my-race.ts", "--variant", "broken")).toMatchObject({ status: 12 });
    expect(await workspace.run("my-race.ts", "--variant", "fixed")).toMatchObject({ status: 0 });
  });

  test("has the name of the file, in a folder with spaces, too", async () => {
    mkdirSync(at("my models"));
    const { status, out } = await workspace.run("init", "my models/the thp race.mts");
    expect(status).toBe(0);
    expect(out).toContain("$ tlbcheck 'my models/the thp race.mts' --variant broken\n");
    expect(readFileSync(at("my models/the thp race.mts"), "utf8")).toContain('"the-thp-race",');
    expect(await workspace.run("my models/the thp race.mts")).toMatchObject({ status: 0 });
  });

  test("has a name also where the file's has no letter", async () => {
    await workspace.run("init", "日本.ts");
    expect(readFileSync(at("日本.ts"), "utf8")).toContain('"my-race",');
    expect(await workspace.run("日本.ts")).toMatchObject({ status: 0 });
  });

  test("is the template of the repository", async () => {
    const template = new URL("../../templates/my-race.ts", import.meta.url);
    await workspace.run("init", "other.ts");
    expect(readFileSync(at("other.ts"), "utf8")).toBe(
      readFileSync(template, "utf8").replaceAll("my-race", "other"),
    );
  });
});

describe("nothing is overwritten, and nothing is left behind", () => {
  test("a file that is there", async () => {
    workspace.write("mine.ts", "// mine\n");
    const { status, out, err } = await workspace.run("init", "mine.ts");
    expect({ status, out }).toEqual({ status: 65, out: "" });
    expect(err).toMatch(
      /^error TLB308: mine\.ts is there already, and is left as it is\n {2}choose another name/,
    );
    expect(readFileSync(at("mine.ts"), "utf8")).toBe("// mine\n");
  });

  test("a folder, or a link to nowhere, of that name", async () => {
    mkdirSync(at("folder.ts"));
    symlinkSync(at("target.ts"), at("link.ts"));
    for (const name of ["folder.ts", "link.ts"])
      expect((await workspace.run("init", name)).err).toContain(`TLB308: ${name} is there already`);
    expect(readdirSync(at("folder.ts"))).toEqual([]);
    expect(existsSync(at("target.ts"))).toBe(false);
  });

  test.each([
    [
      "no/such folder/x.ts",
      65,
      /TLB301: .* there is no folder .*\n {2}make it first: mkdir -p '.*such folder'/,
    ],
    ["mine.ts/x.ts", 65, /TLB301: .*mine\.ts is not a folder/],
    ["x", 64, /TLB306: a model file ends in \.ts, and x does not\n.*tlbcheck init x\.ts/],
    ["x.d.ts", 64, /TLB306/],
    ["x.js", 64, /TLB306/],
  ])("%s", async (name, status, message) => {
    workspace.write("mine.ts", "// mine\n");
    const before = readdirSync(workspace.folder);
    const result = await workspace.run("init", name);
    expect(result.err).toMatch(message);
    expect(result.status).toBe(status);
    expect(readdirSync(workspace.folder)).toEqual(before);
  });

  test.runIf(process.platform === "linux")("a folder that takes no files, root's neither", async () => {
    const { status, err } = await workspace.run("init", "/proc/x.ts");
    expect(err).toContain("TLB307: /proc/x.ts cannot be written");
    expect(status).toBe(65);
  });

  test("without a name", async () => {
    expect(await tlbcheck(["init"])).toMatchObject({
      status: 64,
      err: expect.stringContaining("TLB306: no file to write is named") as string,
    });
  });
});
