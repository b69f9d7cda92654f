/** `tlbcheck <model>`: searches every configuration, or those selected, and tells the verdicts. */
import type { Engine, Progress } from "../explorer/engine.ts";
import type { Family } from "../model/family.ts";
import { jsonReport } from "../report/json.ts";
import type { Outcome } from "../report/outcome.ts";
import { goalWarnings, ruleWarnings } from "../report/warnings.ts";
import type { CheckOptions } from "./arguments.ts";
import { emission } from "./emit.ts";
import { engines } from "./engines.ts";
import { exitStatus, type ExitStatus, statusAgainstExpected, statusOfWorst } from "./exit-status.ts";
import { outcomeOf } from "./outcome-of.ts";
import { Interruption } from "./interruption.ts";
import { isSelection, planTasks, type Task } from "./plan.ts";
import { HumanReport } from "./print.ts";
import { progressLine } from "./progress.ts";
import type { Terminal } from "./terminal.ts";

/** Checks the models of a file and prints the report. */
export async function check(
  family: Family,
  options: CheckOptions,
  version: string,
  terminal: Terminal,
): Promise<ExitStatus> {
  const tasks = planTasks(family, options);
  if (options.emit !== undefined) {
    terminal.out(await emission(options.emit, tasks));
    return exitStatus.expected;
  }
  const report = options.json ? undefined : new HumanReport(family, tasks, options, terminal);
  report?.begin();
  const interruption = new Interruption();
  const outcomes = await searchAll(family, tasks, options, terminal, interruption, (outcome) =>
    report?.add(outcome),
  );
  interruption.end();
  const cutShort =
    interruption.interrupted &&
    (outcomes.length < tasks.length ||
      outcomes.some((each) => (each.stopped ?? each.livenessStopped) === "interrupted"));
  const status = cutShort ? exitStatus.interrupted : statusOf(outcomes, options);
  if (report) report.end(outcomes, interruption.interrupted);
  else {
    const warnings = [...goalWarnings(outcomes), ...ruleWarnings(outcomes)];
    const errors = outcomes.flatMap(({ fault }) => (fault ? [fault.diagnostic] : []));
    terminal.out(
      jsonReport({ version, outcomes, status, warnings, errors, interrupted: interruption.interrupted }),
    );
  }
  return status;
}

async function searchAll(
  family: Family,
  tasks: readonly Task[],
  options: CheckOptions,
  terminal: Terminal,
  interruption: Interruption,
  onOutcome: (outcome: Outcome) => void,
): Promise<Outcome[]> {
  const engine = await engines[options.engine]!.load();
  const progress = progressLine(terminal.progress, () => process.memoryUsage.rss());
  const outcomes: Outcome[] = [];
  for (const task of tasks) {
    if (interruption.interrupted) break;
    const label = tasks.length > 1 ? `[${outcomes.length + 1}/${tasks.length}] ` : "";
    const show = (each: Progress): void => progress.show(label, each);
    const outcome = await searchOne(family, task, engine, options, interruption, show);
    progress.clear();
    outcomes.push(outcome);
    onOutcome(outcome);
  }
  return outcomes;
}

async function searchOne(
  family: Family,
  task: Task,
  engine: Engine,
  options: CheckOptions,
  { signal }: Interruption,
  onProgress: (progress: Progress) => void,
): Promise<Outcome> {
  const { maxStates, maxMemory, timeout, threads } = options;
  const result = await engine.search(task.model, {
    ...(maxStates === undefined ? {} : { maxStates }),
    maxMemory: maxMemory ?? engines[options.engine]!.defaultMemory(),
    ...(timeout === undefined ? {} : { timeout }),
    threads,
    properties: task.searched,
    signal,
    onProgress,
  });
  return outcomeOf({ ...task, family, engine: engine.name }, result);
}

function statusOf(outcomes: readonly Outcome[], options: CheckOptions): ExitStatus {
  if (outcomes.some(({ fault }) => fault !== null)) return exitStatus.input;
  return isSelection(options) ? statusOfWorst(outcomes) : statusAgainstExpected(outcomes);
}
