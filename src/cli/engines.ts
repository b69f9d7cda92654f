/** The engines that a search can run on, by the names of `--engine`. */
import type { Engine } from "../explorer/engine.ts";

/** Loaded when asked for: no command pays for an engine that it does not use. */
export const engines: Readonly<Record<string, () => Promise<Engine>>> = {
  interpret: async () => (await import("../explorer/interpreter.ts")).interpreter,
};

export const defaultEngine = "interpret";
