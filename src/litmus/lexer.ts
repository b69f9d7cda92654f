/** The words of a litmus file, each with its place. */
import { TlbcheckError } from "../model/diagnostic.ts";
import type { Position } from "./instruction.ts";

export interface Token {
  readonly kind: "word" | "number" | "string" | "symbol" | "end";
  /** As written; of a string what stands between the quotes. */
  readonly text: string;
  readonly at: Position;
  /** The character of the file that it begins at, and the one after it. */
  readonly from: number;
  readonly to: number;
}

/** A file whose comments are blanked out, so that places stay what they are. */
export interface LitmusSource {
  readonly file: string;
  readonly text: string;
}

const TOKEN =
  /(?<word>[A-Za-z_][\w.]*)|(?<number>0[xX][\dA-Fa-f]+|\d+)|"(?<string>[^"]*)"|(?<symbol>\/\\|\\\/|=>|==|!=|<>|\S)/y;

/** @throws TlbcheckError TLB501 where a comment does not end */
export function litmusSource(file: string, text: string): LitmusSource {
  return { file, text: blankComments(file, text) };
}

/** The tokens from a character on, an `end` token last; a character that begins no other is a symbol. */
export function tokenize(source: LitmusSource, from: number): Token[] {
  const { text } = source;
  const place = positions(text);
  const tokens: Token[] = [];
  let at = skipSpace(text, from);
  while (at < text.length) {
    TOKEN.lastIndex = at;
    const match = TOKEN.exec(text)!;
    tokens.push(Object.freeze({ ...classified(match), at: place(at), from: at, to: TOKEN.lastIndex }));
    at = skipSpace(text, TOKEN.lastIndex);
  }
  tokens.push(Object.freeze({ kind: "end", text: "", at: place(text.length), from: at, to: at }));
  return tokens;
}

/** Tells the place of a character; characters must be asked for in ascending order, which keeps it linear. */
export function positions(text: string): (at: number) => Position {
  let [line, begin] = [1, 0];
  return (at) => {
    for (let next = text.indexOf("\n", begin); next !== -1 && next < at; next = text.indexOf("\n", begin)) {
      line++;
      begin = next + 1;
    }
    return Object.freeze({ line, column: at - begin + 1 });
  };
}

/** The error of a test that is not well formed: its place, and what was expected there. */
export function malformed({ file }: { file: string }, at: Position, expected: string): TlbcheckError {
  return new TlbcheckError("TLB501", `expected ${expected}`, { source: { file, ...at } });
}

function classified(match: RegExpExecArray): Pick<Token, "kind" | "text"> {
  for (const kind of ["word", "number", "string", "symbol"] as const) {
    const text = match.groups?.[kind];
    if (text !== undefined) return { kind, text };
  }
  throw new Error("a token of no kind");
}

function skipSpace(text: string, from: number): number {
  const space = /\s*/y;
  space.lastIndex = from;
  space.exec(text);
  return space.lastIndex;
}

/** Comments nest, as they do in the language that herd is written in. */
function blankComments(file: string, text: string): string {
  let [result, depth, opened] = ["", 0, 0];
  for (const part of text.split(/(\(\*|\*\)|"[^"\n]*")/)) {
    const at = result.length;
    if (part === "(*" && depth++ === 0) opened = at;
    result += depth > 0 ? part.replace(/[^\n]/g, " ") : part;
    if (part === "*)" && depth > 0) depth--;
  }
  if (depth > 0)
    throw malformed({ file }, positions(text)(opened), `"*)", the end of the comment that begins here`);
  return result;
}
