/** What a report can be written as, and where to. */
import { access, constants, realpath, stat, writeFile } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import type { Options } from "yargs";
import { TlbcheckError } from "../model/diagnostic.ts";
import { printable } from "../model/printable.ts";
import { nameAmong, text, usageError, type Words } from "./option-values.ts";

/**
 * - text: for people
 * - commit: the diagram and its sentence as a commit message has them
 * - json: the document that `docs/report.schema.json` describes
 */
export const reportFormats = ["text", "commit", "json"] as const;
export type ReportFormat = (typeof reportFormats)[number];

export interface FormatChoice<Format extends string = ReportFormat> {
  readonly format: Format;
  /** The file to write; undefined: standard output. */
  readonly output: string | undefined;
}

/** `--format` and `-o` of a command that writes one of these. */
export function formatWords(formats: readonly string[]): Readonly<Record<string, Options>> {
  const writing = { type: "string", requiresArg: true, group: "Writing:" } as const;
  return {
    format: { ...writing, describe: `one of: ${formats.join(", ")}; by default ${formats[0]}` },
    output: { ...writing, alias: "o", describe: "write that to a file" },
  };
}

/** What `--format`, `--json` and `-o` say; the first format unless they do. */
export function formatOptions<Format extends string>(
  given: Words,
  formats: readonly Format[],
): FormatChoice<Format | "json"> {
  const word = text(given, "format");
  const output = text(given, "output");
  if (given["json"] !== true)
    return { format: word === undefined ? formats[0]! : nameAmong(formats, word, "format"), output };
  if (word !== undefined && word !== "json")
    throw usageError(`--json and --format ${word} contradict each other: write one of them`);
  return { format: "json", output };
}

/**
 * Makes sure, before a long search, that a file can be written after it.
 *
 * @throws TlbcheckError TLB306 for a file that is read, TLB307 for one that cannot be written
 */
export async function requireWritable(output: string | undefined, input: string): Promise<void> {
  if (output === undefined) return;
  const real = (path: string): Promise<string> => realpath(path).catch(() => resolve(path));
  if ((await real(output)) === (await real(input)))
    throw usageError(`-o ${output} would overwrite what is read from it`, "name another file");
  const found = await stat(output).catch(() => undefined);
  if (found?.isDirectory())
    throw new TlbcheckError("TLB307", `${output} cannot be written: it is a directory`);
  await attempt(output, () => access(found ? output : dirname(resolve(output)), constants.W_OK));
}

/** @throws TlbcheckError TLB307 */
export async function writeOutput(file: string, content: string): Promise<void> {
  await attempt(file, () => writeFile(file, printable(content)));
}

async function attempt(file: string, action: () => Promise<void>): Promise<void> {
  try {
    await action();
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const hint = code === "ENOENT" ? { hint: `there is no folder ${dirname(file)}: make it first` } : {};
    throw new TlbcheckError("TLB307", `${file} cannot be written: ${message}`, { cause: error, ...hint });
  }
}
