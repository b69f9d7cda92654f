/** What the instructions of one CPU do with memory, once it is known which place they access. */
import type { StoreOptions } from "../arch/store-buffer.ts";
import { type Body, when } from "../model/builder.ts";
import { assertNever } from "../model/model.ts";
import { and, not, or, type Term, TRUE } from "../model/term.ts";
import { loadedBy, storedBy } from "./compute.ts";
import { type InstructionOf, ZERO_REGISTER } from "./instruction.ts";
import type { PlaceValues } from "./memory-values.ts";
import type { RegisterFile } from "./register-file.ts";
import { expressed } from "./register-tables.ts";
import { type MemoryInstruction, registersRead } from "./registers.ts";
import type { Shared } from "./shared.ts";
import { formatValue, integer, sameValue, type Value, ZERO } from "./values.ts";

/** A place that an access may have come to, and the condition under which it has. */
export interface Target {
  readonly place: PlaceValues | undefined;
  readonly here: Term;
}

type ReachablePlace = Target & { readonly place: PlaceValues };

/** Where an atomic works, and the page through which it was translated. */
interface Exchanged {
  readonly place: PlaceValues;
  readonly page: Term | null;
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

  /** The loads on which something depends, as positions in the program: a load's number is its place here. */
  readonly #tracked: readonly number[];

  constructor(shared: Shared, thread: number, registers: RegisterFile, tracked: readonly number[]) {
    this.#shared = shared;
    this.#thread = thread;
    this.#registers = registers;
    this.#tracked = tracked;
    this.#cpu = shared.machine.cpu(thread);
  }

  /** Has the machine know what orders accesses behind it: for all CPUs before `ways` of any. */
  announce(instruction: MemoryInstruction): void {
    this.#separates(instruction);
    if (["atomic", "store-exclusive"].includes(instruction.kind)) this.#shared.memory.expectAtomics();
  }

