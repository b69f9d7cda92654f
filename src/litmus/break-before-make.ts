/**
 * Break-before-make (ARM-9), as herd flags it: a valid descriptor replaces one that may still be cached and
 * leads to another frame. What may still be cached is the last valid one, until an invalidation of its page
 * that was issued while the descriptor was invalid has been completed by a DSB of its issuer. One without the access
 * flag is never cached (ARM-1), so that it breaks as an invalid one does, and makes nothing.
 */
import type { Machine } from "../arch/machine.ts";
import { assert, type Body, type ModelBuilder, orNone, when } from "../model/builder.ts";
import { and, not, or, type Place as Variable, type Term } from "../model/term.ts";
import type { PlaceValues } from "./memory-values.ts";
import type { TestMemory } from "./test-memory.ts";
import { type Descriptor, formatValue, ZERO } from "./values.ts";

export const BREAK_BEFORE_MAKE = "break-before-make";

/** What is remembered of a page. */
interface Remembered {
  readonly place: PlaceValues;
  /** The descriptor that may still be cached; an invalid one stands for none. */
  readonly cached: Variable;
  /** The CPU whose outstanding invalidation covers it. */
  readonly issuer: Variable;
}

export class BreakBeforeMake {
  readonly #machine: Machine;
  readonly #memory: TestMemory;
  readonly #pages: readonly Remembered[];

  constructor(builder: ModelBuilder, machine: Machine, memory: TestMemory) {
    this.#machine = machine;
    this.#memory = memory;
    builder.assertion(BREAK_BEFORE_MAKE, {
      consequence: "a valid descriptor replaces one that may still be cached",
    });
    this.#pages = memory.descriptorPlaces().map((place) => ({
      place,
      cached: builder.variable(`bbm.cached ${place.place.page}`, memory.value, formatValue(place.initial)),
      issuer: builder.variable(`bbm.issuer ${place.place.page}`, orNone(machine.domains.cpu), null),
    }));
    memory.onWrite((place, value) => this.#written(place, value));
  }

  /** Whether some descriptor may follow another in a way that is flagged, whatever comes between. */
  get isAsked(): boolean {
    return this.#pages.some(({ place }) => {
      const cacheable = this.#memory.descriptorsAt(place).filter(isCacheable);
      return cacheable.some((old) => cacheable.some((now) => !this.#mayMeet(old, now)));
    });
  }

  /** An invalidation of a page, or of all, is issued. */
  issued(cpu: Term, page: string | null, broadcast: boolean): Body {
    if (!broadcast && this.#machine.cpus().length > 1) return [];
    return this.#pages
      .filter(({ place }) => page === null || place.place.page === page)
      .map((each) =>
        when(this.#cacheable(each.place, this.#memory.cell(each.place)).not(), each.issuer.set(cpu)),
      );
  }

  /** A DSB that completes invalidations. */
  completed(cpu: Term): Body {
    return this.#pages.map(({ cached, issuer }) =>
      // The integer 0, which every test has, is no descriptor.
      when(issuer.is(cpu), [cached.set(formatValue(ZERO)), issuer.set(null)]),
    );
  }

  #written(place: PlaceValues, value: Term): Body {
    const page = this.#pages.find((each) => each.place === place);
    if (!page) return [];
    const wasCacheable = this.#cacheable(place, this.#memory.cell(place));
    return when(
      this.#cacheable(place, value),
      [
        assert(BREAK_BEFORE_MAKE, or(...this.#compatible(page, value))),
        page.cached.set(value),
        page.issuer.set(null),
      ],
      when(wasCacheable, page.issuer.set(null)),
    );
  }

  /** No valid one is cached, or it leads to the same frame, or both are read-only and the frames always equal. */
  #compatible({ place, cached }: Remembered, value: Term): Term[] {
    const cacheable = this.#memory.descriptorsAt(place).filter(isCacheable);
    const pairs = cacheable.flatMap((old) => cacheable.map((now) => ({ old, now })));
    return [
      not(this.#cacheable(place, cached)),
      ...pairs
        .filter(({ old, now }) => this.#mayMeet(old, now))
        .map(({ old, now }) => and(cached.is(formatValue(old)), value.is(formatValue(now)))),
    ];
  }

  #mayMeet(old: Descriptor, now: Descriptor): boolean {
    if (old.oa === now.oa) return true;
    if (old.db === 1 || now.db === 1 || old.oa === null || now.oa === null) return false;
    return this.#alwaysHoldTheSame(old.oa, now.oa);
  }

  /** Neither is ever written with anything else: herd's flag knows no time, and compares all that they hold. */
  #alwaysHoldTheSame(one: string, other: string): boolean {
    const [mine, theirs] = [one, other].map((page) => this.#memory.placesOf(page));
    return (
      mine!.length === theirs!.length &&
      mine!.every(({ values }, i) => {
        const all = [...values, ...theirs![i]!.values].map(formatValue);
        return new Set(all).size === 1;
      })
    );
  }

  #cacheable(place: PlaceValues, value: Term): Term {
    return this.#memory.isOneOf(value, this.#memory.descriptorsAt(place).filter(isCacheable));
  }
}

/** Whether a TLB may hold the descriptor. */
function isCacheable({ valid, af }: Descriptor): boolean {
  return valid === 1 && af === 1;
}
