/**
 * A short cycle through a state of a fair component that meets all obligations. From where it is, it goes to the
 * nearest state or edge that meets one more, and in the end back: each way is a shortest one, the whole not always. It
 * depends on the model alone, since edges are tried in the order of the actions.
 */
import type { Expander } from "./fair-components.ts";
import type { Obligations } from "./obligations.ts";
import type { Steps } from "./trace-search.ts";

/** A way from one state to another. */
interface Way {
  readonly actions: readonly number[];
  readonly end: number;
}

/** How a state was reached by a search. */
interface Reached {
  readonly from: number;
  readonly action: number;
}

/** Where the three sets of the search lie: what is met, what a state or an edge meets, and both. */
const sets = { MET: 0, NEW: 1, BOTH: 2 } as const;

/** States that are expanded between two looks at the limits. */
const SLICE = 64;

export class FairCycle {
  readonly #graph: Expander;
  readonly #obligations: Obligations;
  readonly #sets: Int32Array;

  /** The graph is restricted to one fair component. */
  constructor(graph: Expander, obligations: Obligations) {
    this.#graph = graph;
    this.#obligations = obligations;
    this.#sets = new Int32Array(3 * obligations.words);
  }

  /** The actions of a cycle from `entry`; none if a run may end there. */
  async *from(entry: number): Steps<number[]> {
    const cycle: number[] = [];
    let at = entry;
    while (!this.#obligations.areMet(this.#sets, this.#at("MET"))) {
      const way = yield* this.#nearest(at, null);
      cycle.push(...way.actions);
      at = way.end;
    }
    if (at !== entry) cycle.push(...(yield* this.#nearest(at, entry)).actions);
    return cycle;
  }

  /** The way to a state or, if that is null, over what meets an obligation that was not met; all of it counts as met. */
  async *#nearest(begin: number, target: number | null): Steps<Way> {
    const reached = new Map<number, Reached | null>([[begin, null]]);
    let expanded = 0;
    // A map's entries may be added to while they are visited, in the order of their addition.
    for (const state of reached.keys()) {
      if (++expanded % SLICE === 0) yield;
      const way = this.#tryState(state, target, reached);
      if (way) return { ...way, actions: [...this.#wayTo(state, reached), ...way.actions] };
    }
    throw new Error("a fair component in which an obligation is not met");
  }

  /** Ends the search at a state or with one of its edges; else adds where the edges lead. */
  #tryState(state: number, target: number | null, reached: Map<number, Reached | null>): Way | null {
    const count = this.#graph.expand(state);
    const { actions, leadsTo } = this.#graph;
    if (target === null) {
      this.#obligations.visit(this.#sets, this.#at("NEW"), state, actions, count);
      if (this.#meetsMore()) return { actions: [], end: state };
    }
    for (let i = 0; i < count; i++) {
      const [action, successor] = [actions[i]!, leadsTo[i]!];
      if (successor < 0) continue;
      if (target === null) {
        this.#sets.fill(0, this.#at("NEW"), this.#at("BOTH"));
        this.#obligations.take(this.#sets, this.#at("NEW"), action);
      }
      if (target === null ? this.#meetsMore() : successor === target)
        return { actions: [action], end: successor };
      if (!reached.has(successor)) reached.set(successor, { from: state, action });
    }
    return null;
  }

  /** Whether what is new meets an obligation that was not met; then it is added. */
  #meetsMore(): boolean {
    const { words } = this.#obligations;
    const met = this.#at("MET");
    this.#sets.copyWithin(this.#at("BOTH"), met, met + words);
    this.#obligations.join(this.#sets, this.#at("BOTH"), this.#at("NEW"));
    const before = this.#sets.slice(met, met + words);
    this.#obligations.join(this.#sets, met, this.#at("NEW"));
    return before.some((word, i) => word !== this.#sets[met + i]);
  }

  #wayTo(state: number, reached: ReadonlyMap<number, Reached | null>): number[] {
    const actions: number[] = [];
    for (let at = reached.get(state); at; at = reached.get(at.from)) actions.unshift(at.action);
    return actions;
  }

  #at(set: keyof typeof sets): number {
    return sets[set] * this.#obligations.words;
  }
}
