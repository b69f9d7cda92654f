/**
 * What may be cached, in closed hardware: for each entry of a TLB or a walk cache the copies that may be there. A
 * copy that nobody has condemned may stay for ever; one that some issuers of invalidations have condemned may stay
 * until the first of them has waited. What may be there need not be.
 *
 * Of two copies the one that fewer wait for can do whatever the other can: it stays longer, and an access through it
 * holds up fewer barriers. So only the least sets are kept; any two that are kept are incomparable.
 */
import { type ArrayVariable, bool, type Body, type ModelBuilder } from "../../model/builder.ts";
import type { Domain } from "../../model/domain.ts";
import { and, eachOf, not, type Operand, or, type Term } from "../../model/term.ts";
import type { Waiters } from "./waiters.ts";

/** Where an entry is: the CPU first, then what it maps from and to. */
export type EntryIndex = readonly Operand[];

export class Copies {
  readonly #builder: ModelBuilder;
  readonly #name: string;
  readonly #index: readonly Domain[];
  readonly #waiters: Waiters;
  readonly #free: ArrayVariable;
  /** By the mask of who waits. */
  readonly #condemned = new Map<number, ArrayVariable>();

  constructor(builder: ModelBuilder, name: string, index: readonly Domain[], waiters: Waiters) {
    this.#builder = builder;
    this.#name = name;
    this.#index = index;
    this.#waiters = waiters;
    this.#free = builder.array(name, index, bool, false);
  }

  /** True if the entry may be cached. */
  mayHold(at: EntryIndex): Term {
    return or(this.#free.at(...at), ...this.#masks().map((mask) => this.#copy(mask).at(...at)));
  }

  /** True if it may be cached and nobody has condemned it. */
  holdsFree(at: EntryIndex): Term {
    return this.#free.at(...at);
  }

  /** True if the copy with this mask may be cached, of those that are awaited. */
  holdsMask(mask: number, at: EntryIndex): Term {
    return this.#copy(mask).at(...at);
  }

  /** True if the copy with this mask may be cached. */
  holdsCopy(mask: Term, at: EntryIndex): Term {
    const condemned = this.#masks().map((each) => and(mask.is(each), this.#copy(each).at(...at)));
    return or(and(mask.is(0), this.#free.at(...at)), ...condemned);
  }

  /** From now on it may be cached, whoever waited for it before. */
  add(at: EntryIndex): Body {
    return [
      this.#free.at(...at).set(true),
      this.#masks().map((mask) =>
        this.#copy(mask)
          .at(...at)
          .set(false),
      ),
    ];
  }

  /** The same of a copy with this mask. */
  addCopy(mask: number, at: EntryIndex): Body {
    if (mask === 0) return this.add(at);
    return [
      this.#copy(mask)
        .at(...at)
        .set(true),
      this.#keepLeast(at),
    ];
  }

  /** It is not cached. */
  remove(at: EntryIndex): Body {
    return [
      this.#free.at(...at).set(false),
      this.#masks().map((mask) =>
        this.#copy(mask)
          .at(...at)
          .set(false),
      ),
    ];
  }

  /** One more waits for every copy of it. */
  condemn(bit: number, at: EntryIndex): Body {
    const sources = [0, ...this.#masks()].filter((mask) => (mask & bit) === 0);
    return [
      sources.map((mask) => {
        const from = mask === 0 ? this.#free.at(...at) : this.#copy(mask).at(...at);
        const to = this.#copy(mask | bit).at(...at);
        return [to.set(or(to, from)), from.set(false)];
      }),
      this.#keepLeast(at),
    ];
  }

  /** One of them has waited: what it waited for is gone. */
  discard(bit: number): Body {
    const awaited = this.#masks().filter((mask) => (mask & bit) !== 0);
    return awaited.map((mask) =>
      eachIndex(this.#index).map((at) =>
        this.#copy(mask)
          .at(...at)
          .set(false),
      ),
    );
  }

  /** Drops each copy for which more wait than for another. */
  #keepLeast(at: EntryIndex): Body {
    const masks = this.#masks();
    return masks.map((mask) => {
      const lesser = masks.filter((each) => each !== mask && (each & mask) === each);
      const dominated = or(this.#free.at(...at), ...lesser.map((each) => this.#copy(each).at(...at)));
      const copy = this.#copy(mask).at(...at);
      return copy.set(and(copy, not(dominated)));
    });
  }

  #masks(): number[] {
    return this.#waiters.masks();
  }

  #copy(mask: number): ArrayVariable {
    const known = this.#condemned.get(mask);
    if (known) return known;
    const name = `${this.#name}, copy ${mask}: awaited by ${this.#waiters.told(mask)}`;
    const made = this.#builder.array(name, this.#index, bool, false);
    this.#condemned.set(mask, made);
    return made;
  }
}

/** Every index of an array. */
function eachIndex([first, ...rest]: readonly Domain[]): Term[][] {
  if (!first) return [[]];
  const inner = eachIndex(rest);
  return eachOf(first).flatMap((each) => inner.map((others) => [each, ...others]));
}
