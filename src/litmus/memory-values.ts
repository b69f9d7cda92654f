/**
 * The values that memory may hold, growing round by round: what is written in one round can be read in the next.
 */
import type { LitmusTest, Place } from "./ast.ts";
import type { Bytes } from "./instruction.ts";
import { updatesOf } from "./hardware-updates.ts";
import { pagesOf, placesOf } from "./mentions.ts";
import { addAll, MAX_VALUES, type ValueSet, valueSet } from "./value-set.ts";
import {
  formatPlace,
  formatValue,
  PAGE_BYTES,
  plainDescriptor,
  type Value,
  valueOfText,
  ZERO,
} from "./values.ts";

export type MemoryPlace = Exclude<Place, { readonly kind: "register" }>;

/** A place in memory with all values that it may hold. */
export interface PlaceValues {
  readonly place: MemoryPlace;
  readonly initial: Value;
  readonly values: readonly Value[];
}

interface Cell {
  readonly place: MemoryPlace;
  readonly initial: Value;
  readonly values: ValueSet;
}

export class MemoryValues {
  readonly pages: readonly string[];
  readonly #cells = new Map<string, Cell>();
  /** The most bytes that an access takes in, of each place that is accessed. */
  readonly #bytes = new Map<string, Bytes>();
  /** What this round wrote. */
  readonly #written: { readonly place: MemoryPlace; readonly value: Value }[] = [];
  readonly #stored: ValueSet = new Map();
  #objection: string | null = null;

  readonly #updatesOf: (value: Value) => readonly Value[];

  constructor(test: LitmusTest) {
    this.#updatesOf = updatesOf(test);
    this.pages = pagesOf(test);
    for (const { place, value } of test.init)
      if (place.kind !== "register") this.#declare(place, valueOfText(value, place) ?? ZERO);
    for (const page of this.pages) this.#cell({ kind: "descriptor", page });
    for (const place of placesOf(test)) if (place.kind !== "register") this.#cell(place);
  }

  /** Why the test cannot be expressed, once something came up. */
  get objection(): string | null {
    return this.#objection;
  }

  /** The places that an access to an address may come to, by the descriptors that its page may have. */
  placesAt(address: Value, bytes: Bytes): readonly MemoryPlace[] {
    if (address.kind === "descriptor-address")
      return [this.#accessed({ kind: "descriptor", page: address.page }, bytes)];
    if (address.kind !== "address") return [];
    const { page, offset } = address;
    if (offset % bytes !== 0 || offset >= PAGE_BYTES) {
      this.#object(`an access to ${formatValue(address)} that is not aligned`);
      return [];
    }
    const frames = new Set<string>();
    for (const descriptor of this.read({ kind: "descriptor", page }))
      if (
        descriptor.kind === "descriptor" &&
        descriptor.valid === 1 &&
        descriptor.af === 1 &&
        descriptor.oa !== null
      )
        frames.add(descriptor.oa);
    return [...frames].map((frame) => this.#accessed({ kind: "memory", page: frame, offset }, bytes));
  }

  read(place: MemoryPlace): readonly Value[] {
    return [...this.#cell(place).values.values()];
  }

  write(place: MemoryPlace, value: Value): void {
    if (place.kind === "descriptor") this.#objectToDescriptor(place.page, value);
    this.#written.push({ place, value });
    addAll(this.#stored, [value]);
  }

  /** Everything that some instruction stores, also what no execution has the time to store and read again. */
  get stored(): readonly Value[] {
    return [...this.#stored.values()];
  }

  /** Ends a round: what was written is there to be read. Tells whether any of it is new. */
  commit(): boolean {
    let isNew = false;
    for (const { place, value } of this.#written.splice(0)) {
      const { values } = this.#cell(place);
      if (addAll(values, this.#updatesOf(value))) isNew = true;
      if (values.size > MAX_VALUES) this.#object(`more than ${MAX_VALUES} values of ${formatPlace(place)}`);
    }
    return isNew;
  }

  /** Two places of which an access to one would take in a part of the other; null if there are none. */
  overlap(): string | null {
    for (const [text, bytes] of this.#bytes) {
      const { place } = this.#cells.get(text)!;
      if (place.kind === "descriptor") continue;
      for (const { place: other } of this.#cells.values()) {
        if (other.kind === "descriptor" || other.page !== place.page) continue;
        if (other.offset > place.offset && other.offset < place.offset + bytes)
          return `accesses of mixed sizes: ${8 * bytes} bits at ${text} and ${formatPlace(other)}`;
      }
    }
    return null;
  }

  places(): readonly PlaceValues[] {
    return Object.freeze(
      [...this.#cells.values()]
        .map(({ place, initial, values }) =>
          Object.freeze({ place, initial, values: Object.freeze([...values.values()]) }),
        )
        .sort((a, b) => (formatPlace(a.place) < formatPlace(b.place) ? -1 : 1)),
    );
  }

  #accessed(place: MemoryPlace, bytes: Bytes): MemoryPlace {
    this.#cell(place);
    const text = formatPlace(place);
    if ((this.#bytes.get(text) ?? 0) < bytes) this.#bytes.set(text, bytes);
    return place;
  }

  #cell(place: MemoryPlace): Cell {
    const initial = place.kind === "descriptor" ? plainDescriptor(place.page) : ZERO;
    return this.#cells.get(formatPlace(place)) ?? this.#declare(place, initial);
  }

  #declare(place: MemoryPlace, initial: Value): Cell {
    if (place.kind === "descriptor") this.#objectToDescriptor(place.page, initial);
    const cell = { place: Object.freeze(place), initial, values: valueSet(this.#updatesOf(initial)) };
    this.#cells.set(formatPlace(place), cell);
    return cell;
  }

  /** What a walk can read must be a descriptor, and a valid one must lead somewhere. */
  #objectToDescriptor(page: string, value: Value): void {
    if (value.kind !== "descriptor") this.#object(`${formatValue(value)} as the descriptor of ${page}`);
    else if (value.valid === 1 && value.oa === null)
      this.#object(`a valid descriptor of ${page} without an output address`);
  }

  #object(reason: string): void {
    this.#objection ??= reason;
  }
}
