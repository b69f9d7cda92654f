/** The words of the command line, and the help that tells of them. */
import yargs, { type Argv, type Options } from "yargs";
import { memoryOrders } from "../arch/store-buffer.ts";
import { strategies } from "../explorer/engine.ts";
import { engines } from "./engines.ts";
import {
  crosscheckCommand,
  CROSSCHECK_OPTIONS,
  EXPORT_OPTIONS,
  exportCommand,
} from "./export-command-line.ts";
import { checkFormats, formatWords } from "./formats.ts";
import { hardware, hardwareForm, scenarioOrder, strict } from "./hardware-options.ts";
import { initCommand } from "./init-arguments.ts";
import { MAX_THREADS } from "./option-values.ts";
import { necessityCommand, necessityWords } from "./necessity-arguments.ts";
import { showCommand, showWords } from "./show-arguments.ts";
import { suiteCommand, suiteWords } from "./suite-arguments.ts";

/** What is done with the words of each command. */
export interface Handlers {
  readonly check: (given: Record<string, unknown>) => void;
  readonly suite: (given: Record<string, unknown>) => void;
  readonly show: (given: Record<string, unknown>) => void;
  readonly init: (given: Record<string, unknown>) => void;
  readonly list: (given: Record<string, unknown>) => void;
  readonly litmus: (given: Record<string, unknown>) => void;
  readonly necessity: (given: Record<string, unknown>) => void;
  readonly export: (given: Record<string, unknown>) => void;
  readonly crosscheck: (given: Record<string, unknown>) => void;
}

const EPILOGUE = `Verdicts
  holds         no state and no step violates the property, and every goal of the model is reached
  violated      with the shortest trace
  vacuous       not violated, but a goal is never reached, so that this proves nothing
  inconclusive  a limit was reached; no violation within the depth that is told

Exit status
  0    every verdict as the model file expects
  1    some verdict differs
  20   none differs, but some verdict is inconclusive
 With --arch, --variant, --property or --set, the worst verdict, expected or not:
  0 holds   10 vacuous   11 deadlock, out of memory   12 safety violated   13 liveness violated   20 inconclusive
 Otherwise:
  64 wrong use   65 wrong input   70 a fault of tlbcheck   141 broken pipe
  130 interrupted (Ctrl-C)   143 SIGTERM   129 SIGHUP: with the verdicts so far`;

export function commandLine(version: string, handlers: Handlers): Argv {
  return yargs()
    .scriptName("tlbcheck")
    .locale("en")
    .usage("tlbcheck <model.ts> [options]\n\nChecks models of TLB and page-table races, exhaustively.")
    .command({
      command: ["$0 <model>", "check"],
      describe: "check a model file: every configuration, or those that the options select",
      builder: checkCommand,
      handler: handlers.check,
    })
    .command({
      command: "suite [path]",
      describe: "check every model of a folder (by default those that come with tlbcheck)",
      builder: suiteCommand(searchOptions("configuration")),
      handler: handlers.suite,
    })
    .command({
      command: "list [path]",
      describe: "the models in a folder (by default those that come with tlbcheck), and their variants",
      builder: (command: Argv) =>
        command.positional("path", { type: "string", describe: "a folder or a model file" }),
      handler: handlers.list,
    })
    .command({
      command: "init <file>",
      describe: "write a model file to begin with",
      builder: initCommand,
      handler: handlers.init,
    })
    .command({
      command: "show <report>",
      describe: "replay and print the traces of a saved report",
      builder: showCommand,
      handler: handlers.show,
    })
    .command({
      command: "litmus <paths..>",
      describe: "judge litmus tests in herd's AArch64 format",
      builder: litmusCommand,
      handler: handlers.litmus,
    })
    .command({
      command: "necessity <model>",
      describe: "which synchronising steps of a model that holds are needed",
      builder: necessityCommand(searchOptions("search")),
      handler: handlers.necessity,
    })
    .command({
      command: "export <model>",
      describe: "write a model in another checker's language",
      builder: exportCommand,
      handler: handlers.export,
    })
    .command({
      command: "crosscheck <paths..>",
      describe: "let other checkers count the same states and reach the same verdicts",
      builder: crosscheckCommand,
      handler: handlers.crosscheck,
    })
    .options(COMMON_OPTIONS)
    .epilogue(EPILOGUE)
    .version(version)
    .help()
    .alias("help", "h")
    .wrap(WIDTH)
    .strict()
    .exitProcess(false);
}

/** Characters a line of the help. */
const WIDTH = 100;

const selecting = { type: "string", requiresArg: true, group: "Selecting:" } as const;
const searching = { type: "string", requiresArg: true, group: "Searching:" } as const;

const COMMON_OPTIONS: Readonly<Record<string, Options>> = {
  json: { type: "boolean", default: false, describe: "one JSON document on standard output" },
  color: { type: "boolean", describe: "colours even in a pipe; --no-color or NO_COLOR: none" },
  debug: { type: "boolean", default: false, describe: "show the stack of an error" },
};

