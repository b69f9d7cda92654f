/** The searches of `tlbcheck necessity`: of a configuration as it is, and with one step after the other weakened. */
import type { Family } from "../model/family.ts";
import { own } from "../model/own.ts";
import { type Weakening, weakeningsOf } from "../necessity/weakenings.ts";
import { changes, weakenAll } from "../necessity/weaken.ts";
import {
  type Need,
  type NecessityAnswer,
  type NecessityRow,
  type NecessityTable,
  needOf,
} from "../report/necessity.ts";
import type { Outcome } from "../report/outcome.ts";
import { formatSeconds } from "../report/text.ts";
import { engines } from "./engines.ts";
import { InvalidModelError } from "../model/invalid-model.ts";
import type { NecessityOptions } from "./necessity-arguments.ts";
import { planTasks, type Task } from "../session/plan.ts";
import { type ProgressLine, progressLine } from "./progress.ts";
import type { SuiteAnswer } from "./suite-job.ts";
import { SuitePool } from "./suite-pool.ts";
import { runModel, type SuiteRunner } from "./suite-run.ts";
import type { Terminal } from "./terminal.ts";

/** A configuration that was searched as it is. */
interface Base {
  readonly task: Task;
  readonly outcome: Outcome;
  /** The properties that hold in it, without those that only look at how locks are used. */
  readonly judged: readonly string[];
}

export class NecessityRun {
  readonly #family: Family;
  readonly #options: NecessityOptions;
  readonly #runner: SuiteRunner;
  readonly #line: ProgressLine;
  readonly #begin = performance.now();
  #done = 0;
  #total = 0;

  private constructor(family: Family, options: NecessityOptions, runner: SuiteRunner, line: ProgressLine) {
    this.#family = family;
    this.#options = options;
    this.#runner = { ...runner, onDone: () => this.#progress() };
    this.#line = line;
  }

  static async start(
    family: Family,
    options: NecessityOptions,
    terminal: Terminal,
    signal: AbortSignal,
  ): Promise<NecessityRun> {
    const entry = engines[options.engine]!;
    const runner: SuiteRunner = {
      options,
      memory: options.maxMemory ?? entry.defaultMemory(options.threads),
      engine: await entry.load(),
      pool: options.threads > 1 ? await SuitePool.start(options.threads, signal) : null,
      signal,
      onDone: () => {},
      onProgress: () => {},
    };
    const line = progressLine(terminal.progress, () => process.memoryUsage.rss());
    return new NecessityRun(family, options, runner, line);
  }

  async close(): Promise<void> {
    this.#line.clear();
    await this.#runner.pool?.close();
  }

  /** The table of a configuration, or with only one row of it; null if no property holds in it, or some does not. */
  async tableOf(task: Task, only: number | undefined): Promise<NecessityTable | null> {
    const base = await this.#base(task);
    if (!base || base.judged.length === 0) return null;
    const lost = base.outcome.properties.filter(({ verdict }) => verdict === "violated");
    const chosen = this.#options.variant !== undefined || this.#options.properties.length > 0;
    if (lost.length > 0 && !chosen) return null;
    const weakenings = weakeningsOf(task.model);
    const asked = weakenings.filter((_, i) => only === undefined || only === i + 1);
    const answers = await this.#answers(base, asked);
    this.#line.clear();
    const { configuration, model } = task;
    return {
      model: model.name,
      file: task.file,
      id: base.outcome.id,
      configuration,
      judged: base.judged,
      lost: lost.map(({ property }) => property!),
      states: base.outcome.states,
      rows: asked.map((weakening) => rowOf(weakening, weakenings, answers.get(weakening)!)),
      command: task.command.replace(/^tlbcheck /, "tlbcheck necessity "),
    };
  }

