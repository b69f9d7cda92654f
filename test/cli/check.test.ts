import { describe, expect, test } from "vitest";
import { counterModel, finished, fixture, signalled, start, tlbcheck, Workspace } from "./command.ts";

const workspace = new Workspace();
const peterson = fixture("peterson.ts");

const COUNT = '  m.rule("count", { guard: () => [n.lessThan(3)], body: () => n.increase() });';
const STEP_BACK = '  m.rule("back", { guard: () => [n.is(3)], body: () => n.set(0) });';

/** 10^12 states: no search ends. */
const ENDLESS = `import { model, range } from "tlbcheck/rules";
export default model("endless", { about: "twelve counters" }, (m) => {
  for (let i = 0; i < 12; i++) {
    const n = m.variable("n" + i, range(0, 9), 0);
    m.rule("up" + i, { guard: () => [n.lessThan(9)], body: () => n.increase() });
    if (i === 0) m.invariant("small", n.atMost(9));
  }
});
`;

describe("every configuration", () => {
  test("a table of verdicts, then the headline's trace", async () => {
    const { status, out, err } = await tlbcheck(["test/fixtures/peterson.ts"]);
    expect(err).toBe("");
    expect(status).toBe(0);
    expect(out).toMatch(/^variant +id +property +verdict +expected +states +time$/m);
    expect(out).toMatch(/^no-flag +P-2 +exclusion +violated +violated +34 +\d\.\d\d s$/m);
    expect(out).toMatch(/^no-turn +P-3 +deadlock +violated +violated +26 +\d\.\d\d s$/m);
    expect(out).toContain("6 verdicts, all as expected");
    expect(out).toContain('"holds" assumes: 2 CPUs; sc: weaker orders are not explored');
    expect(out).toMatch(/^peterson · no-flag \(P-2\) +VIOLATED {2}exclusion$/m);
    expect(out).toContain("  $ tlbcheck test/fixtures/peterson.ts --variant no-flag --property exclusion\n");
    expect(out.match(/VIOLATED/g)).toHaveLength(1);
  });

  test("assumptions that differ name the variants and architectures that they are for", async () => {
    const { out } = await tlbcheck(["models/table-free.ts", "--property", "deadlock"]);
    const scopes = [...out.matchAll(/^"holds" \((.*)\) assumes: (\d CPU)/gm)].map(([, ...found]) => found);
    expect(scopes.map(([names, cpus]) => [names!.replace(/^.*\bon /, ""), cpus])).toEqual([
      ["arm64", "1 CPU"],
      ["intel, amd", "1 CPU"],
      ["arm64", "2 CPU"],
      ["intel, amd", "2 CPU"],
      ["riscv", "2 CPU"],
    ]);
    expect(scopes[0]).toEqual(["001-B1 on arm64", "1 CPU"]);
    const one = await tlbcheck(["models/table-free.ts", "--variant", "single-user"]);
    expect(one.out).toContain('"holds" (on arm64) assumes: 1 CPU');
  }, 180_000);

  test("a verdict that differs is marked, its trace is shown, and the status is 1", async () => {
    const file = workspace.write(
      "differs.ts",
      counterModel(
        `${COUNT}\n  m.invariant("small", n.lessThan(3));\n  m.invariant("natural", n.atLeast(0));`,
        'variants: { a: { about: "", expect: {} }, b: { about: "", expect: { small: "violated" } } }',
      ),
    );
    const { status, out } = await workspace.run(file);
    expect(status).toBe(1);
    expect(out).toMatch(/^a +small +violated +holds .*<-- differs: expected holds$/m);
    expect(out).toMatch(/^b +small +violated +violated +4 +\d\.\d\d s$/m);
    expect(out).toContain("1 of 4 verdicts not as expected");
    expect(out).toContain("NOT as expected: the model file expects holds");
  });

  test("an expected violation that is not found differs too", async () => {
    const file = workspace.write(
      "unfound.ts",
      counterModel(
        `${COUNT}\n  m.invariant("small", n.atMost(3));`,
        'variants: { a: { about: "", expect: { small: "violated" } } }',
      ),
    );
    expect(await workspace.run(file)).toMatchObject({ status: 1 });
  });

  test("a verdict that a limit leaves open is no confirmation: 20", async () => {
    const { status, out } = await workspace.run(workspace.write("endless.ts", ENDLESS), "--max-states", "2k");
    expect(status).toBe(20);
    expect(out).toContain("INCONCLUSIVE  small");
  });
});

