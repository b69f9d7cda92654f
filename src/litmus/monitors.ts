/** Exclusive monitors: a load-exclusive reserves a place, and any write there by another CPU takes it away. */
import { type Body, enumeration, type ModelBuilder, when } from "../model/builder.ts";
import { FALSE, type Place as Variable, type Term } from "../model/term.ts";
import type { LitmusTest } from "./ast.ts";
import type { PlaceValues } from "./memory-values.ts";
import type { TestMemory } from "./test-memory.ts";
import { formatPlace } from "./values.ts";

const NOTHING = "nothing";

export class Monitors {
  readonly #reserved = new Map<number, Variable>();

  /** Only CPUs that execute a load-exclusive have a monitor. */
  constructor(builder: ModelBuilder, test: LitmusTest, memory: TestMemory, places: readonly PlaceValues[]) {
    const domain = enumeration("reserved", [NOTHING, ...places.map(({ place }) => formatPlace(place))]);
    for (const { number, instructions } of test.threads)
      if (instructions.some(({ kind }) => kind === "load-exclusive"))
        this.#reserved.set(number, builder.variable(`P${number}.reserved`, domain, NOTHING));
    memory.onWrite(({ place }) =>
      [...this.#reserved.values()].map((each) => clear(each, formatPlace(place))),
    );
  }

  reserve(thread: number, { place }: PlaceValues): Body {
    return this.#reserved.get(thread)?.set(formatPlace(place)) ?? [];
  }

  holds(thread: number, { place }: PlaceValues): Term {
    return this.#reserved.get(thread)?.is(formatPlace(place)) ?? FALSE;
  }

  release(thread: number): Body {
    return this.#reserved.get(thread)?.set(NOTHING) ?? [];
  }
}

function clear(reserved: Variable, place: string): Body {
  return when(reserved.is(place), reserved.set(NOTHING));
}
