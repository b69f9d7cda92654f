/**
 * What memory held of a descriptor before, and a walker may read still, where nothing orders walks behind
 * stores (RV-7): for each CPU the old values of each descriptor. A store adds the value that it overwrites,
 * on every CPU; a fence of the CPU takes away those of its scope, since every store that is performed by then
 * binds its later walks. One that was not marked as accessed is not kept: what comes of reading it late is a needless
 * fault, or an update, which reads memory again.
 */
import { type ArrayVariable, bool, type Body, type ModelBuilder, when } from "../../model/builder.ts";
import {
  and,
  condition,
  eachOf,
  exists,
  FALSE,
  literal,
  type Operand,
  operand,
  type Term,
  TRUE,
} from "../../model/term.ts";
import { orNone } from "../../model/builder.ts";
import type { Scope } from "../architecture.ts";
import type { Machine } from "../machine.ts";
import { type DescriptorFields, walkedWritable } from "../memory.ts";
import type { Reading } from "./reading.ts";

/** What a walk is after. */
export interface WalkOf {
  readonly asid: Term;
  readonly page: Term;
}

export class OldDescriptors {
  readonly #machine: Machine;
  /** By CPU, context and page: that this mapping may be read. */
  readonly #mapping: ArrayVariable;
  /** That an invalid descriptor may be read; what it holds besides, no walker reads. */
  readonly #invalid: ArrayVariable;

  constructor(builder: ModelBuilder, machine: Machine) {
    this.#machine = machine;
    const { cpu, space, page, frame } = machine.domains;
    this.#mapping = builder.array("pte.old", [cpu, space, page, frame, bool], bool, false);
    this.#invalid = builder.array("pte.old invalid", [cpu, space, page], bool, false);
    if (!machine.memory.onStore) throw new Error("this memory does not tell what is stored to descriptors");
    machine.memory.onStore((...store) => this.#overwrite(...store));
  }

  /** Binds the later walks of a CPU, in a scope, to what memory holds now. */
  bind(cpu: Term, { asid, page }: Scope): Body {
    const { domains } = this.#machine;
    const pages = page === null ? eachOf(domains.page) : [page];
    return eachOf(domains.space).map((space) => {
      const forget = pages.map((each) => this.#forget(cpu, space, each));
      if (asid === null) return forget;
      return when(operand(asid, domains.asid).is(this.#machine.identifierOf(space)), forget);
    });
  }

  /**
   * True if a walk under this identifier may read this mapping of a page, wherever its upper entry has led it; null
   * for an invalid descriptor.
   */
  mayRead(cpu: Term, { asid, page }: WalkOf, mapping: { frame: Term; writable: Term } | null): Term {
    const { domains, globals } = this.#machine;
    return exists(domains.space, (space) =>
      and(
        globals.isWalkedIn(page, space, this.#machine.identifierOf(space).is(asid)),
        mapping
          ? this.#mapping.at(cpu, space, page, mapping.frame, mapping.writable)
          : this.#invalid.at(cpu, space, page),
      ),
    );
  }

  /** What a walk of one level may read besides what memory holds. */
  readings(): Reading[] {
    const { domains } = this.#machine;
    const none = literal(orNone(domains.frame), null);
    const told = "an old descriptor (RV-7)";
    return [
      {
        name: "old",
        told,
        choices: { frame: domains.frame, writable: bool },
        possible: (cpu, page, { frame, writable }) => [
          this.#mapping.at(cpu, this.#machine.spaceOf(cpu, page), page, frame!, writable!),
        ],
        descriptor: (_cpu, _page, { frame, writable }) => ({
          valid: TRUE,
          accessed: TRUE,
          frame: frame!,
          writable: writable!,
        }),
      },
      {
        name: "old",
        told,
        choices: {},
        possible: (cpu, page) => [this.#invalid.at(cpu, this.#machine.spaceOf(cpu, page), page)],
        descriptor: () => ({ valid: FALSE, accessed: TRUE, frame: none, writable: FALSE }),
      },
    ];
  }

  /** What is overwritten is old from now on, and what is stored is not: it is what memory holds. */
  #overwrite(space: Operand, page: Operand, stored: DescriptorFields): Body {
    const { valid, accessed, frame, writable } = this.#machine.memory.descriptor(space, page);
    return this.#machine
      .cpus()
      .map((cpu) => [
        when(
          valid,
          whenever(accessed, this.#mapping.at(cpu, space, page, frame, writable).set(true)),
          this.#invalid.at(cpu, space, page).set(true),
        ),
        this.#isCurrent(cpu, space, page, stored),
      ]);
  }

  /** The store of a program says what kind it is; one that comes out of a store buffer has it in its fields. */
  #isCurrent(cpu: Term, space: Operand, page: Operand, stored: DescriptorFields): Body {
    const { valid, frame, accessed = TRUE } = stored;
    const mapping = (): Body =>
      whenever(
        condition(accessed),
        this.#mapping.at(cpu, space, page, frame, walkedWritable(stored)).set(false),
      );
    const invalid = (): Body => this.#invalid.at(cpu, space, page).set(false);
    return typeof valid === "boolean" ? (valid ? mapping() : invalid()) : when(valid, mapping(), invalid());
  }

  #forget(cpu: Term, space: Term, page: Operand): Body {
    const { frame } = this.#machine.domains;
    return [
      eachOf(frame).map((each) =>
        eachOf(bool).map((writable) => this.#mapping.at(cpu, space, page, each, writable).set(false)),
      ),
      this.#invalid.at(cpu, space, page).set(false),
    ];
  }
}

/** `when`, with nothing to decide where the condition always holds. */
function whenever(holds: Term, then: Body): Body {
  return holds.node === TRUE.node ? then : when(holds, then);
}
