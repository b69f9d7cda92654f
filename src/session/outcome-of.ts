/** Turns the answer of a search into what is told of it: verdicts, and traces replayed in the reference semantics. */
import { TlbcheckError } from "../model/diagnostic.ts";
import { needsReference, tracedByReference } from "../explorer/closed-traces.ts";
import type { Engine, SearchOptions, SearchResult } from "../explorer/engine.ts";
import { type Limits, limitsOf } from "../explorer/limits.ts";
import { type Steps, TraceSearch } from "../explorer/trace-search.ts";
import type { Configuration, Variants } from "../model/family.ts";
import { expectedReason, expectedVerdict, variantId } from "../model/family.ts";
import type { Model, Property } from "../model/model.ts";
import { own } from "../model/own.ts";
import { stopReason } from "../report/section.ts";
import { plural } from "../report/text.ts";
import {
  concerns,
  type FaultOutcome,
  type Outcome,
  type PropertyOutcome,
  type Verdict,
} from "../report/outcome.ts";
import { faultReplay, type Replay, violationReplay } from "../trace/replay.ts";

/** Milliseconds that the replay of what was found may take in any case: enough for all but very long traces. */
const REPLAYED = 1000;

/** What was searched. */
export interface Searched {
  readonly family: Variants;
  readonly file: string;
  readonly configuration: Configuration;
  readonly model: Model;
  /** The model in which counterexamples are told. */
  readonly told: Model;
  /** The properties to give a verdict on. */
  readonly judged: readonly Property[];
  readonly engine: string;
  readonly command: string;
}

/** The outcome of a search whose counterexamples, of a saturated model, are still to be told by its reference. */
export async function tracedOutcome(
  searched: Omit<Searched, "told"> & { readonly reference: (() => Model) | null },
  engine: Engine,
  found: SearchResult,
  options: SearchOptions,
): Promise<Outcome> {
  const { model, reference } = searched;
  const begin = performance.now();
  const traced =
    reference && needsReference(found)
      ? await tracedByReference(engine, model, reference(), found, options)
      : { model, told: model, result: found };
  const spent = found.seconds + (performance.now() - begin) / 1000;
  return outcomeOf(
    { ...searched, model: traced.model, told: traced.told },
    traced.result,
    new TraceSearch(limitsAfter(options, spent), REPLAYED),
  );
}

/** The limits of what follows a search: those of time that are left, and Ctrl-C. */
function limitsAfter({ signal, timeout }: SearchOptions, spent: number): Limits {
  return limitsOf({
    ...(signal ? { signal } : {}),
    ...(timeout === undefined ? {} : { timeout: Math.max(0, timeout - spent) }),
  });
}

/** Replays the counterexamples; where a limit ends that, the verdict stays, without its trace. */
async function outcomeOf(searched: Searched, result: SearchResult, replays: TraceSearch): Promise<Outcome> {
  const properties =
    searched.judged.length === 0 ? [wholeSpace(result)] : await reportedOf(searched, result, replays);
  const fault = await faultOf(searched.told, result, replays);
  const { family, configuration, model } = searched;
  const variant = own(family.variants, configuration.variant)!;
  const { states, transitions, depth } = result.counts;
  return {
    model: model.name,
    file: searched.file,
    configuration,
    id: variantId(family, configuration),
    about: variant.about,
    properties,
    goals: goalsOf(model).map(({ name, of, source }) => ({
      goal: name,
      reached: result.reached.includes(name),
      of,
      source,
    })),
    rules: model.rules.map(({ name, step, source }, i) => ({
      rule: name,
      firings: result.firings[i]!,
      step,
      source,
    })),
    assumptions: model.assumptions,
    closed: model.saturated ?? false,
    strategy: result.strategy,
    states,
    transitions,
    depth,
    seconds: result.seconds,
    bytes: result.bytes,
    engine: searched.engine,
    threads: result.threads,
    stopped: result.stopped,
    livenessStopped: result.livenessStopped,
    tracesStopped: result.tracesStopped ?? replays.stopped,
    fault,
    command: searched.command,
  };
}

