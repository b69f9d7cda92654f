/** The faults that the program of a litmus test's CPU may take, and the variables that hold those that it took. */
import { enumeration } from "../model/builder.ts";
import type { Place as Variable } from "../model/term.ts";
import type { TestValues } from "./analysis.ts";
import type { FaultType, Thread } from "./ast.ts";
import { addressesAccessed } from "./register-tables.ts";
import { isMemoryInstruction } from "./registers.ts";
import { goesOnAfterFaults } from "./settings.ts";
import type { Shared } from "./shared.ts";

/** A fault of the CPU, as the variable that holds it is written. */
export interface PossibleFault {
  readonly instruction: number;
  readonly page: string;
  readonly type: FaultType;
}

/** A variable that holds one of some faults, or none. */
export interface FaultRecord {
  readonly variable: Variable;
  readonly possible: readonly PossibleFault[];
}

const NO_FAULT = "none";

/** By the outcome of a translation. */
export const FAULT_TYPES: Readonly<Record<string, FaultType>> = {
  translation: "Translation",
  "access flag": "AccessFlag",
  permission: "Permission",
};

/**
 * Declares what is known of a CPU's faults: the one that stopped it, or, if it goes on after them, of each whether it was
 * taken.
 */
export function faultRecords({ builder, test, analysis }: Shared, thread: Thread): readonly FaultRecord[] {
  const possible = possibleFaults(thread, analysis);
  const separate = goesOnAfterFaults(test, thread);
  const records = separate ? possible.map((each) => [each]) : [possible];
  return records.map((each, i) => {
    const name = separate ? `P${thread.number}.fault ${i}` : `P${thread.number}.fault`;
    const faults = enumeration(name, [NO_FAULT, ...each.map(formatFault)]);
    return { variable: builder.variable(name, faults, NO_FAULT), possible: each };
  });
}

/** Every fault that an instruction of a CPU may take. */
function possibleFaults({ number, instructions }: Thread, analysis: TestValues): PossibleFault[] {
  return instructions.flatMap((instruction, at) => {
    if (!isMemoryInstruction(instruction)) return [];
    const accessed = addressesAccessed(analysis, { thread: number, instruction: at }, instruction);
    const pages = new Set(accessed.map(({ page }) => page));
    return [...pages].flatMap((page) =>
      Object.values(FAULT_TYPES).map((type) => ({ instruction: at, page, type })),
    );
  });
}

export function formatFault({ instruction, page, type }: PossibleFault): string {
  return `${instruction} ${page} ${type}`;
}
