/** Ctrl-C, and other signals that ask a command to end. */
import { exitStatus } from "./exit-status.ts";

/** A signal while searches run: the first ends them with what they have, the second ends the process. */
export class Interruption {
  readonly #controller = new AbortController();
  readonly #onSignal = (): void => {
    if (this.interrupted) process.exit(exitStatus.interrupted);
    this.#controller.abort();
  };

  readonly #signals: readonly NodeJS.Signals[];

  /** `signals`: those that are taken as Ctrl-C is. */
  constructor(signals: readonly NodeJS.Signals[] = ["SIGINT"]) {
    this.#signals = signals;
    for (const each of signals) process.on(each, this.#onSignal);
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  get interrupted(): boolean {
    return this.#controller.signal.aborted;
  }

  end(): void {
    for (const each of this.#signals) process.off(each, this.#onSignal);
  }
}
