/**
 * The PMD entries of a scenario as values of the model. Which there are is found by computing with the bits of the
 * architecture's format (`pmd-format/`): beginning with what the kernel stores, whatever its operations and the
 * hardware's can make of that. A value of the model stands for one word of 64 bits, and every question about an
 * entry is answered from that word.
 */
import { enumeration, names, orNone } from "../../model/builder.ts";
import type { Domain } from "../../model/domain.ts";
import { choose, literal, operand, type Operand, or, type Term } from "../../model/term.ts";
import type { LeafFlags, PmdFormat } from "../arch/pmd-format/format.ts";

/** `SWP_MIGRATION_WRITE`, in a kernel with all kinds of special swap entries. */
const MIGRATION = 26n;

/** A huge page as the entries of a scenario refer to it. */
export interface EntryFrames {
  readonly folio: string;
  /** Of its first page. */
  readonly pfn: bigint;
  /** Of the page table that is kept for when its mapping is split. */
  readonly tablePfn: bigint;
}

/** What a writer stores: what the entry says to everybody, and what for. */
export type Intent =
  | { readonly kind: "none" }
  | { readonly kind: "table"; readonly of: string }
  | { readonly kind: "mapping"; readonly of: string; readonly flags: LeafFlags }
  | { readonly kind: "migration"; readonly of: string };

export class PmdEntries {
  readonly format: PmdFormat;
  /** The entries, by what they say. */
  readonly domain: Domain;
  /** The pages that the kernel may take an entry to map: folios, and any other page that some entry's bits name. */
  readonly pages: Domain;
  readonly #frames: ReadonlyMap<string, EntryFrames>;
  readonly #names: ReadonlyMap<bigint, string>;
  /** What each entry that somebody stores on purpose maps: a folio, or nothing. */
  readonly #mapped: ReadonlyMap<bigint, string | null>;

