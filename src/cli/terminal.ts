/** Where a command writes, and what can be shown there. */
import { randomUUID } from "node:crypto";
import { printable } from "../model/printable.ts";
import { colourStyle, plainStyle, type Style } from "../report/style.ts";
import type { ProgressOutput } from "./progress.ts";

export interface Terminal {
  /** Both print text from files safely: control characters in it are shown. */
  readonly out: (text: string) => void;
  readonly error: (text: string) => void;
  readonly progress: ProgressOutput;
  readonly style: Style;
  /** Characters a line of standard output. */
  readonly width: number;
}

/** Characters a line where nobody says. */
export const PIPE_WIDTH = 100;
const MIN_WIDTH = 60;
const MAX_WIDTH = 120;

/** The process's own streams; `colour` is what the command line says, undefined if it says nothing. */
export function processTerminal(colour: boolean | undefined): Terminal {
  const { stdout, stderr, env } = process;
  const columns = stdout.isTTY ? stdout.columns : PIPE_WIDTH;
  const wanted = wantsColour(colour, stdout.isTTY, env);
  // Stands for the escape character of our own colours until everything else is made printable.
  const mark = randomUUID();
  const shown = (text: string): string => printable(text).replaceAll(mark, "\u001b");
  return {
    out: (text) => void stdout.write(shown(text)),
    error: (text) => void stderr.write(shown(text)),
    progress: stderr,
    style: wanted ? colourStyle(mark) : plainStyle,
    width: Math.min(MAX_WIDTH, Math.max(MIN_WIDTH, columns)),
  };
}

/** The command line decides; else colours are for terminals. NO_COLOR, not empty, turns them off (no-color.org). */
export function wantsColour(
  option: boolean | undefined,
  isTerminal: boolean,
  env: Readonly<Record<string, string | undefined>>,
): boolean {
  return option ?? (isTerminal && !env["NO_COLOR"] && env["TERM"] !== "dumb");
}
