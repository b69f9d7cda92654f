/** `tlbcheck show`: replays the traces of a saved report in their models, and prints them. */
import { formatDiagnostic, TlbcheckError } from "../model/diagnostic.ts";
import { expectedReason, expectedVerdict, type Family } from "../model/family.ts";
import { own } from "../model/own.ts";
import { diagram } from "../report/diagram.ts";
import type { Outcome } from "../report/outcome.ts";
import { section } from "../report/section.ts";
import { shellQuote } from "../report/shell.ts";
import { plainStyle } from "../report/style.ts";
import { type Refit, refit } from "../trace/refit.ts";
import type { Trace } from "../trace/trace.ts";
import { exitStatus, type ExitStatus, statusOfDiagnostic } from "./exit-status.ts";
import { requireWritable, writeOutput } from "./files.ts";
import type { Told } from "./headlines.ts";
import { loadModel } from "./load-model.ts";
import { planTasks, type Task } from "../session/plan.ts";
import { commitTexts, documentOf } from "./report-text.ts";
import { type SavedViolation, savedViolations } from "./saved-report.ts";
import type { ShowOptions } from "./show-arguments.ts";
import { PIPE_WIDTH, type Terminal } from "./terminal.ts";

/**
 * Prints the traces that still fit, and tells of the others where they stop fitting.
 *
 * @throws TlbcheckError TLB309 to TLB311 for what cannot be read or has no such trace, TLB313, and what loading a model throws
 */
export async function show(options: ShowOptions, version: string, terminal: Terminal): Promise<ExitStatus> {
  const violations = selected(await savedViolations(options.file), options);
  await requireWritable(options.output);
  const files = modelsOf(violations, options);
  if (options.runModels) for (const file of files) terminal.error(`replays in ${file}, which is run\n`);
  const families = await familiesOf(files, options);
  const shown: Told[] = [];
  let status: ExitStatus = exitStatus.expected;
  for (const saved of violations) {
    const file = options.model ?? saved.file;
    const found = replayed(families.get(file)!, file, saved, options);
    if ("told" in found) shown.push(found.told);
    else {
      status = statusOfDiagnostic(found.error.diagnostic);
      terminal.error(`${formatDiagnostic(found.error.diagnostic)}\n${found.fitting}`);
    }
  }
  const outcomes = shown.map(({ outcome }) => outcome);
  const text = {
    text: () => textOf(shown, options, terminal),
    commit: () => commitTexts(shown, options.full),
    json: () => documentOf({ version, outcomes, status, interrupted: false }),
  }[options.format]();
  if (options.output === undefined) terminal.out(text);
  else await writeOutput(options.output, text);
  return status;
}

/** A trace as the model tells it now, or why it does not fit any more and the part that does. */
type Replayed = { readonly told: Told } | { readonly error: TlbcheckError; readonly fitting: string };

function replayed(family: Family, file: string, saved: SavedViolation, options: ShowOptions): Replayed {
  const task = taskOf(family, file, saved);
  if (task instanceof TlbcheckError) return { error: task, fitting: "" };
  const found = refit(task.reference?.() ?? task.model, saved.property, saved.trace);
  if (found.kind === "fits") return { told: toldOf(family, task, saved, found.trace) };
  return { error: misfit(saved, task, found), fitting: fitting(saved.trace, found.step, options) };
}

function selected(
  all: readonly SavedViolation[],
  { file, arch, variant, property }: ShowOptions,
): readonly SavedViolation[] {
  const found = all.filter(
    (each) =>
      (arch === undefined || each.arch === arch) &&
      (variant === undefined || each.variant === variant || each.id === variant) &&
      (property === undefined || each.property === property),
  );
  if (found.length > 0) return found;
  const names = all.map((each) => [each.arch, each.variant, each.property].filter((word) => word !== null));
  throw new TlbcheckError("TLB311", `there is no ${all.length === 0 ? "trace" : "such trace"} in ${file}`, {
    hint:
      all.length === 0
        ? "only violations have one"
        : `there are: ${[...new Set(names.map((words) => words.join(" ")))].join("; ")}`,
  });
}

/**
 * The model files in which the traces are to be replayed. A report is data; which programs run is for the one who
 * calls to say.
 *
 * @throws TlbcheckError TLB313
 */
function modelsOf(
  violations: readonly SavedViolation[],
  { file, model, runModels }: ShowOptions,
): readonly string[] {
  if (model !== undefined) return [model];
  const named = [...new Set(violations.map((each) => each.file))];
  if (runModels) return named;
  const shown = named.map(shellQuote).join(", ");
  throw new TlbcheckError("TLB313", `to replay the traces of ${file}, ${shown} would be run as a program`, {
    hint: `if you trust ${named.length > 1 ? "them" : "it"}: tlbcheck show ${shellQuote(file)} --run-models; or name the file yourself: --model <file>`,
  });
}

