/** What the instructions of one CPU do with memory, once it is known which place they access. */
import { type Body, when } from "../model/builder.ts";
import { assertNever } from "../model/model.ts";
import { and, or, type Term, TRUE } from "../model/term.ts";
import { loadedBy, storedBy } from "./compute.ts";
import type { InstructionOf } from "./instruction.ts";
import type { PlaceValues } from "./memory-values.ts";
import type { RegisterFile } from "./register-file.ts";
import { expressed } from "./register-tables.ts";
import { type MemoryInstruction, registersRead } from "./registers.ts";
import type { Shared } from "./shared.ts";
import { formatValue, type Value, ZERO } from "./values.ts";

/** A place that an access may have come to, and the condition under which it has. */
export interface Target {
  readonly place: PlaceValues | undefined;
  readonly here: Term;
}

/** One way in which an access is performed. */
export interface PerformWay {
  readonly name: string;
  readonly guard: () => Term[];
  readonly body: () => Body;
}

export class MemoryOperations {
  readonly #shared: Shared;
  readonly #thread: number;
  readonly #registers: RegisterFile;
  readonly #cpu: Term;

  constructor(shared: Shared, thread: number, registers: RegisterFile) {
    this.#shared = shared;
    this.#thread = thread;
    this.#registers = registers;
    this.#cpu = shared.machine.cpu(thread);
  }

  /** What an access does with memory, once it is known where it is: one way, or two for a store-exclusive. */
  ways(
    instruction: MemoryInstruction,
    at: number,
    targets: readonly Target[],
    page: Term | null,
  ): PerformWay[] {
    const { machine, memory, monitors } = this.#shared;
    const places = targets.flatMap(({ place, here }) => (place ? [{ place, here }] : []));
    const each = (body: (place: PlaceValues) => Body): Body =>
      places.map(({ place, here }) => when(here, body(place)));
    const drained = (): Term[] => [machine.storesDrained(this.#cpu)];
    switch (instruction.kind) {
      case "load":
      case "load-exclusive": {
        const exclusive = instruction.kind === "load-exclusive";
        return [
          {
            name: "reads",
            // A load-acquire is not satisfied while a store-release before it waits.
            guard: () => (instruction.order === "acquire" ? drained() : []),
            body: () =>
              each((place) => [
                this.#loadInto(instruction, place, memory.load(this.#cpu, place)),
                exclusive ? monitors.reserve(this.#thread, place) : [],
              ]),
          },
        ];
      }
      case "store":
        return [
          {
            name: "writes",
            guard: () => memory.hasRoom(this.#cpu),
            body: () =>
              each((place) => memory.store(this.#cpu, place, this.#storedValue(instruction, at), page)),
          },
        ];
      case "store-exclusive": {
        const status = (code: number): Body => {
          const register = this.#registers.variable(instruction.status.number);
          return register ? register.set(String(code)) : [];
        };
        const held = (): Term =>
          or(...places.map(({ place, here }) => and(here, monitors.holds(this.#thread, place))));
        return [
          {
            name: "writes exclusively",
            guard: () => [...drained(), held()],
            body: () => [
              each((place) => memory.write(place, this.#storedValue(instruction, at))),
              monitors.release(this.#thread),
              status(0),
            ],
          },
          { name: "fails", guard: () => [], body: () => [monitors.release(this.#thread), status(1)] },
        ];
      }
      case "atomic":
        return [
          {
            name: "exchanges",
            guard: drained,
            body: () => each((place) => this.#exchange(instruction, at, place)),
          },
        ];
      default:
        return assertNever(instruction);
    }
  }

  /** For each old value that memory may have, so that the order of the two assignments does not matter. */
  #exchange(instruction: InstructionOf<"atomic">, at: number, place: PlaceValues): Body {
    const { memory } = this.#shared;
    const register = this.#registers.target(instruction);
    return place.values.reduceRight<Body>(
      (rest, old) =>
        when(
          memory.cell(place).is(formatValue(old)),
          [
            memory.write(place, this.#storedValue(instruction, at, old)),
            register ? register.set(formatValue(expressed(loadedBy(instruction, old)))) : [],
          ],
          rest,
        ),
      [],
    );
  }

  #loadInto(instruction: MemoryInstruction, place: PlaceValues, found: Term): Body {
    const register = this.#registers.target(instruction);
    if (!register) return [];
    return register.set(
      this.#registers.table(
        place.values.map((value) => ({
          is: found.is(formatValue(value)),
          result: expressed(loadedBy(instruction, value)),
        })),
      ),
    );
  }

  /** What is stored; an atomic's depends on what memory held. */
  #storedValue(instruction: MemoryInstruction, at: number, old: Value = ZERO): Term {
    return this.#registers.table(
      this.#registers.combinations(registersRead(instruction), at).map(({ is, read }) => ({
        is,
        result: expressed(storedBy(instruction, read, old) ?? ZERO),
      })),
    );
  }

  /** Walks done ahead are now older than this access (ARM-17); a store in a buffer is done when it leaves that. */
  overtakes(instruction: MemoryInstruction): Body {
    const { machine } = this.#shared;
    const loads = !["store", "store-exclusive"].includes(instruction.kind);
    const stores = !["load", "load-exclusive"].includes(instruction.kind) && !machine.storeBuffer;
    return [
      loads ? machine.walkAhead.overtakenBy(this.#cpu, "load", TRUE) : [],
      stores ? machine.walkAhead.overtakenBy(this.#cpu, "store", TRUE) : [],
    ];
  }
}
