/**
 * The program of a thread: how its steps, its control flow and its registers are written down. A word that takes
 * several steps is an event: a trace tells it in one row.
 */
import type { ArrayVariable, Body, TermText } from "../../model/builder.ts";
import { TlbcheckError } from "../../model/diagnostic.ts";
import type { Domain, Literal } from "../../model/domain.ts";
import type { StepKind } from "../../model/model.ts";
import { callerSource } from "../../model/source.ts";
import { condition, type Operand, type Place, type Term } from "../../model/term.ts";
import type { Mm } from "../handles.ts";
import { Program } from "../../program/program.ts";
import type { Awaited, Event, Op, StepOptions } from "../../program/step.ts";
import { mustHoldNothing } from "../locking/lockdep.ts";
import { awaitsOf } from "./awaits.ts";
import type { Seat } from "./seat.ts";
import type { System } from "../system.ts";

/** The kernel primitives as methods, one for each entry of the table; `src/kernel/thread.ts` has them. */
export interface Primitives {}

/** Code of a scenario: called with the thread that executes it. */
export type KernelCode = (k: ThreadProgram & Primitives) => void;

/** A routine is what a CPU runs in no task's name when something starts it. */
export type Role = "task" | "daemon" | "worker" | "routine";

export abstract class ThreadProgram {
  readonly name: string;
  readonly system: System;
  /** The address space whose user code the thread runs; null for a kernel thread. */
  readonly mm: Mm | null;
  /** The address space that its user accesses are in by what is written so far: its own, or one that it borrows. */
  usedMm: Mm | null;
  readonly seat: Seat;
  /**
   * A task of its own, a task that need not run, one that runs its program for each piece of work that it is given, or a
   * routine of a CPU.
   */
  readonly role: Role;
  #ops: Op[] = [];
  #event: Event | null = null;
  /** The entry of a call whose first event is still to come. */
  #entry: { readonly name: string; readonly steps: () => void } | null = null;
  #events = 0;
  /** Whether the steps that are written now only begin a call. */
  #entering = false;
  #lockless = false;
  /** How many critical sections of each lock have been written. */
  readonly #sections = new Map<string, number>();
  #program: Program | null = null;
  #awaits: readonly Awaited[] | null = null;
  readonly #registers = new Map<string, Place>();
  readonly #arrays = new Map<string, ArrayVariable>();

  constructor(system: System, name: string, mm: Mm | null, seat: Seat, role: Role = "task") {
    this.system = system;
    this.name = name;
    this.mm = mm;
    this.usedMm = mm;
    this.seat = seat;
    this.role = role;
    if (role !== "routine") system.tasks.push(this);
  }

  /** Writes code of the scenario, which has the kernel primitives at hand. */
  abstract run(code: KernelCode): void;

  /** The CPU that the thread runs on. */
  cpu(): Term {
    return this.seat.cpu();
  }

