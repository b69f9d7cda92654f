/** A barrier of the architecture as a step of a thread. */
import { primitive } from "../threads/primitive.ts";
import { list, optional, parameterOf, TEXT } from "../../model/arguments.ts";
import type { Term } from "../../model/term.ts";
import type { SmpBarrier } from "../arch/kernel-arch.ts";
import type { ThreadProgram } from "../threads/thread-program.ts";

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
      awaits: () => [
        { until: machine.barrier(k.cpu(), name), text: "the invalidations and stores before it to complete" },
      ],
      weaker: weaker.map((each) => ({ name: each, ...form(each) })),
    }),
  );
}

/** `smp_mb()`, `smp_wmb()` or `smp_rmb()`: the barrier of the architecture, or a step that orders nothing here. */
export function smpBarrier(which: SmpBarrier) {
  return (k: ThreadProgram): void => {
    const label = `smp_${which}()`;
    const name = k.system.arch.smpBarriers?.[which];
    const { machine } = k.system;
    const guard = (): Term[] => (which === "mb" ? [machine.storesDrained(k.cpu())] : []);
    k.event(label, () => (name ? barrier(k, name) : k.step({ label, kind: "barrier", ways: [{ guard }] })));
  };
}

export const barrierPrimitives = {
  /** A barrier of the architecture, such as `dsb(ish)`, and the weaker ones that may stand in its place. */
  barrier: primitive(barrier, [parameterOf("name", TEXT), parameterOf("weaker", optional(list(TEXT)))]),
  /** `smp_mb()`: loads and stores behind it wait for those before it. */
  smpMb: primitive(smpBarrier("mb"), []),
  /** `smp_wmb()`: stores behind it come behind those before it, which in one queue they do in any case. */
  smpWmb: primitive(smpBarrier("wmb"), []),
  /** `smp_rmb()`: loads behind it come behind those before it, as loads do here in any case. */
  smpRmb: primitive(smpBarrier("rmb"), []),
};
