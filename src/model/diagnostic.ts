/** What can be wrong with a model: stable codes, the place in the model file, and what to do. */
import type { Source } from "./model.ts";

/** Every code with its meaning. A code is never reused for something else; `docs/diagnostics.md` lists them. */
export const diagnosticCodes = {
  TLB101: "an expression of the model was used as a JavaScript value",
  TLB102: "a value that its domain does not have",
  TLB103: "an operation on values of the wrong type",
  TLB104: "a name that the model does not declare",
  TLB105: "a name declared twice",
  TLB106: "the wrong number of indices",
  TLB107: "an index that is always out of bounds",
  TLB108: "an assignment that is always out of range",
  TLB109: "no initial state",
  TLB110: "an empty or too large domain",
  TLB111: "arithmetic that may leave the 32-bit integers",
  TLB112: "too many initial states to enumerate",
  TLB113: "a model without rules",
  TLB114: "an argument that a declaration does not take",
  TLB115: "a line of a model file that does nothing",
  TLB116: "a model with a part that is too large",
  TLB120: "an assignment out of range in a reachable state",
  TLB121: "an index out of bounds in a reachable state",
  TLB130: "a rule that is never enabled",
  TLB131: "a goal that is never reached",
  TLB201: "a word of the kernel's vocabulary used where it makes no sense",
  TLB202: "an unknown architecture",
  TLB203: "an unknown variant",
  TLB204: "an unknown property",
  TLB205: "an unknown or invalid parameter",
  TLB206: "an invalid model declaration",
  TLB207: "hardware that is not modelled on an architecture",
  TLB208: "a term that was asked for before all programs were written",
  TLB301: "no such file",
  TLB302: "not a file",
  TLB303: "a model file that does not compile",
  TLB304: "a file without a model",
  TLB305: "an error thrown by a model file",
  TLB306: "wrong use of the command line",
  TLB307: "a file that cannot be read or written",
  TLB308: "a file that is there already",
  TLB309: "no report of tlbcheck",
  TLB310: "a report of another version",
  TLB311: "a report without such a trace",
  TLB312: "a saved trace that the model does not have",
  TLB313: "a model file that a report names and nobody confirmed",
  TLB314: "a model file whose code does not come to an end",
  TLB315: "a selection in which no property holds",
  TLB316: "a checkpoint that cannot be resumed",
  TLB401: "a model that the engine cannot compile",
  TLB402: "the engine ran out of memory",
  TLB403: "a fault of the model without its trace",
  TLB501: "a malformed litmus test",
  TLB502: "a folder without litmus tests",
  TLB503: "a malformed table of litmus verdicts",
  TLB601: "a model that another checker's language cannot express",
  TLB602: "another checker that is not installed",
  TLB603: "another checker that failed",
  TLB901: "an internal error of tlbcheck",
} as const;

export type DiagnosticCode = keyof typeof diagnosticCodes;

export interface Diagnostic {
  readonly code: DiagnosticCode;
  readonly severity: "error" | "warning";
  /** What is wrong, in one sentence or two. */
  readonly message: string;
  /** What to do, or null where the message says it. */
  readonly hint: string | null;
  readonly source: Source | null;
}

/** Misuse that stops the building or the checking of a model, with its diagnostic. */
export class TlbcheckError extends Error {
  override readonly name = "TlbcheckError";
  readonly diagnostic: Diagnostic;

  constructor(
    code: DiagnosticCode,
    message: string,
    options: { hint?: string; source?: Source | null; cause?: unknown } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.diagnostic = {
      code,
      severity: "error",
      message,
      hint: options.hint ?? null,
      source: options.source ?? null,
    };
  }
}

/** `file:line:column`, the form that terminals and editors make clickable. */
export function formatSource(source: Source): string {
  return `${source.file}:${source.line}:${source.column}`;
}

/** `error TLB102 models/x.ts:3:5: message` and the hint on a line of its own. */
export function formatDiagnostic(diagnostic: Diagnostic): string {
  const { severity, code, source, message, hint } = diagnostic;
  const where = source ? ` ${formatSource(source)}` : "";
  return `${severity} ${code}${where}: ${message}${hint ? `\n  ${hint}` : ""}`;
}

/** The shortest word that is taken for the beginning of a longer one. */
const BEGINNING = 3;

/**
 * The candidate nearest to `word` by edit distance, if near enough to be a slip of the hand; else the only one that
 * begins with it.
 */
export function nearest(word: string, candidates: readonly string[]): string | undefined {
  const scored = candidates
    .map((candidate) => ({ candidate, distance: editDistance(word.toLowerCase(), candidate.toLowerCase()) }))
    .sort((a, b) => a.distance - b.distance);
  const best = scored[0];
  if (best && best.distance <= Math.max(2, Math.floor(word.length / 3))) return best.candidate;
  const longer = candidates.filter((each) => each.toLowerCase().startsWith(word.toLowerCase()));
  return word.length >= BEGINNING && longer.length === 1 ? longer[0] : undefined;
}

/** "did you mean …?" with the nearest candidate, then all of them. */
export function suggest(word: string, candidates: readonly string[]): string {
  const near = nearest(word, candidates);
  const all = candidates.length > 0 ? `known: ${candidates.join(", ")}` : "there are none";
  return near === undefined ? all : `did you mean "${near}"? ${all}`;
}

function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const substitute = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(substitute, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
