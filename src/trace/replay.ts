/**
 * Makes a trace by replaying an engine's path in the reference semantics, and does not believe the engine: a
 * path that takes a step which is not enabled, or that does not end in what it claims, is an internal error.
 */
import { TlbcheckError } from "../model/diagnostic.ts";
import type { LivenessProperty } from "../model/fairness.ts";
import { layoutOf, unpack } from "../model/layout.ts";
import type { Model, Property, Statement, Variable } from "../model/model.ts";
import { type Action, actionName, Semantics, type State, UNBOUND } from "../model/semantics.ts";
import { propertyConditions } from "../model/walk.ts";
import { Cycle } from "./cycle.ts";
import { tellFacts, tellInitial, tellStep, tellText } from "./tell.ts";
import type { Trace, TraceEnd, TraceStep } from "./trace.ts";
import { waitsOf } from "./waits.ts";

/** A path by numbers, as engines give it. */
export interface PathByNumbers {
  /** The initial state, packed. */
  readonly initial: BigUint64Array;
  /** Positions in `Semantics.actions`. */
  readonly actions: readonly number[];
  /** Of a lasso: the actions that lead from the end of the path back to it. */
  readonly cycle?: readonly number[];
}

/** A replay that can be paused, and given up, before each step. */
export type Replay<T> = Generator<void, T, void>;

/** The trace of a property's violation. */
export function replayViolation(model: Model, name: string, path: PathByNumbers): Trace {
  return finished(violationReplay(model, name, path));
}

/** The same, step by step. */
export function violationReplay(model: Model, name: string, path: PathByNumbers): Replay<Trace> {
  return believed(violation(model, name, path));
}

/** What keeps a path from being a violation of the property, or null: what can go wrong with a path from elsewhere. */
export function replayObjection(model: Model, name: string, path: PathByNumbers): string | null {
  try {
    finished(violation(model, name, path));
    return null;
  } catch (error) {
    if (error instanceof Unfaithful) return error.message;
    throw error;
  }
}

function* violation(model: Model, name: string, path: PathByNumbers): Replay<Trace> {
  const semantics = new Semantics(model);
  const property = model.properties.find((each) => each.name === name);
  if (!property) throw unfaithful(`a path to "${name}", which is no property of the model`);
  if (property.kind === "liveness") return yield* replayLasso(semantics, property, path);
  const run = yield* walk(semantics, path);
  if (!violates(semantics, property, run)) throw unfaithful(`a path that does not violate "${name}"`);
  const end: TraceEnd = { kind: "violation", property: name, of: safetyKind(property) };
  const trace = traceOf(semantics, run, end, consequenceOf(semantics, property, run));
  return property.kind === "deadlock" ? { ...trace, waits: waitsOf(semantics, run.states) } : trace;
}

/** The trace of a violated liveness property: the stem, and the cycle after it. */
function* replayLasso(semantics: Semantics, property: LivenessProperty, path: PathByNumbers): Replay<Trace> {
  if (!path.cycle) throw unfaithful(`a path without a cycle to "${property.name}"`);
  const stem = yield* walk(semantics, path);
  const states = [stem.last];
  let run: Run = { ...stem, steps: [] };
  for (const number of path.cycle) {
    yield;
    run = advance(semantics, run, number);
    states.push(run.last);
  }
  if (!run.last.equals(stem.last)) throw unfaithful("a cycle that does not lead back to where it begins");
  const cycle = new Cycle(semantics, states, path.cycle);
  const objections = property.runs.map((each) => cycle.objection(each, property.source));
  const forbidden = property.runs[objections.indexOf(null)];
  if (!forbidden) throw unfaithful(`a cycle ${objections[0] ?? "of a property that forbids no run"}`);
  const consequence = forbidden.consequence ?? property.consequence;
  const end: TraceEnd = { kind: "violation", property: property.name, of: "liveness" };
  return {
    ...traceOf(semantics, stem, end, consequenceOf(semantics, { ...property, consequence }, stem)),
    cycle: { steps: run.steps, fairness: cycle.fairness() },
  };
}

