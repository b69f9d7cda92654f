/** One CPU of a litmus test: its registers, what is known of its faults, and its program. */
import type { Body } from "../model/builder.ts";
import { type Place as Variable, type Term, TRUE } from "../model/term.ts";
import { Program } from "../program/program.ts";
import type { StepOptions } from "../program/step.ts";
import type { Thread } from "./ast.ts";
import { type FaultRecord, faultRecords } from "./faults.ts";
import { InstructionSteps } from "./instruction-steps.ts";
import { RegisterFile } from "./register-file.ts";
import type { Shared } from "./shared.ts";

export class TestThread {
  readonly number: number;
  readonly faults: readonly FaultRecord[];
  readonly program: Program;
  readonly #shared: Shared;
  readonly #registers: RegisterFile;
  readonly #steps: InstructionSteps;

  constructor(shared: Shared, thread: Thread) {
    this.number = thread.number;
    this.#shared = shared;
    this.#registers = new RegisterFile(shared, thread.number);
    this.faults = faultRecords(shared, thread);
    this.#steps = new InstructionSteps(shared, thread, this.#registers, this.faults);
    this.program = this.#link();
  }

  /** True once the CPU has come to the end of its program, or has stopped at a fault. */
  ended(): Term {
    return this.program.ended();
  }

  /** True while the CPU is where it may still access a page. */
  mayAccess(page: string): Term {
    return this.program.before((step) => this.#steps.toCome(step).has(page));
  }

  /** The variable that holds a register; undefined for one that is 0 throughout. */
  register(number: number): Variable | undefined {
    return this.#registers.variable(number);
  }

  /** Builds once whatever accesses may wait for: for all CPUs before `program.announce()` of any. */
  announceAccesses(): void {
    this.#steps.announce();
  }

  #link(): Program {
    const { builder, machine } = this.#shared;
    const cpu = machine.cpu(this.number);
    const runner = {
      name: `P${this.number}`,
      running: () => [],
      mayRead: () => TRUE,
      place: () => cpu,
      awaits: () => [],
      registers: new Set<string>(),
      merge: true,
      mayStay: false,
      begins: "at once",
      ending: () => [],
      moving: (from: StepOptions, to: StepOptions | null) => this.#forget(from, to),
    } as const;
    const program = new Program(builder, runner, this.#steps.all());
    program.declare();
    return program;
  }

  /** Forgets what is cached of pages that were to come and are not any more. */
  #forget(from: StepOptions, to: StepOptions | null): Body {
    const { machine } = this.#shared;
    const toCome = this.#steps.toCome(to);
    return [...this.#steps.toCome(from)]
      .filter((page) => !toCome.has(page))
      .map((page) => machine.forgetTranslations(machine.cpu(this.number), machine.page(page)));
  }
}
