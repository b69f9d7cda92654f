/** Verdicts as paragraphs of a commit message: the diagram, what it means, and what it was found with. */
import { ascii } from "./ascii.ts";
import { COMMIT_WIDTH, commitDiagram } from "./commit-diagram.ts";
import { waitLines } from "./diagram.ts";
import type { Outcome, PropertyOutcome } from "./outcome.ts";
import { stopText } from "./section.ts";
import { endState, endStateTitle } from "./state.ts";
import { wrap } from "./text.ts";

/** Stands for a space at which no line is broken. Spelled text has no control characters. */
const UNBROKEN = "\u007f";
const STATE_INDENT = "    ";

/** The lines on one property of a configuration. */
export function commitText(outcome: Outcome, property: PropertyOutcome, full: boolean): string[] {
  const { trace, steps, verdict } = property;
  const told = sentence(outcome, property);
  const length = verdict === "violated" ? counted(steps ?? 0, "step") : `depth ${outcome.depth}`;
  const facts = [...subjectOf(outcome), length, counted(outcome.states, "state")];
  return [
    ...(trace ? [...commitDiagram(trace, full), ""] : []),
    ...prose(ascii(`${told}.`)),
    ...(trace ? waitLines(trace, false) : []).flatMap((line) => wrap(ascii(`- ${line}`), COMMIT_WIDTH - 1)),
    ...stateOf(property),
    "",
    ...prose(`tlbcheck: ${facts.map((fact) => ascii(fact).replaceAll(" ", UNBROKEN)).join(", ")}`),
  ];
}

/** What is cached, pending and mapped where the trace ends, one line a subject. */
function stateOf({ trace }: PropertyOutcome): string[] {
  const lines = trace ? endState(trace, false) : [];
  if (lines.length === 0) return [];
  const listed = lines.flatMap((line) => wrap(ascii(line), COMMIT_WIDTH - 1 - STATE_INDENT.length));
  return ["", `${endStateTitle(trace!)}:`, ...listed.map((line) => STATE_INDENT + line)];
}

function sentence(outcome: Outcome, { verdict, trace, property }: PropertyOutcome): string {
  const name = property ?? "the model";
  switch (verdict) {
    case "violated":
      if (!trace) return `${name} is violated; the trace was not computed`;
      return trace.cycle ? `${trace.consequence}; ${trace.cycle.fairness}` : trace.consequence;
    case "holds":
      return property === null ? "every state was seen" : `no interleaving violates ${name}`;
    case "vacuous":
      return `no interleaving violates ${name}, but this proves nothing: a goal of the model is never reached`;
    case "inconclusive":
      return `whether ${name} holds is not decided: ${stopText(outcome)}`;
  }
}

/** Model, architecture and sizes. */
function subjectOf({ model, configuration, assumptions }: Outcome): string[] {
  const { arch, variant } = configuration;
  const sizes = assumptions.find((each) => /^\d+ [a-z]+(, \d+ [a-z]+)*$/i.test(each));
  return [
    variant === "default" ? model : `${model} ${variant}`,
    ...(arch === null ? [] : [arch]),
    ...(sizes === undefined ? [] : [sizes]),
  ];
}

/** Numbers without the spaces that part their digits elsewhere: a mail may break a line at a space. */
function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}

/** Lines of the message's text. What `git am` takes for the end of a message is kept from the line's beginning. */
function prose(text: string): string[] {
  return wrap(text, COMMIT_WIDTH - 1, 0)
    .map((line) => line.replaceAll(UNBROKEN, " "))
    .map((line) => (/^(---|diff -|Index: |#|>?From )/.test(line) ? ` ${line}` : line));
}
