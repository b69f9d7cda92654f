/** Reads instructions of AArch64, those that tests about virtual memory are made of. */
import type { Cursor } from "./cursor.ts";
import { atomicForms } from "./forms/atomics.ts";
import { branchForms } from "./forms/branches.ts";
import { computationForms } from "./forms/computations.ts";
import { type Form, NotModelled, type Parse } from "./forms/form.ts";
import { memoryForms } from "./forms/memory.ts";
import { seesEndOfCell } from "./forms/operands.ts";
import { systemForms } from "./forms/system.ts";
import type { Instruction } from "./instruction.ts";

/**
 * Reads an instruction up to the end of its cell; one that is not known comes out as `unknown`. An instruction that
 * does two things one after the other, such as an access and the update of its base, comes out as two.
 */
export function parseInstruction(cursor: Cursor): readonly Instruction[] {
  const first = cursor.peek();
  const forms = parseForms(cursor);
  const known = forms !== null && seesEndOfCell(cursor);
  while (!cursor.atEnd && !seesEndOfCell(cursor)) cursor.take();
  const text = cursor.textFrom(first);
  const found = known ? forms : [{ kind: "unknown" as const }];
  return found.map((form) => Object.freeze({ ...form, at: first.at, text }));
}

function parseForms(cursor: Cursor): readonly Form[] | null {
  const mnemonic = cursor.peek().kind === "word" ? cursor.take().text.toUpperCase() : null;
  const parse = mnemonic === null ? undefined : parserOf(mnemonic);
  if (!parse) return null;
  try {
    return parse(cursor, mnemonic!);
  } catch (error) {
    if (error instanceof NotModelled) return null;
    throw error;
  }
}

const FORMS: readonly (readonly [RegExp, Parse])[] = [
  ...memoryForms,
  ...atomicForms,
  ...computationForms,
  ...branchForms,
  ...systemForms,
];

function parserOf(mnemonic: string): Parse | undefined {
  return FORMS.find(([pattern]) => pattern.test(mnemonic))?.[1];
}
