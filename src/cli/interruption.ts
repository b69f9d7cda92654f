/** Ctrl-C. */
import { exitStatus } from "./exit-status.ts";

/** Ctrl-C while searches run: the first ends them with what they have, the second ends the process. */
export class Interruption {
  readonly #controller = new AbortController();
  readonly #onSignal = (): void => {
    if (this.interrupted) process.exit(exitStatus.interrupted);
    this.#controller.abort();
  };

  constructor() {
    process.on("SIGINT", this.#onSignal);
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  get interrupted(): boolean {
    return this.#controller.signal.aborted;
  }

  end(): void {
    process.off("SIGINT", this.#onSignal);
  }
}
