/** Branches within the program of a CPU. */
import type { Cursor } from "../cursor.ts";
import { type BranchTest, conditionCodes } from "../instruction.ts";
import type { Forms, Parse } from "./form.ts";
import { comma, immediate, register } from "./operands.ts";

const branch =
  (testOf: (cursor: Cursor, mnemonic: string) => BranchTest): Parse =>
  (cursor, mnemonic) => {
    const test = testOf(cursor, mnemonic);
    return [{ kind: "branch", test, label: cursor.word("a label") }];
  };

function onRegister(cursor: Cursor, mnemonic: string): BranchTest {
  const tested = register(cursor);
  comma(cursor);
  return { kind: mnemonic === "CBZ" ? "zero" : "nonzero", register: tested };
}

function onBit(cursor: Cursor, mnemonic: string): BranchTest {
  const tested = register(cursor);
  const bit = immediate(comma(cursor));
  comma(cursor);
  return { kind: "bit", register: tested, bit, set: mnemonic === "TBNZ" };
}

function onFlags(_: Cursor, mnemonic: string): BranchTest {
  return { kind: "flags", code: conditionCodes.find((each) => mnemonic.replace(".", "") === `B${each}`)! };
}

export const branchForms: Forms = [
  [/^B(\.?AL)?$/, branch(() => ({ kind: "always" }))],
  [/^CBN?Z$/, branch(onRegister)],
  [/^TBN?Z$/, branch(onBit)],
  [new RegExp(`^B\\.?(${conditionCodes.join("|")})$`), branch(onFlags)],
];
