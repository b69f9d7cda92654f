/** Cross-CPU function calls, `on_each_cpu_mask()`: by interrupt, waiting until all have run. */
import type { Handler } from "../arch/interrupts.ts";
import { condition, type Operand, type Term, TRUE } from "../model/term.ts";
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

/**
 * `smp_call_function()` of a function that does nothing, on every other CPU, and waits for all: each has had
 * interrupts on in between. It flushes nothing.
 */
export function smpCallFunction(k: Thread, name: string): void {
  const { machine } = k.system;
  const { interrupts } = machine;
  const handler: Handler = { name, guard: () => TRUE, body: () => [] };
  k.event(`smp_call_function(${name})`, () => {
    k.step({
      label: `IPI ${name}`,
      kind: "wait",
      ways: [
        {
          body: () => [
            k.seat.preemption(true),
            machine.cpus().map((cpu) => interrupts.send(k.cpu(), cpu, handler, cpu.isNot(k.cpu()))),
          ],
        },
      ],
    });
    k.step({
      label: `wait for IPI ${name}`,
      kind: "wait",
      ways: [
        { guard: () => [interrupts.acknowledged(k.cpu(), handler)], body: () => k.seat.preemption(false) },
      ],
    });
  });
}
