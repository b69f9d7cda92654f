/** Where a command writes, and what can be shown there. */
import { colourStyle, plainStyle, type Style } from "../report/style.ts";
import type { ProgressOutput } from "./progress.ts";

export interface Terminal {
  readonly out: (text: string) => void;
  readonly error: (text: string) => void;
  readonly progress: ProgressOutput;
  readonly style: Style;
  /** Characters a line of standard output. */
  readonly width: number;
}

const PIPE_WIDTH = 100;
const MIN_WIDTH = 60;
const MAX_WIDTH = 120;

/** The process's own streams; `colour` is what the command line says, undefined if it says nothing. */
export function processTerminal(colour: boolean | undefined): Terminal {
  const { stdout, stderr, env } = process;
  // NO_COLOR: any value but the empty one turns colours off (no-color.org).
  const columns = stdout.isTTY ? stdout.columns : PIPE_WIDTH;
  const wanted = colour ?? (stdout.isTTY && !env["NO_COLOR"] && env["TERM"] !== "dumb");
  return {
    out: (text) => void stdout.write(text),
    error: (text) => void stderr.write(text),
    progress: stderr,
    style: wanted ? colourStyle : plainStyle,
    width: Math.min(MAX_WIDTH, Math.max(MIN_WIDTH, columns)),
  };
}
