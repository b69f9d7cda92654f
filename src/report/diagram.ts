/** A trace as the diagram of a commit message: one column a place, one event a row, time downwards. */
import type { Trace } from "../trace/trace.ts";
import { type Column, columnsOf, textIn } from "./columns.ts";
import { foldedRows, fullRows, type Row, type Rows, rowsOf, violatingRow } from "./rows.ts";
import { changedState } from "./state.ts";
import type { Style } from "./style.ts";
import { wrap } from "./text.ts";
import { marginOf, waitSentences } from "./waits.ts";

export interface DiagramOptions {
  /** Characters a line. */
  readonly width: number;
  /** One row a transition instead of one an event. */
  readonly full: boolean;
  /** What of the state each row changed; not unless given. */
  readonly state?: boolean;
  readonly style: Style;
}

const INDENT = "  ";
const GAP = 3;
/** Below this, columns are unreadable, and the rows are listed one under the other. */
const MIN_COLUMN = 22;

/** The lines of the diagram, without the consequence. */
export function diagram(trace: Trace, options: DiagramOptions): string[] {
  const told = rowsOf(trace, options.full ? fullRows : foldedRows);
  const { rows } = told;
  const initial = initialLines(trace, options);
  if (rows.length === 0)
    return [
      ...initial,
      `${INDENT}(in the initial state, before any step)`,
      ...cycleMark(told, 0, options).map((line) => INDENT + line),
    ];
  const columns = columnsOf(trace, rows);
  const widths = shareWidth(columns, rows, options.width - INDENT.length - marginOf(trace, rows).width);
  const lines = widths
    ? inColumns(trace, told, columns, widths, options)
    : asList(trace, told, columns, options);
  return [...initial, ...lines.map((line) => (INDENT + line).trimEnd())];
}

/** Who waits for what where nothing must happen any more, in the numbers of the diagram's rows; one line each. */
export function waitLines(trace: Trace, full: boolean): string[] {
  return waitSentences(trace, rowsOf(trace, full ? fullRows : foldedRows).rows);
}

function initialLines({ initial }: Trace, { width }: DiagramOptions): string[] {
  if (initial.length === 0) return [];
  const text = `initially ${initial.map(({ cell, value }) => `${cell} = ${value}`).join(", ")}`;
  return [...wrap(text, width - INDENT.length).map((line) => INDENT + line), ""];
}

/** The width of each column: what it needs, or a fair share of what there is; undefined if that is too narrow. */
function shareWidth(columns: readonly Column[], rows: readonly Row[], width: number): number[] | undefined {
  const needs = columns.map((column) => {
    const texts = rows.filter(column.has).map((row) => textIn(column, row));
    return Math.max(MIN_COLUMN, column.title.length, ...texts.map((text) => text.length));
  });
  const available = width - GAP * (columns.length - 1);
  if (available < MIN_COLUMN * columns.length) return undefined;
  const widths = needs.map(() => 0);
  let left = available;
  // The columns that need least are served first, so that what they leave goes to the others.
  const order = needs.map((_, i) => i).sort((a, b) => needs[a]! - needs[b]!);
  order.forEach((column, served) => {
    widths[column] = Math.min(needs[column]!, Math.floor(left / (columns.length - served)));
    left -= widths[column];
  });
  return widths;
}

function inColumns(
  trace: Trace,
  told: Rows,
  columns: readonly Column[],
  widths: readonly number[],
  options: DiagramOptions,
): string[] {
  const { rows } = told;
  const { style } = options;
  const offsets = widths.map((_, i) => widths.slice(0, i).reduce((sum, width) => sum + width + GAP, 0));
  const across = (texts: readonly string[]): string =>
    texts.reduce((line, text, i) => line.padEnd(offsets[i]!) + text, "").trimEnd();
  const violating = violatingRow(trace, rows);
  const { before } = marginOf(trace, rows);
  const body = rows.flatMap((row, i) => {
    const at = columns.findIndex(({ has }) => has(row));
    const lines = wrap(textIn(columns[at]!, row), widths[at]!);
    const offset = " ".repeat(offsets[at]!);
    const marked = row === violating ? [underline(lines)] : [];
    return [
      ...before(cycleMark(told, i, options)),
      ...before(
        lines.map((line) => offset + line),
        i,
      ),
      ...before(stateLines(row, widths[at]!, options).map((line) => offset + line)),
      ...before(marked.map((line) => offset + style.red(line))),
    ];
  });
  const titles = columns.map(({ title }, i) => title.slice(0, widths[i]));
  return [
    ...before([style.bold(across(titles)), across(titles.map((title) => "-".repeat(title.length)))]),
    ...body,
    ...before(cycleMark(told, rows.length, options)),
  ];
}

/** The line above a row if the cycle of a lasso begins with that row. */
function cycleMark({ rows, cycle }: Rows, row: number, { style }: DiagramOptions): string[] {
  if (cycle !== row) return [];
  const text = cycle === rows.length ? "it stays like this for ever" : "from here on, again and again";
  return [style.red(`--- ${text} ---`)];
}

/** Where the columns would be too narrow: each row under the other, with its place in front. */
function asList(trace: Trace, told: Rows, columns: readonly Column[], options: DiagramOptions): string[] {
  const { rows } = told;
  const { style, width } = options;
  const { before, width: marginWidth } = marginOf(trace, rows);
  const label = Math.max(...columns.map(({ title }) => title.length)) + 2;
  const violating = violatingRow(trace, rows);
  const body = rows.flatMap((row, i) => {
    const column = columns.find(({ has }) => has(row))!;
    const lines = wrap(
      textIn(column, row),
      Math.max(MIN_COLUMN, width - label - INDENT.length - marginWidth),
    );
    const texts = lines.map((line, part) => (part === 0 ? column.title : "").padEnd(label) + line);
    const marked = row === violating ? [" ".repeat(label) + style.red(underline(lines))] : [];
    const state = stateLines(row, Math.max(MIN_COLUMN, width - label - INDENT.length - marginWidth), options);
    return [
      ...before(cycleMark(told, i, options)),
      ...before(texts, i),
      ...before(state.map((line) => " ".repeat(label) + line)),
      ...before(marked),
    ];
  });
  return [...body, ...before(cycleMark(told, rows.length, options))];
}

function stateLines(row: Row, width: number, { state, style }: DiagramOptions): string[] {
  if (!state) return [];
  return changedState(row).flatMap((line) => wrap(`| ${line}`, width, 4).map(style.dim));
}

function underline(lines: readonly string[]): string {
  return "^".repeat(Math.max(...lines.map((line) => line.length)));
}
