/** The command line: what may be written, and what it means. */
import { availableParallelism } from "node:os";
import yargs from "yargs";
import { suggest, TlbcheckError } from "../model/diagnostic.ts";
import { defaultEngine, engines } from "./engines.ts";
import { parseAmount, parseDuration } from "./quantities.ts";

export interface CommonOptions {
  readonly json: boolean;
  readonly debug: boolean;
  /** Undefined: as the terminal says. */
  readonly colour: boolean | undefined;
}

export interface CheckOptions extends CommonOptions {
  readonly file: string;
  readonly arch: string | undefined;
  readonly variant: string | undefined;
  readonly parameters: Readonly<Record<string, string>>;
  readonly properties: readonly string[];
  readonly maxStates: number | undefined;
  readonly maxMemory: number | undefined;
  readonly timeout: number | undefined;
  readonly threads: number;
  readonly engine: string;
  readonly full: boolean;
}

export interface ListOptions extends CommonOptions {
  /** Undefined: the models that come with tlbcheck. */
  readonly path: string | undefined;
}

export type Invocation =
  | { readonly command: "check"; readonly options: CheckOptions }
  | { readonly command: "list"; readonly options: ListOptions }
  /** Help or the version was asked for. */
  | { readonly command: "print"; readonly text: string };

const EPILOGUE = `Verdicts
  holds         no reachable state and no step violates the property, and every goal of the model is reached
  violated      with the shortest trace
  vacuous       not violated, but a goal is never reached, so that this proves nothing
  inconclusive  a limit was reached; no violation within the depth that is told

Exit status
  0    every verdict as the model file expects
  1    some verdict differs
  20   none differs, but some verdict is inconclusive
 With --arch, --variant, --property or --set, the worst verdict, expected or not:
  0 holds   10 vacuous   11 deadlock   12 safety violated   13 liveness violated   20 inconclusive
 Otherwise:
  64 wrong use   65 wrong input   70 a fault of tlbcheck   130 interrupted   141 the output's reader is gone`;

/**
 * Reads the words after `tlbcheck`.
 *
 * @throws TlbcheckError TLB306
 */
export function parseArguments(words: readonly string[], version: string): Invocation {
  let chosen: Invocation | undefined;
  let failure: string | undefined;
  let printed = "";
  const choose = (invocation: Invocation): void => void (chosen = invocation);
  const parser = commandLine(version, choose);
  parser.parse([...words], (error: Error | undefined, _argv: unknown, output: string) => {
    if (error instanceof TlbcheckError) throw error;
    if (error) failure = error.message;
    printed = output;
  });
  if (failure !== undefined) throw usageError(failure);
  if (chosen) return chosen;
  return { command: "print", text: `${printed}\n` };
}

type Words = Record<string, unknown>;

function commandLine(version: string, choose: (invocation: Invocation) => void): ReturnType<typeof yargs> {
  return yargs()
    .scriptName("tlbcheck")
    .locale("en")
    .usage("Checks models of TLB and page-table races, exhaustively.")
    .command({
      command: ["$0 <model>", "check"],
      describe: "check a model file: every configuration, or those selected",
      builder: (command) => checkOptions(command as ReturnType<typeof yargs>),
      handler: (given) => choose({ command: "check", options: checkOptionsOf(given) }),
    })
    .command({
      command: "list [path]",
      describe: "the models in a folder (by default those that come with tlbcheck), and their variants",
      builder: (command) =>
        command.positional("path", { type: "string", describe: "a folder or a model file" }),
      handler: (given) =>
        choose({ command: "list", options: { ...commonOptions(given), path: text(given, "path") } }),
    })
    .option("json", { type: "boolean", default: false, describe: "one JSON document on standard output" })
    .option("color", { type: "boolean", describe: "colours even in a pipe; --no-color or NO_COLOR: none" })
    .option("debug", { type: "boolean", default: false, describe: "show the stack of an error" })
    .epilogue(EPILOGUE)
    .version(version)
    .help()
    .alias("help", "h")
    .wrap(100)
    .strict()
    .exitProcess(false);
}

