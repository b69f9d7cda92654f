/**
 * The entries that a TLB holds of invalid descriptors, where the architecture lets it (RV-1): a page under an
 * address-space identifier faults, whatever memory says by now. They come, go and are used as other entries.
 */
import { type ArrayVariable, bool, type Body, type ModelBuilder } from "../model/builder.ts";
import { and, eachOf, exists, type Operand, type Term } from "../model/term.ts";
import type { Scope } from "./architecture.ts";
import type { Machine } from "./machine.ts";

/** A page under an address-space identifier. */
export interface InvalidEntry {
  readonly asid: Operand;
  readonly page: Operand;
}

export class InvalidEntries {
  readonly #machine: Machine;
  readonly #entries: ArrayVariable;

  constructor(builder: ModelBuilder, machine: Machine) {
    this.#machine = machine;
    const { cpu, asid, page } = machine.domains;
    this.#entries = builder.array("tlb.invalid", [cpu, asid, page], bool, false);
  }

  /** True if a lookup of this CPU for the page may find that its descriptor is invalid. */
  mayHit(cpu: Term, page: Operand): Term {
    const { mayUse } = this.#machine.architecture.rules;
    return exists(this.#machine.domains.asid, (asid) => {
      const usable = mayUse.choice(this.#machine, cpu, { asid, page, frame: null, writable: false });
      return and(usable, this.holds(cpu, { asid, page }));
    });
  }

  holds(cpu: Term, { asid, page }: InvalidEntry): Term {
    return this.#entries.at(cpu, asid, page);
  }

  fill(cpu: Term, { asid, page }: InvalidEntry): Body {
    return this.#entries.at(cpu, asid, page).set(true);
  }

  /** Removes every entry of a scope from one CPU, at once. */
  invalidate(cpu: Term, scope: Scope): Body {
    const { domains } = this.#machine;
    const asids = scope.asid === null ? eachOf(domains.asid) : [scope.asid];
    const pages = scope.page === null ? eachOf(domains.page) : [scope.page];
    return asids.flatMap((asid) => pages.map((page) => this.#entries.at(cpu, asid, page).set(false)));
  }

  /** The rule by which they disappear of themselves. */
  addRules(builder: ModelBuilder): void {
    const { domains, architecture } = this.#machine;
    builder.rule("evict invalid", {
      actor: ({ cpu }) => ({ name: "TLB", index: cpu }),
      parameters: { cpu: domains.cpu, asid: domains.asid, page: domains.page },
      guard: ({ cpu, ...entry }) => [this.holds(cpu, entry), architecture.rules.mayEvict.choice()],
      body: ({ cpu, asid, page }) => this.#entries.at(cpu, asid, page).set(false),
      fair: false,
      text: ({ page }) => ["[TLB: ", page, " invalid evicted]"],
      place: ({ cpu }) => cpu,
    });
  }
}