describe("the status of a selection is that of its worst verdict", () => {
  test.each([
    [0, ["--variant", "fixed"]],
    [11, ["--variant", "no-turn"]],
    [12, ["--variant", "P-2"]],
    [0, ["--variant", "P-2", "--property", "deadlock"]],
    [12, ["--property", "P-MUTEX"]],
    [12, ["--set", "rounds=1"]],
  ])("%i for %j, whatever is expected", async (status, words) => {
    expect(await tlbcheck([peterson, ...words])).toMatchObject({ status, err: "" });
  });

  test("10 for a goal that is never reached, which is told", async () => {
    const file = workspace.write(
      "vacuous.ts",
      counterModel(`${COUNT}\n  m.invariant("small", n.atMost(3));\n  m.goal("five", n.greaterThan(3));`),
    );
    const { status, out } = await workspace.run(file, "--property", "small");
    expect(status).toBe(10);
    expect(out).toContain("VACUOUS  small");
    expect(out).toContain("never reached: five");
    expect(out).toContain('warning TLB131 vacuous.ts:7:5: the goal "five" is never reached: counter');
    expect(await workspace.run(file)).toMatchObject({ status: 1 });
  });

  test("a goal that names properties makes vacuous these alone", async () => {
    const goals = `m.goal("five", n.greaterThan(3), { of: "small" });\n  m.goal("zero", n.is(0), { of: ["natural"] });`;
    const properties = `m.invariant("small", n.atMost(3));\n  m.invariant("natural", n.atLeast(0));`;
    const file = workspace.write("vacuous-of.ts", counterModel(`${COUNT}\n  ${properties}\n  ${goals}`));
    const { out } = await workspace.run(file);
    expect(out).toMatch(/VACUOUS +small/);
    expect(out).toContain("never reached: five\n");
    expect(await workspace.run(file, "--property", "natural")).toMatchObject({ status: 0 });
    expect(await workspace.run(file, "--property", "small")).toMatchObject({ status: 10 });
  });

  test("a goal of what is no property is refused", async () => {
    const wrong = counterModel(
      `${COUNT}\n  m.invariant("small", n.atMost(3));\n  m.goal("five", n.is(3), { of: ["small", "tiny"] });`,
    );
    const { status, err } = await workspace.run(workspace.write("goal-of.ts", wrong));
    expect(status).toBe(65);
    expect(err).toContain("TLB104");
    expect(err).toContain("tiny");
  });

  test("20 at a limit, with the counts so far", async () => {
    const { status, out } = await workspace.run("endless.ts", "--property", "small", "--timeout", "0.5");
    expect(status).toBe(20);
    expect(out).toMatch(/the time of --timeout is over; no violation within \d+ steps/);
    expect(out).toMatch(/^ {2}[\d ]+ states · depth \d+ ·/m);
  });

  test("20 at a limit of memory", async () => {
    const { status, out } = await workspace.run("endless.ts", "--property", "small", "--max-memory", "2M");
    expect(status).toBe(20);
    expect(out).toContain("--max-memory");
  });

  test("a goal can be asked for by name", async () => {
    expect(await tlbcheck([peterson, "--variant", "fixed", "--property", "entered"])).toMatchObject({
      status: 0,
    });
  });
});

