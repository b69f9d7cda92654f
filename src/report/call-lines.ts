/** Rows of a diagram as the lines of a commit message: what a call does stands below it, two spaces further in. */
import { ascii } from "./ascii.ts";
import type { Row } from "./rows.ts";

/** One line, or several parts that share lines where there is room. */
export interface CallLine {
  /** Calls that it is nested in. */
  readonly depth: number;
  readonly parts: readonly string[];
}

/** What stands for steps that are not shown. */
const FOLDED = "...";
/** Steps of an interrupted event that are all shown. */
const MOST_UNFOLDED = 3;

/**
 * The lines of each row. With `full` every transition of an event is a line; without it an event is told by its own
 * words and, where others interrupt it, by how far it got.
 */
export function callLines(rows: readonly Row[], full: boolean): CallLine[][] {
  return rows.map((_, i) => {
    const depth = openCalls(rows, i);
    return rowLines(rows, i, full).map((line) => ({
      depth: depth + line.depth,
      parts: line.parts.map(ascii),
    }));
  });
}

function rowLines(rows: readonly Row[], at: number, full: boolean): CallLine[] {
  const row = rows[at]!;
  const event = row.steps[0]!.event;
  if (event === null) return textLines(row.text);
  const { begun, goesOn, steps } = row;
  if (!full && !begun && !goesOn) return textLines(event.text);
  const head = headOf(event.text);
  const told = steps.map(({ text }) => withoutHead(text, head)).filter((text) => text !== "");
  const isFolded = !full && told.length > MOST_UNFOLDED;
  const shown = isFolded ? told.slice(-1) : told;
  const body = [...(isFolded ? [FOLDED] : []), ...shown].map((text) => ({ depth: 1, parts: [text] }));
  // A call goes on below its own last line; with something else of this column in between its name is repeated.
  const isRepeated = !begun || !followsItself(rows, at);
  return isRepeated || body.length === 0 ? [{ depth: 0, parts: [head] }, ...body] : body;
}

/** What a step says besides the name of its event; nothing where that is all. */
function withoutHead(text: string, head: string): string {
  if (text === head) return "";
  if (!text.startsWith(`${head}: `)) return text;
  return besides(head, text.slice(head.length + 2));
}

/** What is said of something that is no call, of an access for instance, is a remark. */
function besides(head: string, rest: string): string {
  return head.endsWith(")") ? rest : `[${rest}]`;
}

/** Calls of the same actor around a row: those whose return is a row of its own further down. */
function openCalls(rows: readonly Row[], at: number): number {
  const { actor } = rows[at]!;
  const own = rows.map((row, i) => ({ row, i })).filter(({ row }) => row.actor === actor);
  return own.filter(
    ({ row, i }) =>
      i < at && own.some((other) => other.i > at && other.row.text === `${headOf(row.text)} returns`),
  ).length;
}

/** Whether the last row before this one at its place is of the same event. */
function followsItself(rows: readonly Row[], at: number): boolean {
  const { place, actor, steps } = rows[at]!;
  const before = rows.slice(0, at).findLast((row) => row.place === place);
  return before?.actor === actor && before.steps[0]!.event?.id === steps[0]!.event?.id;
}

/** `f(x): g(y): a, b` as three lines, each further in. */
function textLines(text: string): CallLine[] {
  const lines: CallLine[] = [];
  let rest = text;
  for (let depth = 0; ; depth++) {
    const head = headOf(rest);
    if (head === rest) return [...lines, { depth, parts: depth > 0 ? splitOutside(rest, ", ") : [rest] }];
    lines.push({ depth, parts: [head] });
    rest = besides(head, rest.slice(head.length + 2));
  }
}

/** What stands before the first ": " that no bracket encloses; the whole text if there is none. */
function headOf(text: string): string {
  return splitOutside(text, ": ")[0]!;
}

/** Splits a text where no bracket is open. */
function splitOutside(text: string, separator: string): string[] {
  const pieces: string[] = [""];
  let open = 0;
  for (let i = 0; i < text.length;) {
    if (open === 0 && text.startsWith(separator, i)) {
      pieces.push("");
      i += separator.length;
      continue;
    }
    const character = text[i]!;
    if ("([".includes(character)) open += 1;
    if (")]".includes(character)) open = Math.max(0, open - 1);
    pieces[pieces.length - 1] += character;
    i += 1;
  }
  return pieces;
}
