/** One property of one configuration, told in full: the verdict, the diagram, what it rests on, how to repeat it. */
import type { Trace } from "../trace/trace.ts";
import { diagram } from "./diagram.ts";
import {
  asExpected,
  type FaultOutcome,
  type Outcome,
  type PropertyOutcome,
  titleOf,
  type Verdict,
} from "./outcome.ts";
import type { Style } from "./style.ts";
import { formatBytes, formatCount, formatSeconds, plural, wrap } from "./text.ts";

export interface SectionOptions {
  readonly width: number;
  readonly full: boolean;
  readonly style: Style;
}

const INDENT = "  ";

export function section(outcome: Outcome, property: PropertyOutcome, options: SectionOptions): string[] {
  const heading = headingOf(titleOf(outcome), property, options);
  const body = property.trace
    ? violation(outcome, property.trace, options)
    : undecorated(outcome, property, options);
  const expectation = indented(expectationOf(outcome, property), options.width);
  return [heading, "", ...body, ...expectation, ...reproduce(outcome, property)];
}

/** The diagnostic of a fault that exploration found, and the trace that leads there. */
export function faultSection(outcome: Outcome, { trace }: FaultOutcome, options: SectionOptions): string[] {
  const failed = trace.end.kind === "fault" ? trace.end.action : null;
  const then = failed === null ? "then a property's condition has no value" : `then ${failed} has no value`;
  return [
    options.style.bold(`${titleOf(outcome)}: the steps that lead there`),
    "",
    ...diagram(trace, options),
    "",
    ...indented(`${plural(trace.steps.length, "step")}, ${then}`, options.width),
    ...reproduce(outcome, null),
  ];
}

function headingOf(
  title: string,
  { verdict, property }: PropertyOutcome,
  { width, style }: SectionOptions,
): string {
  const verdictText = verdict.toUpperCase();
  const name = property ?? "";
  const gap = Math.max(2, Math.min(width, 90) - title.length - verdictText.length - name.length - 2);
  return `${style.bold(title)}${" ".repeat(gap)}${paint(verdict, style)(verdictText)}  ${name}`.trimEnd();
}

function paint(verdict: Verdict, style: Style): (text: string) => string {
  return verdict === "holds" ? style.green : verdict === "violated" ? style.red : style.yellow;
}

function violation(outcome: Outcome, trace: Trace, options: SectionOptions): string[] {
  const sentence = `${trace.consequence}.`;
  const counts = [
    `${plural(trace.steps.length, "step")}, the shortest`,
    plural(outcome.states, "state"),
    formatSeconds(outcome.seconds),
  ];
  return [
    ...diagram(trace, options),
    "",
    ...indented(sentence, options.width),
    ...indented(counts.join(" · "), options.width),
  ];
}

function undecorated(outcome: Outcome, { verdict }: PropertyOutcome, { width }: SectionOptions): string[] {
  const counts = `${plural(outcome.states, "state")} · depth ${outcome.depth} · ${formatSeconds(outcome.seconds)}`;
  return [...indented(groundsOf(outcome, verdict), width), ...indented(counts, width)];
}

/** What a verdict without a trace rests on. */
function groundsOf(outcome: Outcome, verdict: Verdict): string {
  const unreached = outcome.goals.filter(({ reached }) => !reached).map(({ goal }) => goal);
  switch (verdict) {
    case "vacuous":
      return `nothing is violated, but this proves nothing: never reached: ${unreached.join(", ")}`;
    case "inconclusive":
      return [stopText(outcome), ...withinSteps(outcome)].join("; ");
    default:
      return assumptionsLine(outcome);
  }
}

/** How far it is certain that nothing is violated: the states of the last level are found, but not yet judged. */
function withinSteps({ depth }: Outcome): string[] {
  return depth < 1 ? [] : [`no violation within ${plural(depth - 1, "step")}`];
}

/** What a `holds` assumes, in one line. */
export function assumptionsLine({ assumptions }: Outcome): string {
  return assumptions.length === 0
    ? "assumes nothing but the rules of the model"
    : `assumes: ${assumptions.join("; ")}`;
}

/** Why a search ended early. */
export function stopText({ stopped }: Outcome): string {
  switch (stopped) {
    case "max-states":
      return "the limit of --max-states was reached";
    case "max-memory":
      return "the memory for states is used up (--max-memory)";
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

function expectationOf({ reason }: Outcome, property: PropertyOutcome): string {
  if (property.expected === null) return "";
  if (property.verdict === "inconclusive") return `the model file expects ${property.expected}`;
  if (!asExpected(property)) return `NOT as expected: the model file expects ${property.expected}`;
  return `as expected${reason === null ? "" : `: ${reason}`}`;
}

function reproduce({ command }: Outcome, property: PropertyOutcome | null): string[] {
  const selected = property?.property ? ` --property ${property.property}` : "";
  return ["", `${INDENT}$ ${command}${selected}`];
}

function indented(text: string, width: number): string[] {
  return text === "" ? [] : wrap(text, width - INDENT.length).map((line) => INDENT + line);
}

/** States, transitions, depth and the rest of one search. */
export function summary(outcome: Outcome, options: SectionOptions): string[] {
  const { states, transitions, depth, seconds, bytes, threads, engine } = outcome;
  const branching = states === 0 ? 0 : transitions / states;
  const counts = [plural(states, "state"), plural(transitions, "transition"), `depth ${depth}`];
  const cost = [
    ...(bytes === null ? [] : [`${formatBytes(bytes)} for states`]),
    formatSeconds(seconds),
    `${engine}, ${plural(threads, "thread")}`,
  ];
  return [
    [...counts, `mean branching ${branching.toFixed(2)}`].join(" · "),
    cost.join(" · "),
    ...(options.full ? firings(outcome) : []),
  ];
}

function firings({ rules }: Outcome): string[] {
  const sorted = [...rules].sort((a, b) => b.firings - a.firings);
  const width = Math.max(...sorted.map((rule) => formatCount(rule.firings).length));
  const lines = sorted.map((rule) => `${INDENT}${formatCount(rule.firings).padStart(width)}  ${rule.rule}`);
  return ["", "how often each rule was taken", ...lines];
}
