/** The words and options of `tlbcheck show`. */
import type { Argv, Options } from "yargs";
import { type FormatChoice, formatOptions, formatWords, reportFormats } from "./formats.ts";
import { commonOptions, type CommonOptions, text, type Words } from "./option-values.ts";

export interface ShowOptions extends CommonOptions, FormatChoice<(typeof reportFormats)[number]> {
  /** The saved report. */
  readonly file: string;
  /** The model file, where it is not the one that the report names. */
  readonly model: string | undefined;
  /** Whether the model files that the report names may be run. */
  readonly runModels: boolean;
  readonly arch: string | undefined;
  readonly variant: string | undefined;
  readonly property: string | undefined;
  readonly full: boolean;
  /** Whether to print beside each row of a trace what it changed. */
  readonly state: boolean;
}

const selecting = { type: "string", requiresArg: true, group: "Selecting:" } as const;

export const showWords: Readonly<Record<string, Options>> = {
  arch: { ...selecting, describe: "only traces of this architecture" },
  variant: { ...selecting, describe: "only traces of this variant, by its name or id" },
  property: { ...selecting, describe: "only traces of this property" },
  model: { type: "string", requiresArg: true, describe: "the model file to replay the traces in" },
  "run-models": {
    type: "boolean",
    default: false,
    describe: "replay them in the files that the report names, which are run as programs",
  },
  ...formatWords(reportFormats),
  state: { type: "boolean", default: false, describe: "beside each row of a trace what it changed" },
  full: { type: "boolean", default: false, describe: "every transition" },
};

const EPILOGUE = `Each trace is replayed first, step by step, in the model as it is now.

Exit status
  0    every trace still fits
  64   neither --model nor --run-models says that a model file may be run
  65   some trace does not, and its step is printed; the others are printed all the same`;

export function showCommand(command: Argv): Argv {
  return command
    .positional("report", { type: "string", describe: "what --format json has written" })
    .options(showWords)
    .example("$0 model.ts --variant broken --format json -o trace.json", "save it")
    .example("$0 show trace.json --model model.ts --format commit", "for a commit message")
    .epilogue(EPILOGUE);
}

export function showOptionsOf(given: Words): ShowOptions {
  return {
    ...commonOptions(given),
    ...formatOptions(given, reportFormats),
    file: text(given, "report")!,
    model: text(given, "model"),
    runModels: given["run-models"] === true,
    arch: text(given, "arch"),
    variant: text(given, "variant"),
    property: text(given, "property"),
    full: given["full"] === true,
    state: given["state"] === true,
  };
}
