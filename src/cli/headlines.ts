/** Which verdicts of many are shown in full. */
import type { Family } from "../model/family.ts";
import { asExpected, type Outcome, type PropertyOutcome } from "../report/outcome.ts";

/** A verdict with the configuration that it is about. */
export interface Told {
  readonly outcome: Outcome;
  readonly property: PropertyOutcome;
}

/** The violation that the model file names as its headline, and the first surprising one. */
export function headlines(family: Family, outcomes: readonly Outcome[]): readonly Told[] {
  const all = outcomes.flatMap((outcome) => outcome.properties.map((property) => ({ outcome, property })));
  const violated = all.filter(({ property }) => property.verdict === "violated");
  const surprising = violated.find(({ property }) => !asExpected(property));
  const headline =
    violated.find((told) => isHeadline(family, told)) ?? (surprising ? undefined : violated[0]);
  return [...new Set([headline, surprising])].filter((told) => told !== undefined);
}

function isHeadline({ spec: { headline } }: Family, { outcome, property }: Told): boolean {
  const { arch, variant } = outcome.configuration;
  return (
    headline !== undefined &&
    variant === headline.variant &&
    (headline.arch === undefined || arch === headline.arch) &&
    (headline.property === undefined || property.property === headline.property)
  );
}
