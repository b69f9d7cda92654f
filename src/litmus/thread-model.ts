/**
 * One CPU of a litmus test as rules: its instructions in program order, translated onto the instruction level
 * of the architecture. What touches only registers is done at the end of the step before it: nobody can see
 * when it happens.
 */
import type { AccessWay } from "../arch/access.ts";
import type { Machine } from "../arch/machine.ts";
import { type Body, enumeration, type ModelBuilder, type RuleOptions, when } from "../model/builder.ts";
import type { Domain } from "../model/domain.ts";
import { assertNever } from "../model/model.ts";
import { and, choose, FALSE, or, type Place as Variable, type Term, TRUE } from "../model/term.ts";
import type { TestValues } from "./analysis.ts";
import { type FaultType, type LitmusTest, type Thread } from "./ast.ts";
import type { BreakBeforeMake } from "./break-before-make.ts";
import { addressOf, isTaken, loadedBy, type ReadRegister, resultOf, storedBy } from "./compute.ts";
import {
  addressesAccessed,
  type At,
  combinations,
  expressed,
  readingFrom,
  registerValues,
} from "./register-tables.ts";
import type { Instruction, InstructionOf } from "./instruction.ts";
import type { PlaceValues } from "./memory-values.ts";
import type { Monitors } from "./monitors.ts";
import {
  addressRegisters,
  FLAGS,
  isComputation,
  type MemoryInstruction,
  registersRead,
  registerWritten,
} from "./registers.ts";
import type { TestMemory } from "./test-memory.ts";
import {
  CLEAR_FLAGS,
  formatPlace,
  formatValue,
  pageOfOperand,
  type Value,
  valueOfText,
  ZERO,
} from "./values.ts";

/** What the CPUs of a test share. */
export interface Shared {
  readonly test: LitmusTest;
  readonly analysis: TestValues;
  readonly builder: ModelBuilder;
  readonly machine: Machine;
  readonly memory: TestMemory;
  readonly monitors: Monitors;
  readonly breakBeforeMake: BreakBeforeMake;
}

/** A fault that stopped the CPU, as the variable that holds it is written. */
export interface PossibleFault {
  readonly instruction: number;
  readonly page: string;
  readonly type: FaultType;
}

const BEGIN = "begin";
const END = "end";
const NO_FAULT = "none";

const FAULT_TYPES: Readonly<Record<string, FaultType>> = {
  translation: "Translation",
  "access flag": "AccessFlag",
  permission: "Permission",
};

export class ThreadModel {
  readonly number: number;
  readonly #shared: Shared;
  readonly #thread: Thread;
  readonly #cpu: Term;
  readonly #counter: Variable;
  readonly #registers = new Map<number, Variable>();
  readonly #fault: Variable;
  readonly #faults: readonly PossibleFault[];