describe("a single configuration", () => {
  test("each violated property has its trace, each that holds its assumptions, and a summary", async () => {
    const { out } = await tlbcheck([peterson, "--variant", "no-turn", "--engine", "interpret"]);
    expect(out).toMatch(/HOLDS {2}exclusion$/m);
    expect(out).toContain("  assumes: 2 CPUs; sc: weaker orders are not explored\n");
    expect(out).toContain("each waits for the other.");
    expect(out).toMatch(/^26 states · 32 transitions · depth 8 · mean branching 1\.23$/m);
    expect(out).toMatch(/^.* · interpret, 1 thread$/m);
    expect(out).toContain("warning TLB130: 2 rules or lines are never reached (--full lists them)");
  });

  test("--full shows every transition, how often each rule was taken, and the dead rules with their places", async () => {
    const { out } = await tlbcheck(["test/fixtures/peterson.ts", "--variant", "no-flag", "--full"]);
    expect(out).toMatch(/^ {2}flag = 1$/m);
    expect(out).toMatch(/^ {2}8 {2}enter0$/m);
    expect(out).toMatch(
      /^warning TLB130 test\/fixtures\/peterson\.ts:\d+:9: the rule "again0" is never enabled$/m,
    );
  });

  test("a rule that is alive in another configuration is not called dead", async () => {
    const { out } = await tlbcheck([peterson, "--set", "rounds=2"]);
    expect(out).not.toContain("TLB130");
  });

  test("a model without properties is explored", async () => {
    const { status, out } = await workspace.run(workspace.write("plain.ts", counterModel(COUNT)));
    expect(status).toBe(0);
    expect(out).toMatch(/^4 states · 3 transitions · depth 3/m);
  });
});

describe("where a model file lies", () => {
  test("anywhere, with spaces in its path; the command told can be pasted", async () => {
    const file = workspace.write(
      "my models/it's here.ts",
      counterModel(`${COUNT}\n${STEP_BACK}\n  m.invariant("small", n.lessThan(3));`),
    );
    const { status, out } = await workspace.run(file, "--property", "small");
    expect(status).toBe(12);
    expect(out).toContain(`  $ tlbcheck 'my models/it'\\''s here.ts' --property small\n`);
  });

  test("what it imports keeps its own places, relative to the working directory", async () => {
    workspace.write(
      "shared/rules.ts",
      'import type { ModelBuilder } from "tlbcheck/rules";\n\nexport function dead(m: ModelBuilder): void {\n  m.rule("dead", { guard: () => [false], body: () => [] });\n}\n',
    );
    const file = workspace.write(
      "imports.ts",
      `import { dead } from "./shared/rules.ts";\n${counterModel(`${COUNT}\n  dead(m);`)}`,
    );
    const { status, out } = await workspace.run(file, "--full");
    expect(status).toBe(0);
    expect(out).toContain('warning TLB130 shared/rules.ts:4:5: the rule "dead" is never enabled');
  });

  test("a package beside it is found", async () => {
    workspace.write(
      "node_modules/pkg/package.json",
      '{ "name": "pkg", "version": "1.0.0", "main": "index.js" }',
    );
    workspace.write(
      "node_modules/pkg/index.js",
      'module.exports = { limit: require("node:path").sep.length };\n',
    );
    const file = workspace.write(
      "package.ts",
      `import pkg from "pkg";\n${counterModel(`${COUNT}\n  m.invariant("small", n.atMost(pkg.limit));`)}`,
    );
    expect(await workspace.run(file, "--property", "small")).toMatchObject({ status: 12, err: "" });
  });
});

