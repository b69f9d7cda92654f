/** The options of `tlbcheck export` and `tlbcheck crosscheck`. */
import { type Format, formatNames } from "../export/formats.ts";
import {
  commonOptions,
  type CommonOptions,
  nameAmong,
  parameters,
  searchOptions,
  type SearchChoice,
  text,
  wordList,
  type Words,
} from "./option-values.ts";
import { peers } from "./peers.ts";

interface SelectingOptions {
  readonly arch: string | undefined;
  readonly variant: string | undefined;
  readonly parameters: Readonly<Record<string, string>>;
}

export interface ExportCommandOptions extends CommonOptions, SelectingOptions {
  readonly file: string;
  readonly to: Format;
  /** Undefined: standard output. */
  readonly output: string | undefined;
  readonly properties: boolean;
}

export interface CrosscheckOptions extends CommonOptions, SelectingOptions, SearchChoice {
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
    ...selecting(given),
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
    ...selecting(given),
    ...searchOptions(given),
    paths: wordList(given["paths"]),
    peers: wordList(given["peer"]).map((name) => nameAmong(known, name, "checker")),
    tlcJar: text(given, "tlc"),
  };
}

function selecting(given: Words): SelectingOptions {
  return {
    arch: text(given, "arch"),
    variant: text(given, "variant"),
    parameters: parameters(given),
  };
}