/** The properties that get a verdict unless others are asked for: all but the goals, if there are any. */
export function defaultProperties(model: Model): readonly Property[] {
  const judged = model.properties.filter(({ kind }) => kind !== "goal");
  return judged.length > 0 ? judged : model.properties;
}

type Goal = Extract<Property, { kind: "goal" }>;

export function goalsOf(model: Model): readonly Goal[] {
  return model.properties.filter((property): property is Goal => property.kind === "goal");
}

/** The outcomes of the properties judged, without those that nobody asked for and that hold as expected. */
async function reportedOf(
  searched: Searched,
  result: SearchResult,
  replays: TraceSearch,
): Promise<readonly PropertyOutcome[]> {
  const all: { readonly standing: boolean; readonly outcome: PropertyOutcome }[] = [];
  for (const property of searched.judged)
    all.push({
      standing: property.standing ?? false,
      outcome: await propertyOutcome(searched, property, result, replays),
    });
  const speaks = ({ verdict, expected }: PropertyOutcome): boolean =>
    verdict === "violated" || expected === "violated";
  const reported = all.filter(({ standing, outcome }) => !standing || speaks(outcome));
  return (reported.length > 0 ? reported : all).map(({ outcome }) => outcome);
}

async function propertyOutcome(
  { family, configuration, model, told }: Searched,
  property: Property,
  result: SearchResult,
  replays: TraceSearch,
): Promise<PropertyOutcome> {
  const violation = result.violations.find((each) => each.property === property.name);
  return {
    property: property.name,
    kind: property.kind,
    verdict: violation ? "violated" : verdictWithoutViolation(model, property, result),
    expected: expectedVerdict(family, configuration, property.name),
    reason: expectedReason(family, configuration, property.name),
    steps: violation?.steps ?? null,
    trace: violation?.path
      ? await replays.result(stepsOf(violationReplay(told, property.name, violation.path)))
      : null,
  };
}

function verdictWithoutViolation(
  model: Model,
  property: Property,
  { stopped, livenessStopped, reached }: SearchResult,
): Verdict {
  const isReached = ({ name }: Property): boolean => reached.includes(name);
  if (property.kind === "goal" && isReached(property)) return "holds";
  if (stopped !== null) return "inconclusive";
  if (property.kind === "liveness" && livenessStopped !== null) return "inconclusive";
  if (property.kind === "goal") return "vacuous";
  const needed = goalsOf(model).filter(({ of }) => concerns(of, property.name));
  return needed.every(isReached) ? "holds" : "vacuous";
}

/** The verdict on a model without properties: whether every state was seen. */
function wholeSpace({ stopped }: SearchResult): PropertyOutcome {
  const verdict = stopped === null ? "holds" : "inconclusive";
  return { property: null, kind: null, verdict, expected: null, reason: null, steps: null, trace: null };
}

async function faultOf(
  model: Model,
  { fault, tracesStopped }: SearchResult,
  replays: TraceSearch,
): Promise<FaultOutcome | null> {
  if (!fault) return null;
  const replayed = fault.path
    ? await replays.result(stepsOf(faultReplay(model, fault.path, fault.action)))
    : null;
  if (!replayed) {
    const where = `after ${plural(fault.steps, "step")} something has no value`;
    const message = `${where}; the trace was not computed: ${stopReason(tracesStopped ?? replays.stopped)}`;
    return { diagnostic: new TlbcheckError("TLB403", message).diagnostic, trace: null };
  }
  return { diagnostic: replayed.error.diagnostic, trace: replayed.trace };
}

/** A replay as work that a limit may end. */
async function* stepsOf<T>(replay: Replay<T>): Steps<T> {
  return yield* replay;
}
