/** Traces written by hand. */
import type { Trace, TraceStep } from "../../src/trace/trace.ts";

export const PLACES = [
  { number: 0, name: "CPU0 kswapd" },
  { number: 1, name: "CPU1 task" },
  { number: 2, name: "CPU2 writer" },
];

/** A step at a place (null: nowhere), told by `text`, perhaps as a part of an event. */
export function step(
  place: number | null,
  text: string,
  event?: string,
  actor = `thread ${place}`,
): TraceStep {
  return {
    actor,
    action: text,
    rule: text,
    text,
    event: event === undefined ? null : { id: event, text: event },
    place: PLACES.find(({ number }) => number === place) ?? null,
    source: null,
    changes: [],
  };
}

export function trace(steps: readonly TraceStep[], rest: Partial<Trace> = {}): Trace {
  return {
    end: { kind: "violation", property: "p", of: "assertion" },
    consequence: "something is wrong",
    initial: [],
    steps,
    places: PLACES,
    ...rest,
  };
}
