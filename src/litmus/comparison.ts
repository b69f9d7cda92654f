/** Compares what was found with what a table says: test by test, and counted. */
import type { Judged } from "./herd-report.ts";
import type { LitmusOptions } from "./result.ts";
import {
  type ExpectedObservation,
  type ExpectedVerdict,
  levels,
  type VerdictTable,
} from "./verdict-table.ts";

/**
 * - agree: the same observation, and the same about break-before-make
 * - stronger: never seen here, sometimes there, and the table says that only a weaker order than the one that
 *   was explored shows it; no agreement, but no contradiction
 * - disagree: anything else that differs
 * - unsupported: not judged
 * - inconclusive: a limit ended the search
 * - unlisted: the table does not have the test
 */
export const comparisonKinds = [
  "agree",
  "disagree",
  "stronger",
  "unsupported",
  "inconclusive",
  "unlisted",
] as const;
export type ComparisonKind = (typeof comparisonKinds)[number];

export interface Comparison {
  readonly kind: ComparisonKind;
  /** What the table says for the parts that were asked about; null where it has no such test. */
  readonly expected: (ExpectedObservation & { readonly bbm: boolean }) | null;
  /** How it differs, one reason an entry. */
  readonly differences: readonly string[];
}

export function compare(
  { test, result, verdict }: Judged,
  table: VerdictTable,
  { ets2, order }: Pick<LitmusOptions, "ets2" | "order">,
): Comparison {
  const row = table.get(test.name);
  const expected = row ? expectedOf(row, ets2) : null;
  if (result.unsupported !== null) return comparison("unsupported", expected, [result.unsupported]);
  if (expected === null) return comparison("unlisted", null, []);
  if (verdict === null) return comparison("inconclusive", expected, [result.stopped ?? "stopped"]);
  const bbm =
    result.bbm === expected.bbm
      ? []
      : [
          `break-before-make is ${result.bbm ? "" : "not "}flagged, and the table says that it is${result.bbm ? " not" : ""}`,
        ];
  const { observation } = verdict;
  if (observation === expected.observation)
    return comparison(bbm.length === 0 ? "agree" : "disagree", expected, bbm);
  const beyondOrder = levels.indexOf(expected.level) > levels.indexOf(order);
  const isStronger = expected.observation === "Sometimes" && observation === "Never" && beyondOrder;
  const differs = isStronger
    ? `needs ${NEEDS[expected.level]}, which ${order} does not have`
    : `${observation}, and the table says ${expected.observation}`;
  return comparison(isStronger && bbm.length === 0 ? "stronger" : "disagree", expected, [differs, ...bbm]);
}

/** How many tests there are of each kind. */
export function countKinds(comparisons: readonly Comparison[]): Readonly<Record<ComparisonKind, number>> {
  const counts = comparisonKinds.map((kind) => [
    kind,
    comparisons.filter((each) => each.kind === kind).length,
  ]);
  return Object.fromEntries(counts) as Record<ComparisonKind, number>;
}

const NEEDS: Readonly<Record<ExpectedObservation["level"], string>> = {
  sc: "an interleaving",
  tso: "a store buffer",
  relaxed: "accesses out of order",
};

function expectedOf(row: ExpectedVerdict, ets2: boolean): Comparison["expected"] {
  return Object.freeze({ ...(ets2 ? row.ets2 : row.noEts), bbm: row.bbm });
}

function comparison(
  kind: ComparisonKind,
  expected: Comparison["expected"],
  differences: readonly string[],
): Comparison {
  return Object.freeze({ kind, expected, differences: Object.freeze([...differences]) });
}
