/** Texts with values in them. */
import type { TermText } from "./declarations.ts";
import type { Text } from "./model.ts";
import { Term } from "./term.ts";

/** A text as a model has it. */
export function textOf(text: TermText): Text {
  if (typeof text === "string") return [text];
  return text.map((each) => (each instanceof Term ? each.node : each));
}
