/**
 * A TLB as a finite set of entries. An entry maps a page under an address-space identifier to a frame, with
 * the permission to write or without. Several entries for one page may be there at once, and a lookup may use
 * any of them; nothing is ever overwritten. Where invalid descriptors are cached, those entries are beside them.
 *
 * The rest of the code sees it through `mayHit`, `fill` and `invalidate`, so that another representation (the
 * set of entries that may be cached, without fill and evict steps) can take its place.
 */
import { type ArrayVariable, bool, type Body, type ModelBuilder } from "../model/builder.ts";
import { and, eachOf, forAll, not, type Operand, type Term, TRUE } from "../model/term.ts";
import type { CachedEntry, Scope } from "./architecture.ts";
import { includesGlobal } from "./global-pages.ts";
import { InvalidEntries } from "./invalid-entries.ts";
import type { Machine } from "./machine.ts";
import { permission } from "./text.ts";

/** What an entry translates to. */
export interface Translation {
  readonly asid: Operand;
  readonly page: Operand;
  readonly frame: Operand;
  readonly writable: Operand;
}

export class Tlb {
  readonly #machine: Machine;
  readonly #entries: ArrayVariable;
  /** Entries of invalid descriptors; null where there are none. */
  readonly invalid: InvalidEntries | null;

  constructor(builder: ModelBuilder, machine: Machine) {
    this.#machine = machine;
    const { cpu, asid, page, frame } = machine.domains;
    this.#entries = builder.array("tlb", [cpu, asid, page, frame, bool], bool, false);
    this.invalid = machine.architecture.rules.cachesInvalid.choice
      ? new InvalidEntries(builder, machine)
      : null;
  }

  /** True if a lookup of this CPU for the page may use this translation now. */
  mayHit(cpu: Term, entry: CachedEntry): Term {
    const { mayUse } = this.#machine.architecture.rules;
    return and(mayUse.choice(this.#machine, cpu, entry), this.holds(cpu, entry));
  }

  /** True if no lookup of this CPU for the page can hit. */
  misses(cpu: Term, page: Operand): Term {
    const { asid, frame } = this.#machine.domains;
    const noTranslation = forAll(asid, (a) =>
      forAll(frame, (f) =>
        forAll(bool, (w) => not(this.mayHit(cpu, { asid: a, page, frame: f, writable: w }))),
      ),
    );
    return and(noTranslation, this.invalid?.mayHit(cpu, page).not() ?? TRUE);
  }

  /** True if the entry is cached, usable under the loaded context or not. */
  holds(cpu: Term, { asid, page, frame, writable }: Translation): Term {
    return this.#entries.at(cpu, asid, page, frame, writable);
  }

  fill(cpu: Term, { asid, page, frame, writable }: Translation): Body {
    return this.#entries.at(cpu, asid, page, frame, writable).set(true);
  }

  /** Removes one entry from one CPU. */
  remove(cpu: Term, entry: Translation): Body {
    const { asid, page, frame, writable } = entry;
    return [
      this.#entries.at(cpu, asid, page, frame, writable).set(false),
      this.#machine.invalidation.forgetEntry(cpu, entry),
    ];
  }

  /** Removes every entry of a scope from one CPU, at once. */
  invalidate(cpu: Term, scope: Scope): Body {
    return [
      this.entriesOf(scope).map((entry) => this.remove(cpu, entry)),
      this.invalid?.invalidate(cpu, scope) ?? [],
    ];
  }

  /** The translations that a scope names, cached or not. */
  entriesOf(scope: Scope): Translation[] {
    const { domains } = this.#machine;
    const pages = scope.page === null ? eachOf(domains.page) : [scope.page];
    return pages.flatMap((page) =>
      this.#identifiersOf(page, scope).flatMap((asid) =>
        eachOf(domains.frame).flatMap((frame) =>
          eachOf(bool).map((writable) => ({ asid, page, frame, writable })),
        ),
      ),
    );
  }

  /** The identifiers under which a scope names entries of a page. */
  #identifiersOf(page: Operand, scope: Scope): Operand[] {
    const { domains, globals } = this.#machine;
    const [first, ...others] = eachOf(domains.asid);
    if (globals.certainlyHas(page)) return includesGlobal(scope) ? [globals.tag(page, first!)] : [];
    return scope.asid === null ? [first!, ...others] : [scope.asid];
  }

  /** The rule by which entries disappear of themselves; condemned ones do so in any case. */
  addRules(builder: ModelBuilder): void {
    this.invalid?.addRules(builder);
    const { domains, architecture, invalidation } = this.#machine;
    builder.rule("evict", {
      actor: ({ cpu }) => ({ name: "TLB", index: cpu }),
      parameters: {
        cpu: domains.cpu,
        asid: domains.asid,
        page: domains.page,
        frame: domains.frame,
        writable: bool,
      },
      guard: ({ cpu, ...entry }) => [
        this.holds(cpu, entry),
        architecture.rules.mayEvict.choice(),
        invalidation.isCondemned(cpu, entry).not(),
      ],
      body: ({ cpu, ...entry }) => this.remove(cpu, entry),
      fair: false,
      text: ({ page, writable }) => ["[TLB: ", page, " ", permission(writable), " evicted]"],
      place: ({ cpu }) => cpu,
    });
  }
}
