/** Who waits for what at the end of a run in which nothing must happen any more. */
import type { Trace, TraceCause, TraceWait } from "../trace/trace.ts";
import type { Row } from "./rows.ts";

/** A sentence on each who waits, without full stops, and one on those who wait for each other. */
export function waitSentences({ waits = [] }: Trace, rows: readonly Row[]): string[] {
  const circle = circleOf(waits);
  return [
    ...waits.map((wait) => sentenceOn(wait, rows)),
    ...(circle ? [`they wait for each other: ${circle.join(" -> ")}`] : []),
  ];
}

/**
 * What stands in front of the lines of a diagram: of a trace whose rows are referred to, the number of the row before
 * its first line.
 */
export interface Margin {
  readonly width: number;
  readonly before: (lines: readonly string[], row?: number) => string[];
}

export function marginOf({ waits = [] }: Trace, rows: readonly Row[]): Margin {
  if (waits.length === 0) return { width: 0, before: (lines) => [...lines] };
  const digits = String(rows.length).length;
  const numbered = (line: string, i: number, row: number | undefined): string =>
    `${i === 0 && row !== undefined ? row + 1 : ""}`.padStart(digits) + "  " + line;
  return {
    width: digits + 2,
    before: (lines, row) => lines.map((line, i) => numbered(line, i, row)),
  };
}

function sentenceOn(
  { who, step, source, for: what, since, because }: TraceWait,
  rows: readonly Row[],
): string {
  const at = source ? ` (${source.file}:${source.line})` : "";
  const causes = because.map((cause) => causeText(cause, rows)).join(", ");
  return `${who} waits in ${step}${at} ${sinceText(since, rows)} for ${what}${causes === "" ? "" : `: ${causes}`}`;
}

function causeText({ text, since }: TraceCause, rows: readonly Row[]): string {
  return `${text} ${sinceText(since, rows)}`;
}

/** After which row: that in which the step is taken. */
function sinceText(step: number, rows: readonly Row[]): string {
  if (step === 0) return "from the beginning";
  let taken = 0;
  const row = rows.findIndex(({ steps }) => (taken += steps.length) >= step);
  return `since row ${row + 1}`;
}

/** Actors each of whom waits for something that the next has to do, the first one again at the end; or null. */
function circleOf(waits: readonly TraceWait[]): string[] | null {
  const awaited = new Map(
    waits.map(({ who, because }) => [who, because.flatMap(({ by }) => by ?? [])] as const),
  );
  for (const { who } of waits) {
    const way = wayBack(awaited, [who]);
    if (way) return way;
  }
  return null;
}

/** The way on to the actor that it begins with, or null; no actor occurs twice in between. */
function wayBack(awaited: ReadonlyMap<string, readonly string[]>, way: readonly string[]): string[] | null {
  for (const next of awaited.get(way.at(-1)!) ?? []) {
    if (next === way[0]) return [...way, next];
    if (way.includes(next)) continue;
    const found = wayBack(awaited, [...way, next]);
    if (found) return found;
  }
  return null;
}
