/** The words of `tlbcheck init`. */
import type { Argv } from "yargs";
import { commonOptions, type CommonOptions, text, type Words } from "./option-values.ts";

export interface InitOptions extends CommonOptions {
  /** The file to write. */
  readonly file: string;
}

export function initCommand(command: Argv): Argv {
  return command
    .positional("file", { type: "string", describe: "the file to write, which must not be there yet" })
    .example("$0 init my-race.ts", "a race in a broken and a fixed variant, to be made yours");
}

export function initOptionsOf(given: Words): InitOptions {
  return { ...commonOptions(given), file: text(given, "file")! };
}
