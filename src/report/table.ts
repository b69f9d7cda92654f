/** The table of verdicts, one line a property of a configuration, printed while the search goes on. */
import { ONLY_VARIANT } from "../model/family.ts";
import { asExpected, type Outcome, type PropertyOutcome, type Verdict } from "./outcome.ts";
import type { Style } from "./style.ts";
import { alignRow, columnWidths, formatCount, formatSeconds } from "./text.ts";

/** What the names of a line are, which is known before the search. */
export interface PlannedLine {
  readonly variant: string;
  readonly id: string | null;
  readonly arch: string | null;
  readonly property: string | null;
}

export interface VerdictTable {
  readonly header: string;
  readonly lines: (outcome: Outcome) => string[];
}

/** What stands for the property of a model that declares none. */
const NO_PROPERTY = "(none declared)";
const NUMBERS = ["states", "time"];
/** Room for nine digits, so that lines printed before a large count still align. */
const STATES_WIDTH = 11;
const TIME_WIDTH = 8;

interface Column {
  readonly title: string;
  readonly cell: (line: PlannedLine) => string;
}

const NAMES: readonly Column[] = [
  { title: "variant", cell: ({ variant }) => (variant === ONLY_VARIANT ? "" : variant) },
  { title: "id", cell: ({ id }) => id ?? "" },
  { title: "arch", cell: ({ arch }) => arch ?? "" },
  { title: "property", cell: ({ property }) => property ?? NO_PROPERTY },
];

/** A table as wide as the planned lines need; columns that would be empty are left out. */
export function verdictTable(planned: readonly PlannedLine[], style: Style): VerdictTable {
  const columns = NAMES.filter(({ cell }) => planned.some((line) => cell(line) !== ""));
  const titles = [...columns.map(({ title }) => title), "verdict", "expected", ...NUMBERS];
  const verdicts: readonly Verdict[] = ["holds", "violated", "vacuous", "inconclusive"];
  const names = columnWidths([
    titles.slice(0, columns.length),
    ...planned.map((line) => columns.map(({ cell }) => cell(line))),
  ]);
  const widths = [
    ...names,
    ...columnWidths(verdicts.map((verdict) => [verdict])),
    8,
    STATES_WIDTH,
    TIME_WIDTH,
  ];
  const right = [titles.length - 2, titles.length - 1];
  return {
    header: style.bold(alignRow(titles, widths, right)),
    lines: (outcome) =>
      outcome.properties.map((property) => {
        const cells = columns.map(({ cell }) => cell(plannedLine(outcome, property)));
        const counts = [formatCount(outcome.states), formatSeconds(outcome.seconds)];
        const line = alignRow(
          [...cells, property.verdict, property.expected ?? "", ...counts],
          widths,
          right,
        );
        return asExpected(property) ? line : style.red(`${line}  <-- ${difference(property)}`);
      }),
  };
}

/** How a verdict differs from the expected one, in words. */
export function difference({ verdict, expected }: PropertyOutcome): string {
  return verdict === "inconclusive" ? "not decided" : `differs: expected ${expected ?? "holds"}`;
}

function plannedLine({ configuration, id }: Outcome, { property }: PropertyOutcome): PlannedLine {
  return { variant: configuration.variant, id, arch: configuration.arch, property };
}
