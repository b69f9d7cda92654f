/**
 * Which of the walks of a CPU came later (ARM-17): the walk that filled a TLB entry, or that is remembered itself,
 * against the walk of a page that is remembered. An access orders the walk that it was translated by before whatever
 * is behind a context synchronisation, so that this drops what was walked before that.
 */
import { type ArrayVariable, bool, type Body, type ModelBuilder, when } from "../../model/builder.ts";
import { and, eachOf, not, operand, type Term } from "../../model/term.ts";
import type { Machine } from "../machine.ts";
import { entriesOf, type Translation } from "../tlb.ts";

export class WalkAges {
  readonly #machine: Machine;
  readonly #counts: (cpu: Term, page: Term) => Term;
  /** By CPU, entry and page: the entry was filled after the page's remembered walk. */
  readonly #filled: ArrayVariable;
  /** By CPU and two pages: the first page's remembered walk was done after the second's. */
  readonly #walked: ArrayVariable;

  /** `counts` says whether the order of a remembered walk of a page still matters. */
  constructor(builder: ModelBuilder, machine: Machine, counts: (cpu: Term, page: Term) => Term) {
    this.#machine = machine;
    this.#counts = counts;
    const { cpu, asid, page, frame } = machine.domains;
    const entry = [asid, page, frame, bool];
    this.#filled = builder.array("remembered before entry", [cpu, ...entry, page], bool, false);
    this.#walked = builder.array("remembered before walk", [cpu, page, page], bool, false);
    machine.tlb.onFill((at, filled) => {
      const isNew = not(machine.tlb.holds(at, filled));
      return this.#pages().map((older) =>
        when(
          and(isNew, this.#mayChange(at, filled), counts(at, older)),
          this.#filledAfter(at, filled, older).set(true),
        ),
      );
    });
    machine.tlb.onRemove((at, removed) =>
      this.#pages().map((older) => this.#filledAfter(at, removed, older).set(false)),
    );
  }

  /** A walk of a descriptor that never changes may always have been done before. */
  #mayChange(cpu: Term, { page }: Translation): Term {
    return this.#machine.walkMatters(cpu, operand(page, this.#machine.domains.page));
  }

  /** True if the entry was filled after the remembered walk of a page. */
  isNewer(cpu: Term, entry: Translation, than: Term): Term {
    return this.#filledAfter(cpu, entry, than);
  }

  /** True if the remembered walk of a page was done after that of another. */
  isWalkNewer(cpu: Term, page: Term, than: Term): Term {
    return this.#walked.at(cpu, page, than);
  }

  /** A walk is remembered from now on: one by which an entry was filled, or, with null, one that is done now. */
  remember(cpu: Term, page: Term, entry: Translation | null): Body {
    const isLater = (other: Term): Term =>
      entry ? this.#filledAfter(cpu, entry, other) : this.#counts(cpu, other);
    return this.#pages().map((other) =>
      this.#walked.at(cpu, page, other).set(and(page.isNot(other), isLater(other))),
    );
  }

  /** The order of the remembered walk of a page does not matter any more: nothing is compared with it. */
  forget(cpu: Term, page: Term): Body {
    return [
      this.#entries().map((entry) => this.#filledAfter(cpu, entry, page).set(false)),
      this.#pages().map((other) => this.#walked.at(cpu, other, page).set(false)),
    ];
  }

  /** There is no remembered walk of a page any more. */
  drop(cpu: Term, page: Term): Body {
    return [
      this.forget(cpu, page),
      this.#pages().map((other) => this.#walked.at(cpu, page, other).set(false)),
    ];
  }

  #filledAfter(cpu: Term, { asid, page, frame, writable }: Translation, older: Term) {
    return this.#filled.at(cpu, asid, page, frame, writable, older);
  }

  #entries(): Translation[] {
    return entriesOf(this.#machine, { asid: null, page: null });
  }

  #pages(): Term[] {
    return eachOf(this.#machine.domains.page);
  }
}
