/** Replaces the positions in a model, such as those in a bundle by those in the files that it was made from. */
import type { Model, Rule, Source, Statement } from "./model.ts";

export type SourceMapping = (source: Source) => Source;

/** The same model with every position mapped. */
export function mapSources(model: Model, mapping: SourceMapping): Model {
  const map = <T extends { readonly source: Source | null }>(part: T): T => ({
    ...part,
    source: part.source && mapping(part.source),
  });
  const statement = (each: Statement): Statement =>
    each.kind === "if"
      ? { ...each, then: each.then.map(statement), otherwise: each.otherwise.map(statement) }
      : map(each);
  const rule = (each: Rule): Rule => ({
    ...map(each),
    body: each.body.map(statement),
    weaker: each.weaker.map((form) => ({ ...form, body: form.body.map(statement) })),
  });
  return {
    ...model,
    variables: model.variables.map(map),
    rules: model.rules.map(rule),
    properties: model.properties.map(map),
  };
}
