/** A barrier of the architecture as a step of a thread. */
import { primitive } from "../program/primitive.ts";
import { list, optional, parameterOf, TEXT } from "../../model/arguments.ts";
import type { ThreadProgram } from "../program/thread-program.ts";

export function barrier(k: ThreadProgram, name: string, weaker: readonly string[] = []): void {
  const { machine } = k.system;
  const form = (each: string) => ({
    guard: () => [machine.barrier(k.cpu(), each)],
    body: () => machine.barrierEffect(k.cpu(), each),
  });
  k.event(name, () =>
    k.step({
      label: name,
      kind: "barrier",
      ways: [form(name)],
      weaker: weaker.map((each) => ({ name: each, ...form(each) })),
    }),
  );
}

export const barrierPrimitives = {
  /** A barrier of the architecture, such as `dsb(ish)`, and the weaker ones that may stand in its place. */
  barrier: primitive(barrier, [parameterOf("name", TEXT), parameterOf("weaker", optional(list(TEXT)))]),
};
