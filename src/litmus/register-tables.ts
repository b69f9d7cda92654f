/** What an instruction may find in its registers, by the analysis of the test, as tables. */
import type { TestValues } from "./analysis.ts";
import { addressOf, type Inexpressible, type ReadRegister } from "./compute.ts";
import { addressRegisters, FLAGS, type MemoryInstruction } from "./registers.ts";
import { CLEAR_FLAGS, formatValue, type Value, ZERO } from "./values.ts";

/** An instruction in the program of a CPU. */
export interface At {
  readonly thread: number;
  readonly instruction: number;
}

/** The values that a register may have before an instruction. */
export function registerValues(
  analysis: TestValues,
  { thread, instruction }: At,
  register: number,
): readonly Value[] {
  const before = analysis.threads[thread]!.before[instruction];
  return before?.get(register) ?? [initiallyOf(register)];
}

/** Every combination of the values that some registers may have before an instruction. */
export function combinations(
  analysis: TestValues,
  at: At,
  registers: readonly number[],
): readonly ReadonlyMap<number, Value>[] {
  return registers.reduce<readonly ReadonlyMap<number, Value>[]>(
    (all, register) =>
      all.flatMap((each) =>
        registerValues(analysis, at, register).map((value) => new Map([...each, [register, value]])),
      ),
    [new Map()],
  );
}

/** Reads registers from a combination; those that it does not name hold what unset ones do. */
export function readingFrom(values: ReadonlyMap<number, Value>): ReadRegister {
  return (register) => values.get(register) ?? initiallyOf(register);
}

/** The addresses in pages that an instruction may access, each once. */
export function addressesAccessed(
  analysis: TestValues,
  at: At,
  instruction: MemoryInstruction,
): readonly { readonly page: string; readonly offset: number }[] {
  const found = combinations(analysis, at, addressRegisters(instruction.address)).map((values) =>
    addressOf(instruction.address, readingFrom(values)),
  );
  const pages = found.flatMap((each) => (each.kind === "address" ? [each] : []));
  return [...new Map(pages.map((each) => [formatValue(each), each])).values()];
}

/**
 * A result as a value. The analysis has refused tests in which a combination that is reached cannot be
 * expressed; one that cannot is not reached, and any value will do.
 */
export function expressed(result: Value | Inexpressible): Value {
  return result.kind === "inexpressible" ? ZERO : result;
}

function initiallyOf(register: number): Value {
  return register === FLAGS ? CLEAR_FLAGS : ZERO;
}
