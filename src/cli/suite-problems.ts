/** What keeps configurations of a suite from having verdicts. */
import { type Diagnostic, formatDiagnostic } from "../model/diagnostic.ts";
import type { CommonOptions } from "./option-values.ts";
import { exitStatus, type ExitStatus } from "./exit-status.ts";
import { failureOf } from "./failure.ts";
import type { Terminal } from "./terminal.ts";

/** Each is told when it is found; the first one gives the status. */
export class Problems {
  readonly #options: CommonOptions;
  readonly #terminal: Terminal;
  readonly diagnostics: Diagnostic[] = [];
  status: ExitStatus | null = null;

  constructor(options: CommonOptions, terminal: Terminal) {
    this.#options = options;
    this.#terminal = terminal;
  }

  thrown(error: unknown): void {
    const { diagnostics, status, text } = failureOf(error, this.#options.debug);
    this.diagnostics.push(...diagnostics);
    this.status ??= status;
    this.#terminal.error(text);
  }

  found(diagnostics: readonly Diagnostic[], status: ExitStatus): void {
    this.diagnostics.push(...diagnostics);
    this.#tell(diagnostics, status);
  }

  /** A fault is told with its outcome in the JSON document. */
  fault(diagnostic: Diagnostic): void {
    this.#tell([diagnostic], exitStatus.input);
  }

  #tell(diagnostics: readonly Diagnostic[], status: ExitStatus): void {
    this.status ??= status;
    this.#terminal.error(diagnostics.map((each) => `${formatDiagnostic(each)}\n`).join(""));
  }
}