  /** What an access does with memory, once it is known where it is: one way, or two for a store-exclusive. */
  ways(
    instruction: MemoryInstruction,
    at: number,
    targets: readonly Target[],
    page: Term | null,
  ): PerformWay[] {
    const places = targets.flatMap(({ place, here }) => (place ? [{ place, here }] : []));
    const each = (body: (place: PlaceValues) => Body): Body =>
      places.map(({ place, here }) => when(here, body(place)));
    switch (instruction.kind) {
      case "load":
      case "load-exclusive":
        return [this.#load(instruction, each)];
      case "store":
        return [
          {
            name: "writes",
            guard: () => this.#shared.memory.mayStore(this.#cpu, places),
            body: () => [
              each((place) => this.#store(instruction, at, place, { page })),
              this.#separates(instruction),
            ],
          },
        ];
      case "store-exclusive":
        return this.#storeExclusive(instruction, at, places, page);
      case "atomic":
        return [
          {
            name: "exchanges",
            guard: () => [...this.#mayLoad(instruction), ...this.#mayExchange(places)],
            body: () => each((place) => this.#exchange(instruction, at, { place, page })),
          },
        ];
      default:
        return assertNever(instruction);
    }
  }

  #load(
    instruction: InstructionOf<"load" | "load-exclusive">,
    each: (body: (place: PlaceValues) => Body) => Body,
  ): PerformWay {
    const { memory, monitors } = this.#shared;
    const exclusive = instruction.kind === "load-exclusive";
    return {
      name: "reads",
      guard: () => this.#mayLoad(instruction),
      body: () =>
        each((place) => [
          this.#loadInto(instruction, place, memory.load(this.#cpu, place)),
          exclusive ? monitors.reserve(this.#thread, place) : [],
        ]),
    };
  }

  #storeExclusive(
    instruction: InstructionOf<"store-exclusive">,
    at: number,
    places: readonly ReachablePlace[],
    page: Term | null,
  ): PerformWay[] {
    const { monitors } = this.#shared;
    const status = (code: number): Body => {
      const register = this.#registers.variable(instruction.status.number);
      return register ? register.set(this.#registers.literal(integer(code))) : [];
    };
    const held = (): Term =>
      or(...places.map(({ place, here }) => and(here, monitors.holds(this.#thread, place))));
    return [
      {
        name: "writes exclusively",
        guard: () => [...this.#mayExchange(places), held()],
        body: () => [
          places.map(({ place, here }) =>
            when(here, this.#store(instruction, at, place, { page, atomic: true })),
          ),
          this.#separates(instruction),
          monitors.release(this.#thread),
          status(0),
        ],
      },
      { name: "fails", guard: () => [], body: () => [monitors.release(this.#thread), status(1)] },
    ];
  }

  /** A load waits for the stores that a barrier separates from it, a load-acquire for earlier store-releases. */
  #mayLoad(instruction: InstructionOf<"load" | "load-exclusive" | "atomic">): Term[] {
    const { machine } = this.#shared;
    const acquires = instruction.kind === "atomic" ? instruction.acquire : instruction.order === "acquire";
    return [
      machine.mayFollow(this.#cpu, "load"),
      ...(acquires ? [machine.mayFollow(this.#cpu, "acquire")] : []),
    ];
  }

  /** No store of another CPU comes between the two halves of an atomic. */
  #mayExchange(places: readonly ReachablePlace[]): Term[] {
    const { memory } = this.#shared;
    return [
      ...memory.mayStore(this.#cpu, []),
      ...places.map(({ place, here }) => not(and(here, memory.othersStoreTo(this.#cpu, place)))),
    ];
  }

  /** What waits behind the instruction until its store is in memory (ARM-18). */
  #separates(instruction: MemoryInstruction): Body {
    const { machine } = this.#shared;
    if (instruction.kind === "atomic") {
      const { acquire, release } = instruction;
      const order = release ? (acquire ? "full" : "release") : acquire ? "acquire" : "relaxed";
      return machine.separateBehind(this.#cpu, `${order} atomic`);
    }
    const releases = "source" in instruction && instruction.order === "release";
    return releases ? machine.separateBehind(this.#cpu, "release store") : [];
  }

  #store(
    instruction: InstructionOf<"store" | "store-exclusive">,
    at: number,
    place: PlaceValues,
    options: StoreOptions,
  ): Body {
    return this.#shared.memory.store(this.#cpu, place, this.#storedValue(instruction, at), options);
  }

  /** For each old value that the CPU may find, so that the order of the assignments does not matter. */
  #exchange(instruction: InstructionOf<"atomic">, at: number, { place, page }: Exchanged): Body {
    const { memory } = this.#shared;
    const register = this.#registers.target(instruction);
    const found = memory.load(this.#cpu, place);
    return place.values.reduceRight<Body>(
      (rest, old) =>
        when(
          found.is(formatValue(old)),
          [
            when(this.#writes(instruction, at, old), [
              memory.store(this.#cpu, place, this.#storedValue(instruction, at, old), { page, atomic: true }),
              this.#separates(instruction),
            ]),
            register ? register.set(this.#registers.literal(expressed(loadedBy(instruction, old)))) : [],
          ],
          rest,
        ),
      [],
    );
  }

  /** A compare-and-swap that finds another value than it compares with writes nothing. */
  #writes(instruction: InstructionOf<"atomic">, at: number, old: Value): Term {
    if (instruction.operation !== "compare-and-swap") return TRUE;
    const { number } = instruction.target;
    return or(
      ...this.#registers
        .combinations(registersRead(instruction), at)
        .filter(({ read }) => sameValue(number === ZERO_REGISTER ? ZERO : read(number), old))
        .map(({ is }) => is),
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
  overtakes(instruction: MemoryInstruction, at: number): Body {
    const { machine } = this.#shared;
    const loads = !["store", "store-exclusive"].includes(instruction.kind);
    const stores = !["load", "load-exclusive"].includes(instruction.kind) && !machine.storeBuffer;
    const tracked = this.#tracked.indexOf(at);
    return [
      loads ? machine.walkAhead.overtakenBy(this.#cpu, "load", TRUE) : [],
      stores ? machine.walkAhead.overtakenBy(this.#cpu, "store", TRUE) : [],
      tracked === -1 ? [] : machine.walkAhead.overtakenByTracked(this.#cpu, tracked),
    ];
  }
}
