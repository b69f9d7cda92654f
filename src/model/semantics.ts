/**
 * The reference semantics: what a model means, written to be read. States are Immutable.js values; nothing
 * here is fast. It is the oracle for every engine, and it replays and explains traces.
 *
 * A state maps each variable to the list of its cells (last index fastest); a scalar has one cell. A cell
 * holds the code of its value (`domain.ts`).
 */
import { List, Map } from "immutable";
import { contains, describeDomain, formatValue, indexCodes, indexSize, minCode } from "./domain.ts";
import { TlbcheckError } from "./diagnostic.ts";
import { identityOf, printedName } from "./indexed-name.ts";
import {
  assertNever,
  type Cell,
  type Expr,
  type Model,
  type Parameter,
  type Rule,
  type Source,
  type Statement,
  type Text,
  type Variable,
} from "./model.ts";

export type State = Map<string, List<number>>;

/** Values of a rule's parameters, by name: a map, since a parameter may be named like a member of every object. */
export type Binding = ReadonlyMap<string, number>;

/** For expressions without parameters. */
export const UNBOUND: Binding = new globalThis.Map();

/** One rule with values for its parameters: an atomic transition wherever its guard is true. */
export interface Action {
  readonly rule: Rule;
  readonly binding: Binding;
}

export interface Step {
  readonly state: State;
  /** The assertions that the step violated, by name. */
  readonly violated: readonly string[];
}

/** How many combinations of initial values are tried before the model is refused. */
const MAX_INITIAL = 1_000_000;

/** The model's variables by name, its actions in rule order, and what they mean. */
export class Semantics {
  readonly model: Model;
  /** Every instance of every rule; the first parameter changes slowest. */
  readonly actions: readonly Action[];
  readonly #variables: ReadonlyMap<string, Variable>;

  constructor(model: Model) {
    this.model = model;
    this.#variables = new globalThis.Map(model.variables.map((variable) => [variable.name, variable]));
    this.actions = model.rules.flatMap((rule) => bindings(rule).map((binding) => ({ rule, binding })));
  }

  /** All initial states. */
  initialStates(): State[] {
    let states: State[] = [Map()];
    for (const variable of this.model.variables) {
      const choices = initialCells(variable);
      if (states.length * choices.length > MAX_INITIAL)
        throw new TlbcheckError("TLB112", `more than ${MAX_INITIAL} combinations of initial values`, {
          hint: "give fewer variables several initial values",
          source: variable.source,
        });
      states = states.flatMap((state) => choices.map((cells) => state.set(variable.name, List(cells))));
    }
    return states.filter((state) =>
      this.model.initially.every((each) => this.evaluate(each, state, UNBOUND, null) !== 0),
    );
  }

  /** Whether an action may be taken: its conjuncts from the left, up to the first that is false. */
  enabled(action: Action, state: State): boolean {
    const { rule, binding } = action;
    return rule.guard.every((conjunct) => this.evaluate(conjunct, state, binding, rule.source) !== 0);
  }

  /** The state after an action that is enabled, and the assertions that it violated. */
  step(action: Action, state: State): Step {
    const violated: string[] = [];
    const after = this.#run(action.rule.body, state, action, violated);
    return { state: after, violated: [...new Set(violated)] };
  }

  /** The code of an expression. */
  evaluate(expr: Expr, state: State, binding: Binding, source: Source | null): number {
    const value = (each: Expr): number => this.evaluate(each, state, binding, source);
    switch (expr.kind) {
      case "constant":
        return expr.value;
      case "parameter":
        return binding.get(expr.name)!;
      case "read":
        return this.#cells(expr, state).get(this.#offset(expr, state, binding, source))!;
      case "not":
        return value(expr.operand) === 0 ? 1 : 0;
      case "and":
        return expr.operands.every((each) => value(each) !== 0) ? 1 : 0;
      case "or":
        return expr.operands.some((each) => value(each) !== 0) ? 1 : 0;
      case "equal":
        return value(expr.left) === value(expr.right) ? 1 : 0;
      case "less":
        return value(expr.left) < value(expr.right) ? 1 : 0;
      case "add":
        return value(expr.left) + value(expr.right);
      case "subtract":
        return value(expr.left) - value(expr.right);
      case "multiply":
        return value(expr.left) * value(expr.right);
      case "remainder":
        return ((value(expr.left) % expr.divisor) + expr.divisor) % expr.divisor;
      case "if":
        return value(expr.condition) !== 0 ? value(expr.then) : value(expr.otherwise);
      default:
        return assertNever(expr);
    }
  }

  /** Text with the values that its expressions have in a state. */
  text(text: Text, state: State, binding: Binding): string {
    return text
      .map((part) => {
        if (typeof part === "string") return part;
        return formatValue(this.domainOf(part), this.evaluate(part, state, binding, null));
      })
      .join("");
  }

