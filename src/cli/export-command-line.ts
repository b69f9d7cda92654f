/** The words of `tlbcheck export` and `tlbcheck crosscheck`, and their help. */
import type { Argv, Options } from "yargs";
import { formatNames } from "../export/formats.ts";
import { hardwareForm, scenarioOrder, strict } from "./hardware-options.ts";
import { peers } from "./peers.ts";

const word = { type: "string", requiresArg: true } as const;

const SELECTING: Readonly<Record<string, Options>> = {
  arch: { ...word, group: "Selecting:", describe: "only this architecture" },
  variant: { ...word, group: "Selecting:", describe: "only this variant, by its name or id" },
  set: { ...word, group: "Selecting:", describe: "name=value: set a parameter of the model; repeatable" },
  order: scenarioOrder,
  hardware: hardwareForm,
  strict,
};

export const EXPORT_OPTIONS: Readonly<Record<string, Options>> = {
  ...SELECTING,
  to: { ...word, demandOption: true, describe: `the language: ${formatNames.join(", ")}` },
  output: { ...word, alias: "o", describe: "the file to write; by default standard output" },
  properties: {
    type: "boolean",
    default: true,
    describe: "with the model's properties; --no-properties: only its states, to be counted",
  },
};

const limit = { ...word, group: "Limits:" } as const;

export const CROSSCHECK_OPTIONS: Readonly<Record<string, Options>> = {
  ...SELECTING,
  peer: {
    ...word,
    describe: `only this checker, which has to be there: ${peers.map(({ name }) => name).join(", ")}; repeatable`,
  },
  tlc: { ...word, describe: "the file tla2tools.jar: ask TLC, too" },
  "max-states": { ...limit, describe: "leave larger configurations out; by default 50k" },
  "max-memory": {
    ...limit,
    describe: "memory for all programs that run at the same time, in equal parts; by default 2G each",
  },
  timeout: { ...limit, describe: "time for each program; by default 60s" },
  threads: {
    ...word,
    describe: "configurations side by side, and programs at the same time; by default the cores there are",
  },
  engine: { ...word, describe: "the engine of tlbcheck that is compared" },
};

export function exportCommand(command: Argv): Argv {
  return command
    .positional("model", { type: "string", describe: "a TypeScript file that exports a model" })
    .options(EXPORT_OPTIONS)
    .example("$0 export model.ts --variant fixed --to promela -o model.pml", "for SPIN")
    .example("$0 export model.ts --variant fixed --to murphi --no-properties", "for rumur, to count states");
}

const CROSSCHECK_EPILOGUE = `Exit status
  0    every checker that is installed agrees on every configuration
  70   one differs: what was exported and what was printed is kept, and the folder told`;

export function crosscheckCommand(command: Argv): Argv {
  return command
    .positional("paths", { type: "string", array: true, describe: "model files, or folders of them" })
    .options(CROSSCHECK_OPTIONS)
    .example("$0 crosscheck models/", "every configuration of up to 50 000 states")
    .epilogue(CROSSCHECK_EPILOGUE);
}
