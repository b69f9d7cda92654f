import { existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeAll, describe, expect, test } from "vitest";
import { brokenRules } from "../report/commit-rules.ts";
import { fixture, tlbcheck, Workspace } from "./command.ts";

const workspace = new Workspace();
const peterson = readFileSync(fixture("peterson.ts"), "utf8");
const read = (name: string): string => readFileSync(join(workspace.folder, name), "utf8");
const race = ["--model", "models/race.ts"];
const save = (...words: string[]) => workspace.run("models/race.ts", ...words, "--format", "json");

beforeAll(async () => {
  workspace.write("models/race.ts", peterson);
  await save("--variant", "no-flag", "--property", "exclusion", "-o", "one.json");
  await save("-o", "all.json");
  await save("--variant", "fixed", "-o", "none.json");
});

describe("a trace that fits", () => {
  test("is told as the check told it", async () => {
    const shown = await workspace.run("show", "one.json", ...race);
    expect(shown).toMatchObject({ status: 0, err: "" });
    const checked = await workspace.run("models/race.ts", "--variant", "no-flag", "--property", "exclusion");
    const timeless = (text: string): string => text.replace(/\d+\.\d+ s/g, "");
    expect(timeless(checked.out).startsWith(timeless(shown.out))).toBe(true);
    expect(shown.out).toContain("VIOLATED  exclusion");
  });

  test("as commit message, the same as the check writes", async () => {
    const shown = await workspace.run("show", "one.json", ...race, "--format", "commit");
    const words = ["--variant", "no-flag", "--property", "exclusion", "--format", "commit"];
    expect(shown.out).toBe((await workspace.run("models/race.ts", ...words)).out);
    expect(shown.status).toBe(0);
  });

  test("--full has every transition, in each form", async () => {
    expect((await workspace.run("show", "one.json", ...race, "--full")).out).toMatch(/^ {2}flag = 1$/m);
    const { out } = await workspace.run("show", "one.json", ...race, "--full", "--format", "commit");
    expect(out).toContain("    lock()\n      flag = 1\n");
  });

  test("as JSON that can be shown again, and into a file", async () => {
    const words = ["show", "one.json", ...race, "--json", "-o", "again.json"];
    expect(await workspace.run(...words)).toEqual({ status: 0, out: "", err: "" });
    const { out } = await workspace.run("show", "again.json", ...race, "--format", "commit");
    expect(out).toBe((await workspace.run("show", "one.json", ...race, "--format", "commit")).out);
  });

  test("one of several is selected", async () => {
    const all = await workspace.run("show", "all.json", ...race, "--format", "commit");
    expect(all.out.match(/^tlbcheck: /gm)).toHaveLength(2);
    const one = await workspace.run("show", "all.json", ...race, "--variant", "P-3", "--format", "commit");
    expect(one.out).toContain("each waits for the other.");
    expect(one.out.match(/^tlbcheck: /gm)).toHaveLength(1);
  });

  test("of a lasso, in every form", async () => {
    const file = join(workspace.folder, "lasso.json");
    await tlbcheck(["models/peterson.ts", "--variant", "unfair", "--format", "json", "-o", file]);
    const own = ["--model", "models/peterson.ts"];
    const text = await tlbcheck(["show", file, ...own, "--property", "starvation-0"]);
    expect(text).toMatchObject({ status: 0, err: "" });
    expect(text.out).toContain("--- it stays like this for ever ---");
    const commit = await tlbcheck(["show", file, ...own, "--format", "commit"]);
    expect(commit.out).toContain("(it stays like this for ever)");
    expect(brokenRules(commit.out.trimEnd())).toEqual([]);
    expect((await tlbcheck(["show", file, ...own, "--json"])).out).toContain('"cycle"');
  });

  test("of a scenario with another parameter than usual", async () => {
    const file = join(workspace.folder, "tso.json");
    const words = [
      "models/reclaim-mprotect.ts",
      "--arch",
      "arm64",
      "--variant",
      "no-drain",
      "--order",
      "tso",
    ];
    await tlbcheck([...words, "--property", "revoked-access", "--format", "json", "-o", file]);
    const { status, out } = await tlbcheck(["show", file, "--run-models"]);
    expect(status).toBe(0);
    expect(out).toContain("--arch arm64 --variant no-drain --set order=tso --property revoked-access");
  });
});

