/** The words and options of `tlbcheck necessity`. */
import type { Argv, Options } from "yargs";
import { type FormatChoice, formatOptions, formatWords } from "./formats.ts";
import { hardwareForm, scenarioOrder, strict } from "./hardware-options.ts";
import {
  commonOptions,
  type CommonOptions,
  searchOptions,
  type SearchChoice,
  type SelectionChoice,
  selectionOptions,
  text,
  usageError,
  wordList,
  type Words,
} from "./option-values.ts";
import { parseAmount } from "./quantities.ts";

const FORMATS = ["text", "markdown", "json"] as const;

export interface NecessityOptions
  extends CommonOptions, SelectionChoice, SearchChoice, FormatChoice<(typeof FORMATS)[number]> {
  readonly file: string;
  /** The properties to judge; none: all that hold. */
  readonly properties: readonly string[];
  /** The number of the row whose trace is printed; undefined: the table is. */
  readonly trace: number | undefined;
  /** A file that `--format json` has written, to compare with. */
  readonly expect: string | undefined;
}

const selecting = { type: "string", requiresArg: true, group: "Selecting:" } as const;

export const necessityWords: Readonly<Record<string, Options>> = {
  arch: { ...selecting, describe: "only this architecture" },
  variant: { ...selecting, describe: "only this variant, by its name or id; by default those that hold" },
  property: { ...selecting, describe: "judge by this property alone; repeatable" },
  set: { ...selecting, describe: "name=value: set a parameter of the model; repeatable" },
  order: {
    ...scenarioOrder,
    describe: "in this memory order only; by default sc, then tso for what is redundant",
  },
  hardware: hardwareForm,
  strict,
  trace: {
    type: "string",
    requiresArg: true,
    describe: "print the trace of this row of the table, of one configuration",
  },
  expect: { type: "string", requiresArg: true, describe: "compare with a table saved by --format json" },
  ...formatWords(FORMATS),
};

const EPILOGUE = `Each synchronising step is left out, or replaced by a weaker form of it, and the model is searched
again: a lock with its unlock, a flush, a barrier, a wait, an atomic; and each call with all of its steps.

  needed               a property that holds with the step is violated without it, or proved by nothing
  asked for by checks  lockdep or debug-vm has an objection, and no other property
  redundant here       every property still holds, in this scenario, on this architecture
  never taken here     no run of the scenario comes to the step
  does nothing         in the memory orders explored: smp_wmb(), where stores stay in order

A redundant step may be needed by what the scenario does not have: another CPU, thread, page or call.

Exit status
  0    the table is there, and with --expect it is as it was saved
  1    some step has another verdict than the one that was saved
  20   a limit was reached before every step had its verdict
  65   wrong input, or no selected configuration has a property that holds`;

export function necessityCommand(search: Readonly<Record<string, Options>>) {
  return (command: Argv): Argv =>
    command
      .positional("model", { type: "string", describe: "a TypeScript file that exports a model" })
      .options({ ...necessityWords, ...search })
      .example("$0 necessity model.ts --variant fixed --arch arm64", "which of its steps are needed")
      .example("$0 necessity model.ts --variant fixed --arch arm64 --trace 7", "what happens without row 7")
      .example("$0 necessity model.ts --format json -o needed.json", "save it")
      .example("$0 necessity model.ts --expect needed.json", "fail if a step has another verdict now")
      .epilogue(EPILOGUE);
}

export function necessityOptionsOf(given: Words): NecessityOptions {
  const trace = text(given, "trace");
  const expect = text(given, "expect");
  const format = formatOptions(given, FORMATS);
  if (trace !== undefined && (expect !== undefined || format.format !== "text"))
    throw usageError("--trace prints one trace as text: leave out --expect, --format and --json");
  return {
    ...commonOptions(given),
    ...selectionOptions(given),
    ...searchOptions(given),
    ...format,
    file: text(given, "model")!,
    properties: wordList(given["property"]),
    trace: trace === undefined ? undefined : parseAmount(trace, "--trace"),
    expect,
  };
}
