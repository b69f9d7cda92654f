/** Physical page frames: who has them, how they are freed, and the allocator that gives them away again. */
import {
  type ArrayVariable,
  type Body,
  type CauseOptions,
  enumeration,
  type ModelBuilder,
} from "../../model/builder.ts";
import type { Machine } from "../../arch/machine.ts";
import { FALSE, or, type Place, type Term } from "../../model/term.ts";
import type { Frame } from "../handles.ts";
import { Refcounts } from "./refcounts.ts";

/**
 * "spare" frames are free from the beginning and wait for the scenario alone, so that an allocation never has
 * to wait; "free" ones were given back, and anybody may get them; "reused" ones went to somebody
 * else, as data or as a table of theirs; a "table" is a page-table page of the scenario.
 */
const OWNERS = ["spare", "used", "free", "reused"];

/** What a frame is at first. */
export type FrameUse = "spare" | "used" | "table";

export class Frames {
  readonly #owner: ArrayVariable;
  readonly #builder: ModelBuilder;
  readonly #machine: Machine;
  readonly #frame: (frame: Term | Frame) => Term;
  readonly #uses: readonly FrameUse[];
  readonly #hasTables: boolean;
  #references: Refcounts | null = null;

  /**
   * `uses` tells of each frame what the scenario's address spaces have it for at first; `frame` gives the expression of one
   * that was declared.
   */
  constructor(
    builder: ModelBuilder,
    machine: Machine,
    uses: readonly FrameUse[],
    frame: (frame: Term | Frame) => Term,
  ) {
    this.#frame = frame;
    this.#builder = builder;
    this.#machine = machine;
    this.#uses = uses;
    this.#hasTables = uses.includes("table");
    const owner = enumeration("owner", this.#hasTables ? [...OWNERS, "table"] : OWNERS);
    this.#owner = builder.arrayOf("frame.owner", [machine.domains.frame], owner, uses);
  }

  /** The references of each frame; to be asked for first while programs are written. */
  countReferences(): Refcounts {
    this.#references ??= new Refcounts(
      this.#builder,
      "folio.refcount",
      this.#machine.domains.frame,
      (number) => this.#uses[number] === "spare",
    );
    return this.#references;
  }

  /** True while the frame belongs to the scenario's address spaces, not free and with no other owner. */
  inUse(frame: Term | Frame): Term {
    return this.#ownerOf(frame).is("used");
  }

  /** True while the frame is a page-table page of the scenario's address spaces, linked or not. */
  isTable(frame: Term | Frame): Term {
    return this.#hasTables ? this.#ownerOf(frame).is("table") : FALSE;
  }

  /** True while the frame is in use by the scenario's address spaces, or a page table of theirs. */
  belongsHere(frame: Term | Frame): Term {
    return this.#hasTables ? or(this.inUse(frame), this.isTable(frame)) : this.inUse(frame);
  }

  /** True once a frame that was freed has been given away, and its new owner may have written anything to it. */
  overwritten(frame: Term | Frame): Term {
    return or(this.#ownerOf(frame).is("used"), this.#ownerOf(frame).is("reused"));
  }

  /** True of a frame that was given back and has no new owner. */
  isFree(frame: Term | Frame): Term {
    return this.#ownerOf(frame).is("free");
  }

  /** True of a frame that was given back and went to somebody else. */
  isReused(frame: Term | Frame): Term {
    return this.#ownerOf(frame).is("reused");
  }

  isAllocatable(frame: Term | Frame): Term {
    return or(this.#ownerOf(frame).is("free"), this.#ownerOf(frame).is("spare"));
  }

  /** What a frame is that cannot be allocated, in words. */
  usesOf(frame: Term): CauseOptions[] {
    const uses = { used: " is in use", reused: " has another owner", table: " is a page table" };
    return Object.entries(uses)
      .filter(([use]) => use !== "table" || this.#hasTables)
      .map(([use, text]) => ({ during: this.#ownerOf(frame).is(use), text: [frame, text] }));
  }

  free(frame: Term | Frame): Body {
    return [this.#ownerOf(frame).set("free"), this.#references?.reset(this.#frame(frame), 0) ?? []];
  }

  take(frame: Term | Frame): Body {
    return [this.#ownerOf(frame).set("used"), this.#references?.reset(this.#frame(frame), 1) ?? []];
  }

  /** The frame becomes a page-table page. */
  takeAsTable(frame: Term | Frame): Body {
    return this.#ownerOf(frame).set("table");
  }

  /** A free frame may go to somebody else at once; nothing says that it must. */
  addAllocator(builder: ModelBuilder): void {
    builder.rule("reuse", {
      actor: "allocator",
      parameters: { frame: this.#machine.domains.frame },
      guard: ({ frame }) => [this.#ownerOf(frame).is("free")],
      body: ({ frame }) => this.#ownerOf(frame).set("reused"),
      fair: false,
      text: ({ frame }) => ["[allocator: ", frame, " goes to another owner]"],
    });
  }

  #ownerOf(frame: Term | Frame): Place {
    return this.#owner.at(this.#frame(frame));
  }
}
