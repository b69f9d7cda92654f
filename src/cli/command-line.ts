/** The words of the command line, and the help that tells of them. */
import yargs, { type Argv, type Options } from "yargs";
import { engines } from "./engines.ts";

/** What is done with the words of each command. */
export interface Handlers {
  readonly check: (given: Record<string, unknown>) => void;
  readonly list: (given: Record<string, unknown>) => void;
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
  0 holds   10 vacuous   11 deadlock   12 safety violated   13 liveness violated   20 inconclusive
 Otherwise:
  64 wrong use   65 wrong input   70 a fault of tlbcheck   130 interrupted   141 broken pipe`;

export function commandLine(version: string, handlers: Handlers): Argv {
  return yargs()
    .scriptName("tlbcheck")
    .locale("en")
    .usage("tlbcheck <model.ts> [options]\n\nChecks models of TLB and page-table races, exhaustively.")
    .command({
      command: ["$0 <model>", "check"],
      describe: "check a model file: every configuration, or those selected",
      builder: checkCommand,
      handler: handlers.check,
    })
    .command({
      command: "list [path]",
      describe: "the models in a folder (by default those that come with tlbcheck), and their variants",
      builder: (command: Argv) =>
        command.positional("path", { type: "string", describe: "a folder or a model file" }),
      handler: handlers.list,
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
const limit = { type: "string", requiresArg: true, group: "Limits, for each configuration:" } as const;
const searching = { type: "string", requiresArg: true, group: "Searching:" } as const;

const COMMON_OPTIONS: Readonly<Record<string, Options>> = {
  json: { type: "boolean", default: false, describe: "one JSON document on standard output" },
  color: { type: "boolean", describe: "colours even in a pipe; --no-color or NO_COLOR: none" },
  debug: { type: "boolean", default: false, describe: "show the stack of an error" },
};

const CHECK_OPTIONS: Readonly<Record<string, Options>> = {
  arch: { ...selecting, describe: "only this architecture" },
  variant: { ...selecting, describe: "only this variant, by its name or id" },
  property: { ...selecting, describe: "only this property, by its name or another name of it; repeatable" },
  set: { ...selecting, describe: "name=value: set a parameter of the model; repeatable" },
  "max-states": { ...limit, describe: "stop at this many states, such as 5M" },
  "max-memory": { ...limit, describe: "stop at this much memory for states, such as 2G" },
  timeout: { ...limit, describe: "stop after this time, such as 90, 90s or 5m" },
  threads: { ...searching, describe: "worker threads at most; by default the cores there are" },
  engine: { ...searching, describe: `one of: ${Object.keys(engines).join(", ")}` },
  full: { type: "boolean", default: false, describe: "every transition, every rule, every warning" },
};

export const optionNames: readonly string[] = [
  ...Object.keys(COMMON_OPTIONS),
  ...Object.keys(CHECK_OPTIONS),
  "help",
  "version",
];

function checkCommand(command: Argv): Argv {
  return command
    .positional("model", { type: "string", describe: "a TypeScript file that exports a model" })
    .options(CHECK_OPTIONS)
    .example("$0 model.ts", "every configuration against what the file expects")
    .example("$0 model.ts --variant dsb-only", "one variant, with the trace of each violation")
    .example("$0 model.ts --set pages=2 --timeout 5m", "a parameter, and a limit")
    .example("$0 list", "the models that come with tlbcheck");
}
