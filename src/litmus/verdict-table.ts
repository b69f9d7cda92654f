/** A table of what herd says of tests, one line a test: tab-separated, with a line of titles. */
import { suggest, TlbcheckError } from "../model/diagnostic.ts";
import type { Observation } from "./outcome.ts";

/** The weakest machine that shows the outcome: an interleaving, one with store buffers, or one out of order. */
export const levels = ["sc", "tso", "relaxed"] as const;
export type Level = (typeof levels)[number];

/** What is expected on parts with FEAT_ETS2, or on those without. */
export interface ExpectedObservation {
  readonly observation: Observation;
  readonly level: Level;
}

export interface ExpectedVerdict {
  readonly name: string;
  readonly noEts: ExpectedObservation;
  readonly ets2: ExpectedObservation;
  readonly bbm: boolean;
}

/** By the names inside the test files. */
export type VerdictTable = ReadonlyMap<string, ExpectedVerdict>;

const COLUMNS = ["name", "no_ets", "ets2", "level_no_ets", "level_ets2", "bbm_flag", "cpus"] as const;
const OBSERVATIONS: readonly Observation[] = ["Never", "Sometimes", "Always"];
const YES_NO = ["yes", "no"] as const;

/** @throws TlbcheckError TLB503 with the line and what was expected there */
export function parseVerdictTable(file: string, text: string): VerdictTable {
  const lines = text.split(/\r?\n/);
  const titles = (lines[0] ?? "").split("\t");
  const missing = COLUMNS.filter((column) => column !== "cpus" && !titles.includes(column));
  if (missing.length > 0)
    throw wrong(
      file,
      1,
      `the columns ${COLUMNS.join(", ")}, separated by tabs; ${missing.join(", ")} is not there`,
    );
  const table = new Map<string, ExpectedVerdict>();
  lines.forEach((line, i) => {
    if (i === 0 || line.trim() === "" || line.startsWith("#")) return;
    const expected = parseLine(file, i + 1, titles, line.split("\t"));
    if (table.has(expected.name))
      throw wrong(file, i + 1, `another name than ${expected.name}, which is there already`);
    table.set(expected.name, expected);
  });
  return table;
}

function parseLine(
  file: string,
  line: number,
  titles: readonly string[],
  cells: readonly string[],
): ExpectedVerdict {
  const cell = (column: (typeof COLUMNS)[number]): string => cells[titles.indexOf(column)]?.trim() ?? "";
  const oneOf = <T extends string>(column: (typeof COLUMNS)[number], allowed: readonly T[]): T => {
    const found = allowed.find((each) => each === cell(column));
    if (found === undefined)
      throw wrong(
        file,
        line,
        `one of ${allowed.join(", ")} in the column ${column}, not "${cell(column)}"`,
        suggest(cell(column), allowed),
      );
    return found;
  };
  if (cell("name") === "") throw wrong(file, line, "the name of a test");
  return Object.freeze({
    name: cell("name"),
    noEts: { observation: oneOf("no_ets", OBSERVATIONS), level: oneOf("level_no_ets", levels) },
    ets2: { observation: oneOf("ets2", OBSERVATIONS), level: oneOf("level_ets2", levels) },
    bbm: oneOf("bbm_flag", YES_NO) === "yes",
  });
}

function wrong(file: string, line: number, expected: string, hint?: string): TlbcheckError {
  const source = { file, line, column: 1 };
  return new TlbcheckError(
    "TLB503",
    `expected ${expected}`,
    hint === undefined ? { source } : { source, hint },
  );
}
