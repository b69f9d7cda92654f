/**
 * A trace as the diagram of a commit message: plain ASCII, no line longer than 75 columns, an actor each column, or
 * a block each turn where columns have no room.
 */
import type { Trace } from "../trace/trace.ts";
import { ascii } from "./ascii.ts";
import { type CallLine, callLines } from "./call-lines.ts";
import { type Column, columnsOf } from "./columns.ts";
import { foldedRows, rowsOf, violatingRow } from "./rows.ts";
import { wrap } from "./text.ts";

/** The longest line of a commit message. */
export const COMMIT_WIDTH = 75;
const INDENT = 4;
/** Where columns begin, by their number. */
const STARTS: Readonly<Record<number, readonly number[]>> = { 1: [4], 2: [4, 36], 3: [4, 28, 52] };
/** Spaces between heads at least. */
const GAP = 2;
const NESTING = 2;
/** A column in which one thing takes more lines than this is too narrow. */
const MAX_LINES = 3;

/** A row of the trace, ready to be placed. */
interface Told {
  readonly column: number;
  readonly lines: readonly CallLine[];
  readonly isViolating: boolean;
  /** What stands in the margin of its first line. */
  readonly number: string;
  /** What is said above it, across the columns. */
  readonly mark: string | null;
}

/** The lines of the diagram; with `full` one for each transition. */
export function commitDiagram(trace: Trace, full: boolean): string[] {
  const { rows, cycle } = rowsOf(trace, foldedRows);
  const columns = columnsOf(trace, rows);
  const lines = callLines(rows, full);
  const violating = violatingRow(trace, rows);
  const told = rows.map((row, i) => {
    const column = columns.findIndex(({ has }) => has(row));
    return {
      column,
      lines: named(columns[column]!, row.actor, lines[i]!),
      isViolating: row === violating,
      number: (trace.waits ?? []).length > 0 ? `${i + 1}` : "",
      mark: i === cycle ? "(from here on, again and again)" : null,
    };
  });
  const heads = columns.map(({ title }) => headOf(title));
  const body = rows.length === 0 ? [atMargin("(in the initial state, before any step)")] : drawn(heads, told);
  const end = cycle === rows.length ? [atMargin("(it stays like this for ever)")] : [];
  return [...initialLines(trace), ...body, ...end].map((line) => line.trimEnd());
}

/** Below the name of who does it, in a column of several; what stands in brackets tells that itself. */
function named(column: Column, actor: string, lines: readonly CallLine[]): readonly CallLine[] {
  if (!column.named || lines[0]!.parts[0]!.startsWith("[")) return lines;
  const below = lines.map(({ depth, parts }) => ({ depth: depth + 1, parts }));
  return [{ depth: 0, parts: [ascii(actor)] }, ...below];
}

function drawn(heads: readonly string[], told: readonly Told[]): string[] {
  return inColumns(heads, told) ?? inBlocks(heads, told);
}

/** `CPU0 kswapd` as the kernel writes it: `CPU0 (kswapd)`. */
function headOf(title: string): string {
  return ascii(title).replace(/^(CPU\s?\d+) (.+)$/, "$1 ($2)");
}

function initialLines({ initial }: Trace): string[] {
  if (initial.length === 0) return [];
  const text = `initially ${initial.map(({ cell, value }) => `${cell} = ${value}`).join(", ")}`;
  return [...wrap(ascii(text), COMMIT_WIDTH - INDENT).map(atMargin), ""];
}

