/** The command line: what may be written, and what it means. */
import { availableParallelism } from "node:os";
import { nearest, suggest, TlbcheckError } from "../model/diagnostic.ts";
import { defaultEngine, engines } from "./engines.ts";
import { commandLine, optionNames } from "./command-line.ts";
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

/**
 * Reads the words after `tlbcheck`.
 *
 * @throws TlbcheckError TLB306
 */
export function parseArguments(words: readonly string[], version: string): Invocation {
  let chosen: Invocation | undefined;
  let failure: Error | undefined;
  let printed = "";
  const parser = commandLine(version, {
    check: (given) => (chosen = { command: "check", options: checkOptionsOf(given) }),
    list: (given) =>
      (chosen = { command: "list", options: { ...commonOptions(given), path: text(given, "path") } }),
  });
  void parser.parse([...words], (error: Error | undefined, _given: unknown, output: string) => {
    failure = error;
    printed = output;
  });
  if (failure) throw failure instanceof TlbcheckError ? failure : misuse(failure.message);
  return chosen ?? { command: "print", text: `${printed}\n` };
}

type Words = Record<string, unknown>;

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
  return typeof value === "string" ? value : undefined;
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

/** The parser's complaint in plainer words, with the option that was perhaps meant. */
function misuse(message: string): TlbcheckError {
  if (message.startsWith("Not enough non-option arguments")) return usageError("no model file is named");
  const [, word] = /^Unknown arguments?: ([\w-]+)/.exec(message) ?? [];
  const near = word === undefined ? undefined : nearest(word, optionNames);
  return near === undefined ? usageError(message) : usageError(message, `did you mean --${near}?`);
}

function usageError(message: string, hint = "tlbcheck --help tells what can be written"): TlbcheckError {
  return new TlbcheckError("TLB306", message, { hint });
}
