/** What is told of an error, and with which exit status: diagnostics, never a stack unless it was asked for. */
import { type Diagnostic, formatDiagnostic, TlbcheckError } from "../model/diagnostic.ts";
import { InvalidModelError } from "../model/invalid-model.ts";
import { isOutOfMemory, withoutMemory } from "../model/out-of-memory.ts";
import { printable } from "../model/printable.ts";
import { isStackOverflow, stackOverflow } from "../model/size-limits.ts";
import { type ExitStatus, exitStatus, statusOfDiagnostic } from "./exit-status.ts";

export interface Failure {
  readonly diagnostics: readonly Diagnostic[];
  readonly status: ExitStatus;
  /** For standard error. */
  readonly text: string;
}

export function failureOf(error: unknown, debug: boolean): Failure {
  const diagnostics = diagnosticsOf(error);
  const [first] = diagnostics;
  const stack = debug && error instanceof Error ? `\n${stackOf(error)}` : "";
  return {
    diagnostics,
    status: first ? statusOfDiagnostic(first) : exitStatus.internal,
    text: printable(`${diagnostics.map(formatDiagnostic).join("\n")}${stack}\n`),
  };
}

function diagnosticsOf(error: unknown): readonly Diagnostic[] {
  if (error instanceof InvalidModelError) return error.diagnostics;
  if (error instanceof TlbcheckError && error.diagnostic.code !== "TLB901") return [error.diagnostic];
  if (isStackOverflow(error)) return [stackOverflow(error, null).diagnostic];
  if (isOutOfMemory(error)) return [withoutMemory(error).diagnostic];
  const message = error instanceof TlbcheckError ? error.message : String(error);
  return [
    {
      code: "TLB901",
      severity: "error",
      message: `this is a fault of tlbcheck, not of your model: ${message}`,
      hint: "please report it with the model file and this command line; --debug shows where it happened",
      source: null,
    },
  ];
}

function stackOf(error: Error): string {
  const own = error.stack ?? String(error);
  return error.cause instanceof Error ? `${own}\ncaused by ${stackOf(error.cause)}` : own;
}
