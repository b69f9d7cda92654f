/** Which steps of a program are needed: the answers of `tlbcheck necessity`, and how they are put into words. */
import type { Configuration } from "../model/family.ts";
import { printableLine } from "../model/printable.ts";
import type { Source } from "../model/model.ts";
import type { Outcome, PropertyOutcome } from "./outcome.ts";
import { alignColumns, plural } from "./text.ts";

/** What became of a property, or a goal, when a step was weakened. */
export type Need =
  /** Violated, or proved by nothing any more, in a configuration in which it holds. */
  | { readonly kind: "needed"; readonly lost: string; readonly steps: number | null }
  /** Nothing but checks of how locks are used, such as lockdep, has an objection. */
  | { readonly kind: "checks"; readonly by: readonly string[] }
  | { readonly kind: "redundant" }
  /** No run of the scenario takes the step. */
  | { readonly kind: "never taken" }
  /** The step does nothing in the memory orders explored, such as `smp_wmb()` where stores stay in order. */
  | { readonly kind: "no effect" }
  /** A limit was reached before every state was seen. */
  | { readonly kind: "undecided" };

export interface NecessityAnswer {
  /** The memory order in which it was asked; null: the model has no such parameter. */
  readonly order: string | null;
  readonly need: Need;
  /** The search without the step; that with it where it is never taken. */
  readonly outcome: Outcome;
}

/** One thing that was weakened. */
export interface NecessityRow {
  /** From 1, in its configuration. */
  readonly number: number;
  readonly key: string;
  readonly thread: string;
  readonly what: string;
  readonly kind: string;
  /** What stood in its place; null: nothing. */
  readonly form: string | null;
  /** The call that it is a part of, if that is a row of its own. */
  readonly call: string | null;
  readonly source: Source | null;
  /** In the order in which memory orders were tried: a further one only where the step was redundant. */
  readonly answers: readonly NecessityAnswer[];
}

/** The table of one configuration. */
export interface NecessityTable {
  readonly model: string;
  readonly file: string;
  readonly id: string | null;
  readonly configuration: Configuration;
  /** The properties that hold with every step in its place, of which the rows speak. */
  readonly judged: readonly string[];
  /** The properties that do not hold, with nothing changed. */
  readonly lost: readonly string[];
  readonly states: number;
  readonly rows: readonly NecessityRow[];
  readonly command: string;
}

/** What a weakened configuration lost of the properties that held. */
export function needOf(
  { properties, stopped, fault }: Outcome,
  judged: readonly string[],
  checks: readonly string[],
): Need {
  const among = (names: readonly string[], verdict: PropertyOutcome["verdict"]): PropertyOutcome[] =>
    properties.filter((each) => each.verdict === verdict && names.includes(each.property ?? ""));
  const [lost] = among(judged, "violated").sort((a, b) => (a.steps ?? 0) - (b.steps ?? 0));
  if (lost) return { kind: "needed", lost: lost.property!, steps: lost.steps };
  if (fault)
    return { kind: "needed", lost: "a value in every state", steps: fault.trace?.steps.length ?? null };
  if (stopped !== null && stopped !== "decided") return { kind: "undecided" };
  if (among(judged, "inconclusive").length > 0) return { kind: "undecided" };
  const [vacuous] = among(judged, "vacuous");
  if (vacuous) return { kind: "needed", lost: `${vacuous.property} (vacuous without it)`, steps: null };
  const by = among(checks, "violated").map(({ property }) => property!);
  return by.length > 0 ? { kind: "checks", by } : { kind: "redundant" };
}

/** The answer that counts: the first that needs the step, or else the first. */
export function verdictOf({ answers }: NecessityRow): NecessityAnswer | null {
  return answers.find(({ need }) => need.kind === "needed") ?? answers[0] ?? null;
}

/** `needed: revoked-access, 14 steps` */
export function needText(row: NecessityRow): string {
  const [first] = row.answers;
  const answer = verdictOf(row);
  if (!first || !answer) return "not asked";
  const { need, order } = answer;
  switch (need.kind) {
    case "needed": {
      const length = need.steps === null ? "" : `, ${plural(need.steps, "step")}`;
      const only = answer === first ? "" : ` with --order ${order} only`;
      return `needed${only}: ${need.lost}${length}`;
    }
    case "checks":
      return `asked for by ${need.by.join(", ")} only`;
    case "redundant":
      return "redundant here";
    case "no effect":
      return "does nothing in the memory orders explored";
    case "never taken":
      return "never taken here";
    case "undecided":
      return "not decided";
  }
}

