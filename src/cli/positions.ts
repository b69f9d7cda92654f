/** Maps positions in the code that runs back to the files that the author wrote. */
import { SourceMap, type SourceMapPayload } from "node:module";
import { resolve } from "node:path";
import { type Diagnostic, TlbcheckError } from "../model/diagnostic.ts";
import type { Source } from "../model/model.ts";
import { isStackOverflow, stackOverflow } from "../model/size-limits.ts";
import { shownPath } from "./paths.ts";

/** A stack frame's position: file, line and column, bare or in parentheses at the end of the line. */
const FRAME = /\(?([^\s()]+):(\d+):(\d+)\)?$/;

export class Positions {
  /** The name under which the code runs. */
  readonly #name: string;
  /** The model file. */
  readonly #file: string;
  readonly #folder: string;
  /** From the code that runs backwards to the files. */
  readonly #maps: readonly SourceMap[];
  /** What to say of an error besides its own message. */
  readonly #hint: (error: unknown) => string | undefined;

  constructor(
    name: string,
    file: string,
    folder: string,
    maps: readonly string[],
    hint: (error: unknown) => string | undefined = () => undefined,
  ) {
    this.#hint = hint;
    this.#name = name;
    this.#file = file;
    this.#folder = folder;
    this.#maps = maps.map((map) => new SourceMap(JSON.parse(map) as SourceMapPayload));
  }

  /** The place in the author's file; positions elsewhere are returned with a short path. */
  original(source: Source): Source {
    if (source.file !== this.#name) return { ...source, file: shownPath(source.file) };
    return lookUp(this.#maps, source, this.#folder) ?? source;
  }

  /** The place of the innermost stack frame that lies in the author's files, or null. */
  ofError(error: unknown): Source | null {
    const stack = error instanceof Error ? (error.stack ?? "") : "";
    for (const line of stack.split("\n")) {
      const [, file, at, column] = FRAME.exec(line.trim()) ?? [];
      if (file === this.#name) return this.original({ file, line: Number(at), column: Number(column) });
    }
    return null;
  }

  /** Whatever a model file threw, as an error with a diagnostic and a place in the author's files. */
  explain(error: unknown): TlbcheckError {
    if (error instanceof TlbcheckError) return this.#relocated(error);
    if (isStackOverflow(error)) return stackOverflow(error, this.ofError(error));
    const message =
      error instanceof Error
        ? `${error.name}: ${error.message}`
        : `${shownPath(resolve(this.#file))} threw ${String(error)}`;
    const hint = this.#hint(error);
    return new TlbcheckError("TLB305", message, {
      source: this.ofError(error),
      cause: error,
      ...(hint === undefined ? {} : { hint }),
    });
  }

  #relocated(error: TlbcheckError): TlbcheckError {
    const { code, message, hint, source }: Diagnostic = error.diagnostic;
    return new TlbcheckError(code, message, {
      source: source ? this.original(source) : this.ofError(error),
      cause: error,
      ...(hint === null ? {} : { hint }),
    });
  }
}

/** Follows a position through the maps; each gives the position in the code that its own input was. */
function lookUp(maps: readonly SourceMap[], source: Source, folder: string): Source | undefined {
  let { file, line, column } = source;
  for (const map of maps) {
    const entry = map.findEntry(line - 1, column - 1);
    if (!("originalLine" in entry)) return undefined;
    line = entry.originalLine + 1;
    column = entry.originalColumn + 1;
    file = entry.originalSource;
  }
  return { file: shownPath(resolve(folder, decodeURIComponent(file))), line, column };
}
