/** Tiny models, and the reference engine on them. */
import type { SearchOptions, SearchResult } from "../../src/explorer/engine.ts";
import { interpreter } from "../../src/explorer/interpreter.ts";
import { ModelBuilder, range } from "../../src/model/builder.ts";
import type { Place } from "../../src/model/term.ts";

export function search(declare: (m: ModelBuilder) => void, options?: SearchOptions): Promise<SearchResult> {
  const m = new ModelBuilder("test");
  declare(m);
  return interpreter.search(m.build(), options);
}

/** Counts to `max`, one at a time. */
export function counter(m: ModelBuilder, max: number): Place {
  const n = m.variable("n", range(0, max), 0);
  m.rule("count", { guard: () => [n.lessThan(max)], body: () => n.increase() });
  return n;
}
