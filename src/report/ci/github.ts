/**
 * Workflow commands of GitHub Actions: an annotation for each verdict that is not as expected, at the line of the last step
 * of its trace, and the trace in a group of the log.
 */
import { type Outcome, titleOf } from "../outcome.ts";
import { type Case, casesOf } from "./case.ts";

export function github(outcomes: readonly Outcome[]): string {
  const all = outcomes.map((outcome) => ({ outcome, cases: casesOf(outcome) }));
  const lines = all.flatMap(({ outcome, cases }) =>
    cases.filter(({ result }) => result !== "passed").flatMap((each) => annotation(outcome, each)),
  );
  const total = all.reduce((sum, { cases }) => sum + cases.length, 0);
  const wrong = all.flatMap(({ cases }) => cases).filter(({ result }) => result !== "passed").length;
  return `${[...lines, `${total} verdicts, ${wrong === 0 ? "all" : total - wrong} as expected`].join("\n")}\n`;
}

function annotation(outcome: Outcome, { name, result, summary, lines, source }: Case): string[] {
  const title = `${titleOf(outcome)}: ${name}`;
  const place = [
    `file=${property(source?.file ?? outcome.file)}`,
    ...(source ? [`line=${source.line}`] : []),
    `title=${property(title)}`,
  ];
  const command = result === "failed" ? "error" : "warning";
  // What stands in a group could be taken for a command.
  const token = "tlbcheck-trace";
  return [
    `::${command} ${place.join(",")}::${message(summary)}`,
    `::group::${message(title)}`,
    `::stop-commands::${token}`,
    ...lines,
    `::${token}::`,
    "::endgroup::",
  ];
}

function message(text: string): string {
  return text.replaceAll("%", "%25").replaceAll("\r", "%0D").replaceAll("\n", "%0A");
}

function property(text: string): string {
  return message(text).replaceAll(":", "%3A").replaceAll(",", "%2C");
}