/** Undefined if there are too many columns, or one has no room for what happens in it. */
function inColumns(heads: readonly string[], told: readonly Told[]): string[] | undefined {
  const starts = STARTS[heads.length];
  if (!starts) return undefined;
  const widths = starts.map((start, i) => (starts[i + 1] ?? COMMIT_WIDTH) - start);
  // Rows share no lines, so that a long name may run on into the next column, though not far.
  const most = widths.map((width, i) => Math.min(Math.floor(width * 1.5), COMMIT_WIDTH - starts[i]!));
  if (heads.some((head, i) => head.length > widths[i]! - GAP)) return undefined;
  const across = (texts: readonly string[]): string =>
    texts.reduce((line, text, i) => line.padEnd(starts[i]!) + text, "");
  const body: string[] = [];
  for (const row of told) {
    const lines = fitted(row.lines, widths[row.column]!, most[row.column]!);
    if (!lines) return undefined;
    if (row.mark !== null) body.push(atMargin(row.mark));
    const placed = withUnderline(lines, row.isViolating).map(
      (line) => " ".repeat(starts[row.column]!) + line,
    );
    body.push(...numbered(placed, row.number));
  }
  return [across(heads), across(heads.map(() => "----")), ...body];
}

/** A block for each turn: what happens in one column until something happens in another. */
function inBlocks(heads: readonly string[], told: readonly Told[]): string[] {
  const body: string[] = [];
  let time = 0;
  let column = -1;
  for (const row of told) {
    if (row.mark !== null) body.push(atMargin(row.mark));
    if (row.column !== column || row.mark !== null) {
      column = row.column;
      body.push(...wrap(`[Time ${++time}] ${heads[column]!}`, COMMIT_WIDTH - INDENT).map(atMargin));
    }
    const width = COMMIT_WIDTH - INDENT - NESTING;
    const lines = row.lines.flatMap((line) => broken(line, width, wrap));
    const placed = withUnderline(lines, row.isViolating).map((line) => atMargin(" ".repeat(NESTING) + line));
    body.push(...numbered(placed, row.number));
  }
  return body;
}

/** Lines with a number in the margin of the first. */
function numbered([first = "", ...rest]: readonly string[], number: string): string[] {
  const room = INDENT - 1;
  return [number.padStart(room).padEnd(INDENT) + first.slice(Math.max(INDENT, number.length + 1)), ...rest];
}

/** The lines of a row within a width, or undefined if they are too many or one is longer than `most`. */
function fitted(lines: readonly CallLine[], width: number, most: number): string[] | undefined {
  const told = lines.map((line) => broken(line, width, wrapWords));
  const isNarrow = told.some((each, i) => each.length > MAX_LINES * lines[i]!.parts.length);
  return isNarrow || told.flat().some((line) => line.length > most) ? undefined : told.flat();
}

type Wrap = (text: string, width: number, hang: number) => string[];

/** Parts share a line as long as there is room; a part that is longer than a line is wrapped. */
function broken({ depth, parts }: CallLine, width: number, wrapPart: Wrap): string[] {
  const margin = " ".repeat(Math.min(depth * NESTING, Math.floor(width / 2)));
  const room = width - margin.length;
  const lines: string[] = [];
  for (const part of parts) {
    const joined = lines.length > 0 ? `${lines.at(-1)!}, ${part}` : part;
    if (lines.length > 0 && joined.length <= room) lines[lines.length - 1] = joined;
    // A line that goes on is further in than a call would be.
    else lines.push(...wrapPart(part, room, 2 * NESTING));
  }
  return lines.map((line) => margin + line);
}

/** Breaks between words only, so that a long name stays whole and runs past the width. */
const wrapWords: Wrap = (text, width, hang) =>
  text.split(" ").reduce<string[]>((lines, word) => {
    const joined = `${lines.at(-1)} ${word}`;
    if (lines.length === 0) return [word];
    if (joined.length <= width) return [...lines.slice(0, -1), joined];
    return [...lines, " ".repeat(hang) + word];
  }, []);

function withUnderline(lines: readonly string[], isViolating: boolean): string[] {
  if (!isViolating) return [...lines];
  const margin = Math.min(...lines.map((line) => line.length - line.trimStart().length));
  const width = Math.max(...lines.map((line) => line.length)) - margin;
  return [...lines, " ".repeat(margin) + "^".repeat(width)];
}

function atMargin(line: string): string {
  return " ".repeat(INDENT) + line;
}
