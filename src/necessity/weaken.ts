/** Puts a weaker form in the place of a rule: to ask whether a step was needed. */
import { suggest, TlbcheckError } from "./diagnostic.ts";
import type { Model } from "./model.ts";

/** The model with one rule in a weaker form of it; throws TLB104 if there is no such rule or form. */
export function weaken(model: Model, ruleName: string, formName: string): Model {
  const rule = model.rules.find(({ name }) => name === ruleName);
  if (!rule)
    throw new TlbcheckError("TLB104", `the model has no rule "${ruleName}"`, {
      hint: suggest(
        ruleName,
        model.rules.map(({ name }) => name),
      ),
    });
  const form = rule.weaker.find(({ name }) => name === formName);
  if (!form)
    throw new TlbcheckError("TLB104", `the rule "${ruleName}" has no weaker form "${formName}"`, {
      hint: suggest(
        formName,
        rule.weaker.map(({ name }) => name),
      ),
      source: rule.source,
    });
  const weakened = { ...rule, guard: form.guard, body: form.body };
  return { ...model, rules: model.rules.map((each) => (each === rule ? weakened : each)) };
}
