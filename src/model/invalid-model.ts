/** The error of a model whose faults validation has found. */
import { type Diagnostic, formatDiagnostic } from "./diagnostic.ts";

/** A model with several faults, all of which are told. */
export class InvalidModelError extends Error {
  override readonly name = "InvalidModelError";
  readonly diagnostics: readonly Diagnostic[];

  constructor(diagnostics: readonly Diagnostic[]) {
    super(diagnostics.map(formatDiagnostic).join("\n"));
    this.diagnostics = diagnostics;
  }
}
