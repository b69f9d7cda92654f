/**
 * RCU: read-side sections, and grace periods, which wait for the sections that were open when they began. A region
 * with interrupts off is a read-side section too (since v4.20; before, for `call_rcu_sched()`). A grace period is
 * no TLB flush, and does not wait for hardware walkers.
 */
import { type ArrayVariable, bool, type Body, type ModelBuilder } from "../../model/builder.ts";
import type { Domain } from "../../model/domain.ts";
import { and, eachOf, FALSE, forAll, literal, or, type Term } from "../../model/term.ts";
import type { Machine } from "../../arch/machine.ts";
import type { Frames } from "../mm/frames.ts";
import { Depth } from "./depth.ts";

/** Who waits for which readers, and whose callback frees which frame. */
interface GracePeriods {
  /** Whether the callback that frees a frame waits for a reader. */
  readonly callback: ArrayVariable;
  /** Whether a callback that frees the frame was queued. */
  readonly queued: ArrayVariable;
}

/** The two kinds of read-side sections, which a thread may nest. */
export type ReadSide = "rcu_read_lock" | "irqs off";

/** What RCU needs of the system. */
interface Surroundings {
  readonly builder: ModelBuilder;
  readonly machine: Machine;
  readonly threads: Domain;
  readonly frames: Frames;
}

export class Rcu {
  readonly #system: Surroundings;
  /** How deep a thread is in sections, by kind and thread; only of threads that have some. */
  readonly #sections = new Map<string, Depth>();
  #periods: GracePeriods | null = null;
  /** By the thread that waits and the reader. */
  #awaited: ArrayVariable | null = null;

  constructor(system: Surroundings) {
    this.#system = system;
  }

  /** Says that a thread enters a section; to be called while programs are written, for each place where it does. */
  announce(thread: string, kind: ReadSide): void {
    const key = `${kind} ${thread}`;
    const known = this.#sections.get(key);
    const section = known ?? new Depth(this.#builder, `${thread}.${kind}`, kind === "rcu_read_lock");
    this.#sections.set(key, section);
    section.announce();
  }

  enter(thread: string, kind: ReadSide): Body {
    return this.#section(thread, kind)?.enter() ?? [];
  }

  /** True in a section that the thread entered by `rcu_read_lock()`; `announce` makes it known. */
  isReading(thread: string): Term {
    this.#system.machine.written.require("whether a thread is in a section of RCU");
    return this.#section(thread, "rcu_read_lock")?.isInside() ?? FALSE;
  }

  /** Leaves the section; nobody waits any longer for a thread that has left all of its sections. */
  leave(thread: string, kind: ReadSide): Body {
    const { threads } = this.#system;
    const reader = literal(threads, thread);
    const still = this.#reading(thread);
    const cells = [
      ...(this.#periods ? this.#frames().map((frame) => this.#periods!.callback.at(frame, reader)) : []),
      ...(this.#awaited ? eachOf(threads).map((waiter) => this.#awaited!.at(waiter, reader)) : []),
    ];
    return [this.#section(thread, kind)?.leave() ?? [], cells.map((cell) => cell.set(and(cell, still)))];
  }

  /** True while a callback that frees the frame waits for its grace period. */
  isQueued(frame: Term): Term {
    return this.#gracePeriods().queued.at(frame);
  }

  /** `call_rcu()` of a callback that frees a frame. */
  callFree(frame: Term): Body {
    const { callback, queued } = this.#gracePeriods();
    return [
      queued.at(frame).set(true),
      this.#readers().map(({ name, term }) => callback.at(frame, term).set(this.#reading(name))),
    ];
  }

  /** Begins a grace period that the thread itself waits for. */
  begin(waiter: string): Body {
    const awaited = this.#awaitedBy();
    const me = literal(this.#system.threads, waiter);
    return this.#readers()
      .filter(({ name }) => name !== waiter)
      .map(({ name, term }) => awaited.at(me, term).set(this.#reading(name)));
  }

  /** True once the grace period that the thread waits for has ended. */
  over(waiter: string): Term {
    const awaited = this.#awaitedBy();
    const me = literal(this.#system.threads, waiter);
    return forAll(this.#system.threads, (reader) => awaited.at(me, reader).not());
  }

  /** The readers that the thread waits for, by name, and when it waits for each. */
  awaited(waiter: string): { readonly thread: string; readonly during: Term }[] {
    const awaited = this.#awaitedBy();
    const me = literal(this.#system.threads, waiter);
    return this.#readers().map(({ name, term }) => ({ thread: name, during: awaited.at(me, term) }));
  }

  /** Callbacks run some time after their grace period, on whichever CPU; what freeing requires is asked of `mayFree`. */
  addRules(mayFree: (frame: Term) => Body): void {
    const periods = this.#periods;
    if (!periods) return;
    const { machine, threads, frames } = this.#system;
    this.#builder.rule("rcu callback", {
      actor: "rcu",
      parameters: { frame: machine.domains.frame },
      guard: ({ frame }) => [
        periods.queued.at(frame),
        forAll(threads, (reader) => periods.callback.at(frame, reader).not()),
      ],
      body: ({ frame }) => [periods.queued.at(frame).set(false), mayFree(frame), frames.free(frame)],
      text: ({ frame }) => ["[RCU: the grace period is over, free ", frame, "]"],
    });
  }

  get #builder(): ModelBuilder {
    return this.#system.builder;
  }

  /** The thread is in a section of some kind. */
  #reading(thread: string): Term {
    const kinds = ["rcu_read_lock", "irqs off"] as const;
    return or(...kinds.map((kind) => this.#section(thread, kind)?.isInside() ?? FALSE));
  }

  #readers(): { readonly name: string; readonly term: Term }[] {
    const { threads } = this.#system;
    const names = threads.kind === "names" ? threads.members : [];
    return names
      .filter((name) => [...this.#sections.keys()].some((key) => key.endsWith(` ${name}`)))
      .map((name) => ({ name, term: literal(threads, name) }));
  }

  #frames(): Term[] {
    return eachOf(this.#system.machine.domains.frame);
  }

  #section(thread: string, kind: ReadSide): Depth | undefined {
    return this.#sections.get(`${kind} ${thread}`);
  }

  #gracePeriods(): GracePeriods {
    const { frame } = this.#system.machine.domains;
    this.#periods ??= {
      callback: this.#builder.array("rcu.awaits", [frame, this.#system.threads], bool, false),
      queued: this.#builder.array("rcu.queued", [frame], bool, false),
    };
    return this.#periods;
  }

  #awaitedBy(): ArrayVariable {
    const { threads } = this.#system;
    this.#awaited ??= this.#builder.array("synchronize_rcu.awaits", [threads, threads], bool, false);
    return this.#awaited;
  }
}
