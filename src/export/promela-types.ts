/** How SPIN keeps a state, and what it counts besides the states of a model. */
import type { Model, Variable } from "../model/model.ts";
import { cellCount, initialStates } from "./initial.ts";

export type PromelaType = "bool" | "byte" | "short" | "int";

const BYTES: Readonly<Record<PromelaType, number>> = { bool: 1, byte: 1, short: 2, int: 4 };

/** The smallest type of Promela's that holds a variable's values. */
export function typeOf({ domain, index }: Variable): PromelaType {
  // SPIN keeps an array of bits in bytes, and warns of it.
  if (domain.kind === "bool") return index.length === 0 ? "bool" : "byte";
  if (domain.kind !== "range") return "byte";
  if (domain.min >= 0 && domain.max <= 255) return "byte";
  return domain.min >= -32768 && domain.max <= 32767 ? "short" : "int";
}

/** Bytes that a state may take: the variables', and some for the process. SPIN has to be told of more than 1024. */
export function promelaVectorBytes(model: Model): number {
  return model.variables.reduce((sum, variable) => sum + cellCount(variable) * BYTES[typeOf(variable)], 256);
}

/** What SPIN counts besides: the step into its first state, and that state where the initial ones are several. */
export function promelaSurplus(model: Model): { readonly states: number; readonly transitions: number } {
  const { length } = initialStates(model).states;
  return length === 1 ? { states: 0, transitions: 1 } : { states: 1, transitions: length + 1 };
}
