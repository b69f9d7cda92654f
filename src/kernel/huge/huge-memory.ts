/**
 * Page-table memory in which a PMD entry may map a huge page, point to a table, or be neither: a word of the
 * architecture for each region, and below it the entry of one page in the table that is kept for the region. The
 * walker reads what the bits of the word say to the hardware.
 */
import { DescriptorArrays, type StoredDescriptor } from "../../arch/descriptor-arrays.ts";
import type { Domains } from "../../arch/machine.ts";
import { type DescriptorFields, type DescriptorFlags, PageTables } from "../../arch/memory.ts";
import { type ArrayVariable, bool, type Body, type ModelBuilder, orNone } from "../../model/builder.ts";
import { type Domain, indexNames } from "../../model/domain.ts";
import {
  and,
  choose,
  FALSE,
  literal,
  operand,
  type Operand,
  or,
  type Place,
  type Term,
  TRUE,
} from "../../model/term.ts";
import type { HugePage } from "../handles.ts";
import { type Intent, PmdEntries } from "./pmd-entries.ts";
import type { HardwareFormat, PmdFormat } from "../arch/pmd-format/format.ts";

/** The first huge page's frame number, and what lies between two; tables are elsewhere. */
const FIRST_PFN = 0x80000n;
const PFN_STEP = 0x200n;
const FIRST_TABLE_PFN = 0x4321n;

export class HugeMemory extends PageTables {
  readonly entries: PmdEntries;
  readonly flags: DescriptorFlags | null;
  readonly #pmd: ArrayVariable;
  readonly #descriptors: DescriptorArrays;
  readonly #frames: Domain;

  constructor(
    builder: ModelBuilder,
    domains: Domains,
    software: Domain,
    format: PmdFormat,
    hugePages: readonly HugePage[],
  ) {
    super(software);
    const { space, page, frame } = domains;
    this.#frames = frame;
    const frames = hugePages.map(({ folio }, number) => ({
      folio: folio.name,
      pfn: FIRST_PFN + BigInt(number) * PFN_STEP,
      tablePfn: FIRST_TABLE_PFN + BigInt(number),
    }));
    const tables = hugePages.map(({ folio }): Intent => ({ kind: "table", of: folio.name }));
    this.entries = new PmdEntries(format, frames, [
      { kind: "none" },
      ...hugePages.map(firstEntry),
      ...tables,
    ]);
    const first = this.#initial(space, page, hugePages);
    this.#pmd = builder.arrayOf("pmd", [space, page], this.entries.domain, first);
    const invalid = first.map(() => ({ frame: null, writable: false }));
    this.#descriptors = new DescriptorArrays(builder, space, domains, software, invalid);
    this.flags = format.hardware && this.#flags(format.hardware);
  }

  /** The PMD entry of a page. */
  pmd(space: Operand, page: Operand): Place {
    return this.#pmd.at(space, page);
  }

  /** Writes the PMD entry. */
  writePmd(space: Operand, page: Operand, entry: Operand): Body {
    const after = operand(entry, this.entries.domain);
    return [this.#tell(space, page, after, this.stored(space, page)), this.#pmd.at(space, page).set(after)];
  }

  override stored(space: Operand, page: Operand): StoredDescriptor {
    return this.#descriptors.at(space, page);
  }

  /** What a walk finds: the huge page, the table's entry, or nothing. */
  descriptor(space: Operand, page: Operand): StoredDescriptor {
    return this.#found(this.#pmd.at(space, page), this.stored(space, page));
  }

  /** Writes the entry of a page into its table. */
  write(space: Operand, page: Operand, fields: DescriptorFields): Body {
    const { valid, frame, writable, software } = fields;
    const after: StoredDescriptor = {
      valid: operand(valid, bool),
      accessed: TRUE,
      frame: operand(frame, orNone(this.#frames)),
      writable: operand(writable, bool),
      software: operand(software, this.software),
      dirty: TRUE,
    };
    return [
      this.#tell(space, page, this.#pmd.at(space, page), after),
      this.#descriptors.write(space, page, fields),
    ];
  }

  #found(pmd: Term, stored: StoredDescriptor): StoredDescriptor {
    const { hardware } = this.entries.format;
    const none = literal(orNone(this.#frames), null);
    if (!hardware) return { ...stored, valid: FALSE, accessed: TRUE, frame: none, writable: FALSE };
    const { isValid, isLeaf, isAccessed, isWritable } = hardware;
    const leaf = this.entries.is(pmd, (word) => isValid(word) && isLeaf(word));
    const table = this.entries.is(pmd, (word) => isValid(word) && !isLeaf(word));
    const writable = this.entries.is(pmd, (word) => isValid(word) && isLeaf(word) && isWritable(word));
    return {
      valid: or(leaf, and(stored.valid, table)),
      accessed: this.entries.is(pmd, (word) => !isValid(word) || !isLeaf(word) || isAccessed(word)),
      frame: this.entries.folioOf(pmd, (folio) => folio, choose(table, stored.frame, none)),
      writable: or(writable, and(stored.writable, table)),
      software: stored.software,
      dirty: TRUE,
    };
  }

  /** Tells what walks will find. */
  #tell(space: Operand, page: Operand, pmd: Term, stored: StoredDescriptor): Body {
    return this.tellStore(space, page, () => {
      const { valid, frame, writable, software } = this.#found(pmd, stored);
      const isKnown = valid.node === FALSE.node;
      return { valid: isKnown ? false : valid, frame, writable, software };
    });
  }

  #flags({
    isValid,
    isLeaf,
    isAccessed,
    isWritable,
    isWritableClean,
    ...set
  }: HardwareFormat): DescriptorFlags {
    const at = (space: Operand, page: Operand): Place => this.#pmd.at(space, page);
    const maps = (word: bigint): boolean => isValid(word) && isLeaf(word);
    const write = (space: Operand, page: Operand, to: (word: bigint) => bigint): Body =>
      at(space, page).set(this.entries.changed(at(space, page), to));
    const change = (space: Operand, page: Operand, to: (word: bigint) => bigint): Body => [
      this.tellFlag(space, page),
      write(space, page, to),
    ];
    const has = (space: Operand, page: Operand, holds: (word: bigint) => boolean): Term =>
      this.entries.is(at(space, page), holds);
    return {
      where: " in huge entries only",
      lacksAccessed: (space, page) => has(space, page, (word) => maps(word) && !isAccessed(word)),
      setAccessed: (space, page) => change(space, page, set.setAccessed),
      isInvalid: (space, page) => has(space, page, (word) => !isValid(word)),
      isClean: (space, page) => has(space, page, (word) => maps(word) && isWritableClean(word)),
      isWritable: (space, page) => has(space, page, (word) => maps(word) && isWritable(word)),
      lacksDirty: (space, page) => has(space, page, (word) => set.setDirty(word) !== word),
      setDirty: (space, page) => change(space, page, set.setDirty),
      setStrayDirty: (space, page) => write(space, page, set.setDirty),
    };
  }

  #initial(spaces: Domain, pages: Domain, hugePages: readonly HugePage[]): string[] {
    return indexNames(spaces).flatMap((space) =>
      indexNames(pages).map((page) => {
        const found = hugePages.find((each) => each.mm.name === space && each.page.name === page);
        return this.entries.named(this.entries.word(found ? firstEntry(found) : { kind: "none" }));
      }),
    );
  }
}

function firstEntry({ folio, options: { entry, permission, dirty, young } }: HugePage): Intent {
  if (entry === "migration") return { kind: "migration", of: folio.name };
  return { kind: "mapping", of: folio.name, flags: { writable: permission === "rw", dirty, young } };
}