describe("a trace found in closed hardware", () => {
  const closed = [
    "models/mremap-move.ts",
    "--arch",
    "intel",
    "--variant",
    "flush-last",
    "--set",
    "hardware=closed",
  ];
  const file = join(workspace.folder, "closed.json");
  const word = ["show", file, "--model", "models/mremap-move.ts"];

  test("is replayed in the reference hardware, and not called the shortest", async () => {
    await tlbcheck([...closed, "--format", "json", "-o", file]);
    const { results } = JSON.parse(readFileSync(file, "utf8")) as { results: object[] };
    expect(results).toContainEqual(expect.objectContaining({ verdict: "violated", closed: true }));
    const { status, out, err } = await tlbcheck(word);
    expect({ status, err }).toEqual({ status: 0, err: "" });
    expect(out).toMatch(/VIOLATED {2}use-after-free-page/);
    expect(out).toMatch(/\d+ steps, along the shortest run of closed hardware ·/);
    expect(out).toMatch(/into the TLB/);
  });

  test("of an older document counts as one of enumerated hardware", async () => {
    const { results, ...rest } = JSON.parse(readFileSync(file, "utf8")) as { results: object[] };
    const older = results.map((each) => ({ ...each, closed: undefined }));
    workspace.write("closed.json", JSON.stringify({ ...rest, results: older }));
    expect((await tlbcheck(word)).out).toMatch(/\d+ steps, the shortest ·/);
  });
});

describe("the model files that a report names", () => {
  const ran = (text: string): string =>
    `import { writeFileSync } from "node:fs"; writeFileSync("ran.txt", ""); ${text}`;
  const exists = (): boolean => existsSync(join(workspace.folder, "ran.txt"));

  beforeAll(() => {
    workspace.write("it's a model.ts", ran(peterson));
    const named = read("one.json").replaceAll(
      '"file": "models/race.ts",\n      "arch"',
      `"file": "it's a model.ts",\n      "arch"`,
    );
    workspace.write("foreign.json", named);
  });
  afterEach(() => rmSync(join(workspace.folder, "ran.txt"), { force: true }));

  test.each([[[]], [["--json"]], [["--format", "commit", "-o", "x.txt"]]])(
    "are not run unasked, %j",
    async (words) => {
      const { status, err } = await workspace.run("show", "foreign.json", ...words);
      expect(status).toBe(64);
      expect(err).toContain(
        String.raw`error TLB313: to replay the traces of foreign.json, 'it'\''s a model.ts' would be run`,
      );
      expect(err).toContain("tlbcheck show foreign.json --run-models");
      expect(exists()).toBe(false);
    },
  );

  test("are run with --run-models, which says so", async () => {
    const { status, err } = await workspace.run("show", "foreign.json", "--run-models");
    expect({ status, err }).toEqual({ status: 0, err: "replays in it's a model.ts, which is run\n" });
    expect(exists()).toBe(true);
  });

  test("are not run where another one is named", async () => {
    expect(await workspace.run("show", "foreign.json", ...race)).toMatchObject({ status: 0, err: "" });
    expect(exists()).toBe(false);
  });
});

