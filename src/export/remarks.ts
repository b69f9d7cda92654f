/** What a model says of itself in words, for the comments of an export: texts, sentences, and where they were written. */
import { formatValue } from "../model/domain.ts";
import type { Expr, Property, Rule, Source, Statement, Text } from "../model/model.ts";
import type { ExpressionWriter } from "./notation.ts";

/** What a trace prints of the rule's step and of the event that it is a part of, in lines. */
export function ruleRemarks({ text, event, source }: Rule, expressions: ExpressionWriter): string[] {
  const step = told(text, expressions);
  const whole = event === null ? step : told(event.text, expressions);
  return withPlace([step, ...(whole === step ? [] : [`in: ${whole}`])], source);
}

/** The property's sentence; with its name, since not every language has a place for that. */
export function propertyRemarks(property: Property, expressions: ExpressionWriter): string[] {
  const { name, kind, consequence, source } = property;
  const sentence = told(consequence, expressions);
  const which = kind === name ? name : `${kind} ${name}`;
  return withPlace([sentence === "" ? which : `${which}: ${sentence}`], source);
}

/** What the violation of an assert statement means; nothing where the property's own sentence says it. */
export function assertRemarks(
  { consequence, source }: Statement & { readonly kind: "assert" },
  expressions: ExpressionWriter,
): string[] {
  return withPlace(consequence === null ? [] : [told(consequence, expressions)], source);
}

/** A text in which values that depend on the state stay expressions of the other language, in braces. */
function told(text: Text, expressions: ExpressionWriter): string {
  return text.map((part) => (typeof part === "string" ? part : toldValue(part, expressions))).join("");
}

function toldValue(expr: Expr, expressions: ExpressionWriter): string {
  if (expr.kind === "constant") return formatValue(expr.domain, expr.value);
  if (expr.kind !== "if") return `{${expressions.write(expr)}}`;
  const [then, otherwise] = [expr.then, expr.otherwise].map((each) => toldValue(each, expressions));
  return `{${expressions.write(expr.condition)} ? ${then} : ${otherwise}}`;
}

/** The lines that say anything, and behind the last of them the line of the model file. */
function withPlace(lines: readonly string[], source: Source | null): string[] {
  const said = lines.filter((line) => line !== "");
  if (source === null) return said;
  const place = `(${source.file}:${source.line})`;
  return [...said.slice(0, -1), [...said.slice(-1), place].join(" ")];
}