  async #base(task: Task): Promise<Base | null> {
    const [outcome] = await this.#search([task]);
    if (!outcome) return null;
    const standing = checksOf(task);
    const judged = outcome.properties
      .filter(({ verdict, property }) => verdict === "holds" && !standing.includes(property ?? ""))
      .flatMap(({ property }) => (property === null ? [] : [property]));
    return { task, outcome, judged };
  }

  /** Asks in the order of the configuration, then in the others about what is redundant in it. */
  async #answers(base: Base, asked: readonly Weakening[]): Promise<Map<Weakening, NecessityAnswer[]>> {
    const found = new Map<Weakening, NecessityAnswer[]>(asked.map((each) => [each, []]));
    let open = asked;
    for (const { order, at } of await this.#orders(base)) {
      const here = new Map(weakeningsOf(at.task.model).map((each) => [each.key, each]));
      const there = open.flatMap((each) => {
        const weakening = here.get(each.key);
        return weakening ? [{ each, weakening }] : [];
      });
      const known = there.map(({ weakening }) => knownNeed(weakening, at));
      const asking = there.filter((_, i) => known[i] === null);
      const outcomes = await this.#search(asking.map(({ weakening }) => weakened(at.task, weakening)));
      for (const [i, each] of there.entries()) {
        const outcome = known[i] ? at.outcome : outcomes[asking.indexOf(each)];
        const need = known[i] ?? (outcome && needOf(outcome, at.judged, checksOf(at.task)));
        if (outcome && need) found.get(each.each)!.push({ order, outcome, need });
      }
      open = open.filter((each) => found.get(each)!.every(({ need }) => isOpen(need)));
    }
    return found;
  }

  /** The memory orders to ask in, each with the configuration in it: those in which what holds still does. */
  async #orders(base: Base): Promise<{ readonly order: string | null; readonly at: Base }[]> {
    const spec = own(this.#family.spec.parameters ?? {}, "order");
    const { order: given } = base.task.configuration.parameters;
    const first = { order: given === undefined ? null : String(given), at: base };
    if (!spec || !("oneOf" in spec) || own(this.#options.parameters, "order") !== undefined) return [first];
    const others = [];
    for (const order of spec.oneOf.filter((each) => each !== given)) {
      const [task] = this.#tasksIn(base, order);
      const at = task && (await this.#base(task));
      if (at && base.judged.every((property) => at.judged.includes(property))) others.push({ order, at });
    }
    return [first, ...others];
  }

  #tasksIn({ task }: Base, order: string): Task[] {
    const { arch, variant } = task.configuration;
    const parameters = { ...this.#options.parameters, order };
    return planTasks(this.#family, { ...this.#options, arch: arch ?? undefined, variant, parameters });
  }

  /** The outcomes in the order of the tasks; undefined where an interruption came first. */
  async #search(tasks: readonly Task[]): Promise<(Outcome | undefined)[]> {
    this.#total += tasks.length;
    return (await runModel(this.#family, tasks, this.#runner)).map(outcomeIn);
  }

  #progress(): void {
    this.#done += 1;
    const seconds = (performance.now() - this.#begin) / 1000;
    this.#line.tell(`[${this.#done}/${this.#total}] ${formatSeconds(seconds)}`, seconds);
  }
}

function rowOf(weakening: Weakening, all: readonly Weakening[], answers: NecessityAnswer[]): NecessityRow {
  const { key, thread, what, kind, form, call, source } = weakening;
  return { number: all.indexOf(weakening) + 1, key, thread, what, kind, form, call, source, answers };
}

function weakened(task: Task, { choices }: Weakening): Task {
  const { reference } = task;
  return {
    ...task,
    model: weakenAll(task.model, choices),
    reference: reference && (() => weakenAll(reference(), choices)),
  };
}

/** The properties that are checked without being asked for: how locks and entries are used. */
function checksOf({ judged }: Task): string[] {
  return judged.filter(({ standing }) => standing).map(({ name }) => name);
}

/** Whether a weaker memory order may say otherwise. */
function isOpen({ kind }: Need): boolean {
  return ["redundant", "never taken", "no effect"].includes(kind);
}

/** What needs no search; null: it does. */
function knownNeed({ choices }: Weakening, { task, outcome }: Base): Need | null {
  if (!choices.some((choice) => changes(task.model, choice))) return { kind: "no effect" };
  const names = new Set(choices.map(({ rule }) => rule));
  const taken = outcome.rules.some(({ rule, firings }) => firings > 0 && names.has(rule));
  return taken ? null : { kind: "never taken" };
}

function outcomeIn(answer: SuiteAnswer | undefined): Outcome | undefined {
  if (!answer || "outcome" in answer) return answer?.outcome;
  if ("failure" in answer) throw new InvalidModelError(answer.failure);
  return undefined;
}