/** A fault that exploration found: the trace to it, and the diagnostic that says what has no value. */
export interface ReplayedFault {
  readonly error: TlbcheckError;
  readonly trace: Trace;
}

/** The trace to an action (or a property's condition, where `action` is null) that has no value. */
export function replayFault(model: Model, path: PathByNumbers, action: number | null): ReplayedFault {
  return finished(faultReplay(model, path, action));
}

/** The same, step by step. */
export function faultReplay(model: Model, path: PathByNumbers, action: number | null): Replay<ReplayedFault> {
  return believed(fault(model, path, action));
}

function* fault(model: Model, path: PathByNumbers, action: number | null): Replay<ReplayedFault> {
  const semantics = new Semantics(model);
  const run = yield* walk(semantics, path);
  const error =
    action === null ? conditionFault(semantics, run.last) : actionFault(semantics, run.last, action);
  if (!error) throw unfaithful("a path that does not end in a fault of the model");
  const failed = action === null ? null : actionName(semantics.actions[action]!);
  return {
    error,
    trace: traceOf(semantics, run, { kind: "fault", action: failed }, error.diagnostic.message),
  };
}

/** A replayed path: its last step apart, because consequences are told of it. */
interface Run {
  readonly first: State;
  /** The state before the last step; the initial one if there is no step. */
  readonly before: State;
  readonly last: State;
  readonly lastAction: Action | null;
  /** The assertions that the last step violated. */
  readonly violated: readonly string[];
  /** All states, shared by the runs of one path. */
  readonly states: State[];
  /** Shared by the runs of one path, each of which appends to it. */
  readonly steps: TraceStep[];
}

function* walk(semantics: Semantics, path: PathByNumbers): Replay<Run> {
  const first = unpack(layoutOf(semantics.model), path.initial);
  if (!isInitial(semantics, first)) throw unfaithful("a path from a state that is not initial");
  let run: Run = {
    first,
    before: first,
    last: first,
    lastAction: null,
    violated: [],
    states: [first],
    steps: [],
  };
  for (const number of path.actions) {
    yield;
    run = advance(semantics, run, number);
  }
  return run;
}

function isInitial(semantics: Semantics, state: State): boolean {
  const { variables, initially } = semantics.model;
  const begins = ({ name, initial }: Variable): boolean =>
    state
      .get(name)!
      .every((code, i) => (initial.kind === "every" ? initial.codes : initial.codes[i]!).includes(code));
  return (
    variables.every(begins) && initially.every((each) => semantics.evaluate(each, state, UNBOUND, null) !== 0)
  );
}

function advance(semantics: Semantics, run: Run, number: number): Run {
  const action = semantics.actions[number];
  if (!action || !semantics.enabled(action, run.last))
    throw unfaithful(
      `step ${run.steps.length + 1}, ${action ? actionName(action) : number}, which is not enabled there`,
    );
  const { state, violated } = semantics.step(action, run.last);
  run.steps.push(tellStep(semantics, action, run.last, state));
  run.states.push(state);
  return { ...run, before: run.last, last: state, lastAction: action, violated };
}

type SafetyProperty = Exclude<Property, { kind: "liveness" }>;

function violates(semantics: Semantics, property: SafetyProperty, run: Run): boolean {
  switch (property.kind) {
    case "invariant":
      return semantics.evaluate(property.condition, run.last, UNBOUND, property.source) === 0;
    case "assertion":
      return run.violated.includes(property.name);
    case "deadlock":
      return (
        semantics.evaluate(property.terminated, run.last, UNBOUND, property.source) === 0 &&
        !semantics.actions.some((action) => action.rule.fair && semantics.enabled(action, run.last))
      );
    case "goal":
      return false;
  }
}

function safetyKind({ kind, name }: SafetyProperty): "invariant" | "assertion" | "deadlock" {
  if (kind === "goal") throw unfaithful(`a violation of "${name}", which is a goal`);
  return kind;
}

/**
 * The sentence of the assert statement that failed, else the property's, else a plain one. For an assertion it
 * is told of the state before the step, for a state's property of the state.
 */
