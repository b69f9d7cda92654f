/**
 * What may be taken out of the programs of a model, or weakened, to ask whether it was needed: a synchronising step, both
 * ends of a critical section, or all of a call.
 */
import { type Model, OMITTED, type Rule, type Source, type StepKind } from "../model/model.ts";
import type { Choice } from "./weaken.ts";

export interface Weakening {
  /** Equal in models that differ in nothing but their hardware; a step that comes again has a number behind its label. */
  readonly key: string;
  readonly thread: string;
  /** What is weakened: the label of a step, or of a call. */
  readonly what: string;
  readonly kind: StepKind | "call";
  /** What stands in its place; null: nothing. */
  readonly form: string | null;
  /** The call that the step is a part of, if it has other steps that can be weakened. */
  readonly call: string | null;
  readonly source: Source | null;
  readonly choices: readonly Choice[];
}

/** A step of a program with all ways to take it, or several steps that only make sense together. */
interface Unit {
  readonly rules: Rule[];
}

/** Everything that can be weakened, in the order of the programs; a call stands before its steps. */
export function weakeningsOf(model: Model): Weakening[] {
  const units = unitsOf(model);
  const calls = callsOf(units);
  const numbered = numbering();
  return units.flatMap((unit) => {
    const call = calls.find((each) => each.includes(unit));
    const heading = call?.[0] === unit ? [weakening(callOf(call), "call", null, numbered)] : [];
    const name = call ? eventText(unit.rules[0]!) : null;
    return [...heading, ...formsOf(unit).map((form) => weakening(unit, null, form, numbered, name))];
  });
}

function weakening(
  { rules }: Unit,
  as: "call" | null,
  form: string | null,
  numbered: (key: string, unit: Rule) => string,
  call: string | null = null,
): Weakening {
  const [first] = rules;
  const what = as ? eventText(first!) : labelOf(first!);
  const thread = first!.actor.name;
  return {
    key: `${numbered(`${thread}: ${what}${as ? " (call)" : ""}`, first!)}${form === null ? "" : ` -> ${form}`}`,
    thread,
    what,
    kind: as ?? first!.step ?? "control",
    form,
    call,
    source: first!.source,
    choices: rules.map(({ name }) => ({ rule: name, form: form ?? OMITTED })),
  };
}

/** Rules by the step, or by the critical section, that they are a part of. */
function unitsOf({ rules }: Model): Unit[] {
  const units = new Map<string, Unit>();
  for (const rule of rules) {
    const { name, stepName = name, section, weaker } = rule;
    if (weaker.length === 0 || isRead(rule)) continue;
    const key = section ?? stepName;
    const known = units.get(key);
    if (known) known.rules.push(rule);
    else units.set(key, { rules: [rule] });
  }
  return [...units.values()];
}

/** A program without one of its reads, or without a decision, is another program and no weaker one. */
function isRead({ step }: Rule): boolean {
  return step === "re-check";
}

/** The calls with several units, all of whose steps are within them. */
function callsOf(units: readonly Unit[]): Unit[][] {
  const calls = new Map<string, Unit[]>();
  for (const unit of units) {
    const [event, ...more] = new Set(unit.rules.map(({ event }) => event?.id));
    if (event === undefined || more.length > 0) continue;
    calls.set(event, [...(calls.get(event) ?? []), unit]);
  }
  return [...calls.values()].filter(({ length }) => length > 1);
}

function callOf(units: readonly Unit[]): Unit {
  return { rules: units.flatMap(({ rules }) => rules) };
}

/** The forms that all rules of a unit have; null for its being left out. */
function formsOf({ rules }: Unit): (string | null)[] {
  const [first, ...others] = rules.map(({ weaker }) => weaker.map(({ name }) => name));
  return first!
    .filter((form) => others.every((each) => each.includes(form)))
    .map((form) => (form === OMITTED ? null : form));
}

/** `kswapd: 3 dsb(ishst)` is the step `dsb(ishst)`; a rule that is of no program has its own name. */
function labelOf({ actor, name, stepName }: Rule): string {
  return stepName?.slice(actor.name.length + 2).replace(/^\d+ /, "") ?? name;
}

/** What a trace calls the event, with dots for what depends on the state. */
function eventText({ event }: Rule): string {
  return event!.text.map((part) => (typeof part === "string" ? part : "…")).join("");
}

/** Gives every further unit of the same name a number. */
function numbering(): (key: string, unit: Rule) => string {
  const seen = new Map<string, Rule[]>();
  return (key, unit) => {
    const known = seen.get(key) ?? [];
    if (!known.includes(unit)) seen.set(key, [...known, unit]);
    const number = [...known, unit].indexOf(unit);
    return number === 0 ? key : `${key} #${number + 1}`;
  };
}
