/** The other checkers that are installed, for the tests that ask them. */
import { availableParallelism } from "node:os";
import { compiledEngine } from "../../src/explorer/wasm-engine.ts";
import type { Engine } from "../../src/explorer/engine.ts";
import type { CompareOptions } from "../../src/cli/compare-peers.ts";
import { Slots } from "../../src/cli/slots.ts";
import { findPeers } from "../../src/cli/peers.ts";

/** SPIN and rumur where they are installed, as they are where everything is tested. */
export const installed = (await findPeers([])).present;

export function comparison(engine: Engine = compiledEngine, maxStates = 50_000): CompareOptions {
  const limits = { timeout: 60, maxMemory: 4 * 2 ** 30 };
  return { engine, maxStates, threads: 1, limits, slots: new Slots(availableParallelism()) };
}