  constructor(shared: Shared, thread: Thread) {
    this.#shared = shared;
    this.#thread = thread;
    this.number = thread.number;
    this.#cpu = shared.machine.cpu(thread.number);
    this.#faults = this.#possibleFaults();
    this.#counter = this.#declareCounter();
    this.#declareRegisters();
    const name = `P${thread.number}.fault`;
    const faults = enumeration(name, [NO_FAULT, ...this.#faults.map(formatFault)]);
    this.#fault = shared.builder.variable(name, faults, NO_FAULT);
  }

  /** True once the CPU has come to the end of its program, or has stopped at a fault. */
  ended(): Term {
    return this.#counter.is(END);
  }

  /** The variable that holds a register; undefined for one that is 0 throughout. */
  register(number: number): Variable | undefined {
    return this.#registers.get(number);
  }

  get fault(): { readonly variable: Variable; readonly possible: readonly PossibleFault[] } {
    return { variable: this.#fault, possible: this.#faults };
  }

  /** Builds every invalidation once, so that barriers know them: for all CPUs before `addRules` of any. */
  announce(): void {
    for (const instruction of this.#thread.instructions)
      if (instruction.kind === "tlbi") this.#invalidate(instruction, 0);
  }

  addRules(): void {
    const { instructions } = this.#thread;
    if (this.#startsPrivately())
      this.#rule(BEGIN, BEGIN, { body: () => this.#goTo(0), text: () => "begins" });
    instructions.forEach((instruction, at) => {
      if (!isPrivate(instruction)) this.#addInstruction(instruction, at);
    });
  }

  #addInstruction(instruction: Instruction, at: number): void {
    const { machine } = this.#shared;
    switch (instruction.kind) {
      case "dsb":
      case "dmb": {
        const name = `${instruction.kind}(${instruction.option})`;
        const completes = instruction.kind === "dsb" && ["sy", "ish", "osh"].includes(instruction.option);
        this.#step(instruction, at, {
          guard: () => [machine.barrier(this.#cpu, name)],
          body: () => [
            machine.barrierEffect(this.#cpu, name),
            completes ? this.#shared.breakBeforeMake.completed(this.#cpu) : [],
          ],
        });
        break;
      }
      case "isb":
        this.#step(instruction, at, { body: () => machine.synchronizeContext(this.#cpu, "isb") });
        break;
      case "tlbi":
        this.#step(instruction, at, { body: () => this.#invalidate(instruction, at) });
        break;
      case "load":
      case "store":
      case "load-exclusive":
      case "store-exclusive":
      case "atomic":
        this.#addAccess(instruction, at);
        break;
      case "move":
      case "arithmetic":
      case "compare":
      case "select":
      case "branch":
      case "nop":
      case "unknown":
        break;
      default:
        assertNever(instruction);
    }
  }

  /** An invalidation, for each value that its operand may have. */
  #invalidate(instruction: InstructionOf<"tlbi">, at: number): Body {
    const { machine, breakBeforeMake } = this.#shared;
    const { operation, operand } = instruction;
    const broadcast = machine.architecture.invalidations[operation]?.broadcast ?? false;
    const asid = "asid";
    if (operand === null)
      return [
        machine.invalidate(this.#cpu, operation, { asid, page: null }),
        breakBeforeMake.issued(this.#cpu, null, broadcast),
      ];
    return registerValues(this.#shared.analysis, this.#at(at), operand.number).map((value) => {
      const page = pageOfOperand(value);
      if (page === null) return [];
      return when(this.#read(operand.number).is(formatValue(value)), [
        machine.invalidate(this.#cpu, operation, { asid, page }),
        breakBeforeMake.issued(this.#cpu, page, broadcast),
      ]);
    });
  }

  /** An access: to a descriptor directly, to a page by translation first. */
  #addAccess(instruction: MemoryInstruction, at: number): void {
    for (const { address, when: chosen } of this.#addressesOf(instruction, at)) {
      if (address.kind === "descriptor-address") this.#addDirect(instruction, at, address.page, chosen);
      if (address.kind === "address") this.#addTranslation(instruction, at, address, chosen);
    }
  }

  /** Descriptors lie in memory that is always mapped. */
  #addDirect(instruction: MemoryInstruction, at: number, page: string, chosen: Term): void {
    const place = this.#place({ kind: "descriptor", page });
    for (const way of this.#performWays(instruction, at, [{ place, here: TRUE }], null))
      this.#step(instruction, at, {
        name: `${way.name} PTE(${page})`,
        guard: () => [chosen, ...way.guard()],
        body: () => [way.body(), this.#overtakes(instruction)],
      });
  }

  /** Walks done ahead are now older than this access (ARM-17); a store in a buffer is done when it leaves that. */
  #overtakes(instruction: MemoryInstruction): Body {
    const { machine } = this.#shared;
    const loads = !["store", "store-exclusive"].includes(instruction.kind);
    const stores = !["load", "load-exclusive"].includes(instruction.kind) && !machine.storeBuffer;
    return [
      loads ? machine.walkAhead.overtakenBy(this.#cpu, "load", TRUE) : [],
      stores ? machine.walkAhead.overtakenBy(this.#cpu, "store", TRUE) : [],
    ];
  }

  #addTranslation(
    instruction: MemoryInstruction,
    at: number,
    { page, offset }: { readonly page: string; readonly offset: number },
    chosen: Term,
  ): void {
    const { machine } = this.#shared;
    const kind = instruction.kind === "load" || instruction.kind === "load-exclusive" ? "load" : "store";
    const term = machine.page(page);
    for (const way of machine.access.ways(this.#cpu, kind, term))
      this.#rule(`${nameOf(instruction, at)} ${page}+${offset} ${way.name}`, at, {
        parameters: way.choices,
        guard: (choices) => [chosen, ...way.guard(choices)],
        body: (choices) => [way.body(choices), this.#afterTranslation(way, at, page, offset)],
        text: (choices) => [`${instruction.text}: `, ...way.told(choices)],
      });
    const places = machine.domains.frame.kind === "names" ? machine.domains.frame.members : [];
    const targets = places.map((frame) => ({
      place: this.#place({ kind: "memory", page: frame, offset }),
      here: machine.access.frame(this.#cpu).is(frame),
    }));
    const reachable = targets.filter((target) => target.place !== undefined);
    for (const way of this.#performWays(instruction, at, reachable, term))
      this.#rule(`${nameOf(instruction, at)} ${page}+${offset} ${way.name}`, performing(at, page, offset), {
        guard: () => way.guard(),
        body: () => [way.body(), machine.access.perform(this.#cpu), this.#goTo(at + 1)],
        text: () => [`${instruction.text}: ${way.name} `, machine.access.frame(this.#cpu)],
      });
  }

  #afterTranslation({ outcome }: AccessWay, at: number, page: string, offset: number): Body {
    if (outcome === "again") return [];
    if (outcome === "translated") return this.#counter.set(performing(at, page, offset));
    const fault = formatFault({ instruction: at, page, type: FAULT_TYPES[outcome]! });
    // A fault is an exception entry; the CPU stops there.
    return [
      this.#shared.machine.synchronizeContext(this.#cpu),
      this.#fault.set(fault),
      this.#counter.set(END),
    ];
  }

  /** What an access does with memory, once it is known where it is: one way, or two for a store-exclusive. */
  #performWays(
    instruction: MemoryInstruction,
    at: number,
    targets: readonly { readonly place: PlaceValues | undefined; readonly here: Term }[],
    page: Term | null,
  ): { name: string; guard: () => Term[]; body: () => Body }[] {
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
                exclusive ? monitors.reserve(this.number, place) : [],
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
          const register = this.#registers.get(instruction.status.number);
          return register ? register.set(String(code)) : [];
        };
        const held = (): Term =>
          or(...places.map(({ place, here }) => and(here, monitors.holds(this.number, place))));
        return [
          {
            name: "writes exclusively",
            guard: () => [...drained(), held()],
            body: () => [
              each((place) => memory.write(place, this.#storedValue(instruction, at))),
              monitors.release(this.number),
              status(0),
            ],
          },
          { name: "fails", guard: () => [], body: () => [monitors.release(this.number), status(1)] },
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
    const target = registerWritten(instruction);
    const register = target === null ? undefined : this.#registers.get(target);
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
    const target = registerWritten(instruction);
    const register = target === null ? undefined : this.#registers.get(target);
    if (!register) return [];
    return register.set(
      this.#table(
        place.values.map((value) => ({
          is: found.is(formatValue(value)),
          result: expressed(loadedBy(instruction, value)),
        })),
      ),
    );
  }

  /** What is stored; an atomic's depends on what memory held. */
  #storedValue(instruction: MemoryInstruction, at: number, old: Value = ZERO): Term {
    return this.#table(
      this.#combinations(registersRead(instruction), at).map(({ is, read }) => ({
        is,
        result: expressed(storedBy(instruction, read, old) ?? ZERO),
      })),
    );
  }

  // Registers and private instructions.

  /** Goes to an instruction, doing on the way what is private. */
  #goTo(at: number, passed: ReadonlySet<number> = new Set()): Body {
    const instruction = this.#thread.instructions[at];
    if (!instruction) return this.#counter.set(END);
    if (!isPrivate(instruction)) return this.#counter.set(pcOf(instruction, at));
    if (passed.has(at)) return this.#counter.set(pcOf(instruction, at));
    const onwards = new Set([...passed, at]);
    if (instruction.kind === "branch") {
      const target = this.#thread.labels.find(({ name }) => name === instruction.label)!.instruction;
      return when(this.#taken(instruction, at), this.#goTo(target, onwards), this.#goTo(at + 1, onwards));
    }
    return [this.#compute(instruction, at), this.#goTo(at + 1, onwards)];
  }

  #compute(instruction: Instruction, at: number): Body {
    const target = registerWritten(instruction);
    const register = target === null ? undefined : this.#registers.get(target);
    if (!register || !isComputation(instruction)) return [];
    const results = this.#combinations(registersRead(instruction), at).map(({ is, read }) => ({
      is,
      result: expressed(resultOf(instruction, read)),
    }));
    return register.set(this.#table(results));
  }

  #taken(instruction: InstructionOf<"branch">, at: number): Term {
    return or(
      ...this.#combinations(registersRead(instruction), at)
        .filter(({ read }) => isTaken(instruction.test, read) === true)
        .map(({ is }) => is),
    );
  }

