/** The engines that a search can run on, by the names of `--engine`. */
import { freemem } from "node:os";
import { getHeapStatistics } from "node:v8";
import type { Engine } from "../explorer/engine.ts";

export interface EngineEntry {
  /** Loaded when asked for: no command pays for an engine that it does not use. */
  readonly load: () => Promise<Engine>;
  /** The bytes for states where `--max-memory` does not say: what the engine can take without failing. */
  readonly defaultMemory: () => number;
}

export const engines: Readonly<Record<string, EngineEntry>> = {
  wasm: {
    load: async () => (await import("../explorer/wasm-engine.ts")).compiledEngine,
    defaultMemory: () => Math.floor(freemem() * 0.8),
  },
  interpret: {
    load: async () => (await import("../explorer/interpreter.ts")).interpreter,
    defaultMemory: () => Math.floor(getHeapStatistics().heap_size_limit * 0.6),
  },
};

export const defaultEngine = "wasm";
