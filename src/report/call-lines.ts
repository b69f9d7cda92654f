/** Rows of a diagram as the lines of a commit message: what a call does stands below it, two spaces further in. */
import { ascii } from "./ascii.ts";
import { remarksOf, type Row } from "./rows.ts";

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
  const depths = openCalls(rows);
  return rows.map((_, i) => {
    const depth = depths[i]!;
    return rowLines(rows, i, full).map((line) => ({
      depth: depth + line.depth,
      parts: line.parts.map(ascii),
    }));
  });
}

function rowLines(rows: readonly Row[], at: number, full: boolean): CallLine[] {
  const row = rows[at]!;
  const { event } = row;
  if (event === null) return textLines(row.text);
  const { begun, goesOn, steps } = row;
  const remarks = remarksOf(steps).map((remark) => ({ depth: 1, parts: [remark] }));
  if (!full && !begun && !goesOn) return [...textLines(event.text), ...remarks];
  const head = headOf(event.text);
  const told = steps.map(({ text }) => withoutHead(text, head)).filter((text) => text !== "");
  const isFolded = !full && told.length > MOST_UNFOLDED;
  const shown = isFolded ? told.slice(-1) : told;
  const lines = [...(isFolded ? [FOLDED] : []), ...shown].map((text) => ({ depth: 1, parts: [text] }));
  const body = [...lines, ...remarks];
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

/** For each row the calls of its actor around it: those whose return is a row of its own further down. */
function openCalls(rows: readonly Row[]): number[] {
  const returns = new Map(rows.map((row, i) => [keyOf(row, row.text), i]));
  const open = new Map<string, number[]>();
  return rows.map((row, i) => {
    const ends = (open.get(row.actor) ?? []).filter((end) => end > i);
    const end = returns.get(keyOf(row, `${headOf(row.text)} returns`)) ?? i;
    open.set(row.actor, end > i ? [...ends, end] : ends);
    return ends.length;
  });
}

function keyOf({ actor }: Row, text: string): string {
  return JSON.stringify([actor, text]);
}

/** Whether the last row before this one at its place is of the same event. */
function followsItself(rows: readonly Row[], at: number): boolean {
  const { place, actor, event } = rows[at]!;
  let before = at - 1;
  while (before >= 0 && rows[before]!.place !== place) before -= 1;
  const found = rows[before];
  return found?.actor === actor && found.event?.id === event?.id;
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
