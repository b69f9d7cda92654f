/** What a report can be written as. */
import type { Options } from "yargs";
import { nameAmong, text, usageError, type Words } from "./option-values.ts";

/**
 * - text: for people
 * - commit: the diagram and its sentence as a commit message has them
 * - json: the document that `docs/report.schema.json` describes
 */
export const reportFormats = ["text", "commit", "json"] as const;

/** What CI reads: each property of a configuration is a test, and what is not as expected has its trace. */
export const ciFormats = ["ktap", "junit", "sarif", "github", "markdown"] as const;
export type CiFormat = (typeof ciFormats)[number];

export const checkFormats = [...reportFormats, ...ciFormats] as const;
export type ReportFormat = (typeof checkFormats)[number];

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
