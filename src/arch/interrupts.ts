/**
 * Inter-processor interrupts: a function asked of other CPUs, run there between two instructions while
 * interrupts are on, and acknowledged to the CPU that asked (X86-4, X86-5).
 */
import { type ArrayVariable, bool, type Body, type ModelBuilder, when } from "../model/builder.ts";
import { forAll, type Operand, type Term, TRUE } from "../model/term.ts";
import type { Machine } from "./machine.ts";

/** What the interrupted CPU does. */
export interface Handler {
  readonly name: string;
  /** When the handler has come to its end, for one of a single step; when it may begin, for others. */
  readonly guard: (cpu: Term) => Term;
  readonly body: (cpu: Term, from: Term) => Body;
  /** True if the body only begins the handler, whose last step calls `acknowledge`. */
  readonly goesOn?: boolean;
}

export class Interrupts {
  readonly #machine: Machine;
  readonly #builder: ModelBuilder;
  readonly #handlers = new Map<string, { handler: Handler; pending: ArrayVariable }>();
  readonly #conditions: ((cpu: Term) => Term)[] = [];
  #masked: ArrayVariable | null = null;

  constructor(builder: ModelBuilder, machine: Machine) {
    this.#builder = builder;
    this.#machine = machine;
  }

  /** When a CPU may send interrupts. */
  maySend(from: Term): Term {
    return this.#machine.mayComplete(from, "interrupt sent");
  }

  /** Asks a CPU to run a handler, if the condition is true. */
  send(from: Term, to: Term, handler: Handler, condition: Term = TRUE): Body {
    return when(condition, this.#pending(handler).at(from, to).set(true));
  }

  /** Tells the CPU that asked that the handler has run. */
  acknowledge(from: Term, to: Term, handler: Handler): Body {
    return this.#pending(handler).at(from, to).set(false);
  }

  /** True once every CPU that was asked has acknowledged. */
  acknowledged(from: Term, handler: Handler): Term {
    return forAll(this.#machine.domains.cpu, (to) => this.acknowledgedBy(from, to, handler));
  }

  /** True once this CPU has acknowledged, or if it was not asked. */
  acknowledgedBy(from: Term, to: Term, handler: Handler): Term {
    return this.#pending(handler).at(from, to).not();
  }

  /** Turns interrupts of a CPU off or on. */
  mask(cpu: Term, off: Operand): Body {
    this.#masked ??= this.#builder.array("irqs off", [this.#machine.domains.cpu], bool, false);
    return this.#masked.at(cpu).set(off);
  }

  /** A condition without which no CPU takes an interrupt, asked for after all software was built. */
  onlyWhile(condition: (cpu: Term) => Term): void {
    this.#conditions.push(condition);
  }

  /** True while interrupts of a CPU are on; `mask` makes it known that they may be off. */
  on(cpu: Term): Term {
    this.#machine.written.require("whether interrupts are on");
    return this.#masked?.at(cpu).not() ?? TRUE;
  }

  addRules(): void {
    for (const { handler, pending } of this.#handlers.values()) this.#addRule(handler, pending);
  }

  #addRule(handler: Handler, pending: ArrayVariable): void {
    const { domains, architecture } = this.#machine;
    const { mayInterrupt } = architecture.rules;
    this.#builder.rule(`interrupt ${handler.name}`, {
      actor: ({ to }) => ({ name: "interrupt", index: to }),
      parameters: { from: domains.cpu, to: domains.cpu },
      guard: ({ from, to }) => [
        pending.at(from, to),
        mayInterrupt.choice(this.#machine, to),
        ...this.#conditions.map((condition) => condition(to)),
        this.#machine.mayComplete(to, "exception"),
        handler.guard(to),
      ],
      // Taking the interrupt and returning from it are an exception entry and return.
      body: ({ from, to }) => [
        handler.body(to, from),
        this.#machine.synchronizeContext(to),
        handler.goesOn ? [] : pending.at(from, to).set(false),
      ],
      text: ({ from }) => ["[IPI from ", from, `: ${handler.name}]`],
      place: ({ to }) => to,
    });
  }

  #pending(handler: Handler): ArrayVariable {
    const known = this.#handlers.get(handler.name);
    if (known) return known.pending;
    const { cpu } = this.#machine.domains;
    const pending = this.#builder.array(`ipi.${handler.name}`, [cpu, cpu], bool, false);
    this.#handlers.set(handler.name, { handler, pending });
    return pending;
  }
}
