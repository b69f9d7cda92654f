/** A configuration told in full: verdicts, diagrams, what they rest on, and how to repeat them. */
import { printableLine } from "../model/printable.ts";
import { diagram, waitLines } from "./diagram.ts";
import {
  asExpected,
  type FaultOutcome,
  missingGoals,
  type Outcome,
  type PropertyOutcome,
  type Stop,
  titleOf,
  type Verdict,
} from "./outcome.ts";
import type { Trace } from "../trace/trace.ts";
import { shellQuote } from "./shell.ts";
import { endState, endStateTitle } from "./state.ts";
import type { Style } from "./style.ts";
import { formatSeconds, plural, wrap } from "./text.ts";

export interface SectionOptions {
  readonly width: number;
  readonly full: boolean;
  /** What of the state each row of a trace changed, and all that is known of the state at its end; not unless given. */
  readonly state?: boolean;
  readonly style: Style;
}

/** How a violation was found, in words. */
const STRATEGIES = { bfs: "breadth first", dfs: "depth first", random: "by a random walk" } as const;

const INDENT = "  ";
/** Verdicts end here, and not at the far end of a wide terminal. */
const HEADING_WIDTH = 90;

/** A configuration told in full: a section for each violated property, then one for all that share a verdict. */
export function sections(outcome: Outcome, options: SectionOptions): string[][] {
  const violated = outcome.properties.filter(({ verdict }) => verdict === "violated");
  const others = outcome.properties.filter(({ verdict }) => verdict !== "violated");
  // What is inconclusive is told apart: how far safety is certain says nothing of liveness.
  const key = ({ verdict, expected, reason, kind }: PropertyOutcome): string =>
    JSON.stringify([verdict, expected, reason, verdict === "inconclusive" && kind === "liveness"]);
  const groups = [...new Set(others.map(key))].map((each) =>
    others.filter((property) => key(property) === each),
  );
  return [...violated.map((each) => [each]), ...groups].map((each) => section(outcome, each, options));
}

/** One section on properties that share a verdict and, if it is a violation, are one. */
export function section(
  outcome: Outcome,
  properties: readonly PropertyOutcome[],
  options: SectionOptions,
): string[] {
  const [first] = properties;
  const { verdict } = first!;
  const body =
    verdict === "violated" ? violation(outcome, first!, options) : grounds(outcome, first!, options);
  const expectation = indented(expectationOf(first!), options.width);
  return [
    ...headingOf(titleOf(outcome), properties, options),
    "",
    ...body,
    ...expectation,
    ...reproduce(outcome, properties),
  ];
}

/** The diagnostic of a fault that exploration found, and the trace that leads there. */
export function faultSection(outcome: Outcome, { trace }: FaultOutcome, options: SectionOptions): string[] {
  if (trace === null) return [options.style.bold(titleOf(outcome)), ...reproduce(outcome, [])];
  const failed = trace.end.kind === "fault" ? trace.end.action : null;
  const then = failed === null ? "then a property's condition has no value" : `then ${failed} has no value`;
  return [
    options.style.bold(`${titleOf(outcome)}: the steps that lead there`),
    "",
    ...diagram(trace, options),
    "",
    ...indented(`${plural(trace.steps.length, "step")}, ${then}`, options.width),
    ...reproduce(outcome, []),
  ];
}

/** The title to the left, the verdict and what it is on to the right; below each other where that is too long. */
function headingOf(
  title: string,
  properties: readonly PropertyOutcome[],
  { width, style }: SectionOptions,
): string[] {
  const { verdict } = properties[0]!;
  const names = printableLine(properties.map(({ property }) => property ?? "").join(", "));
  const told = `${verdict.toUpperCase()}  ${names}`.trimEnd();
  const painted = told.replace(verdict.toUpperCase(), paint(verdict, style));
  const gap = Math.min(width, HEADING_WIDTH) - title.length - told.length;
  if (gap >= 2) return [style.bold(title) + " ".repeat(gap) + painted];
  return [
    style.bold(title),
    ...indented(told, width).map((line) => line.replace(verdict.toUpperCase(), paint(verdict, style))),
  ];
}

function paint(verdict: Verdict, style: Style): string {
  const colour = verdict === "holds" ? style.green : verdict === "violated" ? style.red : style.yellow;
  return colour(verdict.toUpperCase());
}

function violation(outcome: Outcome, { trace, steps }: PropertyOutcome, options: SectionOptions): string[] {
  const length = `${plural(steps ?? 0, "step")}, ${shortestOf(outcome, trace)}`;
  const counts = [
    length + (trace?.cycle ? cycleLength(trace.cycle) : ""),
    plural(outcome.states, "state"),
    formatSeconds(outcome.seconds),
  ];
  const told = trace
    ? [
        ...diagram(trace, options),
        "",
        ...indented(`${trace.consequence}.`, options.width),
        ...waitLines(trace, options.full).flatMap((line) => indented(`- ${line}`, options.width)),
        ...indented(trace.cycle ? `${trace.cycle.fairness}.` : "", options.width),
        ...endOf(trace, options),
      ]
    : untraced(outcome, options.width);
  return [...told, ...indented(counts.join(" · "), options.width)];
}

