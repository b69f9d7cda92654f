/** How much work fits into a slice of time, after which other work gets its turn: learnt from how long it took. */

/** Milliseconds between two looks at the limits. */
export const SLICE = 15;

/** Milliseconds between two reports of progress. */
export const PROGRESS_INTERVAL = 250;

export class TimeSlice {
  #amount: number;

  /** Begins with an amount that is surely not too much; it at most doubles from slice to slice. */
  constructor(amount = 1) {
    this.#amount = amount;
  }

  /** How much work to do next, in the caller's unit. */
  get amount(): number {
    return this.#amount;
  }

  /** Takes notice of an amount of work and the milliseconds that it took. */
  learn(done: number, took: number): void {
    const fitting = Math.floor((done * SLICE) / Math.max(took, 0.01));
    this.#amount = Math.max(1, Math.min(this.#amount * 2, fitting));
  }
}

/** Resolves after the event loop had a turn, in which signals are heard. */
export function nextTurn(): Promise<undefined> {
  return new Promise((resume) => setImmediate(resume, undefined));
}
