/**
 * TLBs in closed hardware: which entries may be cached, not which are. Nothing is filled or evicted by a step. What a
 * walk could fill is added as soon as memory says it, as a part of whatever step changes memory or the loaded context,
 * and stays until an invalidation has taken it away; a lookup may use any of it, or behave as if it were not there
 * (HW-1, HW-4). A walk that has read its descriptor and has not filled yet is the same as an entry that is there and
 * not used yet, since what invalidates the one ends the other (HW-5).
 */
import { bool, type Body, type ModelBuilder, range, when } from "../../model/builder.ts";
import type { Domain } from "../../model/domain.ts";
import { and, FALSE, not, type Operand, type Term, TRUE } from "../../model/term.ts";
import type { CachedEntry, Scope } from "../architecture.ts";
import { InvalidEntries } from "../invalid-entries.ts";
import type { Machine } from "../machine.ts";
import { conflictsIn, entriesOf, type Tlb, type Translation, type UsedEntry } from "../tlb.ts";
import { Copies, type EntryIndex } from "./copies.ts";
import type { Closed, Condemnable } from "./closed.ts";

export class ClosedTlb implements Tlb, Condemnable {
  readonly shared: boolean;
  readonly invalid: InvalidEntries | null;
  readonly #machine: Machine;
  readonly #closed: Closed;
  readonly #copies: Copies;

  constructor(builder: ModelBuilder, machine: Machine, closed: Closed, shared: boolean) {
    this.#machine = machine;
    this.#closed = closed;
    this.shared = shared;
    const { cpu, asid, page, frame } = machine.domains;
    this.#copies = new Copies(builder, "tlb", [cpu, asid, page, frame, bool], closed.waiters);
    closed.add(this);
    this.invalid = machine.architecture.rules.cachesInvalid.choice
      ? new InvalidEntries(builder, machine)
      : null;
  }

  /** Which copy of an entry is used decides who waits for the access; to be asked when all waiters are known. */
  get copyChoice(): Readonly<Record<string, Domain>> {
    const masks = this.#closed.waiters.masks();
    return masks.length > 0 ? { copy: range(0, Math.max(...masks)) } : {};
  }

  mayHit(cpu: Term, { copy, ...entry }: UsedEntry): Term {
    const at = indexOf(cpu, entry);
    const there = copy ? this.#copies.holdsCopy(copy, at) : this.#copies.mayHold(at);
    return and(this.#machine.architecture.rules.mayUse.choice(this.#machine, cpu, entry), there);
  }

  /** What may be cached need not be. */
  misses(): Term {
    return TRUE;
  }

  holds(cpu: Term, entry: Translation): Term {
    this.#closed.refuse("the model asks whether an entry is cached");
    return this.#copies.mayHold(indexOf(cpu, entry));
  }

  onFill(): void {
    this.#closed.refuse("the model looks at fills");
  }

  onRemove(): void {
    this.#closed.refuse("the model looks at entries that go");
  }

  conflicts(cpu: Term, page: Operand): Term {
    return conflictsIn(this.#machine, this, cpu, page);
  }

  isClean(): Term {
    return FALSE;
  }

  /** From now on the entry may be cached. */
  fill(cpu: Term, entry: Translation): Body {
    return this.fillCopy(0, cpu, entry);
  }

  /** The same of a copy that is awaited by the issuers of a mask, as what it was read from is. */
  fillCopy(mask: number, cpu: Term, entry: Translation): Body {
    const cpus = this.shared ? this.#machine.cpus() : [cpu];
    return cpus.map((each) =>
      when(
        not(this.#copies.holdsFree(indexOf(each, entry))),
        this.#copies.addCopy(mask, indexOf(each, entry)),
      ),
    );
  }

  remove(cpu: Term, entry: Translation): Body {
    return this.#copies.remove(indexOf(cpu, entry));
  }

  invalidate(cpu: Term, scope: Scope): Body {
    return [
      entriesOf(this.#machine, scope).map((entry) => this.remove(cpu, entry)),
      this.invalid?.invalidate(cpu, scope) ?? [],
    ];
  }

  /** One more waits for what a CPU may have cached in a scope. */
  condemn(bit: number, cpu: Term, { entries }: { readonly entries: Scope }): Body {
    return entriesOf(this.#machine, entries).map((entry) => this.#copies.condemn(bit, indexOf(cpu, entry)));
  }

  /** One of them has waited. */
  discard(bit: number): Body {
    return this.#copies.discard(bit);
  }

  addRules(): void {
    // Nothing comes or goes of itself.
  }
}

function indexOf(cpu: Term, { asid, page, frame, writable }: Translation | CachedEntry): EntryIndex {
  return [cpu, asid, page, frame, writable];
}
