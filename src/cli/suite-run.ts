/**
 * Searches the configurations of a model: small ones side by side, one thread each, then large ones one at a time with
 * all threads. Which are large is not known before: each is begun as a small one, and those that outgrow that are
 * searched again. Verdicts, counts and traces are the same for any number of threads.
 */
import type { Engine, Progress } from "../explorer/engine.ts";
import type { Family, Variants } from "../model/family.ts";
import type { SearchChoice } from "./option-values.ts";
import type { Task } from "../session/plan.ts";
import { inOrder } from "./slots.ts";
import { carryOut, type SuiteAnswer, type SuiteJob } from "./suite-job.ts";
import type { SuitePool } from "./suite-pool.ts";

/** States up to which one thread is not worse than all: about a second. */
const SMALL_STATES = 1_000_000;

export interface SuiteRunner {
  readonly options: SearchChoice;
  /** Bytes for the states of all searches that run at the same time. */
  readonly memory: number;
  readonly engine: Engine;
  /** Null: nothing runs side by side. */
  readonly pool: SuitePool | null;
  readonly signal: AbortSignal;
  /** Called when a configuration has its answer. */
  readonly onDone: (task: Task) => void;
  readonly onProgress: (task: Task, progress: Progress) => void;
}

/** The answers in the order of the tasks; undefined for those that an interruption kept from being begun. */
export async function runModel(
  { variants, spec: { optional = [] } }: Family,
  tasks: readonly Task[],
  runner: SuiteRunner,
): Promise<(SuiteAnswer | undefined)[]> {
  const family: Variants = { variants, spec: { optional } };
  const answers = await runSmall(family, tasks, runner);
  for (const [i, task] of tasks.entries())
    if (answers[i] === "large")
      answers[i] = runner.signal.aborted ? undefined : await runAlone(family, task, runner);
  return answers as (SuiteAnswer | undefined)[];
}

async function runSmall(
  family: Variants,
  tasks: readonly Task[],
  { options, memory, pool, signal, onDone }: SuiteRunner,
): Promise<(SuiteAnswer | "large" | undefined)[]> {
  if (!pool) return tasks.map(() => "large");
  const { maxStates, timeout, engine, threads } = options;
  const limits = {
    maxStates: Math.min(maxStates ?? Infinity, SMALL_STATES),
    maxMemory: Math.floor(memory / threads),
    threads: 1,
    ...(timeout === undefined ? {} : { timeout }),
  };
  const answers: (SuiteAnswer | "large" | undefined)[] = [];
  await inOrder(
    tasks,
    threads,
    async (task) => {
      if (signal.aborted) return undefined;
      const answer = await runOne({ task, family, engine, limits }, pool);
      if (outgrown(answer, maxStates)) return "large";
      onDone(task);
      return answer;
    },
    (answer) => void answers.push(answer),
  );
  return answers;
}

/** Functions do not reach a worker: the reference is built here, where it is needed. */
async function runOne(job: SuiteJob, pool: SuitePool): Promise<SuiteAnswer> {
  const { reference } = job.task;
  const plain = { ...job, task: { ...job.task, reference: null } };
  const answer = await pool.run(plain);
  if (!("found" in answer) || !reference) return answer;
  return pool.run({ ...plain, rest: { found: answer.found, reference: reference() } });
}

/** Whether a search ended at a limit that only small ones have. */
function outgrown(answer: SuiteAnswer, maxStates: number | undefined): boolean {
  if ("found" in answer) return false;
  if ("failure" in answer) return answer.failure.some(({ code }) => code === "TLB402");
  const { stopped, livenessStopped, tracesStopped } = answer.outcome;
  return [stopped, livenessStopped, tracesStopped].some(
    (stop) =>
      stop === "max-memory" ||
      stop === "engine-memory" ||
      (stop === "max-states" && (maxStates ?? Infinity) > SMALL_STATES),
  );
}

async function runAlone(
  family: Variants,
  task: Task,
  { options, memory, engine, signal, onDone, onProgress }: SuiteRunner,
): Promise<SuiteAnswer> {
  const { maxStates, timeout, threads } = options;
  const limits = {
    maxMemory: memory,
    threads,
    ...(maxStates === undefined ? {} : { maxStates }),
    ...(timeout === undefined ? {} : { timeout }),
  };
  const job: SuiteJob = { task, family, engine: options.engine, limits };
  const answer = await carryOut(job, engine, signal, (progress) => onProgress(task, progress));
  onDone(task);
  return answer;
}
