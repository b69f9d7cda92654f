/**
 * The fair strongly connected components of a part of a state graph. Tarjan's algorithm without recursion: each state
 * is expanded once, and no edge is stored but those that the search has still to follow.
 *
 * A component is fair if its states and the edges inside of it meet all obligations (`obligations.ts`). That is exact
 * for weak fairness. If a component is fair, a cycle through all of its states and edges is one, too. If it is not,
 * there is a fairness instance that is enabled in all of its states and taken on none of its edges, or a recurrence
 * that occurs nowhere in it; the same is true of each part of the component, and every cycle is a part of one.
 *
 * A state that lies on no cycle is a component without edges. It is fair by the same criterion if no fairness instance
 * is enabled in it and all recurrences are fulfilled there: then a run may end in it.
 */
import { IntStack } from "./int-stack.ts";
import type { Obligations } from "./obligations.ts";
import type { Steps } from "./trace-search.ts";

/** A part of a state graph whose edges are found again each time. */
export interface Expander {
  /** Finds the enabled actions of a state and where they lead; returns how many there are. */
  expand(state: number): number;
  /** The actions of the last expansion, in their order; as long as it needs, or longer. */
  readonly actions: Int32Array;
  /** The state that each of them leads to, -1 if that is outside of the part. */
  readonly leadsTo: Int32Array;
}

/** What is known of a state: 0 nothing, a positive number its place in the order of the search, and further: */
const UNFAIR = -1;
/** The first fair component; the next one has one less. */
const FAIR = -2;

/** States that are expanded between two looks at the limits. */
const SLICE = 512;

export class FairComponents {
  /** For each state 0, `UNFAIR`, or the number of its component; while the search has not left it, its order. */
  readonly #known: Int32Array;
  readonly #graph: Expander;
  readonly #obligations: Obligations;
  /** States of components that the search has not left. */
  readonly #open = new IntStack();
  /** Edges to be followed still: action and state, those of the last state on the path on top. */
  readonly #edges = new IntStack();
  // The path from the root to the state in work, one entry a state.
  readonly #path = new IntStack();
  /** The action by which each state of the path was entered. */
  readonly #via = new IntStack();
  /** The least order that is known to be reached from each state of the path. */
  readonly #low = new IntStack();
  /** Where the edges of each state of the path begin. */
  readonly #firstEdge = new IntStack();
  /** What is met by the states and edges that are known to be in the component of each state of the path. */
  #met: Int32Array;
  #visited = 0;
  #components = 0;

  constructor(states: number, graph: Expander, obligations: Obligations) {
    this.#known = new Int32Array(states);
    this.#graph = graph;
    this.#obligations = obligations;
    this.#met = new Int32Array(1024 * obligations.words);
  }

  /** Bytes in use. */
  get bytes(): number {
    const stacks = [this.#open, this.#edges, this.#path, this.#via, this.#low, this.#firstEdge];
    return stacks.reduce((sum, { bytes }) => sum + bytes, this.#known.byteLength + this.#met.byteLength);
  }

  /** How many fair components there are. */
  get count(): number {
    return this.#components;
  }

  /** The number of a state's fair component, or null. */
  componentOf(state: number): number | null {
    const known = this.#known[state]!;
    return known <= FAIR ? FAIR - known : null;
  }

  /** Whether a state is in a fair component. */
  isFair(state: number): boolean {
    return this.#known[state]! <= FAIR;
  }

  /** Finds the components of the part that `members` has a 1 for; the graph is restricted to that part. */
  async *find(members: Uint8Array): Steps<void> {
    for (let root = 0; root < members.length; root++) {
      if (members[root] !== 1 || this.#known[root] !== 0) continue;
      this.#enter(root, -1);
      while (this.#path.length > 0) {
        this.#advance();
        yield;
      }
    }
  }

  /** Follows edges until some states are expanded or the path is at its end. */
  #advance(): void {
    for (const end = this.#visited + SLICE; this.#visited < end && this.#path.length > 0;) {
      const top = this.#path.length - 1;
      if (this.#edges.length === this.#firstEdge.at(top)) {
        this.#leave(top);
        continue;
      }
      const state = this.#edges.pop();
      const action = this.#edges.pop();
      const known = this.#known[state]!;
      if (known === 0) this.#enter(state, action);
      else if (known > 0) this.#close(top, known, action);
    }
  }

  /** Appends a state to the path and expands it. */
  #enter(state: number, action: number): void {
    const top = this.#path.length;
    const order = ++this.#visited;
    this.#known[state] = order;
    this.#open.push(state);
    this.#path.push(state);
    this.#via.push(action);
    this.#low.push(order);
    this.#firstEdge.push(this.#edges.length);
    const { words } = this.#obligations;
    if ((top + 1) * words > this.#met.length) this.#growMet();
    const count = this.#graph.expand(state);
    const { actions, leadsTo } = this.#graph;
    this.#obligations.visit(this.#met, top * words, state, actions, count);
    for (let i = 0; i < count; i++) {
      const successor = leadsTo[i]!;
      if (successor < 0) continue;
      const known = this.#known[successor]!;
      if (known > 0) this.#close(top, known, actions[i]!);
      else if (known === 0) {
        this.#edges.push(actions[i]!);
        this.#edges.push(successor);
      }
    }
  }

  /** An edge to a state whose component is not left: from there the path is reached, so the edge is inside of it. */
  #close(top: number, order: number, action: number): void {
    if (order < this.#low.at(top)) this.#low.set(top, order);
    this.#obligations.take(this.#met, top * this.#obligations.words, action);
  }

  /** Takes the last state off the path: with its component if it is the first state of that, else into its predecessor's. */
  #leave(top: number): void {
    const state = this.#path.pop();
    const action = this.#via.pop();
    const low = this.#low.pop();
    this.#firstEdge.pop();
    const { words } = this.#obligations;
    if (low < this.#known[state]!) {
      this.#close(top - 1, low, action);
      this.#obligations.join(this.#met, (top - 1) * words, top * words);
      return;
    }
    const number = this.#obligations.areMet(this.#met, top * words) ? FAIR - this.#components++ : UNFAIR;
    let member: number;
    do {
      member = this.#open.pop();
      this.#known[member] = number;
    } while (member !== state);
  }

  #growMet(): void {
    const met = new Int32Array(2 * this.#met.length);
    met.set(this.#met);
    this.#met = met;
  }
}
