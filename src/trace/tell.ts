/** Puts states and steps into words. */
import { printableLine } from "../model/printable.ts";
import type { Expr, RuleEvent, Text, Variable } from "../model/model.ts";
import { formatValue, indexNames } from "../model/domain.ts";
import { TlbcheckError } from "../model/diagnostic.ts";
import type { Action, Binding, Semantics, State } from "../model/semantics.ts";
import { actionName, actorName, UNBOUND } from "../model/semantics.ts";
import type { Change, StateFact, TraceEvent, TracePlace, TraceStep } from "./trace.ts";

/** What stands for a value that a text reads out of bounds: a trace is told all the same. */
const UNKNOWN = "?";

/** The step that `action` takes from `before` to `after`. */
export function tellStep(semantics: Semantics, action: Action, before: State, after: State): TraceStep {
  const { rule, binding } = action;
  const told = (text: Text): string => tellText(semantics, text, before, binding);
  return {
    actor: actorName(action),
    action: actionName(action),
    rule: rule.name,
    text: told(rule.text),
    ...(rule.remark === undefined ? {} : { remark: rule.remark }),
    event: rule.event && eventOf(semantics, rule.event, told(rule.event.text), after),
    ...(rule.prelude ? { prelude: true } : {}),
    place: placeOf(semantics, rule.place, before, binding),
    source: rule.source,
    changes: changes(semantics, before, after),
    ...factsChanged(semantics, before, after),
  };
}

function eventOf(semantics: Semantics, { id, goesOn }: RuleEvent, text: string, after: State): TraceEvent {
  if (!goesOn) return { id, text };
  return { id, text, goesOn: semantics.evaluate(goesOn, after, new Map(), null) !== 0 };
}

/** A text with the values of its expressions, as one printable line. */
export function tellText(semantics: Semantics, text: Text, state: State, binding: Binding): string {
  const told = text.map((part) => withValue(() => semantics.text([part], state, binding)) ?? UNKNOWN);
  return printableLine(told.join(""));
}

/** The facts of states that were told already: each is the end of one step and the beginning of the next. */
const toldFacts = new WeakMap<State, readonly StateFact[]>();

/** What is true of a state, in the order in which the model says it. */
export function tellFacts(semantics: Semantics, state: State): readonly StateFact[] {
  const known = toldFacts.get(state) ?? factsIn(semantics, state);
  toldFacts.set(state, known);
  return known;
}

function factsIn(semantics: Semantics, state: State): StateFact[] {
  return (semantics.model.facts ?? [])
    .filter(({ when }) => withValue(() => semantics.evaluate(when, state, UNBOUND, null)) === 1)
    .map(({ subject, text, notable }) => ({
      subject: printableLine(subject),
      text: tellText(semantics, text, state, UNBOUND),
      notable,
    }));
}

/** What of the facts of a state a step has changed. */
function factsChanged(semantics: Semantics, before: State, after: State): Pick<TraceStep, "facts"> {
  const [old, now] = [before, after].map((state) => tellFacts(semantics, state));
  const missingIn = (others: readonly StateFact[]) => (fact: StateFact) =>
    !others.some(({ subject, text }) => subject === fact.subject && text === fact.text);
  const [gone, come] = [old!.filter(missingIn(now!)), now!.filter(missingIn(old!))];
  return gone.length + come.length === 0 ? {} : { facts: { gone, come } };
}

/** The cells that an initial state chose a value for, because the model allows several. */
export function tellInitial(semantics: Semantics, state: State): { cell: string; value: string }[] {
  return semantics.model.variables.flatMap((variable) =>
    cellNames(variable).flatMap((cell, i) => {
      const { initial } = variable;
      const codes = initial.kind === "every" ? initial.codes : initial.codes[i]!;
      return codes.length < 2 ? [] : [{ cell, value: valueIn(variable, state, i) }];
    }),
  );
}

function changes({ model }: Semantics, before: State, after: State): Change[] {
  return model.variables
    .filter(({ name }) => before.get(name) !== after.get(name))
    .flatMap((variable) =>
      cellNames(variable).flatMap((cell, i) => {
        const from = valueIn(variable, before, i);
        const to = valueIn(variable, after, i);
        return from === to ? [] : [{ cell, from, to }];
      }),
    );
}

function placeOf(
  semantics: Semantics,
  place: Expr | null,
  state: State,
  binding: Binding,
): TracePlace | null {
  if (place === null) return null;
  const number = withValue(() => semantics.evaluate(place, state, binding, null));
  return semantics.model.places.find((each) => each.number === number) ?? null;
}

function valueIn({ name, domain }: Variable, state: State, cell: number): string {
  return formatValue(domain, state.get(name)!.get(cell)!);
}

/** The names of a variable's cells in the order of their list: `x`, or `pte[cpu0,page1]`. */
export function cellNames({ name, index }: Variable): string[] {
  if (index.length === 0) return [name];
  const tuples = index.reduce<string[][]>(
    (all, domain) => all.flatMap((tuple) => indexNames(domain).map((name) => [...tuple, name])),
    [[]],
  );
  return tuples.map((tuple) => `${name}[${tuple.join(",")}]`);
}

/** The result, or undefined where an index is out of bounds. */
function withValue<T>(compute: () => T): T | undefined {
  try {
    return compute();
  } catch (error) {
    if (error instanceof TlbcheckError) return undefined;
    throw error;
  }
}
