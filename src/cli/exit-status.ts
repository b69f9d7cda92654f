/** The exit statuses, which scripts rely on. */
import type { Diagnostic } from "../model/diagnostic.ts";
import type { Property } from "../model/model.ts";
import { asExpected, type Outcome, type PropertyOutcome } from "../report/outcome.ts";

export const exitStatus = {
  expected: 0,
  unexpected: 1,
  vacuous: 10,
  deadlock: 11,
  safety: 12,
  liveness: 13,
  inconclusive: 20,
  usage: 64,
  input: 65,
  internal: 70,
  /** SIGHUP: the terminal went away. */
  hungUp: 129,
  /** Ctrl-C. */
  interrupted: 130,
  /** The reader of standard output went away: 128 + SIGPIPE. */
  brokenPipe: 141,
  /** SIGTERM. */
  terminated: 143,
} as const;

export type ExitStatus = (typeof exitStatus)[keyof typeof exitStatus];

const OF_VIOLATION: Readonly<Record<Property["kind"], ExitStatus>> = {
  invariant: exitStatus.safety,
  assertion: exitStatus.safety,
  deadlock: exitStatus.deadlock,
  liveness: exitStatus.liveness,
  goal: exitStatus.vacuous,
};

/** From the worst down: what is found outright before what proves nothing, and that before what is not known. */
const FROM_WORST: readonly ExitStatus[] = [
  exitStatus.safety,
  exitStatus.liveness,
  exitStatus.deadlock,
  exitStatus.vacuous,
  exitStatus.inconclusive,
  exitStatus.expected,
];

/** The status of a run over everything: whether the model file is right about itself. */
export function statusAgainstExpected(outcomes: readonly Outcome[]): ExitStatus {
  const surprises = outcomes.flatMap(({ properties }) =>
    properties.filter((property) => !asExpected(property)),
  );
  if (surprises.length === 0) return exitStatus.expected;
  const contradicted = surprises.some(({ verdict }) => verdict !== "inconclusive");
  return contradicted ? exitStatus.unexpected : exitStatus.inconclusive;
}

/** The status of a run over a selection: the worst verdict, expected or not. */
export function statusOfWorst(outcomes: readonly Outcome[]): ExitStatus {
  const found = new Set(outcomes.flatMap(({ properties }) => properties.map(statusOf)));
  return FROM_WORST.find((status) => found.has(status)) ?? exitStatus.expected;
}

function statusOf({ verdict, kind }: PropertyOutcome): ExitStatus {
  switch (verdict) {
    case "holds":
      return exitStatus.expected;
    case "violated":
      return OF_VIOLATION[kind ?? "invariant"];
    case "vacuous":
      return exitStatus.vacuous;
    case "inconclusive":
      return exitStatus.inconclusive;
  }
}

/** The status of a run that a diagnostic ended. */
export function statusOfDiagnostic({ code, source }: Diagnostic): ExitStatus {
  if (code === "TLB901") return exitStatus.internal;
  if (code === "TLB402" || code === "TLB314") return exitStatus.inconclusive;
  if (code === "TLB306" || code === "TLB313") return exitStatus.usage;
  // Names that are wrong on the command line have no place in a model file.
  const isChoice = ["TLB202", "TLB203", "TLB204", "TLB205"].includes(code);
  return isChoice && source === null ? exitStatus.usage : exitStatus.input;
}
