/**
 * What waits, behind a barrier that orders accesses only, for the stores that are in the store buffer (ARM-18): a
 * DMB, a store-release and an atomic leave the buffer as it is and put a separator behind it. Effects of a kind
 * that the separator is for wait until the stores before it have reached memory; TLBIs, barriers and walks do not.
 *
 * Stores leave in order, so that of several separators for one kind the newest counts, and a separator is the
 * number of stores that are still before it.
 */
import { type ArrayVariable, type Body, type ModelBuilder, range, when } from "../model/builder.ts";
import type { Domain } from "../model/domain.ts";
import { type Term, TRUE } from "../model/term.ts";

/** What may have to wait: a load, a load-acquire besides, the taking of a fault. */
export const laterEffects = ["load", "acquire", "fault"] as const;
export type LaterEffect = (typeof laterEffects)[number];

export class Separators {
  readonly #builder: ModelBuilder;
  readonly #cpu: Domain;
  readonly #depth: number;
  /** By kind and CPU: how many stores have to leave first. Kinds that no program separates have none. */
  readonly #before = new Map<LaterEffect, ArrayVariable>();
  readonly #asked = new Set<LaterEffect>();

  constructor(builder: ModelBuilder, cpu: Domain, depth: number) {
    this.#builder = builder;
    this.#cpu = cpu;
    this.#depth = depth;
  }

  /** True if an effect of this kind has nothing to wait for. `put` makes a kind known. */
  passed(cpu: Term, kind: LaterEffect): Term {
    this.#asked.add(kind);
    return this.#before.get(kind)?.at(cpu).is(0) ?? TRUE;
  }

  /** Puts a separator behind so many stores. */
  put(cpu: Term, kind: LaterEffect, stores: number): Body {
    if (this.#asked.has(kind) && !this.#before.has(kind))
      throw new Error(`a separator for ${kind}s is built after it was asked whether they wait`);
    const before = this.#before.get(kind) ?? this.#declare(kind);
    return before.at(cpu).set(stores);
  }

  /** The oldest store has left. */
  advance(cpu: Term): Body {
    return [...this.#before.values()].map((before) =>
      when(before.at(cpu).isNot(0), before.at(cpu).increase(-1)),
    );
  }

  #declare(kind: LaterEffect): ArrayVariable {
    const name = `store buffer.before ${kind}s`;
    const made = this.#builder.array(name, [this.#cpu], range(0, this.#depth), 0);
    this.#before.set(kind, made);
    return made;
  }
}
