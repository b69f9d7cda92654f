/**
 * A TLB as a finite set of entries. An entry maps a page under an address-space identifier to a frame, with
 * the permission to write or without. Several entries for one page may be there at once, and a lookup may use
 * any of them; nothing is ever overwritten. Where invalid descriptors are cached, those entries are beside them.
 *
 * This is the enumerated form: an entry is there or not, fills and evictions are steps. The closed form of
 * `closed/closed-tlb.ts` holds what may be there; the rest of the code sees both through `Tlb`.
 */
import { type ArrayVariable, bool, type Body, type ModelBuilder, when } from "../model/builder.ts";
import {
  and,
  eachOf,
  exists,
  FALSE,
  forAll,
  not,
  operand,
  type Operand,
  or,
  type Term,
  TRUE,
} from "../model/term.ts";
import { type Domain, formatValue } from "../model/domain.ts";
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

/** Called while the model is built; what it returns becomes a part of the step. */
export type EntryObserver = (cpu: Term, entry: Translation) => Body;

/** The same of fills, with the CPU whose walk it was: another one only where entries are shared. */
export type FillObserver = (cpu: Term, entry: Translation, walker: Term) => Body;

/** What a lookup uses: the entry, and where that makes a difference which copy of it. */
export interface UsedEntry extends CachedEntry {
  readonly copy?: Term;
}

/** The TLBs of all CPUs, in either form. */
export interface Tlb {
  /** Whether an entry is there for all CPUs as soon as one has it. */
  readonly shared: boolean;
  /** Entries of invalid descriptors; null where there are none. */
  readonly invalid: InvalidEntries | null;
  /** What the hardware chooses besides the entry when it translates an access. */
  readonly copyChoice: Readonly<Record<string, Domain>>;
  /** True if a lookup of this CPU for the page may use this translation now. */
  mayHit(cpu: Term, entry: UsedEntry): Term;
  /** True if no lookup of this CPU for the page need hit. */
  misses(cpu: Term, page: Operand): Term;
  /** True if the entry is, or may be, cached, usable under the loaded context or not. */
  holds(cpu: Term, entry: Translation): Term;
  /** Has a part of each fill written, which knows of the state before it. */
  onFill(observer: FillObserver): void;
  onRemove(observer: EntryObserver): void;
  /** True if lookups of this CPU for the page may hit entries that conflict: differ in size, or in address too. */
  conflicts(cpu: Term, page: Operand): Term;
  /** True if a read-only entry was cached of a descriptor that permits stores once it is marked as dirty. */
  isClean(cpu: Term, entry: Translation): Term;
  fill(cpu: Term, entry: Translation, clean?: Term | null): Body;
  /** Removes one entry from one CPU. */
  remove(cpu: Term, entry: Translation): Body;
  /** Removes every entry of a scope from one CPU, at once. */
  invalidate(cpu: Term, scope: Scope): Body;
  /** Adds what the hardware does of itself. */
  addRules(builder: ModelBuilder): void;
}

export class EnumeratedTlb implements Tlb {
  readonly copyChoice = {};
  readonly #machine: Machine;
  readonly #entries: ArrayVariable;
  /** Of read-only entries: that the descriptor permits stores once it is marked as dirty. Null if none is. */
  readonly #clean: ArrayVariable | null;
  readonly shared: boolean;
  readonly #onFill: FillObserver[] = [];
  readonly #onRemove: EntryObserver[] = [];
  readonly invalid: InvalidEntries | null;

  constructor(builder: ModelBuilder, machine: Machine, shared: boolean) {
    this.#machine = machine;
    this.shared = shared;
    const { cpu, asid, page, frame } = machine.domains;
    this.#entries = builder.array("tlb", [cpu, asid, page, frame, bool], bool, false);
    this.#clean = machine.flags && builder.array("tlb.clean", [cpu, asid, page, frame], bool, false);
    this.invalid = machine.architecture.rules.cachesInvalid.choice
      ? new InvalidEntries(builder, machine)
      : null;
  }

