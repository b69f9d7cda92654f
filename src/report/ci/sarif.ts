/**
 * SARIF 2.1.0 (OASIS): a result for each violation and for each verdict that is not as expected, its trace as a code flow
 * of one thread flow, since viewers show the first one only.
 */
import type { CodeFlow, Location, Log, Result, ThreadFlowLocation } from "sarif";
import type { Source } from "../../model/model.ts";
import type { Trace } from "../../trace/trace.ts";
import { type Outcome, type PropertyOutcome, titleOf } from "../outcome.ts";
import { type Case, casesOf } from "./case.ts";

const SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";

export function sarif(outcomes: readonly Outcome[], version: string): string {
  const found = outcomes.flatMap(resultsOf);
  const names = [...new Set(found.flatMap(({ ruleId }) => ruleId ?? []))];
  const driver = { name: "tlbcheck", version, rules: names.map((id) => ({ id })) };
  const run = { tool: { driver }, columnKind: "utf16CodeUnits" as const, results: found };
  const log: Log = { $schema: SCHEMA, version: "2.1.0", runs: [run] };
  return `${JSON.stringify(log, null, 2)}\n`;
}

function resultsOf(outcome: Outcome): Result[] {
  const cases = casesOf(outcome);
  const properties = outcome.fault ? [null, ...outcome.properties] : outcome.properties;
  return cases.flatMap((each, i) => {
    const property = properties[i] ?? null;
    const isShown = each.result !== "passed" || property?.verdict === "violated";
    return isShown ? [resultOf(outcome, each, property)] : [];
  });
}

function resultOf(outcome: Outcome, found: Case, property: PropertyOutcome | null): Result {
  const trace = property ? property.trace : (outcome.fault?.trace ?? null);
  const level = ({ passed: "note", failed: "error", undecided: "warning" } as const)[found.result];
  const flows: CodeFlow[] = trace ? [{ threadFlows: [{ locations: flowOf(trace, outcome.file) }] }] : [];
  const consequence = trace?.consequence ? `\n${trace.consequence}.` : "";
  return {
    ruleId: found.name,
    level,
    message: { text: `${titleOf(outcome)}: ${found.name}: ${found.summary}${consequence}` },
    locations: [locationOf(found.source, outcome.file)],
    ...(flows.length > 0 ? { codeFlows: flows } : {}),
  };
}

/** The steps in their order, each with its actor; a cycle once, behind them. */
function flowOf(trace: Trace, file: string): ThreadFlowLocation[] {
  const steps = [...trace.steps, ...(trace.cycle?.steps ?? [])];
  if (steps.length === 0)
    return [{ location: { ...locationOf(null, file), message: { text: "the initial state" } } }];
  return steps.map(({ actor, text, source }, i) => ({
    executionOrder: i + 1,
    location: { ...locationOf(source, file), message: { text: `${actor}: ${text}` } },
  }));
}

function locationOf(source: Source | null, file: string): Location {
  const uri = (source?.file ?? file).split("/").map(encodeURIComponent).join("/");
  const region = source ? { region: { startLine: source.line, startColumn: source.column } } : {};
  return { physicalLocation: { artifactLocation: { uri }, ...region } };
}