/** How far to search each of what, and how. */
function searchOptions(each: string): Readonly<Record<string, Options>> {
  const limit = { type: "string", requiresArg: true, group: `Limits, for each ${each}:` } as const;
  return {
    "max-states": { ...limit, describe: "stop at this many states, such as 5M" },
    "max-memory": { ...limit, describe: "stop at this much memory for states, such as 2G" },
    timeout: { ...limit, describe: "stop after this time, such as 90, 90s or 5m" },
    threads: {
      ...searching,
      describe: `maximum number of worker threads, up to ${MAX_THREADS}; by default the number of cores`,
    },
    engine: { ...searching, describe: `one of: ${Object.keys(engines).join(", ")}` },
  };
}

const CHECK_OPTIONS: Readonly<Record<string, Options>> = {
  arch: { ...selecting, describe: "only this architecture" },
  variant: { ...selecting, describe: "only this variant, by its name or id" },
  property: { ...selecting, describe: "only this property, by its name or another name of it; repeatable" },
  set: { ...selecting, describe: "name=value: set a parameter of the model; repeatable" },
  order: scenarioOrder,
  hardware: hardwareForm,
  strict,
  ...searchOptions("configuration"),
  search: {
    ...searching,
    describe: `${strategies.join(", ")}: breadth first (the default, with shortest traces), depth first, or random walks`,
  },
  first: {
    type: "boolean",
    default: false,
    group: "Searching:",
    describe: "stop with the first violation of any property",
  },
  checkpoint: {
    ...searching,
    describe: "keep the search in this file now and then, and where it is ended, to be resumed",
  },
  "checkpoint-every": { ...searching, describe: "how often, such as 10m; every minute unless given" },
  resume: { ...searching, describe: "go on with the search that this file keeps" },
  seed: { ...searching, describe: "a number that random walks begin with; 1 unless given" },
  ...formatWords(checkFormats),
  emit: { ...searching, describe: "print the search as WebAssembly text (wat), and do not search" },
  state: { type: "boolean", default: false, describe: "beside each row of a trace what it changed" },
  full: { type: "boolean", default: false, describe: "every transition, every rule, every warning" },
};

const LITMUS_OPTIONS: Readonly<Record<string, Options>> = {
  ets2: { ...hardware, type: "boolean", default: true, describe: "parts with FEAT_ETS2; --no-ets2: without" },
  order: {
    ...hardware,
    type: "string",
    requiresArg: true,
    describe: `how stores reach memory: ${memoryOrders.join(" or ")}; by default tso`,
  },
  witness: { type: "boolean", default: false, describe: "the shortest interleaving to each final state" },
  expect: { type: "string", requiresArg: true, describe: "compare with a table of verdicts" },
  ...searchOptions("test"),
};

/** The commands, as the help lists them. */
export const commandNames: readonly string[] = [
  "check",
  "suite",
  "list",
  "init",
  "show",
  "litmus",
  "necessity",
  "export",
  "crosscheck",
];

export const optionNames: readonly string[] = [
  ...Object.keys(COMMON_OPTIONS),
  ...Object.keys(CHECK_OPTIONS),
  ...Object.keys(LITMUS_OPTIONS),
  ...Object.keys(suiteWords),
  ...Object.keys(showWords),
  ...Object.keys(necessityWords),
  ...Object.keys(EXPORT_OPTIONS),
  ...Object.keys(CROSSCHECK_OPTIONS),
  "help",
  "version",
];

function checkCommand(command: Argv): Argv {
  return command
    .positional("model", { type: "string", describe: "a TypeScript file that exports a model" })
    .options(CHECK_OPTIONS)
    .example("$0 model.ts", "every configuration against what the file expects")
    .example("$0 model.ts --variant barrier-only", "one variant, with the trace of each violation")
    .example("$0 model.ts --set pages=2 --timeout 5m", "a parameter, and a limit")
    .example("$0 model.ts --order tso", "with store buffers, as --set order=tso")
    .example(
      "$0 model.ts --search random --timeout 5m",
      "a violation that is too deep to be met breadth first",
    )
    .example(
      "$0 model.ts --variant fixed --checkpoint kept --timeout 8h",
      "a long search; --resume kept goes on with it",
    )
    .example("$0 model.ts --strict", "transient accesses too")
    .example("$0 model.ts --format junit -o results.xml", "for a CI server; or ktap, sarif, github, markdown")
    .example("$0 model.ts --variant broken --format commit", "the diagram for a commit message")
    .example("$0 list", "the models that come with tlbcheck");
}

const LITMUS_EPILOGUE = `The numbers that herd prints after an observation count executions; here they count final states.
A verdict in the table may need accesses out of order, which no machine here has: "Never" is then
told as stronger than the architecture, not as agreement.

Exit status
  0    every test is judged or unsupported, and with --expect none disagrees
  1    some test disagrees with the table
  20   none disagrees, but a limit ended the search of some
  65   some test, or the table, is malformed; the other tests are judged all the same`;

function litmusCommand(command: Argv): Argv {
  return command
    .positional("paths", { type: "string", array: true, describe: "files, or folders of .litmus files" })
    .options(LITMUS_OPTIONS)
    .example("$0 litmus litmus/", "the tests that come with tlbcheck")
    .example("$0 litmus test.litmus --witness", "one test, with an interleaving for each final state")
    .example("$0 litmus litmus/ --no-ets2 --expect litmus/verdicts.tsv", "compared with a table")
    .epilogue(LITMUS_EPILOGUE);
}