  constructor(format: PmdFormat, frames: readonly EntryFrames[], stored: readonly Intent[]) {
    this.format = format;
    this.#frames = new Map(frames.map((each) => [each.folio, each]));
    this.#mapped = this.#storedOnPurpose(stored);
    const words = closure(this.#mapped.keys(), (word) => [format.invalidated(word)]);
    this.#names = this.#named(words);
    this.domain = enumeration("PMD entry", [...this.#names.values()]);
    const known = frames.map(({ folio }) => folio);
    this.pages = names("struct page", [
      ...new Set([
        ...known,
        ...words.filter((word) => this.#isMapping(word)).map((word) => this.#page(word)),
      ]),
    ]);
  }

  /** The word that `intent` is stored as. */
  word(intent: Intent): bigint {
    const { format } = this;
    if (intent.kind === "none") return format.none;
    const { pfn, tablePfn } = this.#frames.get(intent.of)!;
    if (intent.kind === "table") return format.table(tablePfn);
    return intent.kind === "migration" ? format.swap(MIGRATION, pfn) : format.leaf(pfn, intent.flags);
  }

  /** The value of the model that stands for a word. */
  named(word: bigint): string {
    return this.#names.get(word)!;
  }

  /** A condition on an entry, decided for each word. */
  is(entry: Term, holds: (word: bigint) => boolean): Term {
    return or(...this.#words(holds).map((word) => entry.is(this.named(word))));
  }

  /** What an operation makes of an entry; one that it makes no entry of the scenario of stays as it is. */
  changed(entry: Term, change: (word: bigint) => bigint): Term {
    const changes = this.#words((word) => change(word) !== word && this.#names.has(change(word)));
    return this.#selected(changes, entry, (word) => this.named(change(word)), entry);
  }

  /** `pmd_trans_huge()` */
  isMapping(entry: Term): Term {
    return this.is(entry, (word) => this.#isMapping(word));
  }

  /** `is_pmd_migration_entry()` */
  isMigration(entry: Term): Term {
    return this.is(entry, (word) => this.#isMigration(word));
  }

  /** `pmd_page()` of an entry that is present and a leaf; none of others. */
  page(entry: Term): Term {
    const mapping = this.#words((word) => this.#isMapping(word));
    const none = literal(orNone(this.pages), null);
    return this.#selected(mapping, entry, (word) => this.#page(word), none);
  }

  /** The page that whoever stored the entry meant it to map; none if it was stored for anything else. */
  mapped(entry: Term): Term {
    const mapping = this.#words((word) => (this.#mapped.get(word) ?? null) !== null);
    const none = literal(orNone(this.pages), null);
    return this.#selected(mapping, entry, (word) => this.#mapped.get(word)!, none);
  }

  /** True if the kernel reads in the entry what somebody has stored on purpose. */
  isIntended(entry: Term): Term {
    const meant = new Set([...this.#mapped.keys()].map((word) => this.#read(word)));
    return this.is(entry, (word) => this.#mapped.has(word) || meant.has(this.#read(word)));
  }

  /** A frame of the machine by what the hardware reads in an entry, for each folio; `otherwise` for other entries. */
  folioOf(entry: Term, frame: (folio: string) => Operand, otherwise: Term): Term {
    const { hardware } = this.format;
    if (!hardware) return otherwise;
    const byPfn = new Map([...this.#frames.values()].map(({ folio, pfn }) => [pfn, folio]));
    const mapping = this.#words((word) => hardware.isValid(word) && hardware.isLeaf(word));
    return mapping.reduce<Term>((rest, word) => {
      const folio = byPfn.get(hardware.pfn(word));
      if (folio === undefined)
        throw new Error(`the hardware maps a page that no folio has: ${this.named(word)}`);
      return choose(entry.is(this.named(word)), operand(frame(folio), otherwise.domain), rest);
    }, otherwise);
  }

  #words(holds: (word: bigint) => boolean): bigint[] {
    return [...this.#names.keys()].filter(holds);
  }

  /** For each of the words a value, one condition a value. */
  #selected(words: readonly bigint[], entry: Term, value: (word: bigint) => string, otherwise: Term): Term {
    return [...grouped(words, value)].reduce<Term>(
      (rest, [result, from]) => choose(or(...from.map((word) => entry.is(this.named(word)))), result, rest),
      otherwise,
    );
  }

  /** Every entry that is stored on purpose, with what it maps: operations on mappings have mappings as results. */
  #storedOnPurpose(stored: readonly Intent[]): Map<bigint, string | null> {
    const mapped = new Map<bigint, string | null>();
    for (const intent of stored) {
      const folio = intent.kind === "mapping" ? intent.of : null;
      const words =
        folio === null ? [this.word(intent)] : closure([this.word(intent)], (word) => this.#uses(word));
      for (const word of words) {
        if ((mapped.get(word) ?? folio) !== folio) throw new Error(`two meanings of the entry ${hex(word)}`);
        mapped.set(word, folio);
      }
    }
    return mapped;
  }

  /** What becomes of a mapping that the kernel and the hardware use as they should. */
  #uses(word: bigint): bigint[] {
    const { format } = this;
    const flags = format.hardware ? [format.hardware.setAccessed(word), format.hardware.setDirty(word)] : [];
    return [format.invalidated(word), format.writeProtected(word), ...flags];
  }

  #isMapping(word: bigint): boolean {
    return this.format.isPresent(word) && this.format.isLeaf(word);
  }

  #isMigration(word: bigint): boolean {
    const { none, isPresent, swapType } = this.format;
    return word !== none && !isPresent(word) && swapType(word) === MIGRATION;
  }

  #page(word: bigint): string {
    return this.#pageNamed(this.format.pfn(word));
  }

  #pageNamed(pfn: bigint): string {
    const known = [...this.#frames.values()].find((each) => each.pfn === pfn);
    return known?.folio ?? `page ${hex(pfn)}`;
  }

  /** What the kernel reads in an entry, flags left out. */
  #read(word: bigint): string {
    const { format } = this;
    if (word === format.none) return "none";
    if (this.#isMapping(word)) return `maps ${this.#page(word)}`;
    if (format.isPresent(word)) return "table";
    const offset = format.swapOffset(word);
    return this.#isMigration(word)
      ? `migration entry of ${this.#pageNamed(offset)}`
      : `swap entry ${format.swapType(word)}, ${hex(offset)}`;
  }

  #named(words: readonly bigint[]): Map<bigint, string> {
    const told = [...grouped(words, (word) => this.#read(word))];
    return new Map(
      told.flatMap(([read, alike]) =>
        alike.map((word) => [word, alike.length === 1 ? read : `${read} (${hex(word)})`] as const),
      ),
    );
  }
}

/** Everything that the steps lead to, what they begin with first. */
function closure(begin: Iterable<bigint>, steps: (word: bigint) => readonly bigint[]): bigint[] {
  const found = new Set(begin);
  for (const word of found) for (const next of steps(word)) found.add(next);
  return [...found];
}

function grouped(words: readonly bigint[], by: (word: bigint) => string): Map<string, bigint[]> {
  const groups = new Map<string, bigint[]>();
  for (const word of words) groups.set(by(word), [...(groups.get(by(word)) ?? []), word]);
  return groups;
}

function hex(value: bigint): string {
  return `0x${value.toString(16)}`;
}