  /** True if a lookup of this CPU for the page may use this translation now. */
  mayHit(cpu: Term, entry: UsedEntry): Term {
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

  /** Has a part of each fill written, which knows of the state before it. */
  onFill(observer: FillObserver): void {
    this.#onFill.push(observer);
  }

  onRemove(observer: EntryObserver): void {
    this.#onRemove.push(observer);
  }

  /** True if lookups of this CPU for the page may hit entries that conflict: differ in size, or in address too. */
  conflicts(cpu: Term, page: Operand): Term {
    return conflictsIn(this.#machine, this, cpu, page);
  }

  /** True if a read-only entry was cached of a descriptor that permits stores once it is marked as dirty. */
  isClean(cpu: Term, { asid, page, frame }: Translation): Term {
    return this.#clean?.at(cpu, asid, page, frame) ?? FALSE;
  }

  /** Caches an entry; `clean` is what its descriptor was when it was read, which is now unless given. */
  fill(cpu: Term, entry: Translation, clean: Term | null = null): Body {
    const { asid, page, frame, writable } = entry;
    const cpus = this.shared ? this.#machine.cpus() : [cpu];
    const { flags, domains } = this.#machine;
    const space = this.#machine.spaceOf(cpu, operand(page, domains.page));
    return cpus.map((each) => [
      this.#onFill.map((observe) => observe(each, entry, cpu)),
      this.#entries.at(each, asid, page, frame, writable).set(true),
      // A clean descriptor and a read-only one of the same frame share an entry; it is what was cached last.
      this.#clean && flags
        ? when(
            not(writable),
            this.#clean.at(each, asid, page, frame).set(clean ?? flags.isClean(space, page)),
          )
        : [],
    ]);
  }

  /** Removes one entry from one CPU. */
  remove(cpu: Term, entry: Translation): Body {
    const { asid, page, frame, writable } = entry;
    return [
      this.#onRemove.map((observe) => observe(cpu, entry)),
      this.#entries.at(cpu, asid, page, frame, writable).set(false),
      this.#clean ? when(not(writable), this.#clean.at(cpu, asid, page, frame).set(false)) : [],
      this.#machine.invalidation.forgetEntry(cpu, entry),
    ];
  }

  /** Removes every entry of a scope from one CPU, at once. */
  invalidate(cpu: Term, scope: Scope): Body {
    return [
      entriesOf(this.#machine, scope).map((entry) => this.remove(cpu, entry)),
      this.invalid?.invalidate(cpu, scope) ?? [],
    ];
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

/** The translations that a scope names, cached or not. */
export function entriesOf(machine: Machine, scope: Scope): Translation[] {
  const { domains } = machine;
  const pages = scope.page === null ? eachOf(domains.page) : [scope.page];
  return pages.flatMap((page) =>
    identifiersOf(machine, page, scope).flatMap((asid) =>
      eachOf(domains.frame).flatMap((frame) =>
        eachOf(bool).map((writable) => ({ asid, page, frame, writable })),
      ),
    ),
  );
}

/** The identifiers under which a scope names entries of a page. */
function identifiersOf({ domains, globals }: Machine, page: Operand, scope: Scope): Operand[] {
  const [first, ...others] = eachOf(domains.asid);
  if (globals.certainlyHas(page)) return includesGlobal(scope) ? [globals.tag(page, first!)] : [];
  return scope.asid === null ? [first!, ...others] : [scope.asid];
}

/** True if entries that a lookup may hit conflict: differ in size, or in address too. */
export function conflictsIn(machine: Machine, tlb: Pick<Tlb, "mayHit">, cpu: Term, page: Operand): Term {
  const { asid, frame } = machine.domains;
  const { conflicts } = machine.architecture.rules;
  const hits = eachOf(frame).map((f, number) => ({
    large: machine.isLarge(formatValue(frame, number)),
    hit: exists(asid, (a) => exists(bool, (w) => tlb.mayHit(cpu, { asid: a, page, frame: f, writable: w }))),
  }));
  const pairs = hits.flatMap((one, i) => hits.slice(i + 1).map((other) => ({ one, other })));
  return or(
    ...pairs
      .filter(({ one, other }) => conflicts.choice === "sizes or frames" || one.large !== other.large)
      .map(({ one, other }) => and(one.hit, other.hit)),
  );
}
