/** `tlbcheck litmus`: judges litmus tests one after the other, and compares them with a table of verdicts. */
import { compare } from "../litmus/comparison.ts";
import { judged } from "../litmus/herd-report.ts";
import { litmusJson } from "../litmus/json.ts";
import { parseLitmus } from "../litmus/parse.ts";
import type { LitmusOptions } from "../litmus/result.ts";
import { runLitmus } from "../litmus/run.ts";
import { variantsOf } from "../litmus/settings.ts";
import type { VerdictTable } from "../litmus/verdict-table.ts";
import type { Diagnostic } from "../model/diagnostic.ts";
import { engines } from "./engines.ts";
import { exitStatus, type ExitStatus } from "./exit-status.ts";
import { type Failure, failureOf } from "./failure.ts";
import { Interruption } from "./interruption.ts";
import type { LitmusCommandOptions } from "./litmus-arguments.ts";
import { type LitmusFile, litmusFiles, verdictTable } from "./litmus-files.ts";
import { LitmusPrinter, type LitmusTold } from "./litmus-print.ts";
import type { Terminal } from "./terminal.ts";

/** Judges the tests and prints the report. One that is malformed is told of, and the others are judged. */
export async function litmus(
  options: LitmusCommandOptions,
  version: string,
  terminal: Terminal,
): Promise<ExitStatus> {
  const files = await litmusFiles(options.paths);
  const table = options.expect === undefined ? null : await verdictTable(options.expect);
  const printer = options.json ? undefined : new LitmusPrinter(options, terminal);
  const interruption = new Interruption();
  const judge = await judgeOf(options, table, interruption.signal);
  const tests: LitmusTold[] = [];
  const failures: Failure[] = [];
  for (const file of files) {
    if (interruption.interrupted) break;
    try {
      const told = await judge(file);
      tests.push(told);
      printer?.add(told);
    } catch (error) {
      const failure = failureOf(error, options.debug);
      failures.push(failure);
      terminal.error(failure.text);
    }
  }
  interruption.end();
  const status = interruption.interrupted ? interruption.status : statusOf(tests, failures);
  printer?.end(tests, failures.length);
  if (!printer) {
    const errors: readonly Diagnostic[] = failures.flatMap(({ diagnostics }) => diagnostics);
    const { ets2, order, engine } = options;
    const { interrupted } = interruption;
    terminal.out(
      litmusJson({ version, options: { ets2, order, engine }, tests, errors, interrupted, status }),
    );
  }
  return status;
}

/** What judges a file: on the hardware that the options describe, or that the test itself asks for. */
async function judgeOf(
  options: LitmusCommandOptions,
  table: VerdictTable | null,
  signal: AbortSignal,
): Promise<(file: LitmusFile) => Promise<LitmusTold>> {
  const entry = engines[options.engine]!;
  const { maxStates, timeout, maxMemory, threads, order, witness } = options;
  const common: Omit<LitmusOptions, "ets2"> = {
    engine: await entry.load(),
    order,
    witness,
    threads,
    signal,
    maxMemory: maxMemory ?? entry.defaultMemory(threads),
    ...(maxStates === undefined ? {} : { maxStates }),
    ...(timeout === undefined ? {} : { timeout }),
  };
  return async ({ file, text }) => {
    const test = parseLitmus(file, text);
    const hardware = { ...common, ets2: options.ets2 || variantsOf(test).includes("ets2") };
    const told = judged(test, await runLitmus(test, hardware));
    return { judged: told, comparison: table && compare(told, table, hardware) };
  };
}

/** From the worst down: what went wrong here before what is wrong with a test, and that before a difference. */
function statusOf(tests: readonly LitmusTold[], failures: readonly Failure[]): ExitStatus {
  const failed = failures.map(({ status }) => status);
  if (failed.includes(exitStatus.internal)) return exitStatus.internal;
  if (failed.includes(exitStatus.input)) return exitStatus.input;
  if (tests.some(({ comparison }) => comparison?.kind === "disagree")) return exitStatus.unexpected;
  const isUndecided = tests.some(({ judged: { result } }) => result.stopped !== null);
  return isUndecided || failed.length > 0 ? exitStatus.inconclusive : exitStatus.expected;
}