describe("a trace that does not fit", () => {
  test("says at which step, and shows those before it", async () => {
    workspace.write(
      "changed.ts",
      peterson.replace('pc.at(c).set("waiting"), turn', 'pc.at(c).set("idle"), turn'),
    );
    const { status, out, err } = await workspace.run("show", "one.json", "--model", "changed.ts");
    expect(status).toBe(65);
    expect(out).toBe("");
    expect(err).toContain(
      "error TLB312: the trace of no-flag, exclusion no longer fits changed.ts: its step 2 of 6 (thread 0: turn = other): it does something else: pc[cpu0] becomes idle from raised; saved: pc[cpu0] becomes waiting from raised",
    );
    expect(err).toContain("the steps that still fit:\n\n  CPU0 left\n  ---------\n  lock()\n");
    expect(err).not.toContain("^");
  });

  test.each([
    [
      (text: string) =>
        text.replace('"no-flag": {', '"no-flags": {').replace('variant: "no-flag"', 'variant: "fixed"'),
      /has changed: .* no variant "no-flag"/,
    ],
    [
      (text: string) =>
        text.replace('invariant("exclusion"', 'invariant("mutex"').replaceAll("exclusion:", "mutex:"),
      /its beginning: the model has no property "exclusion"/,
    ],
    [
      (text: string) =>
        text
          .replace('consequence: "both', 'consequence: "each')
          .replace('pc.at(1).is("inside")).not()', 'pc.at(1).is("done")).not()'),
      /all steps can still be taken, but give a path that does not violate/,
    ],
  ])("because of a change elsewhere, %#", async (change, message) => {
    const changed = change(peterson);
    expect(changed).not.toBe(peterson);
    workspace.write("elsewhere.ts", changed);
    const { status, err } = await workspace.run("show", "one.json", "--model", "elsewhere.ts");
    expect(err).toMatch(message);
    expect(err).toContain("TLB312");
    expect(status).toBe(65);
  });

  test("does not keep others from being shown", async () => {
    workspace.write("partly.ts", peterson.replace('variant === "no-flag" ? []', "false ? []"));
    const { status, out, err } = await workspace.run("show", "all.json", "--model", "partly.ts");
    expect(status).toBe(65);
    expect(err).toContain("no-flag, exclusion no longer fits");
    expect(out).toContain("VIOLATED  deadlock");
  });
});

describe("what is no report", () => {
  const version = (value: string): string => read("one.json").replace('"schemaVersion": 1', value);

  test.each<[string, () => string, string, RegExp]>([
    ["not JSON", () => "{", "TLB309", /it is no JSON/],
    ["something else", () => '{ "a": 1 }', "TLB309", /the document has no "schemaVersion"/],
    ["no object", () => "[]", "TLB309", /the document is no object/],
    [
      "damaged",
      () => read("one.json").replace('"action"', '"acted"'),
      "TLB309",
      /steps\[0\] has no "action"/,
    ],
    ["old", () => version('"schemaVersion": 0'), "TLB310", /is of version 0; this tlbcheck reads version 1/],
    ["new", () => version('"schemaVersion": "2"'), "TLB310", /is of version "2"/],
    ["older than versions", () => version('"was": 1'), "TLB310", /has no version/],
    ["without a violation", () => read("none.json"), "TLB311", /there is no trace in .*\n.*only violations/],
  ])("%s", async (_, content, code, message) => {
    workspace.write("input.json", content());
    const { status, out, err } = await workspace.run("show", "input.json");
    expect(err).toContain(`error ${code}: `);
    expect(err).toMatch(message);
    expect({ status, out }).toEqual({ status: 65, out: "" });
  });

  test.each([
    [["nowhere.json"], 65, /TLB301: there is no file nowhere\.json/],
    [["models"], 65, /TLB302: models is a directory/],
    [["one.json", "--property", "deadlock"], 65, /TLB311: there is no such trace.*\n.*no-flag exclusion/],
    [["one.json", "--model", "nowhere.ts"], 65, /TLB301: there is no file nowhere\.ts/],
    [["one.json", "-o", "one.json"], 64, /TLB306: -o one\.json would overwrite/],
    [[], 64, /TLB306: no report is named/],
  ])("%j", async (words, status, message) => {
    const result = await workspace.run("show", ...words);
    expect(result.err).toMatch(message);
    expect(result.status).toBe(status);
  });

  test("a model file that is not where it was", async () => {
    workspace.write(
      "moved.json",
      read("one.json").replace('"file": "models/race.ts",\n      "arch"', '"file": "gone.ts",\n      "arch"'),
    );
    const { status, err } = await workspace.run("show", "moved.json", "--run-models");
    expect(err).toMatch(/^replays in gone\.ts, which is run\n/);
    expect(err).toMatch(/TLB301: there is no file gone\.ts, which the report names as its model\n.*--model/);
    expect(status).toBe(65);
    expect(await workspace.run("show", "moved.json", "--model", "models/race.ts")).toMatchObject({
      status: 0,
    });
  });
});
