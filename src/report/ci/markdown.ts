/** Verdicts as Markdown, for a comment or a job's summary: a table, and each trace that is not as expected in a block. */
import { formatSeconds } from "../text.ts";
import { type Outcome, titleOf } from "../outcome.ts";
import { type Case, casesOf } from "./case.ts";

export function markdown(outcomes: readonly Outcome[]): string {
  const all = outcomes.flatMap((outcome) => casesOf(outcome).map((each) => ({ outcome, each })));
  const rows = all.map(({ outcome, each }) => {
    const mark = { passed: "✓", failed: "✗", undecided: "?" }[each.result];
    const cells = [titleOf(outcome), each.name, `${mark} ${each.summary}`, String(outcome.states)];
    return `| ${[...cells, formatSeconds(outcome.seconds)].map(cell).join(" | ")} |`;
  });
  const told = all.filter(({ each }) => each.result !== "passed");
  return [
    "| configuration | property | verdict | states | time |",
    "| --- | --- | --- | ---: | ---: |",
    ...rows,
    ...told.flatMap(({ outcome, each }) => ["", ...block(outcome, each)]),
    "",
  ].join("\n");
}

function block(outcome: Outcome, { name, lines }: Case): string[] {
  // A fence longer than any run of backticks in what it encloses.
  const longest = Math.max(
    2,
    ...lines.flatMap((line) => [...line.matchAll(/`+/g)].map(([run]) => run.length)),
  );
  const fence = "`".repeat(longest + 1);
  return [`**${cell(titleOf(outcome))}: ${cell(name)}**`, "", `${fence}text`, ...lines, fence];
}

function cell(text: string): string {
  return text.replaceAll("\\", "\\\\").replaceAll("|", "\\|").replaceAll("<", "&lt;");
}
