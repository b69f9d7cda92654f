/** The comment at the head of a Promela export: how to run it, and what numbers to expect. */
import type { Model } from "../model/model.ts";
import { commentText } from "./lines.ts";
import type { ExportOptions } from "./options.ts";
import { promelaSurplus, promelaVectorBytes } from "./promela-types.ts";

export function promelaHeader(model: Model, { counts, origin, properties }: ExportOptions): string[] {
  const surplus = promelaSurplus(model);
  const vector = `-DVECTORSZ=${promelaVectorBytes(model)}`;
  const compiler = `gcc -O2 -w -DSAFETY -DNOREDUCE ${vector}${properties ? " -DBFS" : ""} -o pan pan.c`;
  const numbers =
    counts === null
      ? "not counted"
      : `${counts.states + surplus.states} states, stored; ${counts.transitions + surplus.transitions} transitions`;
  return [
    `/* ${commentText(origin)}`,
    " *",
    ` * To run: spin -a FILE; ${compiler}; ./pan -n -E -m1000000`,
    properties
      ? " * To expect: no error if every property holds; else the shortest violation, at 2n or 2n + 1 steps for n actions."
      : ` * To expect: ${numbers}${surplus.states > 0 ? " (1 state is the one before the initial ones)" : ""}.`,
    " */",
    "",
  ];
}
