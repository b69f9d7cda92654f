/** Statements as values: how one is recognized among whatever a callback returns. */
import type { Statement } from "./model.ts";

const KINDS: Readonly<Record<Statement["kind"], true>> = { assign: true, if: true, assert: true };

/** Whether a value is a statement of the language. */
export function isStatement(value: unknown): value is Statement {
  if (typeof value !== "object" || value === null || !("kind" in value)) return false;
  return typeof value.kind === "string" && Object.hasOwn(KINDS, value.kind) && !("name" in value);
}
