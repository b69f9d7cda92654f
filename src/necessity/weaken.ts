/** Puts weaker forms in the place of rules: to ask whether a step was needed. */
import { suggest, TlbcheckError } from "../model/diagnostic.ts";
import type { Model, Rule, WeakerForm } from "../model/model.ts";

/** A rule, and which of its weaker forms is put in its place. */
export interface Choice {
  readonly rule: string;
  readonly form: string;
}

/** The model with one rule in a weaker form of it; throws TLB104 if there is no such rule or form. */
export function weaken(model: Model, rule: string, form: string): Model {
  return weakenAll(model, [{ rule, form }]);
}

/** The model with several rules each in a weaker form of it; throws TLB104 if there is no such rule or form. */
export function weakenAll(model: Model, choices: readonly Choice[]): Model {
  const forms = new Map<Rule, WeakerForm>();
  for (const choice of choices) {
    const rule = ruleOf(model, choice.rule);
    forms.set(rule, formOf(rule, choice.form));
  }
  const weakened = (rule: Rule): Rule => {
    const form = forms.get(rule);
    return form ? { ...rule, guard: form.guard, body: form.body } : rule;
  };
  return { ...model, rules: model.rules.map(weakened) };
}

/** Whether a rule does anything else in that form. */
export function changes(model: Model, choice: Choice): boolean {
  const rule = ruleOf(model, choice.rule);
  const { guard, body } = formOf(rule, choice.form);
  return JSON.stringify([guard, body]) !== JSON.stringify([rule.guard, rule.body]);
}

function ruleOf(model: Model, name: string): Rule {
  const rule = model.rules.find((each) => each.name === name);
  if (rule) return rule;
  throw new TlbcheckError("TLB104", `the model has no rule "${name}"`, {
    hint: suggest(
      name,
      model.rules.map((each) => each.name),
    ),
  });
}

function formOf(rule: Rule, name: string): WeakerForm {
  const form = rule.weaker.find((each) => each.name === name);
  if (form) return form;
  throw new TlbcheckError("TLB104", `the rule "${rule.name}" has no weaker form "${name}"`, {
    hint: suggest(
      name,
      rule.weaker.map((each) => each.name),
    ),
    source: rule.source,
  });
}
