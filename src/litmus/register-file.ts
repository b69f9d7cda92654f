/** The registers of one CPU of a litmus test: variables of the model, and what is computed from them. */
import type { Body } from "../model/builder.ts";
import { and, choose, FALSE, or, type Place as Variable, type Term } from "../model/term.ts";
import { addressOf, isTaken, type ReadRegister, resultOf } from "./compute.ts";
import type { Instruction, InstructionOf } from "./instruction.ts";
import { combinations, expressed, readingFrom } from "./register-tables.ts";
import {
  addressRegisters,
  FLAGS,
  isComputation,
  type MemoryInstruction,
  registersRead,
  registerWritten,
} from "./registers.ts";
import type { Shared } from "./shared.ts";
import { CLEAR_FLAGS, formatValue, type Value, valueOfText, ZERO } from "./values.ts";

/** A result, and the condition under which it is the one. */
export interface Row {
  readonly is: Term;
  readonly result: Value;
}

export class RegisterFile {
  readonly #shared: Shared;
  readonly #thread: number;
  readonly #registers = new Map<number, Variable>();
  readonly #known: ReadonlySet<string>;

  constructor(shared: Shared, thread: number) {
    this.#shared = shared;
    this.#known = new Set(shared.analysis.values.map(formatValue));
    this.#thread = thread;
    this.#declareRegisters();
  }

  /** The variable that holds a register; undefined for one that is 0 throughout. */
  variable(register: number): Variable | undefined {
    return this.#registers.get(register);
  }

  /** The register that an instruction writes, if anything ever reads a value from it. */
  target(instruction: Instruction): Variable | undefined {
    const target = registerWritten(instruction);
    return target === null ? undefined : this.#registers.get(target);
  }

  read(register: number): Term {
    return this.#registers.get(register) ?? this.#shared.memory.literal(ZERO);
  }

  /** The first result whose condition is true; the last one needs none. */
  table(rows: readonly { readonly is: Term; readonly result: Value }[]): Term {
    const last = rows.at(-1);
    if (!last) return this.literal(ZERO);
    return rows
      .slice(0, -1)
      .reduceRight<Term>(
        (rest, { is, result }) => choose(is, this.literal(result), rest),
        this.literal(last.result),
      );
  }

  /** A value; one that the analysis has not come to is that of a case which is not reached, and any will do. */
  literal(value: Value): Term {
    return this.#shared.memory.literal(this.#known.has(formatValue(value)) ? value : ZERO);
  }

  /** Every combination of the values that registers may have before an instruction, with its condition. */
  combinations(registers: readonly number[], at: number): { is: Term; read: ReadRegister }[] {
    const all = combinations(this.#shared.analysis, { thread: this.#thread, instruction: at }, registers);
    // A register that has one value only needs no condition.
    const told = registers.filter((register) => new Set(all.map((each) => each.get(register))).size > 1);
    return all.map((values) => ({
      is: and(...told.map((register) => this.read(register).is(formatValue(values.get(register)!)))),
      read: readingFrom(values),
    }));
  }

  /** What a computation does. */
  compute(instruction: Instruction, at: number): Body {
    const register = this.target(instruction);
    if (!register || !isComputation(instruction)) return [];
    const results = this.combinations(registersRead(instruction), at).map(({ is, read }) => ({
      is,
      result: expressed(resultOf(instruction, read)),
    }));
    return register.set(this.table(results));
  }

  /** True if a branch is taken. */
  taken(instruction: InstructionOf<"branch">, at: number): Term {
    return or(
      ...this.combinations(registersRead(instruction), at)
        .filter(({ read }) => isTaken(instruction.test, read) === true)
        .map(({ is }) => is),
    );
  }

  /** The addresses that an instruction may access, each with the condition under which it does. */
  addressesOf(instruction: MemoryInstruction, at: number): { address: Value; when: Term }[] {
    const found = new Map<string, { address: Value; when: Term }>();
    for (const { is, read } of this.combinations(addressRegisters(instruction.address), at)) {
      const address = expressed(addressOf(instruction.address, read));
      const known = found.get(formatValue(address));
      found.set(formatValue(address), { address, when: or(known?.when ?? FALSE, is) });
    }
    return [...found.values()];
  }

  #declareRegisters(): void {
    const { test, analysis, builder, memory } = this.#shared;
    for (const register of analysis.threads[this.#thread]!.registers.keys()) {
      const item = test.init.find(
        ({ place }) =>
          place.kind === "register" && place.thread === this.#thread && place.register === register,
      );
      const initial =
        (item && valueOfText(item.value, item.place)) ?? (register === FLAGS ? CLEAR_FLAGS : ZERO);
      const name = register === FLAGS ? `${this.#thread}:flags` : `${this.#thread}:X${register}`;
      this.#registers.set(register, builder.variable(name, memory.value, formatValue(initial)));
    }
  }
}
