/**
 * Page-table memory of two levels: an upper entry for each region of each context, and the leaf descriptors in the
 * table pages. What a table page holds stays there when the upper entry is cleared and when the page is freed.
 */
import { type ArrayVariable, type Body, type ModelBuilder, orNone, when } from "../../model/builder.ts";
import { type Domain, indexNames } from "../../model/domain.ts";
import { and, choose, eachOf, literal, operand, type Operand, type Term, TRUE } from "../../model/term.ts";
import { DescriptorArrays, firstValue, type StoredDescriptor } from "../descriptor-arrays.ts";
import type { Domains } from "../domains.ts";
import { type DescriptorFields, type InitialDescriptor, PageTables } from "../memory.ts";
import type { LinkObserver, TableMemory } from "./page-tables.ts";

/** A table page that an upper entry points to when the model begins. */
export interface InitialTable {
  readonly space: string;
  readonly region: string;
  readonly frame: string;
}

export interface TableLayout {
  readonly regions: readonly string[];
  /** Of each page, in order: its region. */
  readonly regionOfPage: readonly string[];
  readonly tables: readonly InitialTable[];
}

export interface TableContents {
  /** What an invalid descriptor may hold besides. */
  readonly software: Domain;
  /** A descriptor for each page of each context, page fastest. */
  readonly descriptors: readonly InitialDescriptor[];
  /** Whether a frame holds something else than descriptors by now. */
  readonly overwritten: (frame: Operand) => Term;
}

export class TablePages extends PageTables implements TableMemory {
  readonly flags = null;
  readonly region: Domain;
  readonly #page: Domain;
  readonly #layout: TableLayout;
  readonly #contents: TableContents;
  readonly #upper: ArrayVariable;
  readonly #descriptors: DescriptorArrays;
  readonly #onLink: LinkObserver[] = [];

  constructor(builder: ModelBuilder, domains: Domains, layout: TableLayout, contents: TableContents) {
    super(contents.software);
    this.#page = domains.page;
    this.#layout = layout;
    this.#contents = contents;
    this.region = { kind: "names", name: "region", members: layout.regions, none: false };
    const linked = (space: string, region: string) =>
      layout.tables.find((each) => each.space === space && each.region === region)?.frame ?? null;
    this.#upper = builder.arrayOf(
      "pmd",
      [domains.space, this.region],
      orNone(domains.frame),
      indexNames(domains.space).flatMap((space) => layout.regions.map((region) => linked(space, region))),
    );
    const initial = this.#initial(domains);
    this.#descriptors = new DescriptorArrays(builder, domains.frame, domains, this.software, initial);
  }

  regionOf(page: Operand): Term {
    const term = operand(page, this.#page);
    const [first, ...others] = this.#layout.regionOfPage.map((region) => literal(this.region, region));
    const pages = eachOf(this.#page).slice(1);
    return others.reduce<Term>(
      (found, region, i) => (region.node === first!.node ? found : choose(term.is(pages[i]!), region, found)),
      first!,
    );
  }

  table(space: Operand, region: Operand): Term {
    return this.#upper.at(space, region);
  }

  entry(table: Operand, page: Operand): StoredDescriptor {
    return this.#descriptors.walked(table, page);
  }

  overwritten(frame: Operand): Term {
    return this.#contents.overwritten(frame);
  }

  /** What walks from the upper entry find; invalid where that points to no table. */
  descriptor(space: Operand, page: Operand): StoredDescriptor {
    return this.#below(space, page, (table) => this.entry(table, page));
  }

  override stored(space: Operand, page: Operand): StoredDescriptor {
    return this.#below(space, page, (table) => this.#descriptors.at(table, page));
  }

  #below(space: Operand, page: Operand, entry: (table: Term) => StoredDescriptor): StoredDescriptor {
    const table = this.table(space, this.regionOf(page));
    const found = entry(table);
    const none = table.is(null);
    return {
      valid: and(none.not(), found.valid),
      accessed: TRUE,
      frame: choose(none, null, found.frame),
      writable: and(none.not(), found.writable),
      software: choose(none, firstValue(this.software), found.software),
      dirty: TRUE,
    };
  }

  onLink(observer: LinkObserver): void {
    this.#onLink.push(observer);
  }

  /** Writes into the table page that the upper entry points to; without one there is nowhere to write. */
  write(space: Operand, page: Operand, fields: DescriptorFields): Body {
    const table = this.table(space, this.regionOf(page));
    const told = this.tellStore(space, page, () => fields);
    return when(table.isNot(null), [told, this.#descriptors.write(table, page, fields)]);
  }

  /** Clears the upper entry of a region, or points it to a table page. */
  link(space: Operand, region: Operand, table: Operand): Body {
    return [this.#onLink.map((observe) => observe(space, region)), this.#upper.at(space, region).set(table)];
  }

  /** Fills a table page with invalid descriptors. */
  clear(table: Operand): Body {
    return eachOf(this.#page).map((page) =>
      this.#descriptors.write(table, page, this.fieldsOf({ software: firstValue(this.software) })),
    );
  }

  /** What each frame holds at each page at first. */
  #initial({ space, page, frame }: Domains): InitialDescriptor[] {
    const spaces = indexNames(space);
    const { regionOfPage, tables } = this.#layout;
    return indexNames(frame).flatMap((name) => {
      const table = tables.find((each) => each.frame === name);
      return indexNames(page).map((_, i) => {
        if (table?.region !== regionOfPage[i]) return { frame: null, writable: false };
        return this.#contents.descriptors[spaces.indexOf(table!.space) * regionOfPage.length + i]!;
      });
    });
  }
}
