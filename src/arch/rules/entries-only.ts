/**
 * Architectures of which only page-table entries are modelled, as kernel code reads and writes them: nothing is
 * translated, so there is no TLB, no walker and nothing to invalidate.
 */
import { FALSE } from "../../model/term.ts";
import { type Architecture, rule, withRules } from "../architecture.ts";
import { intel } from "./x86.ts";

export function entriesOnly(name: string): Architecture {
  const never = withRules(intel, { mayWalk: rule("HW-1", "nothing is translated", () => FALSE) });
  return {
    ...never,
    name,
    entriesOnly: true,
    invalidations: {},
    barriers: [],
    without: () => ["entries only: no TLB and no walker"],
  };
}
