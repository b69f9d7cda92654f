/** The words and options of `tlbcheck suite`. */
import type { Argv, Options } from "yargs";
import { ciFormats, type FormatChoice, formatOptions, formatWords } from "./formats.ts";
import { hardwareForm } from "./hardware-options.ts";
import {
  commonOptions,
  type CommonOptions,
  parameters,
  searchOptions,
  type SearchChoice,
  type SelectionChoice,
  text,
  type Words,
} from "./option-values.ts";

/** Markdown: the verdicts without what varies from machine to machine, for a README. */
const FORMATS = ["text", "markdown", "json", ...ciFormats.filter((each) => each !== "markdown")] as const;

export interface SuiteOptions
  extends
    CommonOptions,
    SearchChoice,
    Pick<SelectionChoice, "parameters">,
    FormatChoice<(typeof FORMATS)[number]> {
  /** Undefined: the models that come with tlbcheck. */
  readonly path: string | undefined;
  readonly arch: string | undefined;
}

const EPILOGUE = `Every configuration is first searched by one thread, as many side by side as there are threads;
one that outgrows that is searched again, alone, by all of them. No verdict depends on that.

Exit status
  0    every verdict as the model files expect
  1    some verdict differs, or is not decided
  65   some file is no model, or has a fault; the others are checked all the same
  130  interrupted (143 by SIGTERM, 129 by SIGHUP); what was found so far is printed`;

/** The words of the command, with the options that searches share. */
export function suiteCommand(search: Readonly<Record<string, Options>>) {
  return (command: Argv): Argv =>
    command
      .positional("path", { type: "string", describe: "a folder, or a model file" })
      .options({ ...suiteWords, ...search, "max-memory": suiteMemory })
      .example("$0 suite", "the models that come with tlbcheck")
      .example("$0 suite my-models --arch arm64 --timeout 1m", "those of a folder")
      .epilogue(EPILOGUE);
}

const suiteMemory: Options = {
  type: "string",
  requiresArg: true,
  group: "Limits, for each configuration:",
  describe: "memory for the states of all searches at a time, in equal parts, such as 2G",
};

export const suiteWords: Readonly<Record<string, Options>> = {
  arch: {
    type: "string",
    requiresArg: true,
    group: "Selecting:",
    describe: "only this architecture, of the models that have it",
  },
  hardware: hardwareForm,
  ...formatWords(FORMATS),
};

export function suiteOptionsOf(given: Words): SuiteOptions {
  return {
    ...commonOptions(given),
    ...searchOptions(given),
    ...formatOptions(given, FORMATS),
    path: text(given, "path"),
    arch: text(given, "arch"),
    parameters: parameters(given),
  };
}