describe("the JSON document", () => {
  interface Result {
    readonly property: string;
    readonly verdict: string;
    readonly trace?: { readonly steps: readonly object[]; readonly consequence: string };
  }

  test("holds every verdict, and a trace where there is one", async () => {
    const { status, out, err } = await tlbcheck(["test/fixtures/peterson.ts", "--json"]);
    expect(status).toBe(0);
    expect(err).toBe("");
    const { version, results } = JSON.parse(out) as { version: string; results: Result[] };
    expect(version).toMatch(/^\d+\.\d+\.\d+$/);
    expect(results).toHaveLength(6);
    expect(results.map(({ verdict }) => verdict)).toEqual([
      "holds",
      "holds",
      "violated",
      "holds",
      "holds",
      "violated",
    ]);
    expect(results.map(({ trace }) => trace !== undefined)).toEqual([false, false, true, false, false, true]);
    expect(results[2]).toMatchObject({
      model: "peterson",
      arch: null,
      variant: "no-flag",
      id: "P-2",
      property: "exclusion",
      kind: "invariant",
      verdict: "violated",
      expected: "violated",
      states: 34,
      transitions: 52,
      depth: 8,
      assumptions: ["2 CPUs", "sc: weaker orders are not explored"],
      stopped: null,
      goals: [{ goal: "entered", reached: true, of: null }],
    });
    expect(typeof (results[2] as unknown as { seconds: unknown }).seconds).toBe("number");
    expect(results[2]?.trace?.consequence).toBe("both CPUs are inside");
    expect(results[2]?.trace?.steps).toHaveLength(6);
    expect(results[2]?.trace?.steps[0]).toEqual({
      actor: "thread 0",
      action: "raise0",
      rule: "raise0",
      text: "flag = 1",
      event: { id: "lock0", text: "lock()" },
      place: { number: 0, name: "CPU0 left" },
      source: { file: "test/fixtures/peterson.ts", line: expect.any(Number) as number, column: 9 },
      changes: [{ cell: "pc[cpu0]", from: "idle", to: "raised" }],
    });
  });

  test("of wrong input holds the errors", async () => {
    const { status, out, err } = await workspace.run("gone.ts", "--json");
    expect(status).toBe(65);
    expect(err).toContain("TLB301");
    expect(JSON.parse(out)).toMatchObject({
      status: 65,
      results: [],
      errors: [{ code: "TLB301", severity: "error" }],
    });
  });

  test("of a fault holds the trace to it", async () => {
    const file = workspace.write(
      "fault.ts",
      counterModel('  m.rule("count", { body: () => n.increase() });\n  m.invariant("small", n.atMost(3));'),
    );
    const { status, out } = await workspace.run(file, "--json");
    expect(status).toBe(65);
    const document = JSON.parse(out) as { faults: { trace: { steps: object[] } }[] };
    expect(document).toMatchObject({
      results: [{ verdict: "inconclusive", stopped: "model-fault" }],
      errors: [{ code: "TLB120" }],
    });
    expect(document.faults[0]?.trace.steps).toHaveLength(3);
  });
});

