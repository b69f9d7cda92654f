/** Cross-CPU function calls, `on_each_cpu_mask()`: by interrupt, waiting until all have run. */
import type { Handler } from "../../arch/interrupts.ts";
import { bool, type Body } from "../../model/builder.ts";
import { and, condition, type Operand, type Term, TRUE } from "../../model/term.ts";
import { mayAwaitCpus } from "./lockdep.ts";
import { awaitsCpus } from "../threads/awaits.ts";
import type { ThreadProgram } from "../threads/thread-program.ts";

/** Runs a barrier on every CPU of a mask. */
export function onEachCpuMask(k: ThreadProgram, mask: (cpu: Term) => Operand, barrier: string): void {
  const { machine } = k.system;
  const handler: Handler = {
    name: barrier,
    guard: (cpu) => machine.barrier(cpu, barrier),
    body: (cpu) => machine.barrierEffect(cpu, barrier),
  };
  k.event(`on_each_cpu_mask(${barrier})`, () => callOnEach(k, mask, handler));
}

/**
 * Runs a function on every CPU of a mask and waits for all. Preemption is off from sending to the last
 * acknowledgement; the step that sees it may do more (`afterwards`).
 */
export function callOnEach(
  k: ThreadProgram,
  mask: (cpu: Term) => Operand,
  handler: Handler,
  afterwards: () => Body = () => [],
): void {
  const { machine } = k.system;
  const { interrupts } = machine;
  const here = k.register(`${handler.name} here`, bool, false);
  const last = (): Body => [k.seat.preemption(false), here.set(false), afterwards()];
  k.step({
    label: `IPI ${handler.name}`,
    kind: "flush",
    ways: [
      {
        guard: () => [interrupts.maySend(k.cpu())],
        body: () => [
          mayAwaitCpus(k, `on_each_cpu_mask(${handler.name})`),
          k.seat.preemption(true),
          here.set(mask(k.cpu())),
          machine
            .cpus()
            .map((cpu) =>
              interrupts.send(k.cpu(), cpu, handler, and(cpu.isNot(k.cpu()), condition(mask(cpu)))),
            ),
        ],
      },
    ],
  });
  // This CPU calls the function without an interrupt.
  k.if(here, () =>
    k.step({
      label: handler.name,
      kind: "flush",
      ways: [{ guard: () => [handler.guard(k.cpu())], body: () => handler.body(k.cpu(), k.cpu()) }],
    }),
  );
  k.step({
    label: `wait for IPI ${handler.name}`,
    kind: "wait",
    ways: [{ guard: () => [interrupts.acknowledged(k.cpu(), handler)], body: last }],
    awaits: () => awaitsCpus(k, handler),
    weaker: [{ name: "omitted", body: last }],
  });
}

/**
 * `smp_call_function()` of a function that does nothing, on every other CPU, and waits for all: each has had
 * interrupts on in between. It flushes nothing.
 */
export function smpCallFunction(k: ThreadProgram, name: string): void {
  const { machine } = k.system;
  const { interrupts } = machine;
  const handler: Handler = { name, guard: () => TRUE, body: () => [] };
  k.event(`smp_call_function(${name})`, () => {
    k.step({
      label: `IPI ${name}`,
      kind: "wait",
      ways: [
        {
          guard: () => [interrupts.maySend(k.cpu())],
          body: () => [
            mayAwaitCpus(k, `smp_call_function(${name})`),
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
      awaits: () => awaitsCpus(k, handler),
    });
  });
}
