/** What the reports for CI have in common: each property of a configuration is a test, which passes if it is as expected. */
import { printable } from "../../model/printable.ts";
import type { Source } from "../../model/model.ts";
import { asExpected, type Outcome, type PropertyOutcome } from "../outcome.ts";
import { faultSection, section } from "../section.ts";
import { plainStyle } from "../style.ts";

/** Characters a line of what is told of a test. */
const WIDTH = 100;

export interface Case {
  /** The property; of a model without one, and of a fault, in words. */
  readonly name: string;
  /** Inconclusive verdicts are no answer: they pass nowhere. */
  readonly result: "passed" | "failed" | "undecided";
  /** `violated, as expected`; `violated, expected holds` */
  readonly summary: string;
  /** What the command prints of it, with the trace. */
  readonly lines: readonly string[];
  /** Where the last step of the trace stands that has a line. */
  readonly source: Source | null;
}

/** The tests of a configuration. A fault of its model is one that fails. */
export function casesOf(outcome: Outcome): Case[] {
  const cases = outcome.properties.map((property) => caseOf(outcome, property));
  return outcome.fault ? [faultCase(outcome), ...cases] : cases;
}

function caseOf(outcome: Outcome, property: PropertyOutcome): Case {
  const { verdict, expected } = property;
  const passed = asExpected(property);
  const steps = property.trace?.steps ?? [];
  return {
    name: property.property ?? "every state is seen",
    result: passed ? "passed" : verdict === "inconclusive" ? "undecided" : "failed",
    summary: passed ? `${verdict}, as expected` : `${verdict}, expected ${expected ?? "holds"}`,
    lines: section(outcome, [property], { width: WIDTH, full: false, style: plainStyle }).map(printable),
    source: steps.findLast(({ source }) => source !== null)?.source ?? null,
  };
}

function faultCase(outcome: Outcome): Case {
  const { diagnostic } = outcome.fault!;
  const told = faultSection(outcome, outcome.fault!, { width: WIDTH, full: false, style: plainStyle });
  return {
    name: "the model has a value in every state",
    result: "failed",
    summary: `${diagnostic.code} ${diagnostic.message}`,
    lines: told.map(printable),
    source: diagnostic.source,
  };
}
