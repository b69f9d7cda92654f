/** What a run says, as one text. */
import { formatDiagnostic } from "../model/diagnostic.ts";
import type { Family } from "../model/family.ts";
import { commitText } from "../report/commit.ts";
import { type JsonReport, jsonReport } from "../report/json.ts";
import type { Outcome } from "../report/outcome.ts";
import { plainStyle } from "../report/style.ts";
import { goalWarnings, ruleWarnings } from "../report/warnings.ts";
import type { CheckOptions } from "./arguments.ts";
import { headlines, type Told } from "./headlines.ts";
import type { Task } from "../session/plan.ts";
import { HumanReport } from "./print.ts";
import { PIPE_WIDTH, type Terminal } from "./terminal.ts";

/** The report for people, as it looks in a pipe. */
export function textReport(
  family: Family,
  tasks: readonly Task[],
  options: CheckOptions,
  outcomes: readonly Outcome[],
  interrupted: boolean,
): string {
  let text = "";
  const write = (more: string): void => void (text += more);
  const paper = { out: write, error: write, progress: { write }, style: plainStyle, width: PIPE_WIDTH };
  const report = new HumanReport(family, tasks, options, paper);
  report.begin();
  for (const outcome of outcomes) report.add(outcome);
  report.end(outcomes, interrupted);
  return text;
}

/** Each property of a single configuration, or the headline of many; a blank line between two. */
export function commitReport(
  family: Family,
  tasks: readonly Task[],
  { full }: Pick<CheckOptions, "full">,
  outcomes: readonly Outcome[],
): string {
  const isSingle = tasks.length === 1;
  const all = outcomes.flatMap((outcome) => outcome.properties.map((property) => ({ outcome, property })));
  const shown = isSingle ? all : headlines(family, outcomes);
  return commitTexts(shown.length > 0 ? shown : all, full);
}

export function commitTexts(shown: readonly Told[], full: boolean): string {
  return shown
    .map(({ outcome, property }) => `${commitText(outcome, property, full).join("\n")}\n`)
    .join("\n");
}

/** Faults of the models, for standard error where the report has no place for them. */
export function tellFaults(outcomes: readonly Outcome[], terminal: Terminal): void {
  for (const { fault } of outcomes) if (fault) terminal.error(`${formatDiagnostic(fault.diagnostic)}\n`);
}

/** The JSON document of a run, with the warnings that its outcomes give. */
export function documentOf(run: Omit<JsonReport, "warnings" | "errors"> & Partial<JsonReport>): string {
  const { outcomes } = run;
  const warnings = [...goalWarnings(outcomes), ...ruleWarnings(outcomes)];
  const faults = outcomes.flatMap(({ fault }) => (fault ? [fault.diagnostic] : []));
  return jsonReport({ ...run, warnings, errors: [...faults, ...(run.errors ?? [])] });
}
