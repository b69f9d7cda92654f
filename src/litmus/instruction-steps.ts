/**
 * The program of one CPU of a litmus test, instruction by instruction, as operations on the instruction level of the
 * architecture.
 */
import type { AccessWay } from "../arch/access.ts";
import { type Body, when } from "../model/builder.ts";
import { assertNever } from "../model/model.ts";
import { own } from "../model/own.ts";
import { type Term, TRUE } from "../model/term.ts";
import { type Op, stepOf, type StepOptions, type Way } from "../program/step.ts";
import { behind, instructionAt, isInHandler, meetingPoints, targetOf, type Thread } from "./ast.ts";
import { type Dependencies, dependenciesOf, loadsDependedOn } from "./dependencies.ts";
import { FAULT_TYPES, type FaultRecord, formatFault } from "./faults.ts";
import { pageOfFrame } from "./frames.ts";
import { ELR, type Instruction, type InstructionOf } from "./instruction.ts";
import { MemoryOperations } from "./memory-operations.ts";
import type { PlaceValues } from "./memory-values.ts";
import { pagesToCome } from "./pages-to-come.ts";
import type { RegisterFile } from "./register-file.ts";
import { registerValues } from "./register-tables.ts";
import { isComputation, isMemoryInstruction, type MemoryInstruction } from "./registers.ts";
import { faultHandlingOf, goesOnAfterFaults, runsAtEl0 } from "./settings.ts";
import type { Shared } from "./shared.ts";
import { addressOfInstruction, formatPlace, formatValue, pageOfOperand } from "./values.ts";

/** A page and the bytes from its beginning. */
interface VirtualAddress {
  readonly page: string;
  readonly offset: number;
}

export class InstructionSteps {
  readonly #shared: Shared;
  readonly #thread: Thread;
  readonly #cpu: Term;
  readonly #registers: RegisterFile;
  readonly #memory: MemoryOperations;
  readonly #faults: readonly FaultRecord[];
  readonly #dependencies: readonly Dependencies[];
  /** The loads on which something depends; the machine knows them by their places here. */
  readonly #tracked: readonly number[];
  /** By instruction, and behind the last. */
  readonly #toCome: readonly ReadonlySet<string>[];
  readonly #toComeBefore = new Map<StepOptions, ReadonlySet<string>>();

  constructor(shared: Shared, thread: Thread, registers: RegisterFile, faults: readonly FaultRecord[]) {
    this.#shared = shared;
    this.#thread = thread;
    this.#cpu = shared.machine.cpu(thread.number);
    this.#registers = registers;
    this.#faults = faults;
    this.#dependencies = dependenciesOf(thread);
    this.#tracked = loadsDependedOn(this.#dependencies);
    this.#memory = new MemoryOperations(shared, thread.number, registers, this.#tracked);
    this.#toCome = pagesToCome(thread, shared.analysis);
  }

