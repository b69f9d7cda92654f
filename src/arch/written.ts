/**
 * The one boundary in the building of a machine: before it, software is being written, and what a CPU may have to wait
 * for is known only in part; after it, everything is known. A term that depends on all of it is not had before.
 */
import { TlbcheckError } from "../model/diagnostic.ts";
import { callerSource } from "../model/source.ts";

export class Written {
  #complete = false;
  readonly #waiting: (() => void)[] = [];

  /** All software is written. */
  complete(): void {
    this.#complete = true;
  }

  /**
   * Refuses a term that is asked for while software is being written.
   *
   * @throws TlbcheckError TLB208 with the line that asks
   */
  require(what: string): void {
    if (this.#complete) return;
    throw new TlbcheckError(
      "TLB208",
      `${what} is asked for too early: it would not know of what is written after it`,
      {
        hint:
          "ask inside of the function that is a guard or a body, () => …, " +
          "or in a property inside of system.whenWritten(() => …)",
        source: callerSource(),
      },
    );
  }

  /** Has something called once all that the software executes is known to the machine. */
  then(call: () => void): void {
    this.#waiting.push(call);
  }

  /** Calls what waits for that. */
  callWaiting(): void {
    for (const call of this.#waiting.splice(0)) call();
  }
}
