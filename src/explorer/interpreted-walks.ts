/** Random walks by the reference semantics. */
import { TlbcheckError } from "../model/diagnostic.ts";
import { layoutOf, pack } from "../model/layout.ts";
import type { Model, Property } from "../model/model.ts";
import { Semantics, type State, UNBOUND } from "../model/semantics.ts";
import type { Path, SearchOptions, SearchResult } from "./engine.ts";
import { limitsOf } from "./limits.ts";
import { nextTurn } from "./time-slice.ts";
import { type Groups, groupsOf, kindOf, seedOf, type WalkKind, WalkResult } from "./walk-result.ts";

/** Steps after which the limits are looked at. */
const STEPS = 256;

export class InterpretedWalks {
  readonly #semantics: Semantics;
  readonly #options: SearchOptions;
  readonly #result: WalkResult;
  readonly #checked: readonly Property[];
  readonly #model: Model;
  readonly #groups: Groups;
  #priorities: number[];
  #random: bigint;

  constructor(model: Model, options: SearchOptions) {
    this.#model = model;
    this.#semantics = new Semantics(model);
    this.#options = options;
    this.#result = new WalkResult(model, options, limitsOf(options));
    this.#checked = model.properties.filter(({ name }) => options.properties?.includes(name) ?? true);
    this.#groups = groupsOf(this.#semantics.actions);
    this.#priorities = Array.from({ length: this.#groups.count }, () => 0);
    this.#random = seedOf(options.seed ?? 1, 0);
  }

  async run(): Promise<SearchResult> {
    const initial = this.#semantics.initialStates();
    if (initial.length === 0)
      throw new TlbcheckError("TLB109", "no state fulfils the conditions on the initial states");
    for (;;) {
      const number = this.#result.begin();
      const kind = kindOf(number);
      this.#priorities = this.#priorities.map(() => (kind.change === 0 ? 0 : this.#below(256)));
      const stop = await this.#walk(initial[number % initial.length]!, kind);
      if (stop) return this.#result.result(stop, 1);
    }
  }

  async #walk(initial: State, { limit, change }: WalkKind) {
    let state: State | null = initial;
    const actions: number[] = [];
    while (state && actions.length < limit) {
      if (actions.length % STEPS === 0) {
        await nextTurn();
        this.#options.onProgress?.(this.#result.progress());
      }
      const stop = this.#result.stop();
      if (stop) return stop;
      if (change > 0 && this.#below(change) === 0) this.#changePriority();
      state = this.#step(state, initial, actions);
    }
    return this.#result.stop();
  }

  #changePriority(): void {
    const { count, threads } = this.#groups;
    const among = threads > 0 && this.#below(2) === 1 ? threads : count;
    this.#priorities[this.#below(among)] = this.#below(256);
  }

  /** One step of a walk, which is added to its actions; null if the state has no successor. */
  #step(state: State, initial: State, actions: number[]): State | null {
    const path = (): Path => ({ initial: pack(layoutOf(this.#model), initial), actions: [...actions] });
    const successors: { action: number; state: State }[] = [];
    let fairlyEnabled = false;
    for (const [index, action] of this.#semantics.actions.entries()) {
      const taken = this.#attempt(path, index, () =>
        this.#semantics.enabled(action, state) ? this.#semantics.step(action, state) : null,
      );
      if (!taken) continue;
      fairlyEnabled ||= action.rule.fair;
      successors.push({ action: index, state: taken.state });
      for (const name of taken.violated)
        if (this.#checked.some((each) => each.name === name)) this.#result.found(name, path(), index);
    }
    this.#attempt(path, null, () => this.#judge(state, path, fairlyEnabled));
    if (successors.length === 0) return null;
    const priority = ({ action }: { action: number }): number => this.#priorities[this.#groups.of[action]!]!;
    const highest = Math.max(...successors.map(priority));
    const eligible = successors.filter((each) => priority(each) === highest);
    const next = eligible[this.#below(eligible.length)]!;
    actions.push(next.action);
    this.#result.walked(1, actions.length);
    return next.state;
  }

  #judge(state: State, path: () => Path, fairlyEnabled: boolean): null {
    const holds = (condition: Parameters<Semantics["evaluate"]>[0], { source }: Property): boolean =>
      this.#semantics.evaluate(condition, state, UNBOUND, source) !== 0;
    for (const property of this.#checked) {
      const reported =
        (property.kind === "invariant" && !holds(property.condition, property)) ||
        (property.kind === "goal" && holds(property.condition, property)) ||
        (property.kind === "deadlock" && !fairlyEnabled && !holds(property.terminated, property));
      if (reported) this.#result.found(property.name, path(), null);
    }
    return null;
  }

  #attempt<T>(path: () => Path, action: number | null, part: () => T | null): T | null {
    try {
      return part();
    } catch (error) {
      if (!(error instanceof TlbcheckError)) throw error;
      this.#result.found(null, path(), action);
      return null;
    }
  }

  /** A random number from 0 to `end` - 1, as in `runtime.wat`. */
  #below(end: number): number {
    return Number((this.#next() >> 11n) % BigInt(end));
  }

  #next(): bigint {
    let x = this.#random;
    x = BigInt.asUintN(64, x ^ (x << 13n));
    x ^= x >> 7n;
    x = BigInt.asUintN(64, x ^ (x << 17n));
    this.#random = x;
    return x;
  }
}
