/**
 * Page-table memory: one leaf descriptor for each page of each translation context. A walker reads `valid`,
 * `frame` and `writable`; what an invalid descriptor holds besides (`software`) is for the kernel alone.
 */
import { type ArrayVariable, bool, type Body, type ModelBuilder, orNone } from "../model/builder.ts";
import type { Domain } from "../model/domain.ts";
import { type Operand, type Term, TRUE } from "../model/term.ts";
import type { Descriptor } from "./architecture.ts";
import type { Domains } from "./machine.ts";

/** The descriptor of one page when the model begins. */
export interface InitialDescriptor {
  /** The frame's name, or null for an invalid descriptor. */
  readonly frame: string | null;
  readonly writable: boolean;
}

/** What is stored into a descriptor: a mapping, or an invalid entry with software's content. */
export type Store = { readonly frame: Operand; readonly writable: Operand } | { readonly software: Operand };

/** Descriptors as walkers see them. */
export interface DescriptorMemory {
  descriptor(space: Operand, page: Operand): Descriptor;
  /** True if a store of the CPU to the descriptor is on its way to memory; not there if stores never are. */
  storePending?(cpu: Term, page: Term): Term;
}

/** Descriptors as the kernel reads and writes them. */
export interface PageTables extends DescriptorMemory {
  readonly software: Domain;
  descriptor(space: Operand, page: Operand): Descriptor & { readonly software: Term };
  /** Writes a descriptor in one atomic store. */
  store(space: Operand, page: Operand, value: Store): Body;
}

export class PageTableMemory implements PageTables {
  readonly software: Domain;
  readonly #valid: ArrayVariable;
  readonly #frame: ArrayVariable;
  readonly #writable: ArrayVariable;
  readonly #software: ArrayVariable;

  /** `initial` has a descriptor for each page of each context, page fastest. */
  constructor(
    builder: ModelBuilder,
    domains: Domains,
    software: Domain,
    initial: readonly InitialDescriptor[],
  ) {
    const index = [domains.space, domains.page];
    this.software = software;
    this.#valid = builder.arrayOf(
      "pte.valid",
      index,
      bool,
      initial.map(({ frame }) => frame !== null),
    );
    this.#frame = builder.arrayOf(
      "pte.frame",
      index,
      orNone(domains.frame),
      initial.map(({ frame }) => frame),
    );
    this.#writable = builder.arrayOf(
      "pte.writable",
      index,
      bool,
      initial.map(({ frame, writable }) => frame !== null && writable),
    );
    this.#software = builder.array("pte.software", index, software, firstValue(software));
  }

  descriptor(space: Operand, page: Operand): Descriptor & { readonly software: Term } {
    return {
      valid: this.#valid.at(space, page),
      accessed: TRUE,
      frame: this.#frame.at(space, page),
      writable: this.#writable.at(space, page),
      software: this.#software.at(space, page),
    };
  }

  /** Writes a descriptor in one atomic store, seen by every walker from then on (memory order "sc"). */
  store(space: Operand, page: Operand, value: Store): Body {
    const mapping = "frame" in value;
    return [
      this.#valid.at(space, page).set(mapping),
      this.#frame.at(space, page).set(mapping ? value.frame : null),
      this.#writable.at(space, page).set(mapping ? value.writable : false),
      this.#software.at(space, page).set(mapping ? firstValue(this.software) : value.software),
    ];
  }
}

/** The value of a software field in descriptors that do not use it. */
export function firstValue(software: Domain): string {
  if (software.kind !== "enum") throw new Error("the software field of descriptors is an enumeration");
  return software.values[0]!;
}