describe("--emit wat", () => {
  test("prints a module instead of searching", async () => {
    const { status, out, err } = await tlbcheck([peterson, "--variant", "fixed", "--emit", "wat"]);
    expect(err).toBe("");
    expect(status).toBe(0);
    expect(out.trimStart()).toMatch(/^(;;.*\n|\s)*\(module/);
  });

  test("takes one configuration", async () => {
    const { status, err } = await tlbcheck([peterson, "--emit", "wat"]);
    expect(status).toBe(64);
    expect(err).toContain("error TLB306: --emit wat takes one configuration, and 3 are selected");
  });

  test("takes what can be printed", async () => {
    const { status, err } = await tlbcheck([peterson, "--emit", "wast"]);
    expect(status).toBe(64);
    expect(err).toContain('did you mean "wat"?');
  });
});

describe("interruption", () => {
  const interrupted = (...words: string[]) => signalled(workspace.folder, ["endless.ts", ...words], "SIGINT");

  test("ends the search with the counts so far, and 130", async () => {
    const { status, out, err } = await interrupted();
    expect(status).toBe(130);
    expect(err).toBe("");
    expect(out).toMatch(/interrupted; no violation within \d+ steps\n {2}[\d ]+ states/);
  });

  test("gives a whole JSON document", async () => {
    const { status, out } = await interrupted("--json");
    expect(status).toBe(130);
    expect(JSON.parse(out)).toMatchObject({
      interrupted: true,
      status: 130,
      results: [{ verdict: "inconclusive", stopped: "interrupted" }],
    });
  });
});

describe("a limit while the trace of a violation is searched for", () => {
  // The last state violates the invariant, so that its trace takes the interpreter about as long as the exploration.
  workspace.write(
    "corner.ts",
    `import { and, model, not, range } from "tlbcheck/rules";
export default model("corner", { about: "two counters" }, (m) => {
  const [x, y] = ["x", "y"].map((name) => m.variable(name, range(0, 250), 0));
  m.rule("right", { guard: () => [x.lessThan(250)], body: () => x.increase() });
  m.rule("up", { guard: () => [y.lessThan(250)], body: () => y.increase() });
  m.invariant("elsewhere", not(and(x.is(250), y.is(250))));
});
`,
  );
  const words = ["corner.ts", "--engine", "interpret", "--property", "elsewhere"];
  const untraced = { verdict: "violated", steps: 500, states: 63_001, stopped: null };

  /** Seconds of exploration, and of the whole command. */
  async function durations(): Promise<{ exploration: number; whole: number }> {
    const begin = performance.now();
    const { status, out } = await workspace.run(...words, "--json");
    const whole = (performance.now() - begin) / 1000;
    const [result] = (JSON.parse(out) as { results: { seconds: number; trace: unknown }[] }).results;
    expect(result).toMatchObject({ ...untraced, tracesStopped: null });
    expect(result!.trace).toBeDefined();
    expect(status).toBe(12);
    return { exploration: result!.seconds, whole };
  }

  // The limit has to fall into the search for the trace, which a busy machine may prevent.
  test(
    "of time: the verdict and its status stay, and the command that shows the trace",
    { retry: 3 },
    async () => {
      const limit = String((await durations()).exploration * 1.4);
      const { status, out } = await workspace.run(...words, "--timeout", limit);
      expect(out).toMatch(/^corner +VIOLATED {2}elsewhere$/m);
      expect(out).toContain(
        "  the trace was not computed: the time of --timeout is over\n  the command below shows it\n",
      );
      expect(out).toContain("  500 steps, the shortest · 63 001 states");
      expect(out).toContain("  $ tlbcheck corner.ts --property elsewhere");
      expect(status).toBe(12);
    },
  );

  test("Ctrl-C: the verdict and its status stay", { retry: 3 }, async () => {
    const { exploration, whole } = await durations();
    const child = start([...words, "--json"], { cwd: workspace.folder });
    setTimeout(() => child.kill("SIGINT"), 1000 * (whole - 0.4 * exploration));
    const { status, out } = await finished(child);
    expect(JSON.parse(out)).toMatchObject({
      interrupted: true,
      status: 12,
      results: [{ ...untraced, tracesStopped: "interrupted" }],
    });
    expect(status).toBe(12);
  });
});

describe("a device that faults for ever", () => {
  const arm64 = ["models/secondary-tlb.ts", "--arch", "arm64"];

  test("is told as a lasso, with why it is fair, and 13 with a selection", async () => {
    const { status, out } = await tlbcheck([...arm64, "--variant", "002-C0", "--property", "P-LIVE"]);
    expect(status).toBe(13);
    expect(out).toMatch(/VIOLATED +endless-fault/);
    expect(out).toContain("--- from here on, again and again ---");
    expect(out).toContain("this is fair: iopf and device are taken again and again");
    expect(out.replace(/\s+/g, " ")).toMatch(
      /device: ATC evict\([^)]*\) might happen, but are not fair and need not/,
    );
  });

  test("is 0 where it does not, and the name is the same with several actors", async () => {
    expect((await tlbcheck([...arm64, "--variant", "002-C1", "--property", "P-LIVE"])).status).toBe(0);
    const two = await tlbcheck([...arm64, "--variant", "002-C1l", "--property", "P-LIVE"]);
    expect(two).toMatchObject({
      status: 0,
      out: expect.stringMatching(/HOLDS +endless-fault$/m) as string,
    });
  });
});

