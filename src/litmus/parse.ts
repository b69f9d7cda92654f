/** Reads herd's litmus format for AArch64. */
import type { LitmusTest, Setting } from "./ast.ts";
import { Cursor, evenSpaces } from "./cursor.ts";
import { type LitmusSource, litmusSource, malformed, positions, tokenize } from "./lexer.ts";
import { parseCondition, parseFinal, parseLocations } from "./parse-condition.ts";
import { parseInit } from "./parse-init.ts";
import { parseProgram } from "./parse-program.ts";

/** The longest tests of herd's catalogue have a few thousand; what is longer is no test, or none to be searched. */
const MAX_CHARACTERS = 65_536;

/**
 * A test from the text of a file.
 *
 * @throws TlbcheckError TLB501 with the place and what was expected there
 */
export function parseLitmus(file: string, text: string): LitmusTest {
  if (text.length > MAX_CHARACTERS) {
    const expected = `a litmus test of ${MAX_CHARACTERS} characters at most, not ${text.length}`;
    throw malformed({ file }, { line: 1, column: 1 }, expected);
  }
  const source = litmusSource(file, text);
  const head = parseHead(source);
  const cursor = new Cursor(source, tokenize(source, head.end));
  const { items, sizes } = parseInit(cursor);
  const threads = parseProgram(cursor);
  const locations = parseLocations(cursor, sizes);
  if (cursor.accept("filter")) {
    parseCondition(cursor, sizes);
    cursor.beyond.push("a filter on executions");
  }
  const final = parseFinal(cursor, sizes);
  if (!cursor.atEnd) throw cursor.expected("/\\, \\/ or the end of the file");
  const { name, about, settings } = head;
  const beyond = Object.freeze(cursor.beyond);
  return Object.freeze({ file, name, about, settings, init: items, threads, locations, final, beyond });
}

interface Head {
  readonly name: string;
  readonly about: string | null;
  readonly settings: readonly Setting[];
  /** The character at which the initial state begins. */
  readonly end: number;
}

/** Everything before the initial state: `AArch64 NAME`, a text in quotes, and lines `Key=Value`. */
function parseHead(source: LitmusSource): Head {
  const { text } = source;
  const place = positions(text);
  const [, space, name] = /^(\s*)AArch64[ \t]+([^\n]*\S)/.exec(text) ?? [];
  if (name === undefined)
    throw malformed(source, place(firstCharacter(text)), 'the first line "AArch64 NAME"');
  const settings: Setting[] = [];
  let about: string | null = null;
  let at = text.indexOf("\n", space!.length);
  for (;;) {
    at = at === -1 ? text.length : firstCharacter(text, at);
    if (text[at] === "{")
      return Object.freeze({ name: evenSpaces(name), about, settings: Object.freeze(settings), end: at });
    const [quoted, words] = match(/"([^"]*)"/y, text, at);
    const [line, key, value] = match(/([A-Za-z]\w*)[ \t]*=([^\n]*)/y, text, at);
    if (quoted !== undefined) about = evenSpaces(words!);
    else if (line !== undefined)
      settings.push(Object.freeze({ key: key!, value: value!.trim(), at: place(at) }));
    else
      throw malformed(source, place(at), 'a text in quotes, a line Key=Value, or "{" and the initial state');
    at += (quoted ?? line)!.length;
  }
}

function match(pattern: RegExp, text: string, at: number): readonly (string | undefined)[] {
  pattern.lastIndex = at;
  return pattern.exec(text) ?? [];
}

function firstCharacter(text: string, from = 0): number {
  return from + /^\s*/.exec(text.slice(from))![0].length;
}
