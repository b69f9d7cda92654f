/**
 * KTAP, the Kernel Test Anything Protocol, version 1 (Documentation/dev-tools/ktap.rst): a test a configuration, with a
 * nested test a property. What is not as expected is told in diagnostic lines.
 */
import { type Outcome, titleOf } from "../outcome.ts";
import { type Case, casesOf } from "./case.ts";

export function ktap(outcomes: readonly Outcome[]): string {
  const tests = outcomes.flatMap((outcome, i) => {
    const cases = casesOf(outcome);
    const passed = cases.every(({ result }) => result === "passed");
    return [...nested(cases), `${passed ? "ok" : "not ok"} ${i + 1} ${plain(titleOf(outcome))}`];
  });
  return `${["KTAP version 1", `1..${outcomes.length}`, ...tests].join("\n")}\n`;
}

function nested(cases: readonly Case[]): string[] {
  const lines = cases.flatMap((each, i) => [
    ...(each.result === "passed" ? [] : each.lines.map((line) => `# ${line}`.trimEnd())),
    testLine(each, i + 1),
  ]);
  return ["KTAP version 1", `1..${cases.length}`, ...lines].map((line) => `  ${line}`);
}

function testLine({ name, result, summary }: Case, number: number): string {
  const directive = result === "undecided" ? "TIMEOUT " : "";
  return `${result === "passed" ? "ok" : "not ok"} ${number} ${plain(name)} # ${directive}${plain(summary)}`;
}

/** A `#` begins a directive. */
function plain(text: string): string {
  return text.replaceAll("#", "no. ");
}
