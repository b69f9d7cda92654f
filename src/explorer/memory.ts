/** Memory that a search takes where nobody says how much. */

const MEBIBYTE = 2 ** 20;
/** Of the memory that is free, what a search takes that names no limit. */
const SHARE = 0.8;
/** What the process takes besides states while it searches: code, what traces are made of, garbage. */
const REST = 128 * MEBIBYTE;
/** What a worker takes besides states. */
const WORKER = 20 * MEBIBYTE;
/** What a search takes in any case. */
const LEAST = 8 * MEBIBYTE;

/**
 * Bytes for the states of a search that names no limit, so that they and the rest of the process have room.
 *
 * @param free bytes that the system, or the container, has left
 */
export function memoryForStates(free: number, threads: number): number {
  const rest = REST + (threads > 1 ? threads * WORKER : 0);
  return Math.floor(Math.max(LEAST, Math.min(SHARE * free, free - rest)));
}
