/**
 * Leaf descriptors as they lie in memory: four fields for each page in each context, or in each table page, and the
 * accessed and dirty flags besides where they can be clear.
 */
import { type ArrayVariable, bool, type Body, type ModelBuilder, orNone } from "../model/builder.ts";
import type { Domain } from "../model/domain.ts";
import { and, choose, type Operand, type Term, TRUE } from "../model/term.ts";
import type { Descriptor } from "./architecture.ts";
import type { Domains } from "./domains.ts";
import type { DescriptorFields, InitialDescriptor } from "./memory.ts";

/** A descriptor with the field that means something to software only, and whether it is marked as dirty. */
export type StoredDescriptor = Descriptor & { readonly software: Term; readonly dirty: Term };

export class DescriptorArrays {
  readonly #valid: ArrayVariable;
  readonly #frame: ArrayVariable;
  readonly #writable: ArrayVariable;
  readonly #software: ArrayVariable;
  /** Null where every descriptor has them set. */
  readonly #flags: { readonly accessed: ArrayVariable; readonly dirty: ArrayVariable } | null;

  /**
   * `owner` is what has a descriptor for each page; `initial` has them all, page fastest. With `flags` the accessed
   * and dirty flags can be clear.
   */
  constructor(
    builder: ModelBuilder,
    owner: Domain,
    { page, frame: frames }: Domains,
    software: Domain,
    initial: readonly InitialDescriptor[],
    flags = false,
  ) {
    const index = [owner, page];
    const isValid = ({ frame, valid = true }: InitialDescriptor): boolean => frame !== null && valid;
    const valid = initial.map(isValid);
    const frame = initial.map((each) => each.frame);
    const writable = initial.map((each) => isValid(each) && each.writable);
    this.#valid = builder.arrayOf("pte.valid", index, bool, valid);
    this.#frame = builder.arrayOf("pte.frame", index, orNone(frames), frame);
    this.#writable = builder.arrayOf("pte.writable", index, bool, writable);
    this.#software = builder.array("pte.software", index, software, firstValue(software));
    const first = (flag: "accessed" | "dirty"): boolean[] =>
      initial.map((each) => each.frame !== null && (each[flag] ?? true));
    this.#flags = flags
      ? {
          accessed: builder.arrayOf("pte.accessed", index, bool, first("accessed")),
          dirty: builder.arrayOf("pte.dirty", index, bool, first("dirty")),
        }
      : null;
  }

  at(owner: Operand, page: Operand): StoredDescriptor {
    return {
      valid: this.#valid.at(owner, page),
      accessed: this.#flags?.accessed.at(owner, page) ?? TRUE,
      frame: this.#frame.at(owner, page),
      writable: this.#writable.at(owner, page),
      software: this.#software.at(owner, page),
      dirty: this.#flags?.dirty.at(owner, page) ?? TRUE,
    };
  }

  /**
   * What a walker reads: no frame in an invalid descriptor, whatever software keeps there, and no permission to write
   * before the descriptor is marked as dirty.
   */
  walked(owner: Operand, page: Operand): StoredDescriptor {
    const { frame, writable, ...others } = this.at(owner, page);
    return { ...others, frame: choose(others.valid, frame, null), writable: and(writable, others.dirty) };
  }

  write(owner: Operand, page: Operand, fields: DescriptorFields): Body {
    const { valid, frame, writable, software, accessed = true, dirty = true } = fields;
    return [
      this.setAccessed(owner, page, accessed),
      this.setDirty(owner, page, dirty),
      this.#valid.at(owner, page).set(valid),
      this.#frame.at(owner, page).set(frame),
      this.#writable.at(owner, page).set(writable),
      this.#software.at(owner, page).set(software),
    ];
  }

  setAccessed(owner: Operand, page: Operand, to: Operand = true): Body {
    return this.#flags?.accessed.at(owner, page).set(to) ?? [];
  }

  setDirty(owner: Operand, page: Operand, to: Operand = true): Body {
    return this.#flags?.dirty.at(owner, page).set(to) ?? [];
  }
}

/** The value of a software field in descriptors that do not use it. */
export function firstValue(software: Domain): string {
  if (software.kind !== "enum") throw new Error("the software field of descriptors is an enumeration");
  return software.values[0]!;
}
