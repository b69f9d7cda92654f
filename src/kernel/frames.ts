/** Physical page frames: who has them, how they are freed, and the allocator that gives them away again. */
import { type ArrayVariable, type Body, enumeration, type ModelBuilder } from "../model/builder.ts";
import type { Machine } from "../arch/machine.ts";
import { type Operand, or, type Term } from "../model/term.ts";

/**
 * "spare" frames are free from the beginning and wait for the scenario alone, so that an allocation never has
 * to wait; "free" ones were given back, and anybody may get them.
 */
const OWNER = enumeration("owner", ["spare", "used", "free", "reused"]);

export class Frames {
  readonly #owner: ArrayVariable;
  readonly #machine: Machine;

  /** `used` tells of each frame whether the scenario's address spaces have it at first. */
  constructor(builder: ModelBuilder, machine: Machine, used: readonly boolean[]) {
    this.#machine = machine;
    const initial = used.map((each) => (each ? "used" : "spare"));
    this.#owner = builder.arrayOf("frame.owner", [machine.domains.frame], OWNER, initial);
  }

  /** True while the frame belongs to the scenario's address spaces, not free and with no other owner. */
  inUse(frame: Operand): Term {
    return this.#owner.at(frame).is("used");
  }

  isAllocatable(frame: Operand): Term {
    return or(this.#owner.at(frame).is("free"), this.#owner.at(frame).is("spare"));
  }

  free(frame: Operand): Body {
    return this.#owner.at(frame).set("free");
  }

  take(frame: Operand): Body {
    return this.#owner.at(frame).set("used");
  }

  /** A free frame may go to somebody else at once; nothing says that it must. */
  addAllocator(builder: ModelBuilder): void {
    builder.rule("reuse", {
      actor: "allocator",
      parameters: { frame: this.#machine.domains.frame },
      guard: ({ frame }) => [this.#owner.at(frame).is("free")],
      body: ({ frame }) => this.#owner.at(frame).set("reused"),
      fair: false,
      text: ({ frame }) => ["[allocator: ", frame, " goes to another owner]"],
    });
  }
}
