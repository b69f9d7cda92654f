/**
 * What a cycle has to do so that repeating it for ever violates a liveness property, as a set of numbered obligations:
 *
 * - for each fairness instance: to visit a state in which it is disabled, or to take an action of it;
 * - for each recurrence of the property: to visit a state that fulfils its condition, or to take one of its rules.
 *
 * A set of obligations is a few 32-bit words in an array of many such sets.
 */
import { fairnessOf } from "../model/fairness.ts";
import type { RunDescription } from "../model/model.ts";
import type { Action } from "../model/semantics.ts";

export class Obligations {
  /** Words of a set. */
  readonly words: number;
  readonly #count: number;
  /** The obligation of each action's fairness instance, -1 for none. */
  readonly #instanceOf: Int32Array;
  /** The recurrences that each action is a part of by its rule, for the few that are. */
  readonly #recurrencesOf: ReadonlyMap<number, readonly number[]>;
  /** The recurrences of states: obligations with a mark for each state. */
  readonly #ofStates: readonly { readonly number: number; readonly holding: Uint8Array }[];
  /** The set of all fairness instances. */
  readonly #instances: Int32Array;
  readonly #all: Int32Array;

  /** `holding` has, for each recurrence of states in turn, a 1 for each state that fulfils it. */
  constructor(
    actions: readonly Action[],
    { infinitelyOften }: RunDescription,
    holding: readonly Uint8Array[],
  ) {
    const { instanceOf, names } = fairnessOf(actions);
    this.#count = names.length + infinitelyOften.length;
    this.words = Math.max(1, Math.ceil(this.#count / 32));
    this.#instanceOf = Int32Array.from(instanceOf);
    this.#instances = this.#firstOnes(names.length);
    this.#all = this.#firstOnes(this.#count);
    const recurrencesOf = new Map<number, number[]>();
    const ofStates: { number: number; holding: Uint8Array }[] = [];
    infinitelyOften.forEach((recurrence, i) => {
      const number = names.length + i;
      if (recurrence.kind === "state") ofStates.push({ number, holding: holding[ofStates.length]! });
      else
        actions.forEach(({ rule }, action) => {
          if (recurrence.rules.includes(rule.name))
            recurrencesOf.set(action, [...(recurrencesOf.get(action) ?? []), number]);
        });
    });
    this.#recurrencesOf = recurrencesOf;
    this.#ofStates = ofStates;
  }

  /** Makes a set that of what visiting a state meets; the first `count` of `enabled` are its enabled actions. */
  visit(sets: Int32Array, at: number, state: number, enabled: Int32Array, count: number): void {
    sets.set(this.#instances, at);
    for (let i = 0; i < count; i++) {
      const instance = this.#instanceOf[enabled[i]!]!;
      if (instance >= 0) sets[at + (instance >> 5)]! &= ~(1 << (instance & 31));
    }
    for (const { number, holding } of this.#ofStates)
      if (holding[state] === 1) sets[at + (number >> 5)]! |= 1 << (number & 31);
  }

  /** Adds to a set what taking an action meets. */
  take(sets: Int32Array, at: number, action: number): void {
    const instance = this.#instanceOf[action]!;
    if (instance >= 0) sets[at + (instance >> 5)]! |= 1 << (instance & 31);
    if (this.#recurrencesOf.size === 0) return;
    for (const number of this.#recurrencesOf.get(action) ?? [])
      sets[at + (number >> 5)]! |= 1 << (number & 31);
  }

  /** Adds a set to another one. */
  join(sets: Int32Array, to: number, from: number): void {
    for (let word = 0; word < this.words; word++) sets[to + word]! |= sets[from + word]!;
  }

  /** Whether everything is met. */
  areMet(sets: Int32Array, at: number): boolean {
    for (let word = 0; word < this.words; word++) if (sets[at + word] !== this.#all[word]) return false;
    return true;
  }

  #firstOnes(count: number): Int32Array {
    const set = new Int32Array(this.words);
    for (let bit = 0; bit < count; bit++) set[bit >> 5]! |= 1 << (bit & 31);
    return set;
  }
}
