/** `tlbcheck <model>`: searches every configuration, or those selected, and tells the verdicts. */
import type { Family } from "../model/family.ts";
import type { Outcome } from "../report/outcome.ts";
import type { CheckOptions } from "./arguments.ts";
import { checkpointIn, resumptionFrom } from "./checkpoint-file.ts";
import { ciReports } from "./ci-report.ts";
import { emission } from "./emit.ts";
import { engines } from "./engines.ts";
import { exitStatus, type ExitStatus, statusAgainstExpected, statusOfWorst } from "./exit-status.ts";
import { rememberInput, requireWritable, writeOutput } from "./files.ts";
import { outcomesOf, type Searching } from "../session/search.ts";
import { usageError } from "./option-values.ts";
import { Interruption } from "./interruption.ts";
import { isSelection, planTasks, type Task } from "../session/plan.ts";
import { HumanReport } from "./print.ts";
import { progressLine } from "./progress.ts";
import { commitReport, documentOf, tellFaults, textReport } from "./report-text.ts";
import type { Terminal } from "./terminal.ts";

/** Checks the models of a file and prints the report. */
export async function check(
  family: Family,
  options: CheckOptions,
  version: string,
  terminal: Terminal,
): Promise<ExitStatus> {
  const tasks = planTasks(family, options);
  await requireWritable(options.checkpoint, "--checkpoint");
  // A search may be kept again in the file that it is resumed from; a report must not replace it.
  if (options.resume !== undefined) rememberInput(options.resume);
  await requireWritable(options.output);
  if (options.emit !== undefined) {
    const emitted = await emission(options.emit, tasks);
    if (options.output === undefined) terminal.out(emitted);
    else await writeOutput(options.output, emitted);
    return exitStatus.expected;
  }
  // The table is for people: what goes into a file does not replace it.
  const isForPeople = options.format === "text" || options.output !== undefined;
  const report = isForPeople ? new HumanReport(family, tasks, options, terminal) : undefined;
  report?.begin();
  const kept = await keptSearch(tasks, options, version);
  const interruption = new Interruption();
  const outcomes = await searchAll(family, tasks, options, kept, terminal, interruption, (outcome) =>
    report?.add(outcome),
  );
  interruption.end();
  const { interrupted } = interruption;
  const status =
    interrupted && isCutShort(tasks, outcomes) ? interruption.status : statusOf(outcomes, options);
  report?.end(outcomes, interrupted);
  const text = {
    text: () => textReport(family, tasks, options, outcomes, interrupted),
    commit: () => commitReport(family, tasks, options, outcomes),
    json: () => documentOf({ version, outcomes, status, interrupted }),
    ...ciReports(outcomes, version),
  }[options.format];
  if (options.output !== undefined) await writeOutput(options.output, text());
  else if (!report) {
    terminal.out(text());
    if (options.format !== "json") tellFaults(outcomes, terminal);
  }
  return status;
}

function isCutShort(tasks: readonly Task[], outcomes: readonly Outcome[]): boolean {
  return (
    outcomes.length < tasks.length ||
    outcomes.some((each) => (each.stopped ?? each.livenessStopped) === "interrupted")
  );
}

/** What a search that is kept in a file, or was, takes for that. */
async function keptSearch(
  tasks: readonly Task[],
  { checkpoint, checkpointEvery, resume, first }: CheckOptions,
  version: string,
): Promise<Pick<Searching, "checkpoint" | "resume">> {
  if (checkpoint === undefined && resume === undefined) return {};
  const [task, ...others] = tasks;
  if (!task || others.length > 0)
    throw usageError(
      `a checkpoint is of one configuration, and ${tasks.length} are selected`,
      "select one with --arch and --variant",
    );
  const identity = { version, model: task.model, properties: task.searched, first };
  return {
    ...(checkpoint === undefined ? {} : { checkpoint: checkpointIn(checkpoint, identity, checkpointEvery) }),
    ...(resume === undefined ? {} : { resume: await resumptionFrom(resume, identity) }),
  };
}

async function searchAll(
  family: Family,
  tasks: readonly Task[],
  options: CheckOptions,
  kept: Pick<Searching, "checkpoint" | "resume">,
  terminal: Terminal,
  { signal }: Interruption,
  onOutcome: (outcome: Outcome) => void,
): Promise<Outcome[]> {
  const { maxStates, maxMemory, timeout, threads, strategy, first, seed } = options;
  const { load, defaultMemory } = engines[options.engine]!;
  const progress = progressLine(terminal.progress, () => process.memoryUsage.rss());
  const outcomes: Outcome[] = [];
  const searching = (task: Task): Searching => {
    const label = tasks.length > 1 ? `[${tasks.indexOf(task) + 1}/${tasks.length}] ` : "";
    return {
      ...{ strategy, first, seed, threads, signal },
      ...(maxStates === undefined ? {} : { maxStates }),
      ...(timeout === undefined ? {} : { timeout }),
      ...kept,
      maxMemory: maxMemory ?? defaultMemory(threads),
      onProgress: (each) => progress.show(label, each),
    };
  };
  for await (const outcome of outcomesOf(family, tasks, await load(), searching)) {
    progress.clear();
    outcomes.push(outcome);
    onOutcome(outcome);
  }
  return outcomes;
}

function statusOf(outcomes: readonly Outcome[], options: CheckOptions): ExitStatus {
  if (outcomes.some(({ fault }) => fault !== null)) return exitStatus.input;
  return isSelection(options) ? statusOfWorst(outcomes) : statusAgainstExpected(outcomes);
}
