/**
 * Atomics that read, add and write in one step, on variables of the scenario's own (`include/linux/atomic.h`). Those
 * without a result are relaxed, those with one fully ordered (`Documentation/atomic_t.txt`, "ORDERING").
 */
import { primitive } from "../threads/primitive.ts";
import { matching, parameterOf } from "../../model/arguments.ts";
import { CELL } from "../arguments.ts";
import type { AtomicOrder } from "../../arch/architecture.ts";
import { lowestValue } from "../../model/domain.ts";
import type { Body } from "../../model/builder.ts";
import type { Place, Term } from "../../model/term.ts";
import type { Cell } from "./cells.ts";
import type { ThreadProgram } from "../threads/thread-program.ts";

/** `atomic_add()`: gives nothing and orders nothing. */
export function atomicAdd(k: ThreadProgram, cell: Cell, by: number): void {
  add(k, cell, by, { suffix: "", order: "relaxed" });
}

/** `atomic_add_return()`: gives the new value, in a register of the thread, and is a full barrier. */
export function atomicAddReturn(k: ThreadProgram, cell: Cell, by: number): Place {
  const { domain } = cell.memory.fields.value;
  const register = k.register(`${cell.name} as added to`, domain, lowestValue(domain));
  add(k, cell, by, { suffix: "_return", order: "full", result: (sum) => register.set(sum) });
  return register;
}

interface How {
  /** What stands behind the name: `_return`. */
  readonly suffix: string;
  readonly order: AtomicOrder;
  readonly result?: (sum: Term) => Body;
}

function add(k: ThreadProgram, cell: Cell, by: number, { suffix, order, result = () => [] }: How): void {
  const label = nameOf(by, suffix, cell.name);
  const way = {
    guard: () => cell.mayExchange(k.cpu(), order),
    body: () => {
      const sum = cell.seenBy(k.cpu()).value.plus(by);
      return [result(sum), cell.exchange(k.cpu(), order, { value: sum })];
    },
  };
  k.event(label, () => k.step({ label, kind: "counter", ways: [way] }));
}

/** As the kernel writes it: `atomic_inc(count)`, `atomic_sub_return(2, count)`. */
function nameOf(by: number, suffix: string, counter: string): string {
  const one = Math.abs(by) === 1;
  const operation = by > 0 ? (one ? "inc" : "add") : one ? "dec" : "sub";
  return `atomic_${operation}${suffix}(${one ? "" : `${Math.abs(by)}, `}${counter})`;
}

const cell = parameterOf("cell", CELL);
const by = parameterOf(
  "by",
  matching<number>(
    "a whole number other than 0, known while the model is built",
    (given) => Number.isSafeInteger(given) && given !== 0,
  ),
);

export const atomicPrimitives = {
  /** `atomic_add()`, `atomic_inc()` for 1, `atomic_dec()` for -1: one atomic step, relaxed. */
  atomicAdd: primitive(atomicAdd, [cell, by]),
  /** `atomic_add_return()`: the same, fully ordered; gives the new value in a register of this thread. */
  atomicAddReturn: primitive(atomicAddReturn, [cell, by], "the new value, in a register"),
};
