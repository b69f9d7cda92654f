/**
 * `tlbcheck/rules`: the model language itself, for models of anything: variables over finite domains, guarded
 * rules, and properties. Models of kernel code are shorter in the words of `tlbcheck`.
 */
import type { ModelBuilder } from "./model/builder.ts";
import { ModelBuilder as Builder } from "./model/builder.ts";
import {
  type Configuration,
  defineFamily,
  requireDeclaration,
  type Family,
  type FamilySpec,
  type ParameterValue,
} from "./model/family.ts";
import { own } from "./model/own.ts";
import { knownName } from "./model/known-names.ts";
import { suggest, TlbcheckError } from "./model/diagnostic.ts";
import { callerSource } from "./model/source.ts";

export {
  type Arguments,
  ArrayVariable,
  bool,
  type Body,
  type GoalOptions,
  type Initial,
  type ModelBuilder,
  type Occurrence,
  type PropertyOptions,
  type RuleOptions,
  type TermText,
  type UnwantedRun,
} from "./model/builder.ts";
export type { Domain, Literal } from "./model/domain.ts";
export { TlbcheckError } from "./model/diagnostic.ts";
export type {
  Configuration,
  PerArch,
  ExpectedVerdict,
  Family,
  FamilySpec,
  ParameterSpec,
  ParameterValue,
  Variant,
} from "./model/family.ts";
export type { Model, Statement } from "./model/model.ts";
export {
  and,
  assert,
  choose,
  constant,
  count,
  eachOf,
  enumeration,
  exists,
  forAll,
  literal,
  names,
  not,
  number,
  or,
  orNone,
  range,
  taken,
  when,
} from "./model/checked-language.ts";
export { refuseLost, refuseUncalled } from "./model/lost.ts";
export { knownKeys, knownName } from "./model/known-names.ts";
export { type Operand, Place, refuseTerm, refuseTermFrom, Term } from "./model/term.ts";

/** What a model is built from besides the builder. */
export interface Choice {
  readonly variant: string;
  /** Whether the variant is one of these; throws TLB203 if the family has none of such a name. */
  readonly variantIs: (...names: string[]) => boolean;
  /** A parameter of the family that is a number; throws if there is none of that name. */
  readonly number: (name: string) => number;
  readonly flag: (name: string) => boolean;
  readonly word: (name: string) => string;
}

/**
 * Declares a family of models, which a model file exports as its default. `build` is called once for each
 * configuration, with a fresh builder.
 *
 * ```ts
 * export default model("counter", { about: "counts to three" }, (m) => {
 *   const n = m.variable("n", range(0, 3), 0);
 *   m.rule("count", { guard: () => [n.lessThan(3)], body: () => n.increase() });
 *   m.invariant("small", n.lessThan(3));
 * });
 * ```
 */
export function model(
  name: string,
  spec: FamilySpec,
  build: (m: ModelBuilder, choice: Choice) => void,
): Family {
  const declared = requireDeclaration(name, spec, build, 'model("name", { about: "…" }, (m) => { … })');
  return defineFamily(name, spec, (configuration) => {
    const builder = new Builder(name);
    declared(builder, choiceOf(configuration));
    return builder.build();
  });
}

/** Typed access to the parameters of a configuration. */
export function choiceOf({ variant, parameters }: Configuration): Choice {
  const typed =
    <T extends ParameterValue>(type: string) =>
    (name: string): T => {
      const value = own(parameters, name);
      if (typeof value !== type) {
        const candidates = Object.keys(parameters).filter((each) => typeof own(parameters, each) === type);
        throw new TlbcheckError("TLB205", `the model declares no parameter "${name}" that is a ${type}`, {
          hint: suggest(name, candidates),
          source: callerSource(),
        });
      }
      return value as T;
    };
  return {
    variant,
    variantIs: (...names) => names.map((name) => knownName("variant", variant, "is", name)).includes(variant),
    number: typed<number>("number"),
    flag: typed<boolean>("boolean"),
    word: typed<string>("string"),
  };
}
