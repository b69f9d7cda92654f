/** Folds the steps of a trace into rows: one kernel-level event a row. */
import type { Trace, TraceStep } from "../trace/trace.ts";

export interface Row {
  readonly actor: string;
  /** The number of the place, or null for a step that happens nowhere in particular. */
  readonly place: number | null;
  readonly text: string;
  readonly steps: readonly TraceStep[];
  /** Whether an earlier row tells of the same event. */
  readonly begun: boolean;
  /** Whether a later row tells of the same event. */
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
  return steps.map((step) => rowOf([step], step.text, { begun: false, goesOn: false }));
}

/**
 * Consecutive steps of one event by one actor are one row. An event that other steps interrupt takes several
 * rows: each tells how far it got, and "…" tells that it goes on. A prelude has no row if what it begins comes next.
 */
export function foldedRows(steps: readonly TraceStep[]): Row[] {
  const groups = steps.reduce<TraceStep[][]>((all, step) => {
    const last = all.at(-1);
    if (last && (sameEvent(last[0]!, step) || begins(last.at(-1)!, step))) last.push(step);
    else all.push([step]);
    return all;
  }, []);
  return groups.map((steps, i) => {
    const part = partOf(groups, i);
    return rowOf(steps, eventText(steps, part), part);
  });
}

/** The last row of a trace is the violating one; a deadlock has none, since nothing happens in it, nor has a lasso. */
export function violatingRow(trace: Trace, rows: readonly Row[]): Row | undefined {
  const { end } = trace;
  const isStep = end.kind === "violation" && end.of !== "deadlock" && end.of !== "liveness";
  return isStep ? rows.at(-1) : undefined;
}

type EventPart = Pick<Row, "begun" | "goesOn">;

function rowOf(steps: readonly TraceStep[], text: string, part: EventPart): Row {
  const [first] = steps;
  return { actor: first!.actor, place: first!.place?.number ?? null, text, steps, ...part };
}

function sameEvent(a: TraceStep, b: TraceStep): boolean {
  return (
    a.event !== null &&
    a.event.id === b.event?.id &&
    a.actor === b.actor &&
    a.place?.number === b.place?.number
  );
}

function begins(prelude: TraceStep, next: TraceStep): boolean {
  return (
    prelude.prelude === true && prelude.actor === next.actor && prelude.place?.number === next.place?.number
  );
}

/** Which part of its event a group of steps is. */
function partOf(groups: readonly (readonly TraceStep[])[], at: number): EventPart {
  const { event, actor } = groups[at]![0]!;
  const continues = ([other]: readonly TraceStep[]): boolean =>
    event !== null && other!.event?.id === event.id && other!.actor === actor;
  return { begun: groups.slice(0, at).some(continues), goesOn: groups.slice(at + 1).some(continues) };
}

function eventText(steps: readonly TraceStep[], { begun, goesOn }: EventPart): string {
  const { event } = steps[0]!;
  if (event === null) return steps.at(-1)!.text;
  if (!begun && !goesOn) return event.text;
  const reached = steps.at(-1)!.text;
  const progress = reached === event.text ? event.text : `${event.text}: ${reached}`;
  return `${begun ? "… " : ""}${progress}${goesOn ? " …" : ""}`;
}