function endOf(trace: Trace, { width, state = false }: SectionOptions): string[] {
  const lines = endState(trace, state);
  if (lines.length === 0) return [];
  const nested = lines.flatMap((line) => indented(line, width - INDENT.length)).map((line) => INDENT + line);
  return [`${INDENT}${endStateTitle(trace)}:`, ...nested];
}

/** Of which runs the steps are the fewest: a trace of closed hardware is a run that follows the shortest one there. */
function shortestOf({ closed, strategy }: Outcome, trace: Trace | null): string {
  if (strategy !== "bfs") return `found ${STRATEGIES[strategy]}, perhaps not the shortest`;
  if (!closed) return "the shortest";
  return trace ? "along the shortest run of closed hardware" : "the shortest of closed hardware";
}

function cycleLength({ steps }: NonNullable<Trace["cycle"]>): string {
  return steps.length === 0 ? ", then nothing more" : `, then ${plural(steps.length, "step")} for ever`;
}

/** Why a violation has no trace, and how to get it: with this property alone, the search ends where it is found. */
function untraced({ tracesStopped }: Outcome, width: number): string[] {
  const reason = `the trace was not computed: ${stopReason(tracesStopped)}`;
  return [reason, "the command below shows it"].flatMap((line) => indented(line, width));
}

/** What a verdict without a trace rests on. Assumptions are one line, however long, for those who search for it. */
function grounds(outcome: Outcome, property: PropertyOutcome, { width }: SectionOptions): string[] {
  const { verdict } = property;
  const counts = `${plural(outcome.states, "state")} · depth ${outcome.depth} · ${formatSeconds(outcome.seconds)}`;
  const text = groundsOf(outcome, property);
  return [...(verdict === "holds" ? [INDENT + text] : indented(text, width)), ...indented(counts, width)];
}

function groundsOf(outcome: Outcome, property: PropertyOutcome): string {
  const { verdict, kind } = property;
  switch (verdict) {
    case "vacuous":
      return `nothing is violated, but this proves nothing: never reached: ${missingGoals(outcome, property).join(", ")}`;
    case "inconclusive":
      if (kind === "liveness") return `${livenessStopText(outcome)}; liveness needs the whole state graph`;
      return [stopText(outcome), ...withinSteps(outcome)].join("; ");
    default:
      return assumptionsLine(outcome);
  }
}

/** How far it is certain that nothing is violated: the states of the last level are found, but not yet judged. */
function withinSteps({ depth, strategy }: Outcome): string[] {
  if (strategy === "random") return ["random walks have found no violation, which proves nothing"];
  if (strategy === "dfs") return ["no violation among the states that were searched"];
  return depth < 1 ? [] : [`no violation within ${plural(depth - 1, "step")}`];
}

/** What a `holds` assumes, in one line. */
export function assumptionsLine({ assumptions }: Outcome): string {
  return assumptions.length === 0
    ? "assumes nothing but the rules of the model"
    : `assumes: ${assumptions.join("; ")}`;
}

/** Why a search ended early, be it that for states or that for fair cycles. */
export function stopText({ stopped, livenessStopped }: Outcome): string {
  return stopReason(stopped ?? livenessStopped);
}

/** The same of a liveness property, which some strategies never decide. */
function livenessStopText({ stopped, livenessStopped }: Outcome): string {
  return stopReason(livenessStopped === "strategy" ? "strategy" : (stopped ?? livenessStopped));
}

/** What ended a search, in words. */
export function stopReason(stop: Stop | null): string {
  switch (stop) {
    case "first-violation":
      return "the search ended with the first violation (--first)";
    case "strategy":
      return "only a breadth-first search decides it (--search bfs)";
    case "max-states":
      return "the limit of --max-states was reached";
    case "max-memory":
      return "the memory for states is used up (--max-memory)";
    case "engine-memory":
      return "the engine has no more memory for states: 4 GiB, or what the system gives; a smaller model is needed";
    case "timeout":
      return "the time of --timeout is over";
    case "interrupted":
      return "interrupted";
    case "model-fault":
      return "the model has a fault, which is told below";
    default:
      return "every state was seen";
  }
}

function expectationOf(property: PropertyOutcome): string {
  if (property.expected === null) return "";
  if (property.verdict === "inconclusive") return `the model file expects ${property.expected}`;
  if (!asExpected(property)) return `NOT as expected: the model file expects ${property.expected}`;
  return `as expected${property.reason === null ? "" : `: ${property.reason}`}`;
}

function reproduce({ command }: Outcome, properties: readonly PropertyOutcome[]): string[] {
  const [first] = properties;
  const selected =
    properties.length === 1 && first?.property ? ` --property ${shellQuote(first.property)}` : "";
  return ["", `${INDENT}$ ${command}${selected}`];
}

function indented(text: string, width: number): string[] {
  return text === "" ? [] : wrap(text, width - INDENT.length).map((line) => INDENT + line);
}