  /** Has the machine know what orders accesses behind others: for all CPUs before any rule. */
  announce(): void {
    for (const instruction of this.#thread.instructions)
      if (isMemoryInstruction(instruction)) this.#memory.announce(instruction);
  }

  /** The pages that may be accessed from a step on, by where it is in the program; at the end none. */
  toCome(step: StepOptions | null): ReadonlySet<string> {
    return (step && this.#toComeBefore.get(step)) ?? new Set();
  }

  /** Every instruction, each behind a label of its own. */
  all(): readonly Op[] {
    const { instructions } = this.#thread;
    const points = meetingPoints(this.#thread);
    const [first] = instructions;
    const begins = first !== undefined && isPrivate(first) && !points.has(0);
    return [
      ...(begins ? [this.#pause("begin", "begins", 0)] : []),
      ...instructions.flatMap((instruction, at): Op[] => [
        { kind: "label", name: String(at) },
        ...(isPrivate(instruction) && points.has(at)
          ? [this.#pause(instruction.text, instruction.text, at)]
          : []),
        ...this.#operations(instruction, at),
      ]),
    ];
  }

  #operations(instruction: Instruction, at: number): readonly Op[] {
    switch (instruction.kind) {
      case "dsb":
      case "dmb":
        return [this.#barrier(instruction, at)];
      case "isb":
        return [
          this.#step(at, "barrier", { body: () => this.#shared.machine.synchronizeContext(this.#cpu) }),
        ];
      case "tlbi":
        return [this.#step(at, "flush", { body: () => this.#invalidate(instruction, at) })];
      case "exception-return":
        return [this.#exceptionReturn(at)];
      case "load":
      case "store":
      case "load-exclusive":
      case "store-exclusive":
      case "atomic":
        return [this.#access(instruction, at)];
      case "branch":
        return [
          { kind: "private", body: () => this.#orderByControl(at) },
          {
            ...this.#goTo(targetOf(this.#thread, instruction)),
            condition: this.#registers.taken(instruction, at),
          },
        ];
      case "end":
        return [{ kind: "jump", to: null }];
      case "move":
      case "arithmetic":
      case "compare":
      case "select":
      case "address-of-code":
        return [{ kind: "private", body: () => this.#registers.compute(instruction, at) }];
      case "nop":
      case "unknown":
        return [];
      default:
        return assertNever(instruction);
    }
  }

  #barrier({ kind, option }: InstructionOf<"dsb" | "dmb">, at: number): Op {
    const { machine, breakBeforeMake } = this.#shared;
    const name = `${kind}(${option})`;
    const completes = kind === "dsb" && ["sy", "ish", "osh"].includes(option);
    return this.#step(at, "barrier", {
      guard: () => [machine.barrier(this.#cpu, name)],
      body: () => [
        machine.barrierEffect(this.#cpu, name),
        completes ? breakBeforeMake.completed(this.#cpu) : [],
      ],
    });
  }

  /** An invalidation, for each value that its operand may have. */
  #invalidate(instruction: InstructionOf<"tlbi">, at: number): Body {
    const { machine, breakBeforeMake, analysis } = this.#shared;
    const { operation, operand } = instruction;
    const broadcast = own(machine.architecture.invalidations, operation)?.broadcast ?? false;
    const asid = "asid";
    const issued = (page: string | null): Body => [
      machine.invalidate(this.#cpu, operation, { asid, page }),
      breakBeforeMake.issued(this.#cpu, page, broadcast),
    ];
    if (operand === null) return issued(null);
    return registerValues(analysis, this.#at(at), operand.number).map((value) => {
      const page = pageOfOperand(value);
      if (page === null) return [];
      return when(this.#registers.read(operand.number).is(formatValue(value)), issued(page));
    });
  }

  /** From a handler to the instruction whose address ELR_EL1 holds. */
  #exceptionReturn(at: number): Op {
    const { machine, analysis } = this.#shared;
    const jumps = registerValues(analysis, this.#at(at), ELR).flatMap((value): Op[] => {
      const target = instructionAt(this.#thread, value);
      if (target === null) return [];
      return [{ ...this.#goTo(target), condition: this.#registers.read(ELR).is(formatValue(value)) }];
    });
    return this.#stepOf(
      at,
      {
        label: this.#text(at),
        kind: "control",
        ways: [
          { body: () => machine.synchronizeContext(this.#cpu), exit: "return", text: () => this.#text(at) },
        ],
        exits: { return: { block: jumps, then: "again" } },
      },
      at,
    );
  }

  /** An access: to a descriptor directly, to a page by translation first. */
  #access(instruction: MemoryInstruction, at: number): Op {
    const ways: Way[] = [];
    const performing: Record<string, { block: readonly Op[]; then: "next" }> = {};
    for (const { address, when: chosen } of this.#registers.addressesOf(instruction, at)) {
      if (address.kind === "descriptor-address")
        ways.push(...this.#directWays(instruction, at, address.page, chosen));
      if (address.kind !== "address") continue;
      ways.push(...this.#translations(instruction, at, address, chosen));
      performing[translated(address)] = { block: [this.#perform(instruction, at, address)], then: "next" };
    }
    return this.#stepOf(
      at,
      {
        label: instruction.text,
        kind: "data",
        ways,
        reads: false,
        exits: {
          ...performing,
          again: { block: [], then: "again" },
          fault: { block: this.#afterFault(at), then: "next" },
        },
      },
      at,
    );
  }

  /** Descriptors lie in memory that is always mapped. */
  #directWays(instruction: MemoryInstruction, at: number, page: string, chosen: Term): Way[] {
    const place = this.#place({ kind: "descriptor", page });
    return this.#memory.ways(instruction, at, [{ place, here: TRUE }], null).map((way) => ({
      name: `${way.name} PTE(${page})`,
      guard: () => [chosen, ...way.guard()],
      body: () => [way.body(), this.#memory.overtakes(instruction, at), this.#orderByAddress(at)],
      text: () => instruction.text,
    }));
  }

  #translations(instruction: MemoryInstruction, at: number, to: VirtualAddress, chosen: Term): Way[] {
    const { machine, test } = this.#shared;
    const kind = instruction.kind === "load" || instruction.kind === "load-exclusive" ? "load" : "store";
    const dependsOn = this.#numbers(this.#dependencies[at]!.address);
    const unprivileged = runsAtEl0(test, this.#thread.number) && !isInHandler(this.#thread, at);
    const ways = machine.access.ways(this.#cpu, kind, machine.page(to.page), { dependsOn, unprivileged });
    return ways.map((way) => ({
      name: `${to.page}+${to.offset} ${way.name}`,
      get choices() {
        return way.choices;
      },
      guard: (choices) => [chosen, ...way.guard(choices)],
      body: (choices) => [way.body(choices), this.#afterTranslation(way, at, to)],
      exit: this.#exitOf(way, at, to),
      text: (choices) => [`${instruction.text}: `, ...way.told(choices)],
    }));
  }

  #exitOf({ outcome }: AccessWay, at: number, to: VirtualAddress): string {
    if (outcome === "translated") return translated(to);
    return outcome === "again" || this.#triesAgain(at) ? "again" : "fault";
  }

  #afterTranslation({ outcome }: AccessWay, at: number, { page }: VirtualAddress): Body {
    if (outcome === "again") return [];
    if (outcome === "translated") return this.#orderByAddress(at);
    const fault = formatFault({ instruction: at, page, type: FAULT_TYPES[outcome]! });
    const { variable } = this.#faults.find(({ possible }) =>
      possible.some((each) => formatFault(each) === fault),
    )!;
    if (!goesOnAfterFaults(this.#shared.test, this.#thread)) return variable.set(fault);
    const link = this.#hasHandler(at) ? this.#registers.variable(ELR) : undefined;
    // A fault is an exception entry.
    return [
      this.#orderByAddress(at),
      this.#shared.machine.synchronizeContext(this.#cpu),
      variable.set(fault),
      link ? link.set(formatValue(addressOfInstruction(this.#thread, at))) : [],
    ];
  }

  /** To the handler, if there is one; else as the test says. In the handler itself a fault is the end. */
  #afterFault(at: number): readonly Op[] {
    if (this.#hasHandler(at)) return [this.#goTo(this.#thread.handler!)];
    if (!isInHandler(this.#thread, at) && faultHandlingOf(this.#shared.test) === "skip")
      return [this.#goTo(behind(this.#thread, at))];
    return [{ kind: "jump", to: null }];
  }

  /** Whether a fault of an instruction leads to a handler. */
  #hasHandler(at: number): boolean {
    return this.#thread.handler !== null && !isInHandler(this.#thread, at);
  }

  /** Whether an instruction that faults is executed again at once. */
  #triesAgain(at: number): boolean {
    const { handler } = this.#thread;
    return (
      handler === null && !isInHandler(this.#thread, at) && faultHandlingOf(this.#shared.test) === "retry"
    );
  }

  /** A translated access is performed. */
  #perform(instruction: MemoryInstruction, at: number, { page, offset }: VirtualAddress): Op {
    const { machine } = this.#shared;
    const frames = machine.domains.frame.kind === "names" ? machine.domains.frame.members : [];
    const targets = frames.map((frame) => ({
      place: this.#place({ kind: "memory", page: pageOfFrame(frame), offset }),
      here: machine.access.frame(this.#cpu).is(frame),
    }));
    const reachable = targets.filter(({ place }) => place !== undefined);
    const ways = this.#memory.ways(instruction, at, reachable, machine.page(page)).map((way): Way => ({
      name: way.name,
      guard: () => way.guard(),
      body: () => [way.body(), this.#memory.overtakes(instruction, at), machine.access.perform(this.#cpu)],
      text: () => [`${instruction.text}: ${way.name} `, machine.access.frame(this.#cpu)],
    }));
    const label = `${instruction.text} in flight to ${page}+${offset}`;
    return this.#stepOf(at, { label, kind: "data", ways, reads: false }, at + 1);
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

  #at(instruction: number) {
    return { thread: this.#thread.number, instruction };
  }

  #text(at: number): string {
    return this.#thread.instructions[at]!.text;
  }

  #place(place: PlaceValues["place"]): PlaceValues | undefined {
    return this.#shared.analysis.places.find((each) => formatPlace(each.place) === formatPlace(place));
  }

  #goTo(at: number): { readonly kind: "jump"; readonly to: string | null } {
    return { kind: "jump", to: at < this.#thread.instructions.length ? String(at) : null };
  }

  /** A step that does nothing but what is private behind it. */
  #pause(label: string, text: string, at: number): Op {
    return this.#stepOf(at, { label, kind: "control", ways: [{ text: () => text }] }, at);
  }

  #step(at: number, kind: StepOptions["kind"], way: Way): Op {
    const label = this.#text(at);
    const ways = [{ text: () => label, ...way }];
    return this.#stepOf(at, { label, kind, ways, reads: false }, at);
  }

  /** A step with its line; `toCome` is the instruction from which on pages may be accessed behind it. */
  #stepOf(at: number, options: StepOptions, toCome: number): Op {
    const { line, column } = this.#thread.instructions[at]!.at;
    this.#toComeBefore.set(options, this.#toCome[toCome]!);
    return stepOf(options, { file: this.#shared.test.file, line, column });
  }
}

/** Whether an instruction touches nothing but registers of its CPU. */
function isPrivate(instruction: Instruction): boolean {
  return isComputation(instruction) || ["branch", "nop", "end", "unknown"].includes(instruction.kind);
}

function translated({ page, offset }: VirtualAddress): string {
  return `translated ${page}+${offset}`;
}
