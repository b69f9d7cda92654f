/** `tlbcheck suite`: every configuration of every model of a folder, against what the files expect. */
import { asExpected, type Outcome } from "../report/outcome.ts";
import {
  type PlannedModel,
  suiteConclusion,
  suiteCounts,
  type SuiteModel,
  suiteTable,
} from "../report/suite.ts";
import { suiteMarkdown } from "../report/suite-markdown.ts";
import { formatSeconds, plural } from "../report/text.ts";
import { ciReports } from "./ci-report.ts";
import { engines } from "./engines.ts";
import { exitStatus, type ExitStatus } from "./exit-status.ts";
import { requireWritable, writeOutput } from "./files.ts";
import { Interruption } from "./interruption.ts";
import { modelFiles } from "./model-files.ts";
import { OWN_MODELS } from "./paths.ts";
import type { Task } from "../session/plan.ts";
import { type ProgressLine, progressLine } from "./progress.ts";
import { documentOf } from "./report-text.ts";
import type { SuiteOptions } from "./suite-arguments.ts";
import { type Planned, planSuite } from "./suite-plan.ts";
import { SuitePool } from "./suite-pool.ts";
import { Problems } from "./suite-problems.ts";
import { runModel, type SuiteRunner } from "./suite-run.ts";
import type { Terminal } from "./terminal.ts";

/** Checks the models and prints the report. What is wrong with one file keeps no other from being checked. */
export async function suite(options: SuiteOptions, version: string, terminal: Terminal): Promise<ExitStatus> {
  const begin = performance.now();
  const path = options.path ?? OWN_MODELS;
  const problems = new Problems(options, terminal);
  const planned = await planSuite(await modelFiles(path), options, problems);
  await requireWritable(options.output);
  // Not before: a model file whose code never returns hears no signal, and Ctrl-C has to end it.
  const interruption = new Interruption();
  const isForPeople = options.format === "text" || options.output !== undefined;
  const known = suiteNames(planned);
  const table = suiteTable(known, terminal.style);
  const tell = (...lines: string[]): void => {
    if (isForPeople) terminal.out(lines.map((line) => `${line}\n`).join(""));
  };
  tell(table.header);
  const models = await searchAll(planned, known, options, terminal, interruption.signal, problems, (model) =>
    tell(...table.lines(model)),
  );
  interruption.end();
  const { interrupted } = interruption;
  const seconds = (performance.now() - begin) / 1000;
  const conclusion = conclude(models, seconds);
  tell("", ...(interrupted ? [`interrupted; so far: ${conclusion}`] : [conclusion]));
  const outcomes = outcomesOf(models);
  const status = interrupted ? interruption.status : (problems.status ?? statusOf(outcomes));
  const text = {
    text: () => [table.header, ...models.flatMap(table.lines), "", conclusion, ""].join("\n"),
    ...ciReports(outcomes, version),
    markdown: () => suiteMarkdown(models),
    json: () => documentOf({ version, outcomes, status, interrupted, errors: problems.diagnostics }),
  }[options.format];
  if (options.output !== undefined) await writeOutput(options.output, text());
  else if (!isForPeople) terminal.out(text());
  return status;
}

async function searchAll(
  planned: readonly Planned[],
  known: readonly PlannedModel[],
  options: SuiteOptions,
  terminal: Terminal,
  signal: AbortSignal,
  problems: Problems,
  onModel: (model: SuiteModel) => void,
): Promise<SuiteModel[]> {
  const entry = engines[options.engine]!;
  const progress = new SuiteProgress(
    planned,
    progressLine(terminal.progress, () => process.memoryUsage.rss()),
  );
  const threads = Math.min(options.threads, Math.max(0, ...planned.map(({ tasks }) => tasks.length)));
  const pool = threads > 1 ? await SuitePool.start(threads, signal) : null;
  const runner: SuiteRunner = {
    options,
    memory: options.maxMemory ?? entry.defaultMemory(threads),
    engine: await entry.load(),
    pool,
    signal,
    onDone: () => progress.done(),
    onProgress: (task, each) => progress.show(task, each),
  };
  const models: SuiteModel[] = [];
  try {
    for (const [i, { family, tasks }] of planned.entries()) {
      const answers = await runModel(family, tasks, runner);
      progress.clear();
      const outcomes = answers.map((answer) => {
        if (answer && "failure" in answer) problems.found(answer.failure, answer.status);
        const outcome = answer && "outcome" in answer ? answer.outcome : null;
        if (outcome?.fault) problems.fault(outcome.fault.diagnostic);
        return outcome;
      });
      const model = modelOf(known[i]!, tasks, outcomes);
      if (outcomes.some((each) => each !== null)) onModel(model);
      models.push(model);
    }
  } finally {
    await pool?.close();
  }
  return models;
}

/** The progress line: how many configurations are done, and how far a large one is. */
class SuiteProgress {
  readonly #total: number;
  readonly #line: ProgressLine;
  #done = 0;
  readonly #begin = performance.now();

  constructor(planned: readonly Planned[], line: ProgressLine) {
    this.#total = planned.reduce((sum, { tasks }) => sum + tasks.length, 0);
    this.#line = line;
  }

  done(): void {
    this.#done += 1;
    const seconds = (performance.now() - this.#begin) / 1000;
    this.#line.tell(`[${this.#done}/${this.#total}] ${formatSeconds(seconds)}`, seconds);
  }

  show({ model, configuration }: Task, progress: Parameters<ProgressLine["show"]>[1]): void {
    const name = [model.name, configuration.variant, configuration.arch].filter((word) => word !== null);
    this.#line.show(`${name.join(" ")}: `, progress);
  }

  clear(): void {
    this.#line.clear();
  }
}

/** What is known of the models before the search. */
function suiteNames(planned: readonly Planned[]): PlannedModel[] {
  const names = shownNames(planned);
  return planned.map(({ family, tasks }, i) => ({
    name: names[i]!,
    about: family.spec.about,
    configurations: tasks.map(({ configuration }) => configuration),
  }));
}

/** The models' names; with the file where another model has the same. */
function shownNames(planned: readonly Planned[]): string[] {
  const names = planned.map(({ family }) => family.name);
  return planned.map(({ family: { name }, tasks }) =>
    names.indexOf(name) === names.lastIndexOf(name) ? name : `${name} (${tasks[0]!.file})`,
  );
}

function modelOf(
  { name, about }: PlannedModel,
  tasks: readonly Task[],
  outcomes: readonly (Outcome | null)[],
): SuiteModel {
  const configurations = tasks.map(({ configuration: { variant, arch } }, i) => ({
    variant,
    arch,
    outcome: outcomes[i]!,
  }));
  return { name, about, configurations };
}

function outcomesOf(models: readonly SuiteModel[]): Outcome[] {
  return models.flatMap(({ configurations }) =>
    configurations.flatMap(({ outcome }) => (outcome ? [outcome] : [])),
  );
}

function conclude(models: readonly SuiteModel[], seconds: number): string {
  const states = plural(suiteCounts(models).states, "state");
  return [suiteConclusion(models), states, formatSeconds(seconds)].join(" · ");
}

/** What is not decided does not confirm what a model file expects. */
function statusOf(outcomes: readonly Outcome[]): ExitStatus {
  return outcomes.every(({ properties }) => properties.every(asExpected))
    ? exitStatus.expected
    : exitStatus.unexpected;
}
