/** The forms that CI reads, read by parsers that are not ours; SARIF's shape is that of `@types/sarif`. */
import { XMLParser, XMLValidator } from "fast-xml-parser";
import type { Log } from "sarif";
import { Parser } from "tap-parser";
import { describe, expect, test } from "vitest";
import { github } from "../../../src/report/ci/github.ts";
import { junit } from "../../../src/report/ci/junit.ts";
import { ktap } from "../../../src/report/ci/ktap.ts";
import { markdown } from "../../../src/report/ci/markdown.ts";
import { sarif } from "../../../src/report/ci/sarif.ts";
import type { Trace } from "../../../src/trace/trace.ts";
import { outcome, verdictOf } from "../outcomes.ts";

const step = (actor: string, text: string, line: number | null) => ({
  ...{ actor, action: text, rule: text, text, event: null, changes: [] },
  place: { number: 0, name: "CPU0" },
  source: line === null ? null : { file: "models/my race.ts", line, column: 3 },
});

const trace: Trace = {
  end: { kind: "violation", property: "p", of: "invariant" },
  consequence: "a <stale> entry & its page",
  initial: [],
  steps: [step("task", "store | a `quoted` # 1", 12), step("task", "free", 14), step("walker", "fill", null)],
  places: [{ number: 0, name: "CPU0" }],
};

const unexpected = verdictOf("violated", { steps: 3, trace });
const outcomes = [
  outcome({
    model: "race",
    file: "models/my race.ts",
    seconds: 1.5,
    properties: [unexpected, verdictOf("holds", { property: "q" })],
  }),
  outcome({
    model: "other",
    configuration: { arch: "arm64", variant: "broken", parameters: {} },
    properties: [
      verdictOf("violated", { expected: "violated", steps: 3, trace }),
      verdictOf("inconclusive", { property: "deadlock" }),
    ],
    stopped: "timeout",
  }),
];

/** The results of a TAP parser: each assertion by its full name. */
function tapResults(text: string) {
  const found: { name: string; ok: boolean }[] = [];
  const parser = new Parser({}, undefined as never);
  const listen = (each: Parser, path: string): void => {
    each.on("assert", ({ name, ok }: { name: string; ok: boolean }) =>
      found.push({ name: `${path}${name}`, ok }),
    );
    each.on("child", (child: Parser) => listen(child, "  "));
  };
  listen(parser, "");
  parser.end(text);
  return { found, ok: parser.ok, failures: parser.failures.length, bailed: parser.bailedOut };
}

describe("KTAP", () => {
  const text = ktap(outcomes);

  test("a TAP parser finds each verdict, and the run not ok", () => {
    // TAP 14 has another first line; the rest of KTAP version 1 is the same.
    const { found, ok } = tapResults(text.replaceAll("KTAP version 1", "TAP version 14"));
    expect(ok).toBe(false);
    expect(found.filter((each) => !each.ok).length).toBeGreaterThanOrEqual(2);
  });

  test("nested tests are indented and come before the line of theirs, which have numbers from 1", () => {
    const lines = text.trimEnd().split("\n");
    expect(lines.slice(0, 2)).toEqual(["KTAP version 1", "1..2"]);
    expect(lines.filter((line) => /^(not )?ok/.test(line))).toEqual([
      "not ok 1 race · v",
      "not ok 2 other · arm64 · broken",
    ]);
    expect(lines.filter((line) => /^ {2}(not )?ok/.test(line))).toEqual([
      "  not ok 1 p # violated, expected holds",
      "  ok 2 q # holds, as expected",
      "  ok 1 p # violated, as expected",
      "  not ok 2 deadlock # TIMEOUT inconclusive, expected holds",
    ]);
    expect(text).toContain("  #   free");
  });
});

