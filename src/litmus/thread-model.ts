/**
 * One CPU of a litmus test as rules: its instructions in program order, translated onto the instruction level
 * of the architecture. What touches only registers is done at the end of the step before it: nobody can see
 * when it happens.
 */
import type { AccessWay } from "../arch/access.ts";
import { type Body, enumeration, type RuleOptions, when } from "../model/builder.ts";
import type { Domain } from "../model/domain.ts";
import { assertNever } from "../model/model.ts";
import { own } from "../model/own.ts";
import { or, type Place as Variable, type Term, TRUE } from "../model/term.ts";
import {
  behind,
  type FaultType,
  instructionAt,
  isInHandler,
  meetingPoints,
  targetOf,
  type Thread,
} from "./ast.ts";
import { type Dependencies, dependenciesOf, loadsDependedOn } from "./dependencies.ts";
import { pageOfFrame } from "./frames.ts";
import { ELR, type Instruction, type InstructionOf } from "./instruction.ts";
import { MemoryOperations } from "./memory-operations.ts";
import { pagesToCome } from "./pages-to-come.ts";
import type { PlaceValues } from "./memory-values.ts";
import { RegisterFile } from "./register-file.ts";
import { addressesAccessed, type At, registerValues } from "./register-tables.ts";
import { isComputation, isMemoryInstruction, type MemoryInstruction } from "./registers.ts";
import type { Shared } from "./shared.ts";
import { faultHandlingOf, runsAtEl0 } from "./settings.ts";
import { addressOfInstruction, formatPlace, formatValue, pageOfOperand } from "./values.ts";

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
  readonly #meetingPoints: ReadonlySet<number>;
  readonly #counter: Variable;
  readonly #registers: RegisterFile;
  readonly #memory: MemoryOperations;
  readonly #dependencies: readonly Dependencies[];
  /** The loads on which something depends; the machine knows them by their places here. */
  readonly #tracked: readonly number[];
  /** By instruction, and behind the last. */
  readonly #toCome: readonly ReadonlySet<string>[];
  /** What is known of faults: the one that stopped the CPU, or of each whether it was taken, if a CPU goes on after it. */
  readonly faults: readonly FaultRecord[];

  constructor(shared: Shared, thread: Thread) {
    this.#shared = shared;
    this.#thread = thread;
    this.number = thread.number;
    this.#cpu = shared.machine.cpu(thread.number);
    this.#registers = new RegisterFile(shared, thread.number);
    this.#dependencies = dependenciesOf(thread);
    this.#tracked = loadsDependedOn(this.#dependencies);
    this.#memory = new MemoryOperations(shared, thread.number, this.#registers, this.#tracked);
    this.#meetingPoints = meetingPoints(thread);
    this.#toCome = pagesToCome(thread, shared.analysis);
    this.#counter = this.#declareCounter();
    const possible = this.#possibleFaults();
    const records = this.#goesOnAfterFaults() ? possible.map((each) => [each]) : [possible];
    this.faults = records.map((each, i) => this.#faultRecord(i, each));
  }

  /** True once the CPU has come to the end of its program, or has stopped at a fault. */
  ended(): Term {
    return this.#counter.is(END);
  }

  /** True while the CPU is where it may still access a page. */
  mayAccess(page: string): Term {
    const points = this.#thread.instructions.flatMap((instruction, at) => [
      ...(this.#isPoint(instruction, at) && this.#toCome[at]!.has(page) ? [pcOf(instruction, at)] : []),
      ...(this.#toCome[at + 1]!.has(page) ? this.#performPoints(instruction, at) : []),
    ]);
    const begins = this.#startsPrivately() && this.#toCome[0]!.has(page) ? [BEGIN] : [];
    return or(...[...begins, ...points].map((point) => this.#counter.is(point)));
  }

  /** The variable that holds a register; undefined for one that is 0 throughout. */
  register(number: number): Variable | undefined {
    return this.#registers.variable(number);
  }

  /** Builds once whatever barriers and accesses may wait for: for all CPUs before `addRules` of any. */
  announce(): void {
    this.#thread.instructions.forEach((instruction, at) => {
      if (instruction.kind === "tlbi") this.#invalidate(instruction, at);
      if (instruction.kind === "dmb") this.#shared.machine.barrierEffect(this.#cpu, barrierName(instruction));
      if (isMemoryInstruction(instruction)) this.#memory.announce(instruction);
    });
  }

  addRules(): void {
    const { instructions } = this.#thread;
    if (this.#startsPrivately())
      this.#rule(BEGIN, BEGIN, { body: () => this.#goTo(0, 0), text: () => "begins" });
    instructions.forEach((instruction, at) => {
      if (!isPrivate(instruction)) this.#addInstruction(instruction, at);
      else if (this.#meetingPoints.has(at))
        this.#rule(nameOf(instruction, at), at, {
          body: () => this.#pass(at, at),
          text: () => instruction.text,
        });
    });
  }

  #addInstruction(instruction: Instruction, at: number): void {
    const { machine } = this.#shared;
    switch (instruction.kind) {
      case "dsb":
      case "dmb": {
        const name = barrierName(instruction);
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
        this.#step(instruction, at, { body: () => machine.synchronizeContext(this.#cpu) });
        break;
      case "exception-return":
        this.#rule(nameOf(instruction, at), at, {
          body: () => [machine.synchronizeContext(this.#cpu), this.#return(at)],
          text: () => instruction.text,
        });
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
      case "address-of-code":
      case "branch":
      case "nop":
      case "end":
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
    const broadcast = own(machine.architecture.invalidations, operation)?.broadcast ?? false;
    const asid = "asid";
    if (operand === null)
      return [
        machine.invalidate(this.#cpu, operation, { asid, page: null }),
        breakBeforeMake.issued(this.#cpu, null, broadcast),
      ];
    return registerValues(this.#shared.analysis, this.#at(at), operand.number).map((value) => {
      const page = pageOfOperand(value);
      if (page === null) return [];
      return when(this.#registers.read(operand.number).is(formatValue(value)), [
        machine.invalidate(this.#cpu, operation, { asid, page }),
        breakBeforeMake.issued(this.#cpu, page, broadcast),
      ]);
    });
  }

  /** An access: to a descriptor directly, to a page by translation first. */
  #addAccess(instruction: MemoryInstruction, at: number): void {
    for (const { address, when: chosen } of this.#registers.addressesOf(instruction, at)) {
      if (address.kind === "descriptor-address") this.#addDirect(instruction, at, address.page, chosen);
      if (address.kind === "address") this.#addTranslation(instruction, at, address, chosen);
    }
  }

  /** Descriptors lie in memory that is always mapped. */
  #addDirect(instruction: MemoryInstruction, at: number, page: string, chosen: Term): void {
    const place = this.#place({ kind: "descriptor", page });
    for (const way of this.#memory.ways(instruction, at, [{ place, here: TRUE }], null))
      this.#step(instruction, at, {
        name: `${way.name} PTE(${page})`,
        guard: () => [chosen, ...way.guard()],
        body: () => [way.body(), this.#memory.overtakes(instruction, at), this.#orderByAddress(at)],
      });
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
    const dependsOn = this.#numbers(this.#dependencies[at]!.address);
    const unprivileged = runsAtEl0(this.#shared.test, this.number) && !isInHandler(this.#thread, at);
    for (const way of machine.access.ways(this.#cpu, kind, term, { dependsOn, unprivileged }))
      this.#rule(`${nameOf(instruction, at)} ${page}+${offset} ${way.name}`, at, {
        parameters: way.choices,
        guard: (choices) => [chosen, ...way.guard(choices)],
        body: (choices) => [way.body(choices), this.#afterTranslation(way, at, page, offset)],
        text: (choices) => [`${instruction.text}: `, ...way.told(choices)],
      });
    const places = machine.domains.frame.kind === "names" ? machine.domains.frame.members : [];
    const targets = places.map((frame) => ({
      place: this.#place({ kind: "memory", page: pageOfFrame(frame), offset }),
      here: machine.access.frame(this.#cpu).is(frame),
    }));
    const reachable = targets.filter((target) => target.place !== undefined);
    for (const way of this.#memory.ways(instruction, at, reachable, term))
      this.#rule(`${nameOf(instruction, at)} ${page}+${offset} ${way.name}`, performing(at, page, offset), {
        guard: () => way.guard(),
        body: () => [
          way.body(),
          this.#memory.overtakes(instruction, at),
          machine.access.perform(this.#cpu),
          this.#goTo(at + 1, at + 1),
        ],
        text: () => [`${instruction.text}: ${way.name} `, machine.access.frame(this.#cpu)],
      });
  }

  #afterTranslation({ outcome }: AccessWay, at: number, page: string, offset: number): Body {
    if (outcome === "again") return [];
    if (outcome === "translated")
      return [
        this.#orderByAddress(at),
        this.#counter.set(performing(at, page, offset)),
        this.#forget(at, this.#toCome[at + 1]!),
      ];
    const fault = formatFault({ instruction: at, page, type: FAULT_TYPES[outcome]! });
    const record = this.faults.find(({ possible }) => possible.some((each) => formatFault(each) === fault))!;
    if (!this.#goesOnAfterFaults()) return [record.variable.set(fault), this.#end(at)];
    // A fault is an exception entry.
    return [
      this.#orderByAddress(at),
      this.#shared.machine.synchronizeContext(this.#cpu),
      record.variable.set(fault),
      this.#afterFault(at),
    ];
  }

  /** To the handler, if there is one; else as the test says. In the handler itself a fault is the end. */
  #afterFault(at: number): Body {
    const { handler } = this.#thread;
    if (isInHandler(this.#thread, at)) return this.#end(at);
    if (handler !== null) {
      const link = this.#registers.variable(ELR);
      const address = formatValue(addressOfInstruction(this.#thread, at));
      return [link ? link.set(address) : [], this.#goTo(handler, at)];
    }
    const handling = faultHandlingOf(this.#shared.test);
    if (handling === "retry") return [];
    return handling === "skip" ? this.#goTo(behind(this.#thread, at), at) : this.#end(at);
  }

  /** From a handler to the instruction whose address ELR_EL1 holds. */
  #return(at: number): Body {
    return registerValues(this.#shared.analysis, this.#at(at), ELR).map((value) => {
      const target = instructionAt(this.#thread, value);
      if (target === null) return [];
      return when(this.#registers.read(ELR).is(formatValue(value)), this.#goTo(target, at));
    });
  }

  #goesOnAfterFaults(): boolean {
    return this.#thread.handler !== null || faultHandlingOf(this.#shared.test) !== "fatal";
  }

  // Registers and private instructions.

  /** Goes to an instruction, in a step that began at another, doing on the way what is private. */
  #goTo(at: number, from: number): Body {
    const instruction = this.#thread.instructions[at];
    if (!instruction || instruction.kind === "end") return this.#end(from);
    if (!this.#isPoint(instruction, at)) return this.#pass(at, from);
    return [this.#counter.set(pcOf(instruction, at)), this.#forget(from, this.#toCome[at]!)];
  }

  #end(from: number): Body {
    return [this.#counter.set(END), this.#forget(from, new Set())];
  }

  /** Forgets what is cached of pages that were to come and are not any more. */
  #forget(from: number, toCome: ReadonlySet<string>): Body {
    const { machine } = this.#shared;
    return [...this.#toCome[from]!]
      .filter((page) => !toCome.has(page))
      .map((page) => machine.forgetTranslations(this.#cpu, machine.page(page)));
  }

  /** Does what is private from an instruction on, up to the next point. */
  #pass(at: number, from: number): Body {
    const instruction = this.#thread.instructions[at]!;
    if (instruction.kind !== "branch")
      return [this.#registers.compute(instruction, at), this.#goTo(at + 1, from)];
    const target = targetOf(this.#thread, instruction);
    return [
      this.#orderByControl(at),
      when(this.#registers.taken(instruction, at), this.#goTo(target, from), this.#goTo(at + 1, from)),
    ];
  }

  /** Where a step ends: before what others can see, and where a loop begins anew or many ways meet. */
  #isPoint(instruction: Instruction, at: number): boolean {
    return !isPrivate(instruction) || this.#meetingPoints.has(at);
  }

  /** A branch is not decided before the loads that it depends on, nor does a context synchronisation behind it complete. */
  #orderByControl(at: number): Body {
    return this.#shared.machine.walkAhead.fenceTracked(
      this.#cpu,
      this.#numbers(this.#dependencies[at]!.branch),
    );
  }

  /** The same of an access whose address depends on loads, whether or not it faults. */
  #orderByAddress(at: number): Body {
    const { pickedAddress } = this.#dependencies[at]!;
    return this.#shared.machine.walkAhead.fenceTracked(this.#cpu, this.#numbers(pickedAddress));
  }

  #numbers(loads: readonly number[]): readonly number[] {
    return loads.map((load) => this.#tracked.indexOf(load));
  }

  #at(instruction: number): At {
    return { thread: this.number, instruction };
  }

  #place(place: PlaceValues["place"]): PlaceValues | undefined {
    return this.#shared.analysis.places.find((each) => formatPlace(each.place) === formatPlace(place));
  }

  // Declarations.

  #declareCounter(): Variable {
    const { instructions } = this.#thread;
    const points = instructions.flatMap((instruction, at) =>
      this.#isPoint(instruction, at) ? [pcOf(instruction, at), ...this.#performPoints(instruction, at)] : [],
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

  #faultRecord(i: number, possible: readonly PossibleFault[]): FaultRecord {
    const name = this.#goesOnAfterFaults() ? `P${this.number}.fault ${i}` : `P${this.number}.fault`;
    const faults = enumeration(name, [NO_FAULT, ...possible.map(formatFault)]);
    return { variable: this.#shared.builder.variable(name, faults, NO_FAULT), possible };
  }

  #startsPrivately(): boolean {
    const [first] = this.#thread.instructions;
    return first !== undefined && !this.#isPoint(first, 0);
  }

  // Rules.

  #step(
    instruction: Instruction,
    at: number,
    options: { name?: string; guard?: () => readonly Term[]; body: () => Body },
  ): void {
    this.#rule(`${nameOf(instruction, at)}${options.name ? ` ${options.name}` : ""}`, at, {
      guard: () => options.guard?.() ?? [],
      body: () => [options.body(), this.#goTo(at + 1, at)],
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
  return isComputation(instruction) || ["branch", "nop", "end", "unknown"].includes(instruction.kind);
}

function nameOf(instruction: Instruction, at: number): string {
  return `${at} ${instruction.text}`;
}

function pcOf(instruction: Instruction, at: number): string {
  return nameOf(instruction, at);
}

function barrierName({ kind, option }: InstructionOf<"dsb" | "dmb">): string {
  return `${kind}(${option})`;
}

/** The point at which an access is translated and not performed yet. */
function performing(at: number, page: string, offset: number): string {
  return `${at} in flight to ${page}+${offset}`;
}

export function formatFault({ instruction, page, type }: PossibleFault): string {
  return `${instruction} ${page} ${type}`;
}