function checkOptions(command: ReturnType<typeof yargs>): ReturnType<typeof yargs> {
  const select = { type: "string", requiresArg: true, group: "Selecting:" } as const;
  const limit = { type: "string", requiresArg: true, group: "Limits, for each configuration:" } as const;
  return command
    .positional("model", { type: "string", describe: "a TypeScript file that exports a model" })
    .option("arch", { ...select, describe: "only this architecture" })
    .option("variant", { ...select, describe: "only this variant, by its name or id" })
    .option("property", { ...select, describe: "only this property, by its name or another name of it" })
    .option("set", { ...select, describe: "name=value: set a parameter of the model; repeatable" })
    .option("max-states", { ...limit, describe: "stop at this many states, such as 5M" })
    .option("max-memory", { ...limit, describe: "stop at this much memory for states, such as 2G" })
    .option("timeout", { ...limit, describe: "stop after this time, such as 90, 90s or 5m" })
    .option("threads", {
      type: "string",
      requiresArg: true,
      describe: "worker threads; as many as there are cores",
    })
    .option("engine", {
      type: "string",
      requiresArg: true,
      describe: `how to search: ${Object.keys(engines).join(", ")}`,
    })
    .option("full", {
      type: "boolean",
      default: false,
      describe: "every transition, every rule, every warning",
    })
    .example("$0 model.ts", "every configuration against what the file expects")
    .example("$0 model.ts --variant dsb-only", "one variant, with the trace of each violation")
    .example("$0 model.ts --set pages=2 --timeout 5m", "a parameter, and a limit")
    .example("$0 list", "the models that come with tlbcheck") as ReturnType<typeof yargs>;
}

function checkOptionsOf(given: Words): CheckOptions {
  const properties = given["property"];
  const threads = text(given, "threads");
  const limit = <T>(name: string, parse: (value: string, name: string) => T): T | undefined => {
    const value = text(given, name);
    return value === undefined ? undefined : parse(value, `--${name}`);
  };
  return {
    ...commonOptions(given),
    file: text(given, "model")!,
    arch: text(given, "arch"),
    variant: text(given, "variant"),
    parameters: assignments(given["set"]),
    properties: properties === undefined ? [] : [properties].flat().map(String),
    maxStates: limit("max-states", parseAmount),
    maxMemory: limit("max-memory", (value, name) => parseAmount(value, name, 1024)),
    timeout: limit("timeout", parseDuration),
    threads: threads === undefined ? availableParallelism() : threadCount(threads),
    engine: engineNamed(text(given, "engine") ?? defaultEngine),
    full: given["full"] === true,
  };
}

function commonOptions(given: Words): CommonOptions {
  const { json, debug, color } = given;
  return {
    json: json === true,
    debug: debug === true,
    colour: typeof color === "boolean" ? color : undefined,
  };
}

/** The value of an option that may be given once. */
function text(given: Words, name: string): string | undefined {
  const value = given[name];
  if (Array.isArray(value)) throw usageError(`--${name} is given twice`);
  return value === undefined ? undefined : String(value);
}

function assignments(given: unknown): Record<string, string> {
  const words = given === undefined ? [] : [given].flat().map(String);
  return Object.fromEntries(
    words.map((word) => {
      const at = word.indexOf("=");
      if (at < 1) throw usageError(`--set takes name=value, not "${word}"`);
      return [word.slice(0, at), word.slice(at + 1)];
    }),
  );
}

function threadCount(value: string): number {
  const count = parseAmount(value, "--threads");
  if (count < 1) throw usageError("--threads takes a whole number from 1");
  return count;
}

function engineNamed(name: string): string {
  if (Object.hasOwn(engines, name)) return name;
  throw usageError(`there is no engine "${name}"`, suggest(name, Object.keys(engines)));
}

export function usageError(
  message: string,
  hint = "tlbcheck --help tells what can be written",
): TlbcheckError {
  return new TlbcheckError("TLB306", message, { hint });
}
