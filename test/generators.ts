/**
 * Random well-formed models, small enough to be explored to the end in a moment. They use every construct of
 * the language: all kinds of expression, statement, domain and property, arrays of one and two dimensions with
 * computed indices, rules with parameters, several initial states, names that are hard to write, numbers at the
 * ends of 32 bits, and states of sizes around the ends of words.
 */
import fc from "fast-check";
import { boolDomain, codes, type Domain, domainSize, indexSize } from "../src/model/domain.ts";
import type {
  Actor,
  Cell,
  Expr,
  InitialCodes,
  Model,
  Parameter,
  Property,
  Recurrence,
  Rule,
  Statement,
  Text,
  Variable,
} from "../src/model/model.ts";
import { Semantics } from "../src/model/semantics.ts";
import { validate } from "../src/model/validate.ts";
import { arbitraryNames, type Names } from "./generators-names.ts";
import { arbitraryBits, padded, PADDED_FACTOR } from "./generators-sizes.ts";
import { constantOf, Expressions, isWide, type Scope, widePool } from "./generators-expressions.ts";

export interface ModelOptions {
  /** Let some models index out of bounds or assign out of range in some state; true unless said otherwise. */
  readonly faults?: boolean;
  /** An upper bound on the states of a model. */
  readonly maxStates?: number;
}

/** A random model that the validator accepts and that has an initial state. */
export function arbitraryModel({ faults = true, maxStates = 1000 }: ModelOptions = {}): fc.Arbitrary<Model> {
  return fc
    .record({
      members: fc.integer({ min: 1, max: 3 }),
      names: arbitraryNames(),
      bits: arbitraryBits,
      padFirst: fc.boolean(),
    })
    .chain(({ members, names, bits, padFirst }) => {
      const domains = domainsWith(members, names);
      const most = bits === null ? maxStates : maxStates / PADDED_FACTOR;
      return arbitraryVariables(domains, names, most)
        .chain((variables) => arbitraryBehaviour({ variables, parameters: [], domains, faults }, names))
        .map((model) => (bits === null ? model : padded(model, names.pad, bits, padFirst)));
    })
    .filter((model) => validate(model).length === 0 && new Semantics(model).initialStates().length > 0);
}

function domainsWith(members: number, names: Names): Domain[] {
  const id: Domain = {
    kind: "names",
    name: names.domains[1]!,
    members: names.members.slice(0, members),
    none: false,
  };
  return [
    boolDomain,
    { kind: "range", min: 0, max: 3 },
    { kind: "range", min: 0, max: 7 },
    { kind: "range", min: -2, max: 1 },
    { kind: "range", min: 4, max: 4 },
    { kind: "range", min: -(2 ** 31), max: 2 - 2 ** 31 },
    { kind: "range", min: 2 ** 31 - 3, max: 2 ** 31 - 1 },
    { kind: "enum", name: names.domains[0]!, values: names.words },
    id,
    { ...id, none: true },
  ];
}

/** Ranges of which a few values are used, so that states take more than one word. */
const WIDE: readonly Domain[] = [
  { kind: "range", min: -(2 ** 30), max: 2 ** 30 - 1 },
  { kind: "range", min: 0, max: 2 ** 31 - 1 },
  { kind: "range", min: -(2 ** 31), max: -1 },
  { kind: "range", min: -(2 ** 31), max: 2 ** 31 - 1 },
  { kind: "range", min: -100, max: 1_000_000 },
];

/** The longest prefix of random variables whose states are few enough. */
function arbitraryVariables(
  domains: readonly Domain[],
  names: Names,
  maxStates: number,
): fc.Arbitrary<Variable[]> {
  const shape = fc.record({
    index: fc.oneof(
      { weight: 3, arbitrary: fc.constant<Domain[]>([]) },
      { weight: 2, arbitrary: fc.array(fc.constantFrom(...domains), { minLength: 1, maxLength: 2 }) },
    ),
    domain: fc.oneof(
      { weight: 5, arbitrary: fc.constantFrom(...domains) },
      { weight: 1, arbitrary: fc.constantFrom(...WIDE) },
    ),
  });
  const variable = (name: string): fc.Arbitrary<Variable> =>
    shape.chain(({ index, domain }) =>
      arbitraryInitial(domain, cellCount(index)).map((initial) => ({
        name,
        index,
        domain,
        initial,
        source: null,
      })),
    );
  const all = names.variables.map(variable);
  return fc
    .record({ list: fc.tuple(...all), take: fc.integer({ min: 3, max: all.length }) })
    .map(({ list, take }) => {
      const kept: Variable[] = [];
      let states = 1;
      for (const each of list.slice(0, take)) {
        const values = isWide(each.domain) ? widePool(each.domain).length : domainSize(each.domain);
        const product = states * values ** cellCount(each.index);
        if (product > maxStates) continue;
        states = product;
        kept.push(each);
      }
      return kept;
    });
}

