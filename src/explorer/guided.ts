/**
 * Runs of one model that follow a run of another. A closed model's run says in which order programs take their steps,
 * and not what the hardware does of itself in between. Guided by it the reference model, which has both, is searched
 * for a shortest run with the same steps of programs in the same order, whatever its hardware does between them. Such a
 * run is then a counterexample of the reference model, which owes nothing to the closed one.
 */
import type { Expr, Model, Property, Rule, Statement, Variable } from "../model/model.ts";
import { layoutOf, pack } from "../model/layout.ts";
import { type Action, bindings, Semantics } from "../model/semantics.ts";
import { bindParameters } from "../model/bind.ts";
import type { Engine, Path, SearchOptions, Violation } from "./engine.ts";

/** The run that is followed. */
export interface Guide {
  readonly model: Model;
  /** Positions in its actions. */
  readonly actions: readonly number[];
}

/** Where a guided run has come to, as a variable of the guided model. */
const POSITION = "position in the run that is followed";

/**
 * The shortest run of the reference model that follows the guide and violates the property, the canonical one of the
 * shortest; null if there is none within the limits.
 */
export async function followedBy(
  reference: Model,
  guide: Guide,
  property: string,
  engine: Engine,
  limits: Pick<SearchOptions, "maxStates" | "maxMemory" | "timeout" | "signal"> = {},
): Promise<Violation | null> {
  const guided = guidedModel(reference, guide, property);
  const { violations } = await engine.search(guided.model, { ...limits, threads: 1, properties: [property] });
  const path = violations.find((each) => each.property === property)?.path;
  return path ? { property, steps: path.actions.length, path: guided.pathOf(path) } : null;
}

interface Guided {
  readonly model: Model;
  /** A path of the guided model as one of the reference. */
  readonly pathOf: (path: Path) => Path;
}

function guidedModel(reference: Model, guide: Guide, property: string): Guided {
  const steps = stepsOf(reference, guide);
  const guided = new Set(guide.model.rules.map(({ name }) => name));
  const free = reference.rules.filter(({ name }) => !guided.has(name));
  const end = steps.length;
  const model: Model = {
    ...reference,
    variables: [...reference.variables, position(end)],
    rules: [...steps.map((action, at) => stepRule(action, at, end)), ...free],
    properties: [
      ofRun(
        reference,
        reference.properties.find(({ name }) => name === property)!,
        end,
      ),
    ],
  };
  const sources = new Map(steps.map((action, at) => [guidedName(action, at), action]));
  return { model, pathOf: (path) => pathIn(reference, new Semantics(model), sources, path) };
}

/** The steps of a guide that the reference has too: those of programs, and of hardware that both have. */
function stepsOf(reference: Model, { model, actions }: Guide): Action[] {
  const rules = new Map(reference.rules.map((rule) => [rule.name, rule]));
  const all = new Semantics(model).actions;
  return actions.flatMap((number) => {
    const { rule, binding } = all[number]!;
    const same = rules.get(rule.name);
    if (!same) return [];
    return [{ rule: same, binding: new Map(same.parameters.map(({ name }) => [name, binding.get(name)!])) }];
  });
}

/** One step of the guide, at its place in the run and nowhere else. */
function stepRule(action: Action, at: number, end: number): Rule {
  const bound = bindParameters(action.rule, action.binding);
  return {
    ...bound,
    name: guidedName(action, at),
    guard: [isAt(at, end), ...bound.guard],
    body: [...bound.body, goTo(at + 1, end)],
    weaker: [],
  };
}

/** A run is deadlocked where the reference is, and only where the guide ends. */
function ofRun(reference: Model, property: Property, end: number): Property {
  if (property.kind !== "deadlock") return property;
  const { terminated, ...base } = property;
  const enabled = reference.rules
    .filter(({ fair }) => fair)
    .flatMap((rule) => bindings(rule).map((binding) => conjunction(bindParameters(rule, binding).guard)));
  const stuck: Expr = { kind: "or", operands: [terminated, ...enabled] };
  const before: Expr = { kind: "not", operand: isAt(end, end) };
  return { ...base, kind: "invariant", condition: { kind: "or", operands: [before, stuck] } };
}

/** The steps of a path by those of the reference; `sources` are the actions that the guide's steps stand for. */
function pathIn(
  reference: Model,
  guided: Semantics,
  sources: ReadonlyMap<string, Action>,
  { actions }: Path,
): Path {
  const semantics = new Semantics(reference);
  const numbers = new Map(semantics.actions.map((action, number) => [keyOf(action), number]));
  const taken = actions.map((number) => {
    const action = guided.actions[number]!;
    return numbers.get(keyOf(sources.get(action.rule.name) ?? action))!;
  });
  return { initial: pack(layoutOf(reference), semantics.initialStates()[0]!), actions: taken };
}

function keyOf({ rule, binding }: Action): string {
  return JSON.stringify([rule.name, rule.parameters.map(({ name }) => binding.get(name))]);
}

function guidedName({ rule }: Action, at: number): string {
  return `${at} ${rule.name}`;
}

function conjunction(operands: readonly Expr[]): Expr {
  return { kind: "and", operands };
}

function position(end: number): Variable {
  return {
    name: POSITION,
    index: [],
    domain: { kind: "range", min: 0, max: end },
    initial: { kind: "every", codes: [0] },
    source: null,
  };
}

function isAt(at: number, end: number): Expr {
  return {
    kind: "equal",
    left: { kind: "read", variable: POSITION, index: [] },
    right: { kind: "constant", value: at, domain: { kind: "range", min: 0, max: end } },
  };
}

function goTo(at: number, end: number): Statement {
  return {
    kind: "assign",
    target: { variable: POSITION, index: [] },
    value: { kind: "constant", value: at, domain: { kind: "range", min: 0, max: end } },
    source: null,
  };
}
