/** Ctrl-C, and the other signals that ask a command to end. */
import { endProcess } from "./end-process.ts";
import { exitStatus, type ExitStatus } from "./exit-status.ts";

/** The signals, each with the status that a shell reports of a process which it ended. */
const STATUS_OF = {
  SIGINT: exitStatus.interrupted,
  SIGTERM: exitStatus.terminated,
  SIGHUP: exitStatus.hungUp,
} as const satisfies Partial<Record<NodeJS.Signals, ExitStatus>>;

type EndingSignal = keyof typeof STATUS_OF;
const ENDING = Object.keys(STATUS_OF) as readonly EndingSignal[];

/** A signal while searches run: the first ends them with what they have, the second ends the process. */
export class Interruption {
  readonly #controller = new AbortController();
  #status: ExitStatus = exitStatus.interrupted;
  readonly #onSignal = (signal: NodeJS.Signals): void => {
    this.#status = STATUS_OF[signal as EndingSignal];
    if (this.interrupted) endProcess(this.#status);
    this.#controller.abort();
  };

  constructor() {
    for (const each of ENDING) process.on(each, this.#onSignal);
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  get interrupted(): boolean {
    return this.#controller.signal.aborted;
  }

  /** The exit status of a run that was interrupted: 128 and the number of the signal. */
  get status(): ExitStatus {
    return this.#status;
  }

  end(): void {
    for (const each of ENDING) process.off(each, this.#onSignal);
  }
}
