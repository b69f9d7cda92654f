/** Reads tokens one by one, and tells what was expected where something else stands. */
import type { TlbcheckError } from "../model/diagnostic.ts";
import type { Position } from "./instruction.ts";
import { type LitmusSource, malformed, type Token } from "./lexer.ts";

export class Cursor {
  readonly source: LitmusSource;
  /** What was read and understood, but has nothing here that it could stand for. */
  readonly beyond: string[] = [];
  readonly #tokens: readonly Token[];
  #next = 0;

  constructor(source: LitmusSource, tokens: readonly Token[]) {
    this.source = source;
    this.#tokens = tokens;
  }

  /** The token that comes next, or the one so many after it. */
  peek(ahead = 0): Token {
    return this.#tokens[Math.min(this.#next + ahead, this.#tokens.length - 1)]!;
  }

  get at(): Position {
    return this.peek().at;
  }

  get atEnd(): boolean {
    return this.peek().kind === "end";
  }

  take(): Token {
    const token = this.peek();
    if (token.kind !== "end") this.#next++;
    return token;
  }

  /** Whether these signs or words come next. */
  sees(...texts: readonly string[]): boolean {
    return texts.every((text, i) => isSign(this.peek(i), text));
  }

  /** Takes a sign or a word if it comes next. */
  accept(text: string): boolean {
    if (!this.sees(text)) return false;
    this.take();
    return true;
  }

  expect(text: string, why = ""): Token {
    if (this.sees(text)) return this.take();
    throw this.expected(`"${text}"${why}`);
  }

  word(what: string): string {
    if (this.peek().kind === "word") return this.take().text;
    throw this.expected(what);
  }

  /** A whole number, with its sign. */
  integer(what: string): number {
    const negative = this.sees("-") && this.peek(1).kind === "number";
    if (negative) this.take();
    if (this.peek().kind !== "number") throw this.expected(what);
    return Number(this.take().text) * (negative ? -1 : 1);
  }

  /** The text of the file from a token to the last one taken, spaces made even. */
  textFrom(first: Token): string {
    const last = this.#tokens[Math.max(0, this.#next - 1)]!;
    return evenSpaces(this.source.text.slice(first.from, Math.max(first.from, last.to)));
  }

  /** The error that something else was expected here. */
  expected(what: string): TlbcheckError {
    const { kind, text, at } = this.peek();
    return malformed(this.source, at, `${what}, not ${kind === "end" ? "the end of the file" : `"${text}"`}`);
  }
}

export function evenSpaces(text: string): string {
  return text.replace(/\s+/g, " ").trim();
}

function isSign({ kind, text }: Token, wanted: string): boolean {
  return (kind === "symbol" || kind === "word") && text === wanted;
}
