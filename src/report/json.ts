/**
 * The one JSON document of a run, which `docs/report.schema.json` describes. Its fields are only ever added to; a
 * change that could mislead a reader of older documents gives it a new version.
 */
import type { Diagnostic } from "../model/diagnostic.ts";
import { printableJson } from "../model/printable.ts";
import { asExpected, type Outcome, type PropertyOutcome } from "./outcome.ts";

export const SCHEMA_VERSION = 1;

export interface JsonReport {
  /** The version of tlbcheck. */
  readonly version: string;
  readonly outcomes: readonly Outcome[];
  readonly errors: readonly Diagnostic[];
  readonly warnings: readonly Diagnostic[];
  readonly interrupted: boolean;
  /** The exit status. */
  readonly status: number;
}

export function jsonReport({ outcomes, ...rest }: JsonReport): string {
  const { version, status, interrupted, warnings, errors } = rest;
  const results = outcomes.flatMap((outcome) =>
    outcome.properties.map((property) => result(outcome, property)),
  );
  const faults = outcomes.flatMap(({ fault, file, command }) => (fault ? [{ ...fault, file, command }] : []));
  const document = { schemaVersion: SCHEMA_VERSION, version, status, interrupted };
  return `${printableJson(JSON.stringify({ ...document, results, faults, warnings, errors }, null, 2))}\n`;
}

function result(outcome: Outcome, property: PropertyOutcome): object {
  const {
    configuration,
    states,
    transitions,
    depth,
    seconds,
    bytes,
    engine,
    threads,
    stopped,
    livenessStopped,
    tracesStopped,
  } = outcome;
  return {
    model: outcome.model,
    file: outcome.file,
    arch: configuration.arch,
    variant: configuration.variant,
    id: outcome.id,
    parameters: configuration.parameters,
    property: property.property,
    kind: property.kind,
    verdict: property.verdict,
    expected: property.expected,
    asExpected: asExpected(property),
    states,
    transitions,
    depth,
    meanBranching: states === 0 ? 0 : transitions / states,
    seconds,
    bytes,
    engine,
    threads,
    stopped,
    livenessStopped,
    tracesStopped,
    assumptions: outcome.assumptions,
    closed: outcome.closed,
    strategy: outcome.strategy,
    goals: outcome.goals.map(({ goal, reached, of }) => ({ goal, reached, of })),
    rules: outcome.rules,
    command: outcome.command,
    ...(property.steps === null ? {} : { steps: property.steps }),
    ...(property.trace ? { trace: property.trace } : {}),
  };
}
