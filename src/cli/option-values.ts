/** What the options that several commands share were given. */
import { availableParallelism } from "node:os";
import { hardwareForms } from "../arch/machine.ts";
import { memoryOrders } from "../arch/store-buffer.ts";
import { MAX_SEED, strategies, type Strategy } from "../explorer/engine.ts";
import { suggest, TlbcheckError } from "../model/diagnostic.ts";
import { own } from "../model/own.ts";
import { defaultEngine, engines } from "./engines.ts";
import { parseAmount, parseDuration } from "./quantities.ts";

/** Threads of one search. Each takes some 20 MB and a core's time; a search has seldom work for more. */
export const MAX_THREADS = 256;

/** The words of the command line, as its parser hands them on. */
export type Words = Record<string, unknown>;

export interface CommonOptions {
  readonly json: boolean;
  readonly debug: boolean;
  /** Undefined: as the terminal says. */
  readonly colour: boolean | undefined;
}

/** Which configurations of a model file. */
export interface SelectionChoice {
  readonly arch: string | undefined;
  readonly variant: string | undefined;
  readonly parameters: Readonly<Record<string, string>>;
}

/** How to search, and how far. */
export interface SearchChoice {
  readonly maxStates: number | undefined;
  readonly maxMemory: number | undefined;
  readonly timeout: number | undefined;
  readonly threads: number;
  readonly engine: string;
}

/** In which order states are searched, and when that ends. */
export interface StrategyChoice {
  readonly strategy: Strategy;
  readonly first: boolean;
  readonly seed: number;
}

/** Random walks begin with this number unless another one is given, so that the same command finds the same. */
const DEFAULT_SEED = 1;

export function strategyOptions(given: Words): StrategyChoice {
  const strategy = nameAmong(strategies, text(given, "search") ?? "bfs", "search");
  const seed = text(given, "seed");
  if (seed !== undefined && strategy !== "random")
    throw usageError("--seed is for random walks: write --search random, too");
  if (seed !== undefined && (!/^\d{1,10}$/.test(seed) || Number(seed) > MAX_SEED))
    throw usageError(`--seed takes a whole number from 0 to ${MAX_SEED}, not ${seed}`);
  return { strategy, first: given["first"] === true, seed: Number(seed ?? DEFAULT_SEED) };
}

export function commonOptions(given: Words): CommonOptions {
  const { json, debug, color } = given;
  return {
    json: json === true,
    debug: debug === true,
    colour: typeof color === "boolean" ? color : undefined,
  };
}

export function selectionOptions(given: Words): SelectionChoice {
  return {
    arch: text(given, "arch"),
    variant: text(given, "variant"),
    parameters: parameters(given),
  };
}

export function searchOptions(given: Words): SearchChoice {
  const threads = text(given, "threads");
  const limit = <T>(name: string, parse: (value: string, name: string) => T): T | undefined => {
    const value = text(given, name);
    return value === undefined ? undefined : parse(value, `--${name}`);
  };
  return {
    maxStates: limit("max-states", parseAmount),
    maxMemory: limit("max-memory", (value, name) => parseAmount(value, name, 1024)),
    timeout: limit("timeout", parseDuration),
    threads: threads === undefined ? Math.min(availableParallelism(), MAX_THREADS) : threadCount(threads),
    engine: nameAmong(Object.keys(engines), text(given, "engine") ?? defaultEngine, "engine"),
  };
}

/** The value of an option that may be given once. */
export function text(given: Words, name: string): string | undefined {
  const value = given[name];
  if (Array.isArray(value)) throw usageError(`--${name} is given twice`);
  return typeof value === "string" ? value : undefined;
}

/** A name if it is one of those that there are. */
export function nameAmong<T extends string>(names: readonly T[], name: string, what: string): T {
  const found = names.find((each) => each === name);
  if (found === undefined) throw usageError(`there is no ${what} "${name}"`, suggest(name, names));
  return found;
}

export function usageError(
  message: string,
  hint = "tlbcheck --help tells what can be written",
): TlbcheckError {
  return new TlbcheckError("TLB306", message, { hint });
}

function threadCount(value: string): number {
  const count = parseAmount(value, "--threads");
  if (count < 1 || count > MAX_THREADS)
    throw usageError(`--threads takes a whole number from 1 to ${MAX_THREADS}, not ${value}`);
  return count;
}

/** The parameters of the model: what `--set` was given, and the options that stand for some of them. */
export function parameters(given: Words): Record<string, string> {
  const set = assignments(given["set"]);
  const order = text(given, "order");
  const form = text(given, "hardware");
  const { strict } = given;
  const worded: Record<string, string> = {
    ...(order === undefined ? {} : { order: nameAmong(memoryOrders, order, "order") }),
    ...(form === undefined ? {} : { hardware: nameAmong(hardwareForms, form, "form of hardware") }),
    ...(typeof strict === "boolean" ? { strict: String(strict) } : {}),
  };
  const twice = Object.keys(worded).find((name) => own(set, name) !== undefined);
  if (twice !== undefined) throw usageError(`--${twice} and --set ${twice}= are the same: write one of them`);
  return { ...set, ...worded };
}

/** What `--set` was given: `name=value`, any number of times. */
function assignments(given: unknown): Record<string, string> {
  return Object.fromEntries(
    wordList(given).map((word) => {
      const at = word.indexOf("=");
      if (at < 1) throw usageError(`--set takes name=value, not "${word}"`);
      return [word.slice(0, at), word.slice(at + 1)];
    }),
  );
}

/** The values of an option that may be given several times. */
export function wordList(given: unknown): string[] {
  return given === undefined ? [] : [given].flat().map(String);
}
