/** The parser's complaints about a command line, in plainer words and with what was perhaps meant. */
import { formatNames } from "../export/formats.ts";
import { nearest, suggest, type TlbcheckError } from "../model/diagnostic.ts";
import { own } from "../model/own.ts";
import { commandNames, optionNames } from "./command-line.ts";
import { usageError } from "./option-values.ts";

/** What a command lacks that was told nothing to work on. */
const NOTHING_NAMED: Readonly<Record<string, string>> = {
  litmus: "no litmus test is named",
  show: "no report is named",
  init: "no file to write is named",
};

/** What an option is that a command cannot do without. */
const NEEDED: Readonly<Record<string, string>> = { to: `the language: ${formatNames.join(", ")}` };

/** The error to be told for a complaint about these words. */
export function misuse(message: string, words: readonly string[]): TlbcheckError {
  const stranger = words.find((word) => isUnknownOption(word));
  if (message.startsWith("Not enough non-option arguments") && stranger === undefined)
    return usageError(own(NOTHING_NAMED, words[0] ?? "") ?? "no model file is named", whereToLook(words));
  const [, missing] = /^Missing required argument: (\w+)/.exec(message) ?? [];
  if (missing !== undefined)
    return usageError(`--${missing} is missing, ${own(NEEDED, missing) ?? "and needed"}`, whereToLook(words));
  const [, bare] = /^Not enough arguments following: ([\w-]+)/.exec(message) ?? [];
  if (bare !== undefined) return usageError(`${dashed(bare)} needs a value`, whereToLook(words));
  const [, unknown] = /^Unknown arguments?: (.+)/.exec(message) ?? [];
  const option = stranger?.replace(/^--?|=.*$/g, "");
  if (option !== undefined) return unknownOption(option, words);
  const extra = unknown?.split(", ")[0];
  if (extra !== undefined && words.includes(extra)) return tooMany(extra, words);
  return usageError(message, whereToLook(words));
}

function isUnknownOption(word: string): boolean {
  const [, name] = /^--(?:no-)?([\w-]+)/.exec(word) ?? [];
  return name !== undefined && !optionNames.includes(name) && !optionNames.includes(word.slice(2));
}

function unknownOption(name: string, words: readonly string[]): TlbcheckError {
  const near = nearest(name, optionNames);
  return usageError(
    `Unknown argument: ${name}`,
    near === undefined ? whereToLook(words) : `did you mean --${near}?`,
  );
}

/** One word more than the command takes. The first is a command that is not there, if it cannot be a file's name. */
function tooMany(extra: string, words: readonly string[]): TlbcheckError {
  const [first = ""] = words;
  if (/^\w+$/.test(first) && !commandNames.includes(first))
    return usageError(`there is no command "${first}"`, suggest(first, commandNames));
  if (first === "check" || !commandNames.includes(first))
    return usageError(
      `one model file is checked at a time, and "${extra}" is a second`,
      "tlbcheck suite FOLDER checks all of a folder",
    );
  return usageError(`"${extra}" is more than tlbcheck ${first} takes`, whereToLook(words));
}

function whereToLook([first = ""]: readonly string[]): string {
  return `tlbcheck ${commandNames.includes(first) && first !== "check" ? `${first} ` : ""}--help tells what can be written`;
}

function dashed(option: string): string {
  return option.length === 1 ? `-${option}` : `--${option}`;
}
