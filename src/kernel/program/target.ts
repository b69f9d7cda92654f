/** Where a program goes on: the steps of a branch or a loop are numbered before it is known. */
import type { Body } from "../../model/builder.ts";
import { TlbcheckError } from "../../model/diagnostic.ts";
import type { Source } from "../../model/model.ts";

/** Sets the program counter; asked for once every step has its number. */
export type Target = () => Body;

/** A target that is known only later; `source` is the line of the loop that it may be the beginning of. */
export function lazy(source: Source | null): { target: Target; set: (target: Target) => void } {
  let known: Target | null = null;
  let asking = false;
  return {
    set: (target) => (known = target),
    target: () => {
      if (!known || asking)
        throw new TlbcheckError("TLB201", "a loop without a step in it never ends", {
          hint: "put at least one step into the loop",
          source,
        });
      asking = true;
      const body = known();
      asking = false;
      return body;
    },
  };
}
