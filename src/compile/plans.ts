/**
 * Which code a rule becomes: an action of its own for each combination of parameter values, so that indices are
 * constants; or, where there are very many, a loop over the first parameters with the rest unrolled in it.
 */
import { indexSize, minCode } from "../model/domain.ts";
import type { Model, Parameter, Rule } from "../model/model.ts";
import { bindingsOf } from "../model/semantics.ts";
import type { ActionPlan } from "./actions.ts";
import { parameterLocal } from "./expressions.ts";

/** Instances of one rule that are unrolled at most. */
const UNROLLED = 256;

/** Actions that run one after the other, inside of loops over `loops` (outermost first). */
export interface Piece {
  readonly loops: readonly Parameter[];
  readonly actions: readonly ActionPlan[];
}

/** The pieces of a model, in the order of the actions' numbers. */
export function piecesOf(model: Model): Piece[] {
  let first = 0;
  return model.rules.map((rule, ruleNumber) => {
    const piece = pieceOf(rule, ruleNumber, first);
    first += instances(rule.parameters);
    return piece;
  });
}

/** How many actions a rule with these parameters has. */
export function instances(parameters: readonly Parameter[]): number {
  return parameters.reduce((product, { domain }) => product * indexSize(domain), 1);
}

function pieceOf(rule: Rule, ruleNumber: number, first: number): Piece {
  const { parameters } = rule;
  let cut = 0;
  while (instances(parameters.slice(cut)) > UNROLLED) cut += 1;
  const loops = parameters.slice(0, cut);
  const inner = parameters.slice(cut);
  const step = instances(inner);
  const actions = bindingsOf(inner).map((binding, i): ActionPlan => {
    const at = first + i;
    if (cut === 0) return { rule, ruleNumber, binding, number: `(i32.const ${at})`, constantNumber: at };
    return { rule, ruleNumber, binding, number: numberText(loops, step, at), constantNumber: null };
  });
  return { loops, actions };
}

/** The number of an action in loops: their parameters are the leading digits, the first of them the highest. */
function numberText(loops: readonly Parameter[], step: number, offset: number): string {
  const leading = loops.reduce((text, { name, domain }) => {
    const digit = `(i32.sub (local.get ${parameterLocal(name)}) (i32.const ${minCode(domain)}))`;
    return text === "" ? digit : `(i32.add (i32.mul ${text} (i32.const ${indexSize(domain)})) ${digit})`;
  }, "");
  return `(i32.add (i32.mul ${leading} (i32.const ${step})) (i32.const ${offset}))`;
}
