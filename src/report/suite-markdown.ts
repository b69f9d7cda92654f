/** The verdicts of many models as Markdown: what does not vary from machine to machine. */
import { ONLY_VARIANT } from "../model/family.ts";
import { asExpected } from "./outcome.ts";
import {
  byVariant,
  inColumn,
  NONE,
  suiteColumns,
  type SuiteConfiguration,
  suiteConclusion,
  suiteCounts,
  type SuiteModel,
  verdictWord,
} from "./suite.ts";
import { formatCount } from "./text.ts";

/** A table of the models, and one of their variants that unfolds. */
export function suiteMarkdown(models: readonly SuiteModel[]): string {
  return [
    ...table(["model", "what", "configurations", "verdicts", "violated", "states"], models.map(modelRow)),
    "",
    `${suiteConclusion(models)}.`,
    "",
    "<details>",
    "<summary>Each variant: what is violated on which architecture</summary>",
    "",
    ...table(
      ["model", "variant", ...suiteColumns(models)],
      models.flatMap((each) => variantRows(each, models)),
    ),
    "",
    "</details>",
    "",
  ].join("\n");
}

function modelRow(model: SuiteModel): string[] {
  const { configurations, verdicts, states } = suiteCounts([model]);
  const violated = model.configurations.flatMap(({ outcome }) =>
    (outcome?.properties ?? []).filter(({ verdict }) => verdict === "violated"),
  );
  const numbers = [configurations, verdicts, violated.length, states];
  return [model.name, model.about, ...numbers.map(formatCount)];
}

function variantRows(model: SuiteModel, models: readonly SuiteModel[]): string[][] {
  return byVariant(model).map(([variant, configurations]) => [
    model.name,
    variant === ONLY_VARIANT ? "" : variant,
    ...suiteColumns(models).map((column) => cellOf(inColumn(configurations, column))),
  ]);
}

/** What is violated, or the verdict that all properties share. */
function cellOf(configuration: SuiteConfiguration | undefined): string {
  if (!configuration) return NONE;
  const properties = configuration.outcome?.properties ?? [];
  const violated = properties.filter(({ verdict }) => verdict === "violated").map(({ property }) => property);
  const surprise = properties.every(asExpected) ? "" : " (not as expected)";
  return (violated.length > 0 ? violated.join(", ") : verdictWord(configuration)) + surprise;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replaceAll("|", String.raw`\|`)).join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)];
}
