/** The JSON document of a run over litmus tests. Its fields are only ever added to. */
import type { Diagnostic } from "../model/diagnostic.ts";
import { printableJson } from "../model/printable.ts";
import { type Comparison, countKinds } from "./comparison.ts";
import type { Judged, JudgedState } from "./herd-report.ts";
import type { LitmusOptions } from "./result.ts";
import { unorderedIn } from "./unordered.ts";
import { formatValue, type Value } from "./values.ts";

export interface LitmusReport {
  /** The version of tlbcheck. */
  readonly version: string;
  readonly options: Pick<LitmusOptions, "ets2" | "order"> & { readonly engine: string };
  readonly tests: readonly { readonly judged: Judged; readonly comparison: Comparison | null }[];
  readonly errors: readonly Diagnostic[];
  readonly interrupted: boolean;
  /** The exit status. */
  readonly status: number;
}

export function litmusJson({ tests, ...rest }: LitmusReport): string {
  const { version, status, interrupted, options, errors } = rest;
  const comparisons = tests.flatMap(({ comparison }) => comparison ?? []);
  const summary = comparisons.length === 0 ? null : countKinds(comparisons);
  const told = tests.map(({ judged, comparison }) => ({ ...testOf(judged), comparison }));
  const document = { version, status, interrupted, options, tests: told, summary, errors };
  return `${printableJson(JSON.stringify(document, null, 2))}\n`;
}

function testOf({ test, result, verdict, states }: Judged): object {
  const { bbm, stronger, unsupported, stopped, seconds, states: searched } = result;
  return {
    name: test.name,
    file: test.file,
    unsupported,
    stopped,
    observation: verdict?.observation ?? null,
    ok: verdict?.ok ?? null,
    positive: verdict?.positive ?? null,
    negative: verdict?.negative ?? null,
    bbm,
    stronger,
    unordered: unorderedIn(test),
    states: states.map(stateOf),
    searched,
    seconds,
  };
}

function stateOf({ outcome, text, fulfils }: JudgedState): object {
  const { registers, memory, faults, witness } = outcome;
  return {
    text,
    fulfils,
    registers: texts(registers),
    memory: texts(memory),
    faults,
    ...(witness ? { witness } : {}),
  };
}

function texts(values: Readonly<Record<string, Value>>): Record<string, string> {
  return Object.fromEntries(Object.entries(values).map(([place, value]) => [place, formatValue(value)]));
}