function cellCount(index: readonly Domain[]): number {
  return index.reduce((product, domain) => product * indexSize(domain), 1);
}

function arbitraryInitial(domain: Domain, cells: number): fc.Arbitrary<InitialCodes> {
  const pool = domainSize(domain) > 16 ? widePool(domain) : codes(domain);
  const one = fc.constantFrom(...pool).map((code) => [code]);
  const several = fc
    .uniqueArray(fc.constantFrom(...pool), { minLength: 1, maxLength: 2 })
    .map((found) => found.sort((a, b) => a - b));
  const list = fc.oneof({ weight: 4, arbitrary: one }, { weight: 2, arbitrary: several });
  const each = fc.array(list, { minLength: cells, maxLength: cells });
  return fc.oneof(
    { weight: 3, arbitrary: list.map((found): InitialCodes => ({ kind: "every", codes: found })) },
    { weight: 1, arbitrary: each.map((found): InitialCodes => ({ kind: "each", codes: found })) },
  );
}

function arbitraryBehaviour(scope: Scope, names: Names): fc.Arbitrary<Model> {
  const expressions = new Expressions(scope);
  const safe = new Expressions({ ...scope, faults: false });
  return arbitraryProperties(expressions, safe, names).chain((properties) => {
    const assertions = properties.filter(({ kind }) => kind === "assertion").map(({ name }) => name);
    return fc.record({
      name: fc.constant("random"),
      variables: fc.constant(scope.variables),
      initially: fc.oneof(
        { weight: 3, arbitrary: fc.constant<Expr[]>([]) },
        { weight: 1, arbitrary: fc.array(safe.of("bool"), { minLength: 1, maxLength: 2 }) },
      ),
      rules: fc
        .tuple(...names.rules.map((name) => arbitraryRule(name, scope, names, assertions)))
        .chain((rules) => fc.constantFrom(1, 2, 3, 4, 4).map((take) => rules.slice(0, take))),
      properties: fc.constant(properties),
      places: fc.constant([]),
      assumptions: fc.constant([]),
    });
  });
}

function arbitraryProperties(
  expressions: Expressions,
  safe: Expressions,
  names: Names,
): fc.Arbitrary<Property[]> {
  // An invariant that is mostly true, a goal that is mostly false: the interesting ones are decided late.
  const pair = fc.array(expressions.of("bool"), { minLength: 1, maxLength: 3 });
  const conditioned = fc.oneof(
    pair.map((operands) => ({ kind: "invariant" as const, condition: { kind: "or" as const, operands } })),
    pair.map((operands) => ({
      kind: "goal" as const,
      condition: { kind: "and" as const, operands },
      of: null,
    })),
  );
  const plain = fc.constant({ kind: "assertion" as const });
  const deadlock = safe.of("bool").map((terminated) => ({ kind: "deadlock" as const, terminated }));
  const recurrence = fc.oneof(
    pair.map((operands): Recurrence => ({ kind: "state", condition: { kind: "or", operands } })),
    fc.constant<Recurrence>({ kind: "taken", rules: [names.rules[0]!] }),
  );
  const liveness = fc.record({
    kind: fc.constant("liveness" as const),
    runs: fc.array(
      fc.record({
        eventuallyAlways: pair.map((operands): Expr => ({ kind: "or", operands })),
        infinitelyOften: fc.array(recurrence, { maxLength: 2 }),
        consequence: fc.constant(null),
      }),
      { minLength: 1, maxLength: 2 },
    ),
  });
  return fc
    .array(fc.oneof({ weight: 2, arbitrary: conditioned }, plain, deadlock, liveness), { maxLength: 4 })
    .map((list) =>
      list.map((each, i): Property => ({
        name: names.properties[i]!,
        aliases: [],
        consequence: [],
        source: null,
        ...each,
      })),
    );
}

