/**
 * The memory of a litmus test: one variable for each place, which holds the code of a value; descriptors are
 * values too, and walkers see their fields. Stores go there at once, or through a store buffer.
 */
import type { Descriptor as WalkedDescriptor } from "../arch/architecture.ts";
import type { Domains, Machine } from "../arch/machine.ts";
import type { DescriptorAt, FlagUpdates } from "../arch/flag-updates.ts";
import type { DescriptorFlags, DescriptorMemory } from "../arch/memory.ts";
import type { Fields, StoreBuffer, StoreOptions } from "../arch/store-buffer.ts";
import { type Body, enumeration, type ModelBuilder, orNone, when } from "../model/builder.ts";
import type { Domain } from "../model/domain.ts";
import {
  and,
  choose,
  FALSE,
  literal,
  not,
  type Operand,
  or,
  type Place as Variable,
  type Term,
} from "../model/term.ts";
import type { TestValues } from "./analysis.ts";
import { frameOf, type Frames } from "./frames.ts";
import type { PlaceValues } from "./memory-values.ts";
import { asAccessed, asDirty } from "./hardware-updates.ts";
import { type Descriptor, formatPlace, formatValue, sameValue, type Value } from "./values.ts";

/** Tells of a value that reaches a place in memory. */
export type WriteObserver = (place: PlaceValues, value: Term) => Body;

/** The one context that all CPUs have loaded. */
export const CONTEXT = "el1";

export class TestMemory implements DescriptorMemory {
  /** Every value of the test; a value is written as it is formatted. */
  readonly value: Domain;
  /** What the hardware may set in descriptors, where a CPU has FEAT_HAFDBS. */
  readonly flags: DescriptorFlags;
  readonly #analysis: TestValues;
  readonly #domains: Domains;
  readonly #frames: Frames;
  readonly #cells: ReadonlyMap<string, Variable>;
  readonly #observers: WriteObserver[] = [];
  #buffer: StoreBuffer | null = null;
  #updates: FlagUpdates | null = null;

