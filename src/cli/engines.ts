/** The engines that a search can run on, by the names of `--engine`. */
import { getHeapStatistics } from "node:v8";
import type { Engine } from "../explorer/engine.ts";
import { memoryForStates } from "../explorer/memory.ts";

export interface EngineEntry {
  /** Loaded when asked for: no command pays for an engine that it does not use. */
  readonly load: () => Promise<Engine>;
  /** The bytes for states where `--max-memory` does not say: what the engine can take without failing. */
  readonly defaultMemory: (threads: number) => number;
}

export const engines: Readonly<Record<string, EngineEntry>> = {
  wasm: {
    load: async () => (await import("../explorer/wasm-engine.ts")).compiledEngine,
    defaultMemory: (threads) => memoryForStates(process.availableMemory(), threads),
  },
  interpret: {
    load: async () => (await import("../explorer/interpreter.ts")).interpreter,
    defaultMemory: () =>
      Math.floor(
        Math.min(getHeapStatistics().heap_size_limit * 0.6, memoryForStates(process.availableMemory(), 1)),
      ),
  },
};

export const defaultEngine = "wasm";