  /** The domain that an expression's value is told in. */
  domainOf(expr: Expr): Variable["domain"] {
    if (expr.kind === "read") return this.#variables.get(expr.variable)!.domain;
    if (expr.kind === "constant" || expr.kind === "parameter") return expr.domain;
    if (expr.kind === "if") {
      const [then, otherwise] = [this.domainOf(expr.then), this.domainOf(expr.otherwise)];
      // Of one name's domains the one with "none" can tell every value.
      return otherwise.kind === "names" && otherwise.none ? otherwise : then;
    }
    const isNumber =
      expr.kind === "add" ||
      expr.kind === "subtract" ||
      expr.kind === "multiply" ||
      expr.kind === "remainder";
    return isNumber ? { kind: "range", min: -(2 ** 31), max: 2 ** 31 - 1 } : { kind: "bool" };
  }

  #run(body: readonly Statement[], state: State, action: Action, violated: string[]): State {
    let now = state;
    for (const statement of body) {
      switch (statement.kind) {
        case "assign":
          now = this.#assign(statement, now, action);
          break;
        case "if": {
          const holds = this.evaluate(statement.condition, now, action.binding, action.rule.source) !== 0;
          now = this.#run(holds ? statement.then : statement.otherwise, now, action, violated);
          break;
        }
        case "assert":
          if (this.evaluate(statement.condition, now, action.binding, statement.source) === 0)
            violated.push(statement.property);
          break;
        default:
          assertNever(statement);
      }
    }
    return now;
  }

  #assign(statement: Statement & { kind: "assign" }, state: State, action: Action): State {
    const { target, source } = statement;
    const { domain } = this.#variables.get(target.variable)!;
    const value = this.evaluate(statement.value, state, action.binding, source);
    const offset = this.#offset(target, state, action.binding, source);
    if (!contains(domain, value))
      throw new TlbcheckError(
        "TLB120",
        `${actionName(action)} assigns ${value} to ${target.variable}, which ranges over ${describeDomain(domain)}`,
        { source: source ?? action.rule.source, hint: "widen the domain, or guard the assignment" },
      );
    return state.set(target.variable, this.#cells(target, state).set(offset, value));
  }

  #cells(cell: Cell, state: State): List<number> {
    return state.get(cell.variable)!;
  }

  /** The position of a cell in its variable's list. */
  #offset(cell: Cell, state: State, binding: Binding, source: Source | null): number {
    const { index } = this.#variables.get(cell.variable)!;
    return index.reduce((offset, domain, dimension) => {
      const code = this.evaluate(cell.index[dimension]!, state, binding, source);
      const position = code - minCode(domain);
      if (position < 0 || position >= indexSize(domain))
        throw new TlbcheckError(
          "TLB121",
          `index ${dimension + 1} of ${cell.variable} is ${formatValue(domain, code)}, outside of ${describeDomain(domain)}`,
          { source, hint: "guard the access: operands of and(…) and or(…) are evaluated from the left" },
        );
      return offset * indexSize(domain) + position;
    }, 0);
  }
}

/** `fill(cpu1, page0)`: a rule's name with the values of its parameters. */
export function actionName(action: Action): string {
  const { rule, binding } = action;
  if (rule.parameters.length === 0) return rule.name;
  const values = rule.parameters.map(({ name, domain }) => formatValue(domain, binding.get(name)!));
  return `${rule.name}(${values.join(", ")})`;
}

/** `walker cpu1`: who takes an action. */
export function actorName({ rule, binding }: Action): string {
  return printedName(rule.actor, binding);
}

/** For each action the number of its actor: equal exactly for the actions of one actor. */
export function actorNumbers(actions: readonly Action[]): number[] {
  const numbers = new globalThis.Map<string, number>();
  return actions.map(({ rule, binding }) => {
    const identity = identityOf(rule.actor, binding);
    const number = numbers.get(identity) ?? numbers.size;
    numbers.set(identity, number);
    return number;
  });
}

/** Values for a rule's parameters in all combinations, the first parameter slowest. */
export function bindings(rule: Rule): Binding[] {
  return bindingsOf(rule.parameters);
}

/** Values for parameters in all combinations, the first parameter slowest. */
export function bindingsOf(parameters: readonly Parameter[]): Binding[] {
  return parameters.reduce<Binding[]>(
    (all, { name, domain }) =>
      all.flatMap((binding) => indexCodes(domain).map((code) => new globalThis.Map(binding).set(name, code))),
    [UNBOUND],
  );
}

/** The lists of cells that a variable may begin with. */
function initialCells(variable: Variable): number[][] {
  const cells = variable.index.reduce((product, domain) => product * indexSize(domain), 1);
  const choices = Array.from({ length: cells }, (_, i) =>
    variable.initial.kind === "every" ? variable.initial.codes : variable.initial.codes[i]!,
  );
  const combinations = choices.reduce((product, codes) => product * codes.length, 1);
  if (combinations > MAX_INITIAL)
    throw new TlbcheckError(
      "TLB112",
      `${variable.name} alone has more than ${MAX_INITIAL} combinations of initial values`,
      {
        hint: "give fewer of its cells several initial values",
        source: variable.source,
      },
    );
  return choices.reduce<number[][]>(
    (all, codes) => all.flatMap((list) => codes.map((code) => [...list, code])),
    [[]],
  );
}
