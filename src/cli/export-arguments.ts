/** The options of `tlbcheck export` and `tlbcheck crosscheck`. */
import { type Format, formatNames } from "../export/formats.ts";
import {
  commonOptions,
  type CommonOptions,
  nameAmong,
  searchOptions,
  type SearchChoice,
  type SelectionChoice,
  selectionOptions,
  text,
  wordList,
  type Words,
} from "./option-values.ts";
import { peers } from "./peers.ts";

export interface ExportCommandOptions extends CommonOptions, SelectionChoice {
  readonly file: string;
  readonly to: Format;
  /** Undefined: standard output. */
  readonly output: string | undefined;
  readonly properties: boolean;
}

export interface CrosscheckOptions extends CommonOptions, SelectionChoice, SearchChoice {
  /** Files and folders. */
  readonly paths: readonly string[];
  /** Names of peers that have to be there; none: those that are. */
  readonly peers: readonly string[];
  /** Where TLC is; undefined: it is not asked. */
  readonly tlcJar: string | undefined;
}

export function exportOptionsOf(given: Words): ExportCommandOptions {
  return {
    ...commonOptions(given),
    ...selectionOptions(given),
    file: text(given, "model")!,
    to: nameAmong(formatNames, text(given, "to")!, "language"),
    output: text(given, "output"),
    properties: given["properties"] !== false,
  };
}

export function crosscheckOptionsOf(given: Words): CrosscheckOptions {
  const known = peers.map(({ name }) => name);
  return {
    ...commonOptions(given),
    ...selectionOptions(given),
    ...searchOptions(given),
    paths: wordList(given["paths"]),
    peers: wordList(given["peer"]).map((name) => nameAmong(known, name, "checker")),
    tlcJar: text(given, "tlc"),
  };
}