function arbitraryRule(
  name: string,
  scope: Scope,
  names: Names,
  assertions: readonly string[],
): fc.Arbitrary<Rule> {
  const few = scope.domains.filter((domain) => indexSize(domain) <= 4);
  return fc
    .array(fc.constantFrom(...few), { maxLength: 2 })
    .map((domains) => domains.map((domain, i): Parameter => ({ name: names.parameters[i]!, domain })))
    .chain((parameters) => {
      const inner = { ...scope, parameters };
      const expressions = new Expressions(inner);
      return fc.record({
        name: fc.constant(name),
        actor: arbitraryActor(parameters, names),
        parameters: fc.constant(parameters),
        guard: arbitraryGuard(expressions),
        body: arbitraryBody(inner, expressions, assertions, 2),
        fair: fc.boolean(),
        fairnessClass: fc.oneof(fc.constant(null), arbitraryActor(parameters, names)),
        text: fc.constant<Text>([name]),
        event: fc.constant(null),
        place: fc.constant(null),
        step: fc.constant(null),
        weaker: fc.constant([]),
        source: fc.constant(null),
      });
    });
}

/** Mostly weak, so that most models get beyond their initial states. */
function arbitraryGuard(expressions: Expressions): fc.Arbitrary<Expr[]> {
  const any = expressions.of("bool");
  const weak = fc
    .array(any, { minLength: 2, maxLength: 3 })
    .map((operands): Expr => ({ kind: "or", operands }));
  return fc.oneof(
    { weight: 3, arbitrary: fc.constant<Expr[]>([]) },
    { weight: 3, arbitrary: fc.array(weak, { minLength: 1, maxLength: 2 }) },
    { weight: 1, arbitrary: fc.array(any, { minLength: 1, maxLength: 2 }) },
  );
}

function arbitraryActor(parameters: readonly Parameter[], names: Names): fc.Arbitrary<Actor> {
  const indices = parameters.map(({ name, domain }): Expr => ({ kind: "parameter", name, domain }));
  return fc.record({
    name: fc.constantFrom(...names.actors),
    index: fc.constantFrom(null, constantOf({ kind: "range", min: 0, max: 3 }, 2), ...indices),
  });
}

function arbitraryBody(
  scope: Scope,
  expressions: Expressions,
  assertions: readonly string[],
  depth: number,
): fc.Arbitrary<Statement[]> {
  const assigns = scope.variables.map((variable) => ({
    weight: 2,
    arbitrary: arbitraryAssignment(variable, expressions),
  }));
  const asserts = assertions.map((property) =>
    expressions.of("bool").map((condition): Statement => ({
      kind: "assert",
      property,
      condition,
      consequence: null,
      source: null,
    })),
  );
  const inner = (): fc.Arbitrary<Statement[]> => arbitraryBody(scope, expressions, assertions, depth - 1);
  const branches =
    depth === 0
      ? []
      : [
          fc
            .record({ condition: expressions.of("bool"), then: inner(), otherwise: inner() })
            .map((parts): Statement => ({ kind: "if", ...parts })),
        ];
  const choices = [...assigns, ...asserts.map(once), ...branches.map(once)];
  if (choices.length === 0) return fc.constant([]);
  return fc.array(fc.oneof(...choices), { minLength: Number(depth === 2), maxLength: 3 });
}

function once<T>(arbitrary: fc.Arbitrary<T>): { weight: number; arbitrary: fc.Arbitrary<T> } {
  return { weight: 1, arbitrary };
}

function arbitraryAssignment(variable: Variable, expressions: Expressions): fc.Arbitrary<Statement> {
  const assign = (target: Cell, value: Expr): Statement => ({ kind: "assign", target, value, source: null });
  const cell = expressions.cell(variable);
  if (isWide(variable.domain))
    return fc.tuple(cell, expressions.wideValue(variable.domain)).map(([target, to]) => assign(target, to));
  return fc.oneof(
    fc.tuple(cell, expressions.valueFor(variable.domain)).map(([target, to]) => assign(target, to)),
    cell.chain((target) => expressions.changed(target, variable.domain).map((to) => assign(target, to))),
  );
}
