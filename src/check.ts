/**
 * `tlbcheck/check`: checks a model from a program of one's own, such as a test: verdicts and traces as values, without a
 * process and without a command line.
 */
import { MAX_SEED, type Progress, strategies, type Strategy } from "./explorer/engine.ts";
import {
  type Description,
  FLAG,
  instance,
  list,
  matching,
  oneOf,
  optional,
  options,
  parameterOf,
  TEXT,
  wholeNumber,
} from "./model/arguments.ts";
import { checked } from "./model/checked.ts";
import { type Family, isFamily } from "./model/family.ts";
import { asExpected, type Outcome } from "./report/outcome.ts";
import { faultSection, sections } from "./report/section.ts";
import { plainStyle } from "./report/style.ts";
import { planTasks, type Task } from "./session/plan.ts";
import { outcomesOf, type Searching } from "./session/search.ts";

export type { Progress, Strategy } from "./explorer/engine.ts";
export { TlbcheckError } from "./model/diagnostic.ts";
export type { Configuration, Family } from "./model/family.ts";
export { InvalidModelError } from "./model/invalid-model.ts";
export type { FaultOutcome, GoalOutcome, Outcome, PropertyOutcome, Verdict } from "./report/outcome.ts";
export type { Trace, TraceStep } from "./trace/trace.ts";

/** What to check of a model, how far and how. What is left out is as for the command `tlbcheck`. */
export interface CheckOptions {
  /** Only this architecture. */
  readonly arch?: string;
  /** Only this variant, by its name or id. */
  readonly variant?: string;
  /** Only these properties. */
  readonly properties?: readonly string[];
  /** Parameters of the model, as `--set` gives them. */
  readonly parameters?: Readonly<Record<string, string | number | boolean>>;
  /** The model file, as the commands name it that outcomes have; the model's name unless given. */
  readonly file?: string;
  readonly search?: Strategy;
  /** What random walks begin with. */
  readonly seed?: number;
  /** Stop with the first violation of any property. */
  readonly first?: boolean;
  /** Of each configuration. */
  readonly maxStates?: number;
  /** Bytes for states. */
  readonly maxMemory?: number;
  /** Seconds for each configuration. */
  readonly timeout?: number;
  /** Worker threads at most; 1 unless given. */
  readonly threads?: number;
  /** Ends the search under way, whose outcome says so, and begins no other. */
  readonly signal?: AbortSignal;
  /** Called with each outcome as soon as it is there. */
  readonly onOutcome?: (outcome: Outcome) => void;
  /** Called a few times a second at most. */
  readonly onProgress?: (progress: Progress) => void;
}

const MODEL: Description<Family> = matching(
  "what a model file exports",
  isFamily,
  'such as scenario("name", …) or model("name", …)',
);

const FUNCTION: Description<never> = matching("a function", (given) => typeof given === "function");

const positive: Description<number> = matching(
  "a number above 0",
  (given) => typeof given === "number" && given > 0,
);

const PARAMETERS: Description<NonNullable<CheckOptions["parameters"]>> = matching(
  "an object of values by name",
  (given) =>
    typeof given === "object" &&
    given !== null &&
    Object.values(given).every((value) => ["string", "number", "boolean"].includes(typeof value)),
);

const OPTIONS = options<CheckOptions>({
  arch: optional(TEXT),
  variant: optional(TEXT),
  properties: optional(list(TEXT)),
  parameters: optional(PARAMETERS),
  file: optional(TEXT),
  search: optional(oneOf(...strategies)),
  seed: optional(wholeNumber(0, MAX_SEED)),
  first: optional(FLAG),
  maxStates: optional(wholeNumber(1)),
  maxMemory: optional(wholeNumber(1)),
  timeout: optional(positive),
  threads: optional(wholeNumber(1, 64)),
  signal: optional(instance(AbortSignal, "an AbortSignal")),
  onOutcome: optional(FUNCTION),
  onProgress: optional(FUNCTION),
});

/**
 * Searches the configurations of a model that the options select, one after the other.
 *
 * @returns an outcome for each configuration, in the order of the model file; fewer if a signal ended it
 * @throws TlbcheckError for options and names that are wrong, InvalidModelError for a model with faults
 */
export const check = checked(
  "check",
  [parameterOf("model", MODEL), parameterOf("options", optional(OPTIONS))],
  "TLB201",
  checkFamily,
);

async function checkFamily(family: Family, options: CheckOptions = {}): Promise<readonly Outcome[]> {
  const { compiledEngine } = await import("./explorer/wasm-engine.ts");
  const outcomes: Outcome[] = [];
  const searching = searchingOf(options);
  for await (const outcome of outcomesOf(family, tasksOf(family, options), compiledEngine, () => searching)) {
    outcomes.push(outcome);
    options.onOutcome?.(outcome);
  }
  return outcomes;
}

function tasksOf(family: Family, options: CheckOptions): Task[] {
  const { arch, variant, properties = [], parameters = {}, file = family.name } = options;
  const given = Object.entries(parameters).map(([name, value]): [string, string] => [name, String(value)]);
  return planTasks(family, { file, arch, variant, properties, parameters: Object.fromEntries(given) });
}

function searchingOf({ search = "bfs", threads = 1, ...rest }: CheckOptions): Searching {
  const { seed, first, maxStates, maxMemory, timeout, signal, onProgress } = rest;
  const given = { seed, first, maxStates, maxMemory, timeout, signal, onProgress };
  const known = Object.entries(given).filter(([, value]) => value !== undefined);
  return { strategy: search, threads, ...(Object.fromEntries(known) as Partial<Searching>) };
}

/** Whether every verdict of an outcome is as the model file expects, and the model has no fault. */
export function isAsExpected({ properties, fault }: Outcome): boolean {
  return fault === null && properties.every(asExpected);
}

/** An outcome in words, with the diagram of each violation: what the command prints of it. */
export function textOf(outcome: Outcome, { width = 100 }: { readonly width?: number } = {}): string {
  const style = { width, full: false, style: plainStyle };
  const told = sections(outcome, style);
  const fault = outcome.fault ? [faultSection(outcome, outcome.fault, style)] : [];
  return [...told, ...fault].map((lines) => `${lines.join("\n")}\n`).join("\n");
}
