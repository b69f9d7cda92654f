/** Makes the states of a random model as large as is asked, around the ends of words of 64 bits. */
import fc from "fast-check";
import { boolDomain } from "../src/model/domain.ts";
import { layoutOf } from "../src/model/layout.ts";
import type { Expr, Model, Property, Rule, Variable } from "../src/model/model.ts";
import { constantOf } from "./generators-expressions.ts";

/** How many times as many states a model has at most when it is padded. */
export const PADDED_FACTOR = 4;

/** How many bits a state is to have; null: as many as the variables need. */
export const arbitraryBits: fc.Arbitrary<number | null> = fc.oneof(
  { weight: 3, arbitrary: fc.constant(null) },
  { weight: 2, arbitrary: fc.constantFrom(63, 64, 65, 127, 128, 129, 191, 192, 193, 321) },
);

/** The model with an array of bits more, of which a rule inverts the first and the last. */
export function padded(model: Model, name: string, bits: number, first: boolean): Model {
  const size = bits - layoutOf(model).bits;
  if (size < 1) return model;
  const pad = arrayOfBits(name, size);
  const [index] = pad.index;
  const ends = [0, size - 1].map((each) => constantOf(index!, each));
  const goal: Property = {
    kind: "goal",
    name: `${name} full`,
    condition: { kind: "and", operands: ends.map((at) => ({ kind: "read", variable: name, index: [at] })) },
    of: null,
    aliases: [],
    consequence: [],
    source: null,
  };
  return {
    ...model,
    variables: first ? [pad, ...model.variables] : [...model.variables, pad],
    rules: [...model.rules, inversion(name, ends[0]!, ends[1]!)],
    properties: [...model.properties, goal],
  };
}

function arrayOfBits(name: string, size: number): Variable {
  const index = { kind: "range", min: 0, max: size - 1 } as const;
  return { name, index: [index], domain: boolDomain, initial: { kind: "every", codes: [0] }, source: null };
}

function inversion(variable: string, first: Expr, last: Expr): Rule {
  const end = { name: "end", domain: boolDomain };
  const at: Expr = {
    kind: "if",
    condition: { kind: "parameter", ...end },
    then: last,
    otherwise: first,
  };
  const target = { variable, index: [at] };
  const value: Expr = { kind: "not", operand: { kind: "read", ...target } };
  return {
    name: `${variable} inverted`,
    actor: { name: "pad", index: null },
    parameters: [end],
    guard: [],
    body: [{ kind: "assign", target, value, source: null }],
    fair: false,
    fairnessClass: null,
    text: [variable],
    event: null,
    place: null,
    step: null,
    weaker: [],
    source: null,
  };
}
