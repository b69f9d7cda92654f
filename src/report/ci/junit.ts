/** JUnit's XML as CI servers read it: a test suite a configuration, a test case a property. */
import { type Outcome, titleOf } from "../outcome.ts";
import { type Case, casesOf } from "./case.ts";

export function junit(outcomes: readonly Outcome[]): string {
  const cases = outcomes.map(casesOf);
  const seconds = outcomes.reduce((sum, each) => sum + each.seconds, 0);
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites name="tlbcheck" ${counts(cases.flat())} time="${seconds.toFixed(3)}">`,
    ...outcomes.flatMap((outcome, i) => testSuite(outcome, cases[i]!)),
    "</testsuites>",
    "",
  ].join("\n");
}

function testSuite(outcome: Outcome, cases: readonly Case[]): string[] {
  const name = quoted(titleOf(outcome));
  const time = `time="${outcome.seconds.toFixed(3)}"`;
  return [
    `  <testsuite name=${name} file=${quoted(outcome.file)} ${counts(cases)} ${time}>`,
    ...cases.flatMap((each) => testCase(name, each)),
    "  </testsuite>",
  ];
}

/** What is not decided is an error: nobody knows whether the test would pass. */
function testCase(suite: string, { name, result, summary, lines }: Case): string[] {
  const head = `    <testcase classname=${suite} name=${quoted(name)}`;
  if (result === "passed") return [`${head}/>`];
  const kind = result === "failed" ? "failure" : "error";
  return [
    `${head}>`,
    `      <${kind} message=${quoted(summary)}>${escaped(lines.join("\n"))}</${kind}>`,
    "    </testcase>",
  ];
}

function counts(cases: readonly Case[]): string {
  const count = (wanted: Case["result"]): number => cases.filter(({ result }) => result === wanted).length;
  return `tests="${cases.length}" failures="${count("failed")}" errors="${count("undecided")}"`;
}

function quoted(text: string): string {
  return `"${escaped(text).replaceAll('"', "&quot;")}"`;
}

/** XML 1.0 has no control characters but these three; others were made visible before. */
function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