describe("liveness", () => {
  const unfair = ["models/peterson.ts", "--variant", "unfair", "--property", "starvation-1"];

  test("that is violated has a lasso and a status of its own", async () => {
    const { status, out, err } = await tlbcheck(unfair);
    expect(out).toMatch(/^peterson · unfair +VIOLATED {2}starvation-1$/m);
    expect(out).toContain("--- it stays like this for ever ---");
    expect(out).toContain("this is fair: no weakly fair action is enabled");
    expect({ status, err }).toEqual({ status: 13, err: "" });
  });

  test("has both parts of the lasso in JSON", async () => {
    const { out } = await tlbcheck([...unfair, "--json"]);
    const [result] = (JSON.parse(out) as { results: object[] }).results;
    expect(result).toMatchObject({
      kind: "liveness",
      verdict: "violated",
      steps: 0,
      trace: { steps: [], cycle: { steps: [] }, end: { of: "liveness" } },
    });
  });

  test("holds with the status of what holds, and is inconclusive where states are missing", async () => {
    const fair = ["models/peterson.ts", "--variant", "fair"];
    expect((await tlbcheck(fair)).status).toBe(0);
    const { status, out } = await tlbcheck([...fair, "--property", "starvation-0", "--max-states", "5"]);
    expect(out).toContain("the limit of --max-states was reached; liveness needs the whole state graph");
    expect(status).toBe(20);
  });

  test("is not exported", async () => {
    const words = ["export", "models/peterson.ts", "--variant", "fair", "--to", "promela"];
    const { status, err } = await tlbcheck(words);
    expect(err).toMatch(/error TLB601 models\/peterson\.ts:\d+:\d+: the liveness property "starvation-0"/);
    expect(status).toBe(65);
    expect((await tlbcheck([...words, "--no-properties"])).status).toBe(0);
  });
});

describe("the terminal", () => {
  const escape = "\u001b[";

  test("a reader that goes away is no error to tell of", async () => {
    const child = start([peterson]);
    child.stdout?.destroy();
    const { status, err } = await finished(child);
    expect(err).toBe("");
    expect(status).toBe(141);
  });

  test("in a pipe there are no colours and no progress line", async () => {
    const { out, err } = await workspace.run("endless.ts", "--timeout", "1");
    expect(out).not.toContain(escape);
    expect(err).toBe("");
  });

  test("--color and --no-color decide, and NO_COLOR only where neither is given", async () => {
    expect((await tlbcheck([peterson, "--color"])).out).toContain(escape);
    expect((await tlbcheck([peterson, "--color"], { env: { NO_COLOR: "1" } })).out).toContain(escape);
    expect((await tlbcheck([peterson, "--no-color"])).out).not.toContain(escape);
    expect((await tlbcheck([peterson], { env: { NO_COLOR: "1" } })).out).not.toContain(escape);
  });
});

describe("help", () => {
  test("tells of the options and the exit statuses", async () => {
    const { status, out } = await tlbcheck(["--help"]);
    expect(status).toBe(0);
    for (const text of [
      "--max-states",
      "--property",
      "tlbcheck list",
      "Examples:",
      "inconclusive",
      "130 interrupted",
    ])
      expect(out).toContain(text);
    expect(Math.max(...out.split("\n").map((line) => line.length))).toBeLessThanOrEqual(100);
  });

  test("the version is the package's", async () => {
    expect(await tlbcheck(["--version"])).toMatchObject({
      status: 0,
      out: expect.stringMatching(/^\d+\.\d+\.\d+\n$/) as string,
    });
  });
});
