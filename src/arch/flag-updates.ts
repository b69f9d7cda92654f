/**
 * Updates of flags in descriptors that the hardware makes later than the accesses that they are for (ARM-11): an access
 * is translated, and what its walk read is marked at any later moment. The update is one atomic read-modify-write, and the
 * access has used what it reads: until it is made nothing else is written to the descriptor. Loads, walks and stores of
 * any CPU see the old flags meanwhile. DSBs of both access types wait for the updates of their CPU, and
 * invalidations for those of the accesses that they wait for.
 */
import { type ArrayVariable, bool, type Body, type ModelBuilder, orNone, when } from "../model/builder.ts";
import { and, eachOf, FALSE, not, type Operand, or, type Term } from "../model/term.ts";
import type { Machine } from "./machine.ts";
import type { DescriptorFlags } from "./memory.ts";
import { walkerOf } from "./walk/reading.ts";

/** A descriptor, by where it is. */
export interface DescriptorAt {
  readonly space: Operand;
  readonly page: Operand;
}

export class FlagUpdates {
  readonly #machine: Machine;
  readonly #flags: DescriptorFlags;
  /** By context and page: the CPU that is to update the descriptor, or none. */
  readonly #by: ArrayVariable;
  /** Whether it marks the descriptor as dirty besides. */
  readonly #dirty: ArrayVariable;

  constructor(builder: ModelBuilder, machine: Machine, flags: DescriptorFlags) {
    this.#machine = machine;
    this.#flags = flags;
    const { space, page, cpu } = machine.domains;
    this.#by = builder.array("flag update", [space, page], orNone(cpu), null);
    this.#dirty = builder.array("flag update.dirty", [space, page], bool, false);
  }

  /** True while an update of the descriptor is to be made: nothing else is written there. */
  underWay({ space, page }: DescriptorAt): Term {
    return this.#by.at(space, page).isNot(null);
  }

  /** True if the CPU is to make one. */
  isBy(cpu: Term, { space, page }: DescriptorAt): Term {
    return this.#by.at(space, page).is(cpu);
  }

  /** True if the CPU has none left to make. */
  noneBy(cpu: Term): Term {
    return and(...this.#everywhere().map((at) => this.isBy(cpu, at).not()));
  }

  /** An access of the CPU is translated by what the descriptor says, and marks it later. */
  begin(cpu: Term, { space, page }: DescriptorAt, dirty: Term): Body {
    return [this.#by.at(space, page).set(cpu), this.#dirty.at(space, page).set(dirty)];
  }

  addRules(builder: ModelBuilder): void {
    const { cpu, space, page } = this.#machine.domains;
    const flags = this.#flags;
    builder.rule("flag update", {
      ...walkerOf,
      parameters: { cpu, space, page },
      guard: (update) => [this.isBy(update.cpu, update)],
      body: (update) => {
        const { space, page } = update;
        const dirty = this.#dirty.at(space, page);
        return [
          when(dirty, flags.setDirty(space, page), flags.setAccessed(space, page)),
          this.#by.at(space, page).set(null),
          dirty.set(false),
          this.#machine.invalidation.forgetUpdate(update),
        ];
      },
      text: (update) => ["[the flags of ", update.page, " are updated]"],
    });
  }

  #everywhere(): { readonly space: Term; readonly page: Term }[] {
    const { space, page } = this.#machine.domains;
    return eachOf(space).flatMap((s) => eachOf(page).map((p) => ({ space: s, page: p })));
  }
}

/**
 * When the hardware may begin to update the flags of a descriptor, or update them at once: while no other update of it
 * is to be made, and no atomic that has read it has its store on the way.
 */
export function mayUpdateFlags({ flagUpdates, storeBuffer }: Machine, at: DescriptorAt): Term {
  return not(or(flagUpdates?.underWay(at) ?? FALSE, storeBuffer?.holdsAtomicToDescriptor(at) ?? FALSE));
}