  constructor(builder: ModelBuilder, domains: Domains, analysis: TestValues, frames: Frames) {
    this.#frames = frames;
    this.#analysis = analysis;
    this.#domains = domains;
    this.value = enumeration("value", analysis.values.map(formatValue));
    this.flags = this.#descriptorFlags();
    this.#cells = new Map(
      analysis.places.map(({ place, initial }) => {
        const name = formatPlace(place);
        return [name, builder.variable(name, this.value, formatValue(initial))];
      }),
    );
  }

  /** Belongs to a machine, with a FIFO store buffer of so many stores before it, or with none. */
  attach(machine: Machine, depth: number | null): void {
    this.#updates = machine.flagUpdates;
    if (depth === null) return;
    const targets = this.#analysis.places.map((place) => ({
      name: formatPlace(place.place),
      write: ({ value }: Fields) => this.write(place, value!),
      descriptor: descriptorAt(place),
    }));
    const fields = { value: this.value };
    this.#buffer = machine.useStoreBuffer({ targets, fields, depth, translated: true });
  }

  onWrite(observer: WriteObserver): void {
    this.#observers.push(observer);
  }

  literal(value: Value): Term {
    return literal(this.value, formatValue(value));
  }

  /** What memory holds at a place. */
  cell(place: PlaceValues): Variable {
    return this.#cells.get(formatPlace(place.place))!;
  }

  /** What a load of the CPU finds there. */
  load(cpu: Term, place: PlaceValues): Term {
    return (
      this.#buffer?.forward(cpu, formatPlace(place.place), "value", this.cell(place)) ?? this.cell(place)
    );
  }

  /** Some program has an atomic. */
  expectAtomics(): void {
    this.#buffer?.expectAtomics();
  }

  /** When the CPU can make a store to one of these places. */
  mayStore(cpu: Term, places: readonly { readonly place: PlaceValues; readonly here: Term }[]): Term[] {
    if (this.#buffer) return [this.#buffer.hasRoom(cpu)];
    return places.map(({ place, here }) => not(and(here, this.#isBeingUpdated(place))));
  }

  /** A store of the CPU. */
  store(cpu: Term, place: PlaceValues, value: Term, options: StoreOptions): Body {
    return this.#buffer?.push(cpu, formatPlace(place.place), { value }, options) ?? this.write(place, value);
  }

  /** True if a store of another CPU to the place, or an update of its flags, is on its way to memory. */
  othersStoreTo(cpu: Term, place: PlaceValues): Term {
    return or(
      this.#buffer?.othersHoldStoreTo(cpu, formatPlace(place.place)) ?? FALSE,
      this.#isBeingUpdated(place),
    );
  }

  #isBeingUpdated(place: PlaceValues): Term {
    const at = descriptorAt(place);
    return at ? (this.#updates?.underWay(at) ?? FALSE) : FALSE;
  }

  /** The value reaches memory. */
  write(place: PlaceValues, value: Term): Body {
    return [this.#observers.map((observe) => observe(place, value)), this.cell(place).set(value)];
  }

  /** The descriptor of a page, among those of all pages. */
  descriptor(_space: Operand, page: Operand): WalkedDescriptor {
    const fields = this.descriptorPlaces().map((place) => ({
      here: literal(this.#domains.page, place.place.page).is(page),
      fields: this.#fieldsOf(place),
    }));
    const [first] = fields;
    if (!first)
      return {
        valid: FALSE,
        accessed: FALSE,
        frame: literal(orNone(this.#domains.frame), null),
        writable: FALSE,
      };
    const pick = <Field extends keyof WalkedDescriptor>(field: Field): Term =>
      fields
        .slice(1)
        .reduce<Term>((rest, each) => choose(each.here, each.fields[field], rest), first.fields[field]);
    return {
      valid: pick("valid"),
      accessed: pick("accessed"),
      frame: pick("frame"),
      writable: pick("writable"),
    };
  }

  /** The places that hold descriptors, one for each page. */
  descriptorPlaces(): readonly PlaceValues[] {
    return this.#analysis.places.filter(({ place }) => place.kind === "descriptor");
  }

  /** The descriptors that a place may hold. */
  descriptorsAt({ values }: PlaceValues): readonly Descriptor[] {
    return values.filter((value): value is Descriptor => value.kind === "descriptor");
  }

  /** The places with the memory of a page. */
  placesOf(page: string): readonly PlaceValues[] {
    return this.#analysis.places.filter(({ place }) => place.kind === "memory" && place.page === page);
  }

  /** True of a value if it is one of these. */
  isOneOf(value: Term, values: readonly Value[]): Term {
    return or(...values.map((each) => value.is(formatValue(each))));
  }

  #descriptorFlags(): DescriptorFlags {
    const isOneOf = (page: Operand, test: (descriptor: Descriptor) => boolean): Term =>
      or(
        ...this.descriptorPlaces().map((place) =>
          and(
            literal(this.#domains.page, place.place.page).is(page),
            this.isOneOf(this.cell(place), this.descriptorsAt(place).filter(test)),
          ),
        ),
      );
    const change = (page: Operand, to: (descriptor: Descriptor) => Descriptor): Body =>
      this.descriptorPlaces().map((place) =>
        when(literal(this.#domains.page, place.place.page).is(page), this.#changed(place, to)),
      );
    return {
      lacksAccessed: (_, page) => isOneOf(page, ({ valid, af }) => valid === 1 && af === 0),
      setAccessed: (_, page) => change(page, asAccessed),
      isInvalid: (_, page) => isOneOf(page, ({ valid }) => valid === 0),
      isClean: (_, page) => isOneOf(page, ({ valid, db, dbm }) => valid === 1 && db === 0 && dbm === 1),
      isWritable: (_, page) => isOneOf(page, ({ valid, db }) => valid === 1 && db === 1),
      lacksDirty: (_, page) => isOneOf(page, (each) => !sameValue(each, asDirty(each))),
      setDirty: (_, page) => change(page, asDirty),
      setStrayDirty: (_, page) => change(page, asDirty),
    };
  }

  /** For each descriptor that a place may hold and that would be another one. */
  #changed(place: PlaceValues, to: (descriptor: Descriptor) => Descriptor): Body {
    return this.descriptorsAt(place).reduceRight<Body>((rest, each) => {
      const changed = to(each);
      if (sameValue(each, changed)) return rest;
      return when(this.cell(place).is(formatValue(each)), this.write(place, this.literal(changed)), rest);
    }, []);
  }

  #fieldsOf(place: PlaceValues): WalkedDescriptor {
    const descriptors = this.descriptorsAt(place);
    const cell = this.cell(place);
    const having = (test: (descriptor: Descriptor) => boolean): Term =>
      this.isOneOf(cell, descriptors.filter(test));
    const frames = orNone(this.#domains.frame);
    const frame = descriptors.reduce<Term>(
      (rest, each) =>
        each.oa === null
          ? rest
          : choose(cell.is(formatValue(each)), literal(frames, frameOf(each, this.#frames)), rest),
      literal(frames, null),
    );
    return {
      valid: having(({ valid }) => valid === 1),
      accessed: having(({ af }) => af === 1),
      frame,
      writable: having(({ db }) => db === 1),
    };
  }
}

/** Where a place is among the descriptors; undefined for memory. */
function descriptorAt({ place }: PlaceValues): DescriptorAt | undefined {
  return place.kind === "descriptor" ? { space: CONTEXT, page: place.page } : undefined;
}