/** The table as lines: a call, and below it the steps that it has. */
export function necessityLines(table: NecessityTable): string[] {
  const rows = table.rows.map((row) => [
    `${row.number}`,
    `${row.source?.line ?? ""}`,
    row.thread,
    `${row.call === null ? "" : "  "}${whatText(row)}`,
    needText(row),
  ]);
  return alignColumns([["#", "line", "thread", "without", ""], ...rows], [0, 1]).map(printableLine);
}

/** `dsb(ish)`, or what is put in its place. */
function whatText({ what, form }: NecessityRow): string {
  return form === null ? what : `${what} -> ${form}`;
}

/** `12 of 29 needed, 2 of them with --order tso only, 14 redundant here` */
export function necessityConclusion({ rows }: NecessityTable): string {
  if (rows.length === 0) return "there is no step that could be left out";
  const count = (holds: (row: NecessityRow) => boolean): number => rows.filter(holds).length;
  const is = (kind: Need["kind"]) => (row: NecessityRow) => verdictOf(row)?.need.kind === kind;
  const later = count((row) => is("needed")(row) && verdictOf(row) !== row.answers[0]);
  const parts = [
    `${count(is("needed"))} of ${rows.length} needed`,
    ...(later > 0 ? [`${later} of them in a weaker memory order only`] : []),
    ...some(count(is("checks")), "asked for by checks only"),
    `${count(is("redundant"))} redundant here`,
    ...some(count(is("never taken")), "never taken"),
    ...some(count(is("no effect")), "without effect"),
    ...some(count(is("undecided")), "not decided"),
    ...some(
      count(({ answers }) => answers.length === 0),
      "not asked",
    ),
  ];
  return parts.join(", ");
}

function some(count: number, what: string): string[] {
  return count > 0 ? [`${count} ${what}`] : [];
}

/** The tables as Markdown, without what varies from run to run. */
export function necessityMarkdown(tables: readonly NecessityTable[]): string {
  return `${tables.map(markdownOf).join("\n\n")}\n`;
}

function markdownOf(table: NecessityTable): string {
  const { model, configuration, id } = table;
  const title = [model, configuration.arch, configuration.variant].filter((part) => part !== null).join(", ");
  const cell = (text: string): string => printableLine(text).replaceAll("|", "\\|");
  const rows = table.rows.map((row) => {
    const what = `${row.call === null ? "" : "&nbsp;&nbsp;"}\`${whatText(row).replaceAll("`", "")}\``;
    return `| ${[row.thread, what, needText(row)].map(cell).join(" | ")} |`;
  });
  const heading = `### ${title}${id === null ? "" : ` (${id})`}`;
  return [
    heading,
    "",
    `${necessityConclusion(table)}.`,
    "",
    "| thread | without | verdict |",
    "| --- | --- | --- |",
    ...rows,
  ].join("\n");
}

/** What is saved of a row, and what a later run is compared with. */
export interface SavedNeed {
  readonly arch: string | null;
  readonly variant: string;
  readonly key: string;
  /** As the table prints it, without the number of steps. */
  readonly verdict: string;
}

/** The rows as plain data, to be saved. */
export function savedNeeds({ configuration: { arch, variant }, rows }: NecessityTable): SavedNeed[] {
  return rows.map((row) => ({ arch, variant, key: row.key, verdict: withoutLength(needText(row)) }));
}

function withoutLength(text: string): string {
  return text.replace(/, \d[\d ]* steps?$/, "");
}

/** The differences from what was saved, one line each; configurations that were not asked for now are left out. */
export function needDifferences(saved: readonly SavedNeed[], now: readonly SavedNeed[]): string[] {
  const configurationOf = ({ arch, variant }: SavedNeed): string => JSON.stringify([arch, variant]);
  const asked = new Set(now.map(configurationOf));
  const keyOf = (need: SavedNeed): string => `${configurationOf(need)} ${need.key}`;
  const before = new Map(
    saved.filter((need) => asked.has(configurationOf(need))).map((need) => [keyOf(need), need]),
  );
  const after = new Map(now.map((need) => [keyOf(need), need]));
  return [...new Set([...before.keys(), ...after.keys()])].flatMap((key) => {
    const [old, found] = [before.get(key), after.get(key)];
    if (old?.verdict === found?.verdict) return [];
    const { arch, variant, key: step } = (found ?? old)!;
    const where = [variant, arch].filter((part) => part !== null).join(" on ");
    return [
      `${where}: ${step}: ${found?.verdict ?? "is not there any more"} (was: ${old?.verdict ?? "not there"})`,
    ];
  });
}
