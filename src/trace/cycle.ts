/** Whether a cycle of the reference semantics is one that weak fairness allows for ever, and why. */
import { type Fairness, fairnessOf } from "../model/fairness.ts";
import type { Recurrence, RunDescription, Source } from "../model/model.ts";
import { actionName, type Semantics, type State, UNBOUND } from "../model/semantics.ts";

/** Names that are listed before "and … more". */
const LISTED = 4;

export class Cycle {
  readonly #semantics: Semantics;
  readonly #states: readonly State[];
  /** The numbers of the actions taken. */
  readonly #taken: readonly number[];
  /** For each state the numbers of the enabled actions. */
  readonly #enabled: readonly ReadonlySet<number>[];
  readonly #fairness: Fairness;

  /** The states of the cycle, the first one again at the end, and the actions between them. */
  constructor(semantics: Semantics, states: readonly State[], taken: readonly number[]) {
    this.#semantics = semantics;
    this.#states = states;
    this.#taken = taken;
    const numbers = [...semantics.actions.keys()];
    this.#enabled = states.map(
      (state) => new Set(numbers.filter((number) => semantics.enabled(semantics.actions[number]!, state))),
    );
    this.#fairness = fairnessOf(semantics.actions);
  }

  /** What keeps the cycle from being one of the runs described, or null. */
  objection({ eventuallyAlways, infinitelyOften }: RunDescription, source: Source | null): string | null {
    const holds = (state: State): boolean =>
      this.#semantics.evaluate(eventuallyAlways, state, UNBOUND, source) !== 0;
    if (!this.#states.every(holds)) return "with a state in which the condition is false";
    if (!infinitelyOften.every((each) => this.#occurs(each))) return "in which something does not occur";
    const unfair = this.#names((instance) => this.#isPostponed(instance));
    return unfair.length > 0 ? `that postpones ${unfair[0]} for ever` : null;
  }

  /** One sentence on each kind of action that could end the cycle and need not. */
  fairness(): string {
    const taken = this.#names((instance) => this.#isTaken(instance));
    const disabled = this.#names(
      (instance) => !this.#isTaken(instance) && this.#isEnabledIn(instance).includes(true),
    );
    const other = taken.length + disabled.length > 0 ? "other " : "";
    const parts = [
      ...(taken.length > 0 ? [`${listed(taken)} ${isOrAre(taken)} taken again and again`] : []),
      ...(disabled.length > 0
        ? [`${listed(disabled)} ${isOrAre(disabled)} enabled now and then, but not all the time`]
        : []),
      `no ${other}weakly fair action is enabled`,
      ...this.#neglected(),
    ];
    return `this is fair: ${parts.join("; ")}`;
  }

  /** The actions that are not fair, always enabled and never taken: any of them might end the cycle. */
  #neglected(): string[] {
    const names = [...this.#semantics.actions.entries()]
      .filter(([number, { rule }]) => !rule.fair && !this.#taken.includes(number))
      .filter(([number]) => this.#enabled.every((each) => each.has(number)))
      .map(([, action]) => actionName(action));
    if (names.length === 0) return [];
    return [`${listed(names)} might happen, but ${isOrAre(names)} not fair and need not`];
  }

  #occurs(recurrence: Recurrence): boolean {
    const { actions } = this.#semantics;
    if (recurrence.kind === "taken")
      return this.#taken.some((number) => recurrence.rules.includes(actions[number]!.rule.name));
    return this.#states.some(
      (state) => this.#semantics.evaluate(recurrence.condition, state, UNBOUND, null) !== 0,
    );
  }

  #isPostponed(instance: number): boolean {
    return !this.#isTaken(instance) && this.#isEnabledIn(instance).every((each) => each);
  }

  #isTaken(instance: number): boolean {
    return this.#taken.some((number) => this.#fairness.instanceOf[number] === instance);
  }

  /** For each state whether an action of an instance is enabled in it. */
  #isEnabledIn(instance: number): boolean[] {
    return this.#enabled.map((enabled) =>
      [...enabled].some((number) => this.#fairness.instanceOf[number] === instance),
    );
  }

  #names(has: (instance: number) => boolean): string[] {
    return this.#fairness.names.filter((_, instance) => has(instance));
  }
}

function isOrAre({ length }: readonly string[]): string {
  return length === 1 ? "is" : "are";
}

function listed(names: readonly string[]): string {
  const more = names.length - LISTED;
  const shown = more > 0 ? [...names.slice(0, LISTED), `${more} more`] : names;
  return shown.length === 1 ? shown[0]! : `${shown.slice(0, -1).join(", ")} and ${shown.at(-1)}`;
}
