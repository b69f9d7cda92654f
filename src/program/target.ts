/** Where a program goes on: the steps of a branch or a loop are numbered before it is known. */
import type { Body } from "../model/builder.ts";
import { TlbcheckError } from "../model/diagnostic.ts";
import type { Source } from "../model/model.ts";
import type { Step } from "./step.ts";

/** What the step from which the program comes does to go on here, null at its start; asked for once every step has its number. */
export type Target = (from: NumberedStep | null) => Body;

/** A step of a linked program, and where the program goes on behind it. */
export interface NumberedStep {
  readonly op: Step;
  readonly number: number;
  readonly next: Target;
  readonly exits: ReadonlyMap<string, Target>;
}

/** A target that is known only later; `source` is the line of the loop that it may be the beginning of. */
export function lazy(source: Source | null): { target: Target; set: (target: Target) => void } {
  let known: Target | null = null;
  let asking = false;
  return {
    set: (target) => (known = target),
    target: (from) => {
      if (!known || asking)
        throw new TlbcheckError("TLB201", "a loop without a step in it never ends", {
          hint: "put at least one step into the loop",
          source,
        });
      asking = true;
      const body = known(from);
      asking = false;
      return body;
    },
  };
}
