/**
 * The memory of a litmus test: one variable for each place, which holds the code of a value; descriptors are
 * values too, and walkers see their fields. Stores go there at once, or through a store buffer.
 */
import type { Descriptor as WalkedDescriptor } from "../arch/architecture.ts";
import type { Domains, Machine } from "../arch/machine.ts";
import type { DescriptorMemory } from "../arch/memory.ts";
import type { Fields, StoreBuffer, StoreOptions } from "../arch/store-buffer.ts";
import { type Body, enumeration, type ModelBuilder, orNone } from "../model/builder.ts";
import type { Domain } from "../model/domain.ts";
import {
  choose,
  FALSE,
  literal,
  type Operand,
  or,
  type Place as Variable,
  type Term,
} from "../model/term.ts";
import type { TestValues } from "./analysis.ts";
import type { PlaceValues } from "./memory-values.ts";
import { type Descriptor, formatPlace, formatValue, type Value } from "./values.ts";

/** Tells of a value that reaches a place in memory. */
export type WriteObserver = (place: PlaceValues, value: Term) => Body;

export class TestMemory implements DescriptorMemory {
  /** Every value of the test; a value is written as it is formatted. */
  readonly value: Domain;
  readonly #analysis: TestValues;
  readonly #domains: Domains;
  readonly #cells: ReadonlyMap<string, Variable>;
  readonly #observers: WriteObserver[] = [];
  #buffer: StoreBuffer | null = null;

  constructor(builder: ModelBuilder, domains: Domains, analysis: TestValues) {
    this.#analysis = analysis;
    this.#domains = domains;
    this.value = enumeration("value", analysis.values.map(formatValue));
    this.#cells = new Map(
      analysis.places.map(({ place, initial }) => {
        const name = formatPlace(place);
        return [name, builder.variable(name, this.value, formatValue(initial))];
      }),
    );
  }

  /** Puts a FIFO store buffer of this many stores before memory. */
  buffer(machine: Machine, depth: number): void {
    const targets = this.#analysis.places.map((place) => ({
      name: formatPlace(place.place),
      write: ({ value }: Fields) => this.write(place, value!),
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

  /** When the CPU can make another store. */
  hasRoom(cpu: Term): Term[] {
    return this.#buffer ? [this.#buffer.hasRoom(cpu)] : [];
  }

  /** A store of the CPU. */
  store(cpu: Term, place: PlaceValues, value: Term, options: StoreOptions): Body {
    return this.#buffer?.push(cpu, formatPlace(place.place), { value }, options) ?? this.write(place, value);
  }

  /** True if a store of another CPU to the place is on its way to memory. */
  othersStoreTo(cpu: Term, place: PlaceValues): Term {
    return this.#buffer?.othersHoldStoreTo(cpu, formatPlace(place.place)) ?? FALSE;
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
    const pick = <Field extends keyof WalkedDescriptor>(field: Field): Term =>
      fields
        .slice(1)
        .reduce<Term>((rest, each) => choose(each.here, each.fields[field], rest), fields[0]!.fields[field]);
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

  #fieldsOf(place: PlaceValues): WalkedDescriptor {
    const descriptors = this.descriptorsAt(place);
    const cell = this.cell(place);
    const having = (test: (descriptor: Descriptor) => boolean): Term =>
      this.isOneOf(cell, descriptors.filter(test));
    const frames = orNone(this.#domains.frame);
    const frame = descriptors.reduce<Term>(
      (rest, each) =>
        each.oa === null ? rest : choose(cell.is(formatValue(each)), literal(frames, each.oa), rest),
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