describe("JUnit", () => {
  const text = junit(outcomes);

  test("is XML with a case for each verdict, and the trace of a failure", () => {
    expect(XMLValidator.validate(text)).toBe(true);
    const parser = new XMLParser({ ignoreAttributes: false, attributeNamePrefix: "", trimValues: false });
    const { testsuites } = parser.parse(text) as {
      testsuites: Record<string, unknown> & { testsuite: Record<string, unknown>[] };
    };
    expect(testsuites).toMatchObject({ tests: "4", failures: "1", errors: "1", time: "1.500" });
    const [race, other] = testsuites.testsuite as [Record<string, unknown>, Record<string, unknown>];
    expect(race).toMatchObject({ name: "race · v", file: "models/my race.ts", tests: "2", failures: "1" });
    const [failed, passed] = race["testcase"] as Record<string, unknown>[];
    expect(failed).toMatchObject({ name: "p", failure: { message: "violated, expected holds" } });
    expect(JSON.stringify(failed)).toContain("a <stale> entry & its page");
    expect(passed).not.toHaveProperty("failure");
    expect((other["testcase"] as unknown[])[1]).toMatchObject({ name: "deadlock", error: {} });
  });
});

describe("GitHub", () => {
  const text = github(outcomes);

  test("annotates the line of the last step that has one, with escaped texts", () => {
    const commands = text.split("\n").filter((line) => /^::(error|warning) /.test(line));
    expect(commands).toEqual([
      "::error file=models/my race.ts,line=14,title=race · v%3A p::violated, expected holds",
      "::warning file=model.ts,title=other · arm64 · broken%3A deadlock::inconclusive, expected holds",
    ]);
  });

  test("no line of a trace can be a command", () => {
    const lines = text.split("\n");
    const stops = lines.flatMap((line, i) => (line.startsWith("::stop-commands::") ? [i] : []));
    const resumes = lines.flatMap((line, i) => (line === "::tlbcheck-trace::" ? [i] : []));
    expect([stops.length, resumes.length]).toEqual([2, 2]);
    expect(stops.every((stop, i) => stop < resumes[i]!)).toBe(true);
    expect(lines.at(-2)).toBe("4 verdicts, 2 as expected");
  });
});

describe("SARIF", () => {
  const log = JSON.parse(sarif(outcomes, "1.2.3")) as Log;
  const [run] = log.runs;

  test("has what was violated or is not as expected, as errors, warnings and notes", () => {
    expect([log.version, run!.tool.driver.name, run!.tool.driver.version]).toEqual([
      "2.1.0",
      "tlbcheck",
      "1.2.3",
    ]);
    expect(run!.results!.map(({ ruleId, level }) => [ruleId, level])).toEqual([
      ["p", "error"],
      ["p", "note"],
      ["deadlock", "warning"],
    ]);
    expect(run!.tool.driver.rules!.map(({ id }) => id)).toEqual(["p", "deadlock"]);
  });

  test("a trace is one thread flow, a step a location", () => {
    const [{ codeFlows, locations }] = run!.results as [
      NonNullable<typeof run>["results"] extends (infer R)[] | undefined ? R : never,
    ];
    expect(locations![0]!.physicalLocation).toEqual({
      artifactLocation: { uri: "models/my%20race.ts" },
      region: { startLine: 14, startColumn: 3 },
    });
    expect(codeFlows).toHaveLength(1);
    expect(codeFlows![0]!.threadFlows).toHaveLength(1);
    const steps = codeFlows![0]!.threadFlows[0]!.locations;
    expect(steps.map(({ executionOrder, location }) => [executionOrder, location!.message!.text])).toEqual([
      [1, "task: store | a `quoted` # 1"],
      [2, "task: free"],
      [3, "walker: fill"],
    ]);
  });
});

test("Markdown: a row a verdict, cells escaped, traces in fences that they cannot end", () => {
  const text = markdown(outcomes);
  const rows = text.split("\n").filter((line) => line.startsWith("| "));
  expect(rows).toHaveLength(2 + 4);
  expect(rows[2]).toContain("| race · v | p | ✗ violated, expected holds | 1 | 1.50 s |");
  expect(text.match(/^```text$/gm)).toHaveLength(2);
  expect(text).toContain("a <stale> entry & its page");
});

test("a fault of the model is a test that fails", () => {
  const diagnostic = {
    code: "TLB402",
    severity: "error",
    message: "no value",
    hint: null,
    source: null,
  } as const;
  const faulty = [outcome({ properties: [], fault: { diagnostic, trace: null } })];
  expect(ktap(faulty)).toContain("not ok 1 the model has a value in every state # TLB402 no value");
  expect(junit(faulty)).toContain('failures="1"');
  expect(sarif(faulty, "1")).toContain('"level": "error"');
});
