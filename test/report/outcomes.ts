/** Outcomes written by hand. */
import type { Outcome, PropertyOutcome } from "../../src/report/outcome.ts";

export function outcome(rest: Partial<Outcome> = {}): Outcome {
  return {
    file: "model.ts",
    model: "m",
    configuration: { arch: null, variant: "v", parameters: {} },
    id: null,
    about: "",
    properties: [],
    goals: [],
    rules: [],
    assumptions: [],
    closed: false,
    strategy: "bfs",
    states: 1,
    transitions: 0,
    depth: 0,
    seconds: 0,
    bytes: null,
    engine: "interpret",
    threads: 1,
    stopped: null,
    livenessStopped: null,
    tracesStopped: null,
    fault: null,
    command: "tlbcheck m.ts",
    ...rest,
  };
}

export function verdictOf(
  verdict: PropertyOutcome["verdict"],
  rest: Partial<PropertyOutcome> = {},
): PropertyOutcome {
  return {
    property: "p",
    kind: "invariant",
    verdict,
    expected: "holds",
    reason: null,
    steps: null,
    trace: null,
    ...rest,
  };
}