  /** One atomic step. */
  step(options: StepOptions): void {
    this.#ops.push({
      kind: "step",
      options,
      event: this.#event,
      prelude: this.#entering,
      source: callerSource(),
    });
  }

  /** A step of your own: a guard and a body of terms, as one atomic transition. */
  do(label: string, kind: StepKind, body: () => Body, guard: () => readonly Operand[] = () => []): void {
    this.event(label, () => this.step({ label, kind, ways: [{ guard, body }] }));
  }

  /** Branches on the state. */
  if(holds: Operand, then: () => void, otherwise: () => void = () => undefined): void {
    if (typeof holds === "boolean") return holds ? then() : otherwise();
    const when = condition(holds);
    this.system.registerOwners.requireOwnCondition(this.name, when);
    this.#ops.push({ kind: "if", condition: when, then: this.block(then), otherwise: this.block(otherwise) });
  }

  /** Repeats `body`, which has at least one step, while the state fulfils a condition. */
  while(holds: Operand, body: () => void): void {
    const source = callerSource();
    const during = condition(holds);
    this.system.registerOwners.requireOwnCondition(this.name, during);
    this.#ops.push({ kind: "while", condition: during, body: this.block(body), source });
  }

  /**
   * Code that reads or changes page-table entries without their locks on purpose: `debug-vm` reports nothing of it. Why
   * that is right is printed with the verdict as an assumption.
   */
  lockless<Result>(why: string, body: () => Result): Result {
    this.system.builder.assume(`no page-table lock: ${why}`);
    return this.withoutLocks(body);
  }

  /** Tells everything in `body` as one event; inside of another event it is a part of that one. */
  event<Result>(text: TermText | (() => TermText), body: () => Result): Result {
    if (this.#event) return body();
    const entry = this.#entry;
    this.#entry = null;
    const tell = (): TermText => prefixed(entry?.name ?? "", typeof text === "function" ? text() : text);
    if (entry) this.#enter(entry.steps);
    this.#event = { id: `${this.name}/${this.#events++}`, text: tell };
    const result = body();
    this.#event = null;
    return result;
  }

  /** Writes `body` as events of its own though an event is being written: the handler of a fault in it. */
  outsideEvent(body: () => void): void {
    const event = this.#event;
    this.#event = null;
    body();
    this.#event = event;
  }

  /** A variable of the thread alone. The same name gives the same register. */
  register(name: string, domain: Domain, initial: Literal): Place {
    const known = this.#registers.get(name);
    if (known) return known;
    const made = this.system.builder.variable(this.#nameOf(name), domain, initial);
    this.#registers.set(name, made);
    this.system.registerOwners.note(this.#nameOf(name), this.name);
    return made;
  }

  /** An array of the thread alone. */
  registerArray(name: string, index: readonly Domain[], domain: Domain, initial: Literal): ArrayVariable {
    const known = this.#arrays.get(name);
    if (known) return known;
    const made = this.system.builder.array(this.#nameOf(name), index, domain, initial);
    this.#arrays.set(name, made);
    this.system.registerOwners.note(this.#nameOf(name), this.name);
    return made;
  }

  #nameOf(register: string): string {
    return `${this.name}.${register}`;
  }

  /** Code of the kernel that changes page-table entries without their locks. */
  withoutLocks<Result>(body: () => Result): Result {
    const outer = this.#lockless;
    this.#lockless = true;
    const result = body();
    this.#lockless = outer;
    return result;
  }

  /** Names the critical section of a lock that the step which is written now opens. */
  opens(lock: string): string {
    this.#sections.set(lock, (this.#sections.get(lock) ?? 0) + 1);
    return this.closes(lock);
  }

  /** Names the critical section that the step which is written now closes: the last that was opened. */
  closes(lock: string): string {
    return `${lock} ${this.#sections.get(lock) ?? 0}`;
  }

  /** Whether what is written now needs no lock of the page-table entries that it changes. */
  isLockless(): boolean {
    return this.#lockless;
  }

  /** The operations that `body` would write, to be looked at and not to be a part of the program. */
  draft(body: () => void): readonly Op[] {
    const entry = this.#entry;
    const events = this.#events;
    this.#entry = null;
    const written = this.block(() => this.event("", body));
    this.#entry = entry;
    this.#events = events;
    return written;
  }

  /** The operations that `body` writes, for control flow of other words. */
  block(body: () => void): readonly Op[] {
    const outer = this.#ops;
    this.#ops = [];
    body();
    const written = this.#ops;
    this.#ops = outer;
    return written;
  }

  /**
   * A call: the steps of its entry, the body, and the steps of its return. A trace prints the entry in the row of the
   * first event of the body, unless something comes between or that event has not begun.
   */
  call(name: string, entry: () => void, body: () => void, exit: () => void): void {
    this.#begin(name, entry);
    body();
    if (this.#entry) this.event("nothing to do", () => undefined);
    this.event(`${name} returns`, exit);
  }

  #begin(name: string, steps: () => void): void {
    if (this.#event)
      throw new TlbcheckError("TLB201", `${name} is called in the middle of another event`, {
        source: callerSource(),
      });
    this.#entry = { name, steps };
  }

  #enter(steps: () => void): void {
    this.#entering = true;
    steps();
    this.#entering = false;
  }

  // For the scenario that owns the thread.

  /** Ends the writing of the program. */
  link(merge = true): Program {
    this.system.machine.written.require(`the program of ${this.name}`);
    const task = this.role !== "routine";
    this.#program ??= new Program(
      this.system.builder,
      {
        name: this.name,
        running: () => [...this.seat.running(), ...(task ? [this.system.routines.idle(this.cpu())] : [])],
        mayRead: () => this.system.machine.mayFollow(this.cpu(), "load"),
        place: () => this.cpu(),
        awaits: () => (this.#awaits ??= awaitsOf(this)),
        registers: new Set([...this.#registers.keys()].map((name) => this.#nameOf(name))),
        merge,
        begins: this.role === "task" || this.role === "daemon" ? "at once" : "when started",
        mayStay: this.role === "daemon" && !this.seat.scheduled,
        ending: () => mustHoldNothing(this, "ends"),
      },
      this.#ops,
    );
    return this.#program;
  }

  /** True while the thread stands before a step of this label. */
  at(label: string): Term {
    return this.link().at(label);
  }

  /** True while the thread stands before a step for which there is no memory. */
  awaitsMemory(): Term {
    return this.link().awaitsMemory();
  }

  /** True while the thread stands before its first step. */
  beginning(): Term {
    return this.link().beginning();
  }

  /** True while the thread sleeps for a lock that it cannot have. */
  sleeps(): Term {
    return this.link().sleeps();
  }

  /** True once the thread has come to the end of its program. */
  ended(): Term {
    return this.link().ended();
  }
}

function prefixed(heading: string, text: TermText): TermText {
  if (!heading) return text;
  return typeof text === "string" ? `${heading}: ${text}` : [`${heading}: `, ...text];
}