function consequenceOf(semantics: Semantics, property: Property, run: Run): string {
  const failed = property.kind === "assertion" ? failedAssert(semantics, property.name, run) : undefined;
  const text = failed?.consequence ?? property.consequence;
  const state = property.kind === "assertion" ? run.before : run.last;
  const told = tellText(semantics, text, state, run.lastAction?.binding ?? UNBOUND).trim();
  const sentence = told === "" ? plainConsequence(property) : told.replace(/\.$/, "");
  return failed?.located && failed.source
    ? `${sentence} (${failed.source.file}:${failed.source.line})`
    : sentence;
}

function plainConsequence({ kind, name }: Property): string {
  if (kind === "invariant") return `the invariant "${name}" is false here`;
  if (kind === "assertion") return `the assertion "${name}" fails in this step`;
  if (kind === "liveness") return `this may go on for ever, which "${name}" forbids`;
  return "nothing more has to happen here, and the model has not ended";
}

/**
 * The first assert statement of that name that fails in the last step. Asserts stand between
 * assignments, so each is tried by a step that ends with it.
 */
function failedAssert(semantics: Semantics, name: string, { lastAction, before }: Run): Assert | undefined {
  if (!lastAction) return undefined;
  const asserts = assertsOf(lastAction.rule.body).filter(({ property }) => property === name);
  return asserts.find((statement) => {
    const alone = { ...lastAction.rule, body: keepAssert(lastAction.rule.body, statement) };
    return semantics.step({ ...lastAction, rule: alone }, before).violated.includes(name);
  });
}

type Assert = Statement & { kind: "assert" };

function assertsOf(body: readonly Statement[]): Assert[] {
  return body.flatMap((statement) => {
    if (statement.kind === "if") return [...assertsOf(statement.then), ...assertsOf(statement.otherwise)];
    return statement.kind === "assert" ? [statement] : [];
  });
}

/** The body with every assert taken out but one. */
function keepAssert(body: readonly Statement[], kept: Assert): Statement[] {
  return body.flatMap((statement): Statement[] => {
    if (statement.kind === "assert") return statement === kept ? [statement] : [];
    if (statement.kind === "assign") return [statement];
    return [
      {
        ...statement,
        then: keepAssert(statement.then, kept),
        otherwise: keepAssert(statement.otherwise, kept),
      },
    ];
  });
}

function traceOf(semantics: Semantics, run: Run, end: TraceEnd, consequence: string): Trace {
  const { places } = semantics.model;
  const isStep = end.kind === "violation" && end.of === "assertion";
  const state = tellFacts(semantics, isStep ? run.before : run.last);
  return {
    end,
    consequence,
    initial: tellInitial(semantics, run.first),
    steps: run.steps,
    ...(state.length > 0 ? { state } : {}),
    places,
  };
}

function actionFault(semantics: Semantics, state: State, number: number): TlbcheckError | undefined {
  const action = semantics.actions[number];
  if (!action) return undefined;
  return faultIn(() => semantics.enabled(action, state) && semantics.step(action, state));
}

function conditionFault(semantics: Semantics, state: State): TlbcheckError | undefined {
  return faultIn(() => {
    for (const property of semantics.model.properties)
      for (const condition of propertyConditions(property))
        semantics.evaluate(condition, state, UNBOUND, property.source);
  });
}

function faultIn(part: () => unknown): TlbcheckError | undefined {
  try {
    part();
    return undefined;
  } catch (error) {
    if (error instanceof TlbcheckError) return error;
    throw error;
  }
}

/** A path is not what it claims to be; the message says what it is instead. */
class Unfaithful extends Error {}

function unfaithful(what: string): Unfaithful {
  return new Unfaithful(what);
}

/** A path that the own search gave is what it claims to be, or there is a fault in tlbcheck. */
function* believed<T>(replay: Replay<T>): Replay<T> {
  try {
    return yield* replay;
  } catch (error) {
    if (!(error instanceof Unfaithful)) throw error;
    throw new TlbcheckError("TLB901", `the search gave ${error.message} in the reference semantics`);
  }
}

/** What a replay that nobody interrupts results in. */
function finished<T>(replay: Replay<T>): T {
  for (;;) {
    const step = replay.next();
    if (step.done) return step.value;
  }
}
