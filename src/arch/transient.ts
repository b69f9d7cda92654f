/**
 * Transient accesses (HW-7): loads that are discarded later. They may use any usable entry at any time while
 * its context is loaded, and are seen by side channels only, so they are explored on demand.
 */
import { bool, type ModelBuilder } from "../model/builder.ts";
import type { AccessObserver } from "./access.ts";
import type { Machine } from "./machine.ts";
import { FALSE } from "../model/term.ts";

export class TransientAccesses {
  readonly #machine: Machine;
  readonly #observers: AccessObserver[] = [];

  constructor(machine: Machine) {
    this.#machine = machine;
  }

  /** Whether any property looks at them; they are not explored otherwise. */
  get explored(): boolean {
    return this.#observers.length > 0;
  }

  /** Registers a property's view of them. */
  onAccess(observer: AccessObserver): void {
    this.#observers.push(observer);
  }

  addRules(builder: ModelBuilder): void {
    if (!this.explored) return;
    const { domains, tlb } = this.#machine;
    const { cpu, asid, page, frame } = domains;
    builder.rule("transient access", {
      actor: (at) => ({ name: "speculation", index: at.cpu }),
      parameters: { cpu, asid, page, frame, writable: bool },
      guard: ({ cpu: at, ...entry }) => [tlb.mayHit(at, entry)],
      body: ({ cpu: at, page: through, frame: to }) =>
        this.#observers.map((observe) =>
          observe({
            cpu: at,
            space: this.#machine.spaceOf(at, through),
            page: through,
            frame: to,
            store: FALSE,
          }),
        ),
      fair: false,
      text: ({ page: through, frame: to }) => ["[transient access: ", to, " through ", through, "]"],
      place: (at) => at.cpu,
    });
  }
}
