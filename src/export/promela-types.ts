/** How SPIN keeps a state, and what it counts besides the states of a model. */
import type { Model, Variable } from "../model/model.ts";
import { cellCount, type InitialCell, initialStates, type InitialStates } from "./initial.ts";

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

/** The cells that one declaration cannot begin: SPIN takes a list of values for an array, but no negative ones in it. */
export function awkwardCells({ cells }: InitialStates): InitialCell[] {
  const isAwkward = (array: readonly InitialCell[]): boolean =>
    array.some(({ codes }) => codes[0]! < 0) && array.some(({ codes }) => codes[0] !== array[0]!.codes[0]);
  const variables = [...new Set(cells.map(({ variable }) => variable))];
  return variables
    .map((each) => cells.filter(({ variable }) => variable === each))
    .filter(isAwkward)
    .flat();
}

/** Whether the initial states are made by steps before the loop. */
export function hasStepBefore(initial: InitialStates): boolean {
  return initial.states.length > 1 || awkwardCells(initial).length > 0;
}

/** What SPIN counts besides: the step into its first state, and that state where it comes before the initial ones. */
export function promelaSurplus(model: Model): { readonly states: number; readonly transitions: number } {
  const initial = initialStates(model);
  if (!hasStepBefore(initial)) return { states: 0, transitions: 1 };
  return { states: 1, transitions: initial.states.length + 1 };
}
