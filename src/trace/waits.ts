/** Who waits for what in the state that a run ends in, since when, and because of whom. */
import { TlbcheckError } from "../model/diagnostic.ts";
import type { Awaited, Cause, Expr, Waiting } from "../model/model.ts";
import { type Action, actorName, type Binding, type Semantics, type State } from "../model/semantics.ts";
import { printableLine } from "../model/printable.ts";
import { spellCondition } from "./spell.ts";
import { tellText } from "./tell.ts";
import type { TraceCause, TraceWait } from "./trace.ts";

/** An action whose rule says when its actor stands before it. */
type Awaitable = Action & { readonly rule: { readonly waiting: Waiting } };

/** The actors that stand before a step in the last of the states, and need not or cannot take it. */
export function waitsOf(semantics: Semantics, states: readonly State[]): TraceWait[] {
  const last = states.at(-1)!;
  const byActor = new Map<string, Awaitable[]>();
  for (const action of semantics.actions) {
    if (!isAwaitable(action) || !holds(semantics, action.rule.waiting.stands, last, action.binding)) continue;
    const actor = actorName(action);
    byActor.set(actor, [...(byActor.get(actor) ?? []), action]);
  }
  return [...byActor].map(([actor, actions]) => new Wait(semantics, states, actions).told(actor));
}

function isAwaitable(action: Action): action is Awaitable {
  return action.rule.waiting !== undefined;
}

/** One actor before its step, which is one rule or several. */
class Wait {
  readonly #semantics: Semantics;
  readonly #states: readonly State[];
  readonly #actions: readonly Awaitable[];

  constructor(semantics: Semantics, states: readonly State[], actions: readonly Awaitable[]) {
    this.#semantics = semantics;
    this.#states = states;
    this.#actions = actions;
  }

  told(who: string): TraceWait {
    const [{ rule }] = this.#actions as [Awaitable];
    const found = this.#awaited();
    return {
      who: printableLine(who),
      step: this.#step(),
      source: rule.source,
      for: this.#canGoOn() ? "nothing: it can go on, and need not" : this.#what(found),
      since: this.#since((state) => this.#isStuckIn(state)),
      because: this.#canGoOn() ? [] : found.flatMap(({ because }) => this.#causes(because)),
    };
  }

  /** The step within its event, where that says more: `flush_tlb_page(page0): wait for the IPIs`. */
  #step(): string {
    const [{ rule }] = this.#actions as [Awaitable];
    const step = rule.waiting.step ?? this.#text(rule.text);
    const event = rule.event ? this.#text(rule.event.text) : step;
    return event === step ? step : `${event}: ${step}`;
  }

  get #last(): State {
    return this.#states.at(-1)!;
  }

  get #binding(): Binding {
    return this.#actions[0]!.binding;
  }

  #text(text: Awaited["text"]): string {
    return tellText(this.#semantics, text, this.#last, this.#binding);
  }

  /** A step that is not fair: it could be taken. */
  #canGoOn(): boolean {
    return this.#actions.some((action) => isEnabled(this.#semantics, action, this.#last));
  }

  #isStuckIn(state: State): boolean {
    const stands = this.#actions.some(({ rule, binding }) =>
      holds(this.#semantics, rule.waiting.stands, state, binding),
    );
    return (
      stands &&
      (this.#canGoOn() || !this.#actions.some((action) => isEnabled(this.#semantics, action, state)))
    );
  }

  /** What of that which may keep the actor from its step does. */
  #awaited(): readonly Awaited[] {
    const [{ rule, binding }] = this.#actions as [Awaitable];
    return rule.waiting.awaits.filter(({ until }) => !holds(this.#semantics, until, this.#last, binding));
  }

  #what(found: readonly Awaited[]): string {
    if (found.length > 0) return found.map(({ text }) => this.#text(text)).join(", and for ");
    const guards = this.#actions.flatMap((action) => this.#falseConjunct(action) ?? []);
    return guards.length === 0
      ? "its turn"
      : [...new Set(guards)].join(", or until ").replace(/^/, "the moment when ");
  }

  /** The first conjunct of its guard that is false, in words. */
  #falseConjunct({ rule, binding }: Action): string | undefined {
    const conjunct = rule.guard.find((each) => !holds(this.#semantics, each, this.#last, binding));
    if (!conjunct) return undefined;
    try {
      return printableLine(spellCondition(this.#semantics, conjunct, this.#last, binding));
    } catch (error) {
      if (error instanceof TlbcheckError) return undefined;
      throw error;
    }
  }

  #causes(causes: readonly Cause[]): TraceCause[] {
    const isSo = (cause: Cause, state: State): boolean =>
      holds(this.#semantics, cause.during, state, this.#binding);
    return causes
      .filter((cause) => isSo(cause, this.#last))
      .map((cause) => ({
        text: this.#text(cause.text),
        by: cause.by,
        since: this.#since((state) => isSo(cause, state)),
      }));
  }

  /** The number of the first state of those up to the last in all of which something is true. */
  #since(isTrue: (state: State) => boolean): number {
    let since = this.#states.length - 1;
    while (since > 0 && isTrue(this.#states[since - 1]!)) since -= 1;
    return since;
  }
}

function isEnabled(semantics: Semantics, action: Action, state: State): boolean {
  return withValue(() => semantics.enabled(action, state));
}

function holds(semantics: Semantics, expr: Expr, state: State, binding: Binding): boolean {
  return withValue(() => semantics.evaluate(expr, state, binding, null) !== 0);
}

/** A condition that has no value in a state, which a report looks at only by the way, is not true there. */
function withValue(condition: () => boolean): boolean {
  try {
    return condition();
  } catch (error) {
    if (error instanceof TlbcheckError) return false;
    throw error;
  }
}
