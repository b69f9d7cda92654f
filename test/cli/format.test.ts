/** `--format` and `-o` of a check. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { objection, type Schema } from "../../src/report/schema.ts";
import { brokenRules } from "../report/commit-rules.ts";
import { counterModel, fixture, tlbcheck, Workspace } from "./command.ts";

const workspace = new Workspace();
const peterson = fixture("peterson.ts");
const read = (name: string): string => readFileSync(join(workspace.folder, name), "utf8");
const schema = JSON.parse(
  readFileSync(new URL("../../docs/report.schema.json", import.meta.url), "utf8"),
) as Schema;

/** Of all properties: a search for one of them may end earlier, with fewer states. */
const EXCLUSION = `\
    CPU0 (left)                     CPU1 (right)
    ----                            ----
    lock()
    enter()
                                    lock()
                                    enter()
                                    ^^^^^^^

both CPUs are inside.

tlbcheck: peterson no-flag, 2 CPUs, 6 steps, 34 states
`;

describe("--format commit", () => {
  test("is the diagram and nothing else; the status is that of the verdict", async () => {
    const words = [peterson, "--variant", "no-flag", "--property", "exclusion", "--format", "commit"];
    const out = EXCLUSION.replace("34 states", "28 states");
    expect(await tlbcheck(words)).toEqual({ status: 12, out, err: "" });
  });

  test("of every configuration it is the headline", async () => {
    expect(await tlbcheck([peterson, "--format", "commit"])).toEqual({ status: 0, out: EXCLUSION, err: "" });
  });

  test("of a configuration it is every property, with a blank line between", async () => {
    const { status, out } = await tlbcheck([peterson, "--variant", "no-flag", "--format", "commit"]);
    expect(status).toBe(12);
    expect(out.startsWith(`${EXCLUSION}\nno interleaving violates deadlock.\n\ntlbcheck: peterson`)).toBe(
      true,
    );
    expect(brokenRules(out.trimEnd())).toEqual([]);
  });

  test("--full has every transition", async () => {
    const { out } = await tlbcheck([
      ...[peterson, "--variant", "no-flag", "--property", "exclusion"],
      ...["--format", "commit", "--full"],
    ]);
    expect(out).toContain("    lock()\n      flag = 1\n      turn = other\n    enter()\n");
  });

  test("has no colours, also where they are wanted", async () => {
    const words = [peterson, "--variant", "no-turn", "--format", "commit", "--color"];
    const { out } = await tlbcheck(words);
    expect(brokenRules(out.trimEnd())).toEqual([]);
  });

  test("a lasso is told with where it repeats, or that it stays", async () => {
    const words = ["models/peterson.ts", "--variant", "unfair", "--format", "commit"];
    const { status, out } = await tlbcheck(words);
    expect(status).toBe(13);
    expect(out).toContain("    (it stays like this for ever)\n\nCPU 0 is never inside again; this is fair: ");
    expect(brokenRules(out.trimEnd())).toEqual([]);
  });

  test("a fault of the model goes to standard error, and the status is 65", async () => {
    const file = workspace.write(
      "fault.ts",
      counterModel('  m.rule("up", { body: () => n.increase() });\n  m.invariant("small", n.atMost(3));'),
    );
    const { status, out, err } = await workspace.run(file, "--format", "commit");
    expect(status).toBe(65);
    expect(err).toContain("error TLB120");
    expect(out).toContain("whether small holds is not decided: the model has a fault");
  });
});

describe("-o", () => {
  test("writes the form into a file, and leaves the table on standard output", async () => {
    const { status, out } = await workspace.run(peterson, "--format", "commit", "-o", "a message.txt");
    expect(status).toBe(0);
    expect(out).toContain("all as expected");
    expect(read("a message.txt")).toBe(EXCLUSION);
  });

  test("the report for people without colours", async () => {
    const words = [peterson, "--variant", "no-flag", "--color", "-o", "report.txt"];
    const { status, out } = await workspace.run(...words);
    expect(status).toBe(12);
    expect(out).toContain("\u001b[");
    expect(read("report.txt")).toContain("VIOLATED  exclusion");
    expect(read("report.txt")).not.toContain("\u001b[");
  });

  test("JSON, as on standard output", async () => {
    await workspace.run(peterson, "--format", "json", "-o", "report.json");
    const { out } = await workspace.run(peterson, "--json");
    const timeless = (text: string): unknown =>
      JSON.parse(text, (key, value: unknown) => (["seconds", "bytes"].includes(key) ? 0 : value));
    expect(timeless(read("report.json"))).toEqual(timeless(out));
    expect(objection(JSON.parse(out), schema)).toBeNull();
  });

  test.each([
    [
      ["-o", "no such/x.txt"],
      65,
      /TLB307: no such\/x\.txt cannot be written.*\n.*there is no folder no such/,
    ],
    [["-o", "."], 65, /TLB307: \. cannot be written/],
    [["-o", peterson], 64, /TLB306: -o .* would overwrite what is read from it/],
    [["--format", "comit"], 64, /TLB306: there is no format "comit"\n.*commit/],
    [["--format", "commit", "--json"], 64, /TLB306: --json and --format commit contradict each other/],
  ])("%j is refused before anything is searched", async (words, status, message) => {
    const before = readFileSync(peterson, "utf8");
    const result = await workspace.run(peterson, ...words);
    expect(result.status).toBe(status);
    expect(result.err).toMatch(message);
    expect(result.out).not.toContain("verdicts");
    expect(readFileSync(peterson, "utf8")).toBe(before);
    expect(existsSync(join(workspace.folder, "no such"))).toBe(false);
  });

  test("what --emit prints goes there, too", async () => {
    const words = [peterson, "--variant", "no-flag", "--emit", "wat", "-o", "search.wat"];
    expect(await workspace.run(...words)).toEqual({ status: 0, out: "", err: "" });
    expect(read("search.wat")).toContain("(module");
  });
});

test("an error is a document that the schema describes, with --json and with --format json", async () => {
  for (const words of [["--json"], ["--format", "json"], ["--format=json"]]) {
    const { status, out } = await workspace.run("nowhere.ts", ...words);
    expect(status).toBe(65);
    expect(objection(JSON.parse(out), schema)).toBeNull();
    expect(JSON.parse(out)).toMatchObject({ status: 65, errors: [{ code: "TLB301" }] });
  }
});
