/** Results of judging, made up. */
import type { LitmusOutcome, LitmusResult } from "../../src/litmus/result.ts";

export function resultOf(outcomes: readonly LitmusOutcome[], rest: Partial<LitmusResult> = {}): LitmusResult {
  return {
    outcomes,
    bbm: false,
    stronger: [],
    unsupported: null,
    stopped: null,
    states: 0,
    seconds: 0,
    ...rest,
  };
}