async function familiesOf(files: readonly string[], options: ShowOptions): Promise<Map<string, Family>> {
  const families = new Map<string, Family>();
  for (const file of files) families.set(file, await familyOf(file, options));
  return families;
}

async function familyOf(file: string, { model }: ShowOptions): Promise<Family> {
  try {
    return await loadModel(file);
  } catch (error) {
    const isMissing = error instanceof TlbcheckError && error.diagnostic.code === "TLB301";
    if (!isMissing || model !== undefined) throw error;
    throw new TlbcheckError("TLB301", `there is no file ${file}, which the report names as its model`, {
      hint: "--model tells where it is now; paths are relative to the working directory",
    });
  }
}

/** The configuration of a saved trace in the model as it is now, or why there is none. */
function taskOf(
  family: Family,
  file: string,
  { arch, variant, parameters }: SavedViolation,
): Task | TlbcheckError {
  const specs = family.spec.parameters ?? {};
  const set = Object.entries(parameters).filter(([name, value]) => own(specs, name)?.default !== value);
  const selection = {
    file,
    arch: arch ?? undefined,
    variant,
    parameters: Object.fromEntries(set.map(([name, value]) => [name, String(value)])),
    properties: [],
  };
  try {
    const found = planTasks(family, selection).find(({ configuration }) => configuration.arch === arch);
    if (found) return found;
  } catch (error) {
    const isGone =
      error instanceof TlbcheckError && ["TLB202", "TLB203", "TLB205"].includes(error.diagnostic.code);
    if (!isGone) throw error;
    return new TlbcheckError("TLB312", `${file} has changed: ${error.message}`, { cause: error });
  }
  return new TlbcheckError("TLB312", `${file} has changed: its models are of architectures now`);
}

function toldOf(family: Family, task: Task, saved: SavedViolation, trace: Trace): Told {
  const { configuration, model, file, command } = task;
  const property = {
    property: saved.property,
    kind: saved.kind,
    verdict: "violated",
    expected: expectedVerdict(family, configuration, saved.property),
    reason: expectedReason(family, configuration, saved.property),
    steps: saved.steps,
    trace,
  } as const;
  const { id, states, transitions, depth, seconds, bytes, engine, threads, rules } = saved;
  const { stopped, livenessStopped, tracesStopped, closed = false, strategy = "bfs" } = saved;
  const outcome: Outcome = {
    ...{ model: family.name, file, configuration, id, command, states, transitions, depth, seconds, bytes },
    ...{ engine, threads, rules, closed, strategy, stopped, livenessStopped, tracesStopped },
    about: own(family.variants, configuration.variant)!.about,
    properties: [property],
    goals: saved.goals.map((goal) => ({ of: null, ...goal, source: null })),
    assumptions: model.assumptions,
    fault: null,
  };
  return { outcome, property };
}

function misfit(
  { property, variant, arch, trace }: SavedViolation,
  { file }: Task,
  { step, reason }: Refit & { kind: "misfit" },
): TlbcheckError {
  const steps = [...trace.steps, ...(trace.cycle?.steps ?? [])];
  const name = [variant, arch, property].filter((word) => word !== null).join(", ");
  const { actor, text } = steps[step - 1] ?? { actor: "", text: "" };
  const where = step === 0 ? "its beginning" : `its step ${step} of ${steps.length} (${actor}: ${text})`;
  return new TlbcheckError("TLB312", `the trace of ${name} no longer fits ${file}: ${where}: ${reason}`, {
    hint: "the model has changed since the trace was saved; check it again",
  });
}

/** The saved steps before the one that does not fit. */
function fitting(trace: Trace, step: number, { full, state }: ShowOptions): string {
  if (step < 2) return "";
  const { cycle: _, ...stem } = trace;
  const steps = [...trace.steps, ...(trace.cycle?.steps ?? [])].slice(0, step - 1);
  // Nothing is violated here: no step is marked as violating.
  const end = { kind: "violation", property: "", of: "deadlock" } as const;
  const lines = diagram({ ...stem, steps, end }, { width: PIPE_WIDTH, full, state, style: plainStyle });
  return `\n  the steps that still fit:\n\n${lines.join("\n")}\n`;
}

function textOf(shown: readonly Told[], { full, state, output }: ShowOptions, terminal: Terminal): string {
  const style = output === undefined ? terminal.style : plainStyle;
  const width = output === undefined ? terminal.width : PIPE_WIDTH;
  return shown
    .map(
      ({ outcome, property }) =>
        `${section(outcome, [property], { width, full, state, style }).join("\n")}\n`,
    )
    .join("\n");
}
