/** Folds the steps of a trace into rows: one kernel-level event a row. */
import type { Trace, TraceEvent, TraceStep } from "../trace/trace.ts";

export interface Row {
  readonly actor: string;
  /** The number of the place, or null for a step that happens nowhere in particular. */
  readonly place: number | null;
  readonly text: string;
  readonly steps: readonly TraceStep[];
  /** The event that the steps are a part of, in the words of the state in which it began; or null. */
  readonly event: TraceEvent | null;
  /** Whether an earlier row tells of the same event. */
  readonly begun: boolean;
  /** Whether the event is not at its end: a later row prints more of it, or the trace ends within it. */
  readonly goesOn: boolean;
}

/** The rows of a trace, and of a lasso's cycle after those of its stem. */
export interface Rows {
  readonly rows: readonly Row[];
  /** The first row of what is repeated for ever, the number of rows if nothing is, or null for no lasso. */
  readonly cycle: number | null;
}

/** Rows as `fold` makes them of steps. No row spans the beginning of the cycle. */
export function rowsOf(trace: Trace, fold: (steps: readonly TraceStep[]) => Row[]): Rows {
  const stem = fold(trace.steps);
  if (!trace.cycle) return { rows: stem, cycle: null };
  return { rows: [...stem, ...fold(trace.cycle.steps)], cycle: stem.length };
}

/** One row a transition, with the event it is a part of in front where that says more. */
export function fullRows(steps: readonly TraceStep[]): Row[] {
  return steps.map((step) =>
    rowOf([step], withRemarks(step.text, [step]), { event: step.event, begun: false, goesOn: false }),
  );
}

/**
 * Consecutive steps of one event by one actor are one row. An event that other steps interrupt takes several
 * rows: each says how far it got, and "…" that it goes on, as it does where the trace ends within it. A prelude has no
 * row if what it begins comes next.
 */
export function foldedRows(steps: readonly TraceStep[]): Row[] {
  const groups = steps.reduce<TraceStep[][]>((all, step) => {
    const last = all.at(-1);
    if (last && (sameEvent(last, step) || begins(last.at(-1)!, step))) last.push(step);
    else all.push([step]);
    return all;
  }, []);
  const neighbours = neighboursOf(groups);
  return groups.map((steps, i) => {
    const part = partOf(steps, neighbours[i]!);
    const event = eventOf(steps) && beginningOf(groups, neighbours, i);
    return rowOf(steps, withRemarks(eventText(steps, event, part), steps), { ...part, event });
  });
}

/** The last row of a trace is the violating one; a deadlock has none, since nothing happens in it, nor has a lasso. */
export function violatingRow(trace: Trace, rows: readonly Row[]): Row | undefined {
  const { end } = trace;
  const isStep = end.kind === "violation" && end.of !== "deadlock" && end.of !== "liveness";
  return isStep ? rows.at(-1) : undefined;
}

type EventPart = Pick<Row, "begun" | "goesOn">;

function rowOf(steps: readonly TraceStep[], text: string, part: EventPart & Pick<Row, "event">): Row {
  const [first] = steps;
  const place = first!.place?.number ?? null;
  return { actor: first!.actor, place, text, steps, ...part };
}

/** The event of a row's steps; null for preludes alone, and for a step that is no part of one. */
function eventOf(steps: readonly TraceStep[]): TraceEvent | null {
  return steps.find(({ event }) => event !== null)?.event ?? null;
}

function sameEvent(group: readonly TraceStep[], step: TraceStep): boolean {
  const [first] = group;
  return (
    step.event !== null &&
    eventOf(group)?.id === step.event.id &&
    first!.actor === step.actor &&
    first!.place?.number === step.place?.number
  );
}

function begins(prelude: TraceStep, next: TraceStep): boolean {
  return (
    prelude.prelude === true && prelude.actor === next.actor && prelude.place?.number === next.place?.number
  );
}

type Groups = readonly (readonly TraceStep[])[];

/** The groups before and after one that are of the same event. */
interface Neighbours {
  readonly before: number | null;
  readonly after: boolean;
}

function neighboursOf(groups: Groups): Neighbours[] {
  const keys = groups.map((group) => {
    const event = eventOf(group);
    return event && JSON.stringify([event.id, group[0]!.actor]);
  });
  const last = new Map<string, number>();
  const before = keys.map((key, i) => {
    if (key === null) return null;
    const found = last.get(key) ?? null;
    last.set(key, i);
    return found;
  });
  return keys.map((key, i) => ({ before: before[i]!, after: key !== null && last.get(key)! > i }));
}

/** Which part of its event a group of steps is. */
function partOf(group: readonly TraceStep[], { before, after }: Neighbours): EventPart {
  return { begun: before !== null, goesOn: after || group.at(-1)!.event?.goesOn === true };
}

/** The event in the words of the state in which it began: its own changes must not turn up in them. */
function beginningOf(groups: Groups, neighbours: readonly Neighbours[], at: number): TraceEvent {
  let first = at;
  for (let before = neighbours[at]!.before; before !== null; before = neighbours[before]!.before) {
    if (groups[before]!.at(-1)!.event?.goesOn !== true) break;
    first = before;
  }
  return eventOf(groups[first]!)!;
}

function eventText(
  steps: readonly TraceStep[],
  event: TraceEvent | null,
  { begun, goesOn }: EventPart,
): string {
  if (event === null) return preludeText(steps);
  if (!begun && !goesOn) return event.text;
  const reached = steps.at(-1)!.text;
  const progress = reached === event.text ? event.text : `${event.text}: ${reached}`;
  return `${begun ? "… " : ""}${progress}${goesOn ? " …" : ""}`;
}

/** What has only been begun is printed step by step; what it began, by its own text. */
function preludeText(steps: readonly TraceStep[]): string {
  const last = steps.at(-1)!;
  return last.prelude ? steps.map(({ text }) => text).join(", ") : last.text;
}

/** What must not be left out of the steps of a row, once each. */
export function remarksOf(steps: readonly TraceStep[]): string[] {
  return [...new Set(steps.flatMap(({ remark }) => remark ?? []))].map((remark) => `[${remark}]`);
}

function withRemarks(text: string, steps: readonly TraceStep[]): string {
  return [text, ...remarksOf(steps)].join(" ");
}
