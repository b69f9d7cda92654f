/** Accesses to variables of the scenario's own, `system.sharedVariable()`. */
import { primitive } from "../threads/primitive.ts";
import { type Description, parameterOf, takeOne } from "../../model/arguments.ts";
import { operandOf } from "../../model/argument-terms.ts";
import { CELL } from "../arguments.ts";
import type { Body } from "../../model/builder.ts";
import { lowestValue } from "../../model/domain.ts";
import type { Operand, Place } from "../../model/term.ts";
import type { Cell } from "./cells.ts";
import type { ThreadProgram } from "../threads/thread-program.ts";

/** `WRITE_ONCE()`: a plain store. */
export function writeOnce(k: ThreadProgram, cell: Cell, value: Operand): void {
  const { domain } = cell.memory.fields.value;
  takeOne(operandOf(domain), value, { call: { name: "k.writeOnce()" }, path: "value" });
  const label = `WRITE_ONCE(${cell.name})`;
  const way = { guard: () => cell.mayStore(k.cpu()), body: () => cell.store(k.cpu(), { value }) };
  k.event(label, () => k.step({ label, kind: "data", reads: false, ways: [way] }));
}

/** `READ_ONCE()`: a plain load into a register of the thread, which it gives. */
export function readOnce(k: ThreadProgram, cell: Cell): Place {
  const { domain } = cell.memory.fields.value;
  const register = k.register(`${cell.name} as read`, domain, lowestValue(domain));
  const label = `READ_ONCE(${cell.name})`;
  const body = (): Body => register.set(cell.seenBy(k.cpu()).value);
  k.event(label, () => k.step({ label, kind: "re-check", ways: [{ body }] }));
  return register;
}

/** A value or an expression; of which domain is known with the variable. */
const VALUE: Description<Operand> = {
  says: "a value of the variable's domain, or an expression of its type",
  take: (given) => given as Operand,
};

export const variablePrimitives = {
  /** `WRITE_ONCE()`: a plain store. */
  writeOnce: primitive(writeOnce, [parameterOf("cell", CELL), parameterOf("value", VALUE)]),
  /** `READ_ONCE()`: a plain load into a register of this thread, which it gives. */
  readOnce: primitive(readOnce, [parameterOf("cell", CELL)], "what was read, in a register"),
};
