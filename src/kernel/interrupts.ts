/** Cross-CPU function calls, `on_each_cpu_mask()`: by interrupt, waiting until all have run. */
import type { Handler } from "../arch/interrupts.ts";
import { condition, type Operand, type Term } from "../model/term.ts";
import type { Thread } from "./thread.ts";

/** Runs a barrier on every CPU of a mask. Preemption is off from sending to the last acknowledgement. */
export function onEachCpuMask(k: Thread, mask: (cpu: Term) => Operand, barrier: string): void {
  const { machine } = k.system;
  const handler: Handler = {
    name: barrier,
    guard: (cpu) => machine.barrier(cpu, barrier),
    body: (cpu) => machine.barrierEffect(cpu, barrier),
  };
  const { interrupts } = machine;
  k.event(`on_each_cpu_mask(${barrier})`, () => {
    k.step({
      label: `IPI ${barrier}`,
      kind: "flush",
      ways: [
        {
          guard: () => [interrupts.maySend(k.cpu())],
          body: () => [
            k.seat.preemption(true),
            machine.cpus().map((cpu) => interrupts.send(k.cpu(), cpu, handler, condition(mask(cpu)))),
          ],
        },
      ],
    });
    k.step({
      label: `wait for IPI ${barrier}`,
      kind: "wait",
      ways: [
        { guard: () => [interrupts.acknowledged(k.cpu(), handler)], body: () => k.seat.preemption(false) },
      ],
      weaker: [{ name: "omitted", body: () => k.seat.preemption(false) }],
    });
  });
}
