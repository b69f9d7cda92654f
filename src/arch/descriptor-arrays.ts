/** Leaf descriptors as they lie in memory: four fields for each page in each context, or in each table page. */
import { type ArrayVariable, bool, type Body, type ModelBuilder, orNone } from "../model/builder.ts";
import type { Domain } from "../model/domain.ts";
import { choose, type Operand, type Term, TRUE } from "../model/term.ts";
import type { Descriptor } from "./architecture.ts";
import type { Domains } from "./domains.ts";
import type { DescriptorFields, InitialDescriptor } from "./memory.ts";

/** A descriptor with the field that means something to software only. */
export type StoredDescriptor = Descriptor & { readonly software: Term };

export class DescriptorArrays {
  readonly #valid: ArrayVariable;
  readonly #frame: ArrayVariable;
  readonly #writable: ArrayVariable;
  readonly #software: ArrayVariable;

  /** `owner` is what has a descriptor for each page; `initial` has them all, page fastest. */
  constructor(
    builder: ModelBuilder,
    owner: Domain,
    { page, frame: frames }: Domains,
    software: Domain,
    initial: readonly InitialDescriptor[],
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
  }

  at(owner: Operand, page: Operand): StoredDescriptor {
    return {
      valid: this.#valid.at(owner, page),
      accessed: TRUE,
      frame: this.#frame.at(owner, page),
      writable: this.#writable.at(owner, page),
      software: this.#software.at(owner, page),
    };
  }

  /** What a walker reads: no frame in an invalid descriptor, whatever software keeps there. */
  walked(owner: Operand, page: Operand): StoredDescriptor {
    const { frame, ...others } = this.at(owner, page);
    return { ...others, frame: choose(others.valid, frame, null) };
  }

  write(owner: Operand, page: Operand, { valid, frame, writable, software }: DescriptorFields): Body {
    return [
      this.#valid.at(owner, page).set(valid),
      this.#frame.at(owner, page).set(frame),
      this.#writable.at(owner, page).set(writable),
      this.#software.at(owner, page).set(software),
    ];
  }
}

/** The value of a software field in descriptors that do not use it. */
export function firstValue(software: Domain): string {
  if (software.kind !== "enum") throw new Error("the software field of descriptors is an enumeration");
  return software.values[0]!;
}
