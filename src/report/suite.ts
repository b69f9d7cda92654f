/** What is told of many models: one row a variant, one column an architecture. */
import { ONLY_VARIANT } from "../model/family.ts";
import { asExpected, type Outcome } from "./outcome.ts";
import { difference } from "./table.ts";
import type { Style } from "./style.ts";
import { alignRow, columnWidths, formatCount, formatSeconds, plural } from "./text.ts";

export interface SuiteModel {
  readonly name: string;
  readonly about: string;
  readonly configurations: readonly SuiteConfiguration[];
}

export interface SuiteConfiguration {
  readonly variant: string;
  /** Null for models without hardware. */
  readonly arch: string | null;
  /** Null where there are no verdicts: it was not begun, or failed. */
  readonly outcome: Outcome | null;
}

/** Names that are known before the search. */
export type PlannedModel = Pick<SuiteModel, "name" | "about"> & {
  readonly configurations: readonly Pick<SuiteConfiguration, "variant" | "arch">[];
};

/** What stands where a variant is of no architecture in particular, and where it has none of a column's. */
export const ANY = "any";
export const NONE = "–";

/** The architectures, in the order of the model that names most of them, and "any" where a model names none. */
export function suiteColumns(models: readonly PlannedModel[]): string[] {
  const named = models.map(({ configurations }) => [...new Set(configurations.map(({ arch }) => arch))]);
  const all = new Set(named.sort((a, b) => b.length - a.length).flat());
  const columns = [...all].filter((arch) => arch !== null);
  return all.has(null) ? [...columns, ANY] : columns;
}

/** The configurations of a model by variant. */
export function byVariant({ configurations }: SuiteModel): [string, SuiteConfiguration[]][] {
  const names = [...new Set(configurations.map(({ variant }) => variant))];
  return names.map((name) => [name, configurations.filter(({ variant }) => variant === name)]);
}

export function inColumn(
  configurations: readonly SuiteConfiguration[],
  column: string,
): SuiteConfiguration | undefined {
  return configurations.find(({ arch }) => (arch ?? ANY) === column);
}

/** A configuration in one word: what is worst of its verdicts. */
export function verdictWord({ outcome }: SuiteConfiguration): string {
  if (!outcome) return "no verdict";
  const verdicts = outcome.properties.map(({ verdict }) => verdict);
  return (
    (["violated", "inconclusive", "vacuous"] as const).find((word) => verdicts.includes(word)) ?? "holds"
  );
}

export interface SuiteCounts {
  readonly configurations: number;
  readonly verdicts: number;
  /** Verdicts that contradict the model file. */
  readonly differing: number;
  /** Verdicts that a limit left open. */
  readonly undecided: number;
  /** Configurations without verdicts. */
  readonly missing: number;
  readonly states: number;
}

export function suiteCounts(models: readonly SuiteModel[]): SuiteCounts {
  const configurations = models.flatMap((model) => model.configurations);
  const outcomes = configurations.flatMap(({ outcome }) => (outcome ? [outcome] : []));
  const verdicts = outcomes.flatMap(({ properties }) => properties);
  const surprises = verdicts.filter((each) => !asExpected(each));
  const undecided = surprises.filter(({ verdict }) => verdict === "inconclusive").length;
  return {
    configurations: configurations.length,
    verdicts: verdicts.length,
    differing: surprises.length - undecided,
    undecided,
    missing: configurations.length - outcomes.length,
    states: outcomes.reduce((sum, { states }) => sum + states, 0),
  };
}

/** How many verdicts on how many configurations, and how they compare with the model files. */
export function suiteConclusion(models: readonly SuiteModel[]): string {
  const { verdicts, configurations, differing, undecided, missing } = suiteCounts(models);
  const judged = `${plural(verdicts, "verdict")} on ${plural(configurations, "configuration")}`;
  const remarks = [
    ...(missing > 0 ? [`${missing} without a verdict`] : []),
    ...(undecided > 0 ? [`${undecided} not decided`] : []),
    ...(differing > 0 ? [`${differing} not as expected`] : []),
    ...(differing === 0 && verdicts > 0 ? [`${undecided > 0 ? "the others" : "all"} as expected`] : []),
  ];
  return `${judged}, ${remarks.join(", ")}`;
}

export interface SuiteTable {
  readonly header: string;
  /** The lines of a model whose configurations are all done. */
  readonly lines: (model: SuiteModel) => string[];
}

const STATES_WIDTH = 11;
const TIME_WIDTH = 9;

/** A table as wide as the planned names need. */
export function suiteTable(planned: readonly PlannedModel[], style: Style): SuiteTable {
  const columns = suiteColumns(planned);
  const names = planned.flatMap(({ name, configurations }) => [
    name,
    ...configurations.map(({ variant }) => `  ${variant}`),
  ]);
  const widths = [
    ...columnWidths([["model"], ...names.map((name) => [name])]),
    ...columns.map((column) => Math.max(column.length, "inconclusive".length)),
    STATES_WIDTH,
    TIME_WIDTH,
  ];
  const right = [widths.length - 2, widths.length - 1];
  const row = (cells: readonly string[]): string => alignRow(cells, widths, right);
  return {
    header: style.bold(row(["model", ...columns, "states", "time"])),
    lines: (model) => [
      style.bold(model.name),
      ...byVariant(model).flatMap(([variant, configurations]) => {
        const label = variant === ONLY_VARIANT ? "" : variant;
        return [
          row([`  ${label}`, ...cellsOf(configurations, columns), ...figuresOf(configurations)]),
          ...differences(configurations).map((line) => style.red(`    <-- ${line}`)),
        ];
      }),
    ],
  };
}

function cellsOf(configurations: readonly SuiteConfiguration[], columns: readonly string[]): string[] {
  return columns.map((column) => {
    const found = inColumn(configurations, column);
    return found ? verdictWord(found) : NONE;
  });
}

function figuresOf(configurations: readonly SuiteConfiguration[]): string[] {
  const outcomes = configurations.flatMap(({ outcome }) => (outcome ? [outcome] : []));
  const sum = (of: (outcome: Outcome) => number): number =>
    outcomes.reduce((total, each) => total + of(each), 0);
  return [formatCount(sum(({ states }) => states)), formatSeconds(sum(({ seconds }) => seconds))];
}

/** What is not as the model file expects. */
function differences(configurations: readonly SuiteConfiguration[]): string[] {
  return configurations.flatMap(({ outcome }) =>
    (outcome?.properties ?? [])
      .filter((property) => !asExpected(property))
      .map((property) =>
        [outcome?.configuration.arch, property.property, `${property.verdict}:`, difference(property)]
          .filter((word) => word !== null && word !== undefined)
          .join(" "),
      ),
  );
}
