/**
 * Shortens a path that no breadth-first search has found. First actions are left out for which the path goes on and ends
 * in the same violation all the same; then the runs that take only the actions that are left are searched breadth first.
 * There are few of them, so that it is fast where a search of the whole model is not. What is found is the shortest of
 * these runs, and perhaps not the shortest of all.
 */
import { bindParameters } from "../model/bind.ts";
import { TlbcheckError } from "../model/diagnostic.ts";
import { layoutOf, unpack } from "../model/layout.ts";
import type { Model, Property } from "../model/model.ts";
import { Semantics, type State, UNBOUND } from "../model/semantics.ts";
import type { Engine, Path, SearchOptions, SearchResult, Violation } from "./engine.ts";
import { nextTurn, SLICE } from "./time-slice.ts";

/** Seconds that each half may take for one path. */
const SECONDS = 3;

/** What was found, with each path as short as this can make it. */
export async function shortened(
  engine: Engine,
  model: Model,
  result: SearchResult,
  { maxMemory, signal }: SearchOptions,
): Promise<SearchResult> {
  if (result.strategy === "bfs") return result;
  const limits = { ...(maxMemory === undefined ? {} : { maxMemory }), ...(signal ? { signal } : {}) };
  const violations: Violation[] = [];
  for (const violation of result.violations)
    violations.push(await shortest(engine, model, violation, { ...limits, timeout: SECONDS }));
  return { ...result, violations };
}

async function shortest(
  engine: Engine,
  model: Model,
  violation: Violation,
  limits: SearchOptions,
): Promise<Violation> {
  const property = model.properties.find(({ name }) => name === violation.property)!;
  if (!violation.path) return violation;
  const path = await new Thinning(model, property, violation.path, limits).run();
  const thinned = { property: property.name, steps: path.actions.length, path };
  // Where some actions are left out, what cannot go on is no deadlock.
  if (property.kind === "deadlock") return thinned;
  const actions = [...new Set(path.actions)].sort((a, b) => a - b);
  const restricted = restrictedTo(model, actions);
  const { violations } = await engine.search(restricted, { ...limits, properties: [property.name] });
  const found = violations[0]?.path;
  if (!found || found.actions.length >= thinned.steps) return thinned;
  const taken = found.actions.map((number) => actions[number]!);
  return { property: property.name, steps: taken.length, path: { ...found, actions: taken } };
}

/** The model with some of its actions alone, each a rule without parameters: its actions are these, in their order. */
function restrictedTo(model: Model, numbers: readonly number[]): Model {
  const { actions } = new Semantics(model);
  const rules = numbers.map((number) => {
    const { rule, binding } = actions[number]!;
    return { ...bindParameters(rule, binding), name: `${number} ${rule.name}`, weaker: [] };
  });
  return { ...model, rules };
}

/** Leaves out stretches of a path, half of it at first and single actions at last. */
class Thinning {
  readonly #semantics: Semantics;
  readonly #property: Property;
  readonly #initial: State;
  readonly #path: Path;
  readonly #limits: SearchOptions;
  readonly #begin = performance.now();
  #lastTurn = this.#begin;

  constructor(model: Model, property: Property, path: Path, limits: SearchOptions) {
    this.#semantics = new Semantics(model);
    this.#property = property;
    this.#path = path;
    this.#initial = unpack(layoutOf(model), path.initial);
    this.#limits = limits;
  }

  async run(): Promise<Path> {
    let { actions } = this.#path;
    for (let size = Math.ceil(actions.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2))
      for (let at = Math.max(0, actions.length - size); ; at -= size) {
        const begin = Math.max(0, at);
        const rest = [...actions.slice(0, begin), ...actions.slice(Math.max(0, at + size))];
        if (rest.length < actions.length && this.#violates(rest)) actions = rest;
        if (await this.#isOver()) return { ...this.#path, actions };
        if (begin === 0) break;
      }
    return { ...this.#path, actions };
  }

  async #isOver(): Promise<boolean> {
    if (performance.now() - this.#lastTurn > SLICE) {
      await nextTurn();
      this.#lastTurn = performance.now();
    }
    const { signal, timeout = Infinity } = this.#limits;
    return signal?.aborted === true || (performance.now() - this.#begin) / 1000 > timeout;
  }

  /** Whether the actions can be taken one after the other, and end in the violation. */
  #violates(actions: readonly number[]): boolean {
    try {
      let state = this.#initial;
      let violated: readonly string[] = [];
      for (const number of actions) {
        const action = this.#semantics.actions[number]!;
        if (!this.#semantics.enabled(action, state)) return false;
        ({ state, violated } = this.#semantics.step(action, state));
      }
      return this.#isViolation(state, violated);
    } catch (error) {
      if (error instanceof TlbcheckError) return false;
      throw error;
    }
  }

  #isViolation(state: State, violated: readonly string[]): boolean {
    const property = this.#property;
    const holds = (condition: Parameters<Semantics["evaluate"]>[0]): boolean =>
      this.#semantics.evaluate(condition, state, UNBOUND, property.source) !== 0;
    if (property.kind === "assertion") return violated.includes(property.name);
    if (property.kind === "invariant") return !holds(property.condition);
    if (property.kind !== "deadlock" || holds(property.terminated)) return false;
    return !this.#semantics.actions.some(
      (action) => action.rule.fair && this.#semantics.enabled(action, state),
    );
  }
}
