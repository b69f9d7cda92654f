/** The progress line on a terminal: one line of standard error that is written over and over. */
import type { Progress } from "../explorer/engine.ts";
import { printableLine } from "../model/printable.ts";
import { formatBytes, formatCount, formatSeconds } from "../report/text.ts";

/** What is written to; standard error, or a test's stand-in. */
export interface ProgressOutput {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

export interface ProgressLine {
  /** Shows what a search has done so far, a few times a second at most. */
  readonly show: (label: string, progress: Progress) => void;
  /** Shows a text of the caller's, of work that has taken so many seconds. */
  readonly tell: (text: string, seconds: number) => void;
  /** Takes the line away, before something else is printed. */
  readonly clear: () => void;
}

const MILLISECONDS_BETWEEN = 100;
/** Short searches are over before anybody could read a line. */
const SILENT_SECONDS = 0.3;
const CLEAR = "\r\u001b[K";

/** A line where `output` is a terminal, else nothing at all. */
export function progressLine(output: ProgressOutput, memory: () => number): ProgressLine {
  if (!output.isTTY || process.env["TERM"] === "dumb")
    return { show: () => {}, tell: () => {}, clear: () => {} };
  let last = -Infinity;
  let shown = false;
  const tell = (text: string, seconds: number): void => {
    const now = performance.now();
    if (seconds < SILENT_SECONDS || now - last < MILLISECONDS_BETWEEN) return;
    last = now;
    shown = true;
    output.write(CLEAR + printableLine(text).slice(0, (output.columns ?? 80) - 1));
  };
  return {
    show: (label, progress) =>
      tell(`${label}${progressText(progress, progress.bytes ?? memory())}`, progress.seconds),
    tell,
    clear: () => {
      if (shown) output.write(CLEAR);
      shown = false;
    },
  };
}

export function progressText(
  { depth, states, frontier, violated, seconds }: Progress,
  bytes: number,
): string {
  const rate = seconds > 0 ? Math.round(states / seconds) : 0;
  return [
    `depth ${depth}`,
    `${formatCount(states)} states`,
    `${formatCount(frontier)} to expand`,
    `${formatCount(rate)}/s`,
    formatBytes(bytes),
    formatSeconds(seconds),
    ...(violated.length > 0 ? [`VIOLATED ${violated.join(", ")}`] : []),
  ].join(" · ");
}