  #addressesOf(instruction: MemoryInstruction, at: number): { address: Value; when: Term }[] {
    const found = new Map<string, { address: Value; when: Term }>();
    for (const { is, read } of this.#combinations(addressRegisters(instruction.address), at)) {
      const address = expressed(addressOf(instruction.address, read));
      const known = found.get(formatValue(address));
      found.set(formatValue(address), { address, when: or(known?.when ?? FALSE, is) });
    }
    return [...found.values()];
  }

  /** Every combination of the values that registers may have before an instruction, with its condition. */
  #combinations(registers: readonly number[], at: number): { is: Term; read: ReadRegister }[] {
    const all = combinations(this.#shared.analysis, this.#at(at), registers);
    // A register that has one value only needs no condition.
    const told = registers.filter((register) => new Set(all.map((each) => each.get(register))).size > 1);
    return all.map((values) => ({
      is: and(...told.map((register) => this.#read(register).is(formatValue(values.get(register)!)))),
      read: readingFrom(values),
    }));
  }

  #at(instruction: number): At {
    return { thread: this.number, instruction };
  }

  #read(register: number): Term {
    return this.#registers.get(register) ?? this.#shared.memory.literal(ZERO);
  }

  /** The first result whose condition is true; the last one needs none. */
  #table(rows: readonly { readonly is: Term; readonly result: Value }[]): Term {
    const { memory } = this.#shared;
    const last = rows.at(-1);
    if (!last) return memory.literal(ZERO);
    return rows
      .slice(0, -1)
      .reduceRight<Term>(
        (rest, { is, result }) => choose(is, memory.literal(result), rest),
        memory.literal(last.result),
      );
  }

  #place(place: PlaceValues["place"]): PlaceValues | undefined {
    return this.#shared.analysis.places.find((each) => formatPlace(each.place) === formatPlace(place));
  }

  // Declarations.

  #declareRegisters(): void {
    const { test, analysis, builder, memory } = this.#shared;
    for (const register of analysis.threads[this.number]!.registers.keys()) {
      const item = test.init.find(
        ({ place }) =>
          place.kind === "register" && place.thread === this.number && place.register === register,
      );
      const initial =
        (item && valueOfText(item.value, item.place)) ?? (register === FLAGS ? CLEAR_FLAGS : ZERO);
      const name = register === FLAGS ? `${this.number}:flags` : `${this.number}:X${register}`;
      this.#registers.set(register, builder.variable(name, memory.value, formatValue(initial)));
    }
  }

  #declareCounter(): Variable {
    const { instructions } = this.#thread;
    const points = instructions.flatMap((instruction, at) =>
      isPrivate(instruction) ? [] : [pcOf(instruction, at), ...this.#performPoints(instruction, at)],
    );
    const values = [...(this.#startsPrivately() ? [BEGIN] : []), ...points, END];
    const name = `P${this.number}.pc`;
    return this.#shared.builder.variable(name, enumeration(name, values), values[0]!);
  }

  #performPoints(instruction: Instruction, at: number): string[] {
    if (!("address" in instruction)) return [];
    return addressesAccessed(this.#shared.analysis, this.#at(at), instruction).map(({ page, offset }) =>
      performing(at, page, offset),
    );
  }

  #possibleFaults(): PossibleFault[] {
    return this.#thread.instructions.flatMap((instruction, at) =>
      "address" in instruction
        ? [
            ...new Set(
              addressesAccessed(this.#shared.analysis, this.#at(at), instruction).map(({ page }) => page),
            ),
          ].flatMap((page) => Object.values(FAULT_TYPES).map((type) => ({ instruction: at, page, type })))
        : [],
    );
  }

  #startsPrivately(): boolean {
    const [first] = this.#thread.instructions;
    return first !== undefined && isPrivate(first);
  }

  // Rules.

  #step(
    instruction: Instruction,
    at: number,
    options: { name?: string; guard?: () => readonly Term[]; body: () => Body },
  ): void {
    this.#rule(`${nameOf(instruction, at)}${options.name ? ` ${options.name}` : ""}`, at, {
      guard: () => options.guard?.() ?? [],
      body: () => [options.body(), this.#goTo(at + 1)],
      text: () => instruction.text,
    });
  }

  #rule(name: string, at: number | string, options: RuleOptions<Record<string, Domain>>): void {
    const point = typeof at === "string" ? at : pcOf(this.#thread.instructions[at]!, at);
    this.#shared.builder.rule(`P${this.number}: ${name}`, {
      ...options,
      actor: `P${this.number}`,
      guard: (choices) => [this.#counter.is(point), ...(options.guard?.(choices) ?? [])],
      place: () => this.#cpu,
    });
  }
}

/** Whether an instruction touches nothing but registers of its CPU. */
function isPrivate(instruction: Instruction): boolean {
  return isComputation(instruction) || ["branch", "nop", "unknown"].includes(instruction.kind);
}

function nameOf(instruction: Instruction, at: number): string {
  return `${at} ${instruction.text}`;
}

function pcOf(instruction: Instruction, at: number): string {
  return nameOf(instruction, at);
}

/** The point at which an access is translated and not performed yet. */
function performing(at: number, page: string, offset: number): string {
  return `${at} in flight to ${page}+${offset}`;
}

export function formatFault({ instruction, page, type }: PossibleFault): string {
  return `${instruction} ${page} ${type}`;
}
