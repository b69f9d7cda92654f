/** What an actor waits for before a step, as a model has it. */
import type { AwaitedOptions, WaitingOptions } from "./declarations.ts";
import type { Awaited, Waiting } from "./model.ts";
import { condition } from "./term.ts";
import { textOf } from "./text.ts";

export function waitingOf({ stands, step, awaits = [] }: WaitingOptions): Waiting {
  return { stands: condition(stands).node, step: step ?? null, awaits: awaits.map(awaitedOf) };
}

function awaitedOf({ until, text, because = [] }: AwaitedOptions): Awaited {
  return {
    until: condition(until).node,
    text: textOf(text),
    because: because.map((cause) => ({
      during: condition(cause.during).node,
      text: textOf(cause.text),
      by: cause.by ?? null,
    })),
  };
}
