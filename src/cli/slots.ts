/** Work that runs side by side, but only so much of it at a time. */

/** So many places for work; what finds none free waits, and is let in in the order in which it came. */
export class Slots {
  readonly count: number;
  #free: number;
  readonly #waiting: (() => void)[] = [];

  constructor(count: number) {
    this.count = count;
    this.#free = count;
  }

  /** Runs `work` in a place of its own. */
  async run<T>(work: () => Promise<T>): Promise<T> {
    if (this.#free > 0) this.#free -= 1;
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
    try {
      return await work();
    } finally {
      // A place that somebody waits for is handed on, so that nobody who comes later takes it.
      const next = this.#waiting.shift();
      if (next) next();
      else this.#free += 1;
    }
  }
}

/**
 * Does `work` for each item, `width` of them at a time. The results are told in the order of the items, each as
 * soon as those before it are told. After an error nothing more is begun, the signal tells the work under way to
 * end, and nothing more is told.
 */
export async function inOrder<T, R>(
  items: readonly T[],
  width: number,
  work: (item: T, signal: AbortSignal) => Promise<R>,
  tell: (result: R) => void,
): Promise<void> {
  const slots = new Slots(width);
  const failure = new AbortController();
  const results = items.map((item) =>
    slots.run(async () => {
      failure.signal.throwIfAborted();
      try {
        return await work(item, failure.signal);
      } catch (error) {
        failure.abort(error);
        throw error;
      }
    }),
  );
  // Every result is waited for in the end, also those behind one that fails.
  const settled = Promise.allSettled(results);
  try {
    for (const result of results) tell(await result);
  } catch (error) {
    // What was told to end fails, too, but not for a reason of its own.
    throw failure.signal.aborted ? failure.signal.reason : error;
  } finally {
    await settled;
  }
}
