/** The command line: what may be written, and what it means. */
import { TlbcheckError } from "../model/diagnostic.ts";
import { commandLine } from "./command-line.ts";
import { emissions } from "./emit.ts";
import { defaultEngine } from "./engines.ts";
import { checkFormats, type FormatChoice, formatOptions } from "./formats.ts";
import { type LitmusCommandOptions, litmusOptionsOf } from "./litmus-arguments.ts";
import {
  type CrosscheckOptions,
  crosscheckOptionsOf,
  type ExportCommandOptions,
  exportOptionsOf,
} from "./export-arguments.ts";
import {
  commonOptions,
  type CommonOptions,
  nameAmong,
  searchOptions,
  type SearchChoice,
  type SelectionChoice,
  selectionOptions,
  type StrategyChoice,
  strategyOptions,
  text,
  usageError,
  wordList,
  type Words,
} from "./option-values.ts";
import { type InitOptions, initOptionsOf } from "./init-arguments.ts";
import { misuse } from "./misuse.ts";
import { type NecessityOptions, necessityOptionsOf } from "./necessity-arguments.ts";
import { parseDuration } from "./quantities.ts";
import { type ShowOptions, showOptionsOf } from "./show-arguments.ts";
import { type SuiteOptions, suiteOptionsOf } from "./suite-arguments.ts";

export interface CheckOptions
  extends CommonOptions, SelectionChoice, SearchChoice, StrategyChoice, FormatChoice {
  readonly file: string;
  readonly properties: readonly string[];
  readonly full: boolean;
  /** Whether to print beside each row of a trace what it changed. */
  readonly state: boolean;
  /** Where to keep the search, and where it was kept before. */
  readonly checkpoint: string | undefined;
  readonly resume: string | undefined;
  /** Seconds between two checkpoints. */
  readonly checkpointEvery: number;
  /** What to print instead of searching. */
  readonly emit: string | undefined;
}

export interface ListOptions extends CommonOptions {
  /** Undefined: the models that come with tlbcheck. */
  readonly path: string | undefined;
}

export type Invocation =
  | { readonly command: "check"; readonly options: CheckOptions }
  | { readonly command: "suite"; readonly options: SuiteOptions }
  | { readonly command: "show"; readonly options: ShowOptions }
  | { readonly command: "init"; readonly options: InitOptions }
  | { readonly command: "list"; readonly options: ListOptions }
  | { readonly command: "litmus"; readonly options: LitmusCommandOptions }
  | { readonly command: "necessity"; readonly options: NecessityOptions }
  | { readonly command: "export"; readonly options: ExportCommandOptions }
  | { readonly command: "crosscheck"; readonly options: CrosscheckOptions }
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
    suite: (given) => (chosen = { command: "suite", options: suiteOptionsOf(given) }),
    show: (given) => (chosen = { command: "show", options: showOptionsOf(given) }),
    init: (given) => (chosen = { command: "init", options: initOptionsOf(given) }),
    list: (given) =>
      (chosen = { command: "list", options: { ...commonOptions(given), path: text(given, "path") } }),
    litmus: (given) => (chosen = { command: "litmus", options: litmusOptionsOf(given) }),
    necessity: (given) => (chosen = { command: "necessity", options: necessityOptionsOf(given) }),
    export: (given) => (chosen = { command: "export", options: exportOptionsOf(given) }),
    crosscheck: (given) => (chosen = { command: "crosscheck", options: crosscheckOptionsOf(given) }),
  });
  void parser.parse([...words], (error: Error | undefined, _given: unknown, output: string) => {
    failure = error;
    printed = output;
  });
  if (failure) throw failure instanceof TlbcheckError ? failure : misuse(failure.message, words);
  return chosen ?? { command: "print", text: `${printed}\n` };
}

/** Seconds between two checkpoints where nothing else is said. */
const KEPT_EVERY = 60;

function checkOptionsOf(given: Words): CheckOptions {
  const emit = text(given, "emit");
  const kept = { checkpoint: text(given, "checkpoint"), resume: text(given, "resume") };
  const every = text(given, "checkpoint-every");
  if (every !== undefined && kept.checkpoint === undefined)
    throw usageError("--checkpoint-every says how often, and --checkpoint FILE where: write both");
  const [option] = Object.entries(kept).flatMap(([name, path]) => (path === undefined ? [] : [`--${name}`]));
  const searching = { ...searchOptions(given), ...strategyOptions(given) };
  if (option && (searching.strategy !== "bfs" || searching.engine !== defaultEngine))
    throw usageError(`${option} is for --search bfs and --engine ${defaultEngine}, which are the defaults`);
  return {
    ...kept,
    checkpointEvery: every === undefined ? KEPT_EVERY : parseDuration(every, "--checkpoint-every"),
    ...commonOptions(given),
    ...selectionOptions(given),
    ...searching,
    ...formatOptions(given, checkFormats),
    file: text(given, "model")!,
    properties: wordList(given["property"]),
    full: given["full"] === true,
    state: given["state"] === true,
    emit: emit === undefined ? undefined : nameAmong(Object.keys(emissions), emit, "form"),
  };
}
