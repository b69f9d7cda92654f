/** Interrupts of the thread's own CPU, off and on: `local_irq_disable()` and its like. */
import { bool, type Body, when } from "../model/builder.ts";
import type { Place } from "../model/term.ts";
import type { Thread } from "./thread.ts";

/** `local_irq_disable()` and `local_irq_enable()`. */
export function setIrqs(k: Thread, label: string, off: boolean): void {
  const section = readSide(k);
  write(k, label, () => [
    k.system.machine.interrupts.mask(k.cpu(), off),
    off ? section.enter() : section.leave(),
  ]);
}

/** `local_irq_save()`; gives whether interrupts were off. */
export function localIrqSave(k: Thread): Place {
  const { interrupts } = k.system.machine;
  const flags = k.register("irq flags", bool, false);
  const section = readSide(k);
  write(k, "local_irq_save()", () => {
    const off = interrupts.mask(k.cpu(), true);
    return [flags.set(interrupts.on(k.cpu()).not()), off, section.enter()];
  });
  return flags;
}

/** `local_irq_restore()`. */
export function localIrqRestore(k: Thread, flags: Place): void {
  const section = readSide(k);
  write(k, "local_irq_restore()", () => [
    k.system.machine.interrupts.mask(k.cpu(), flags),
    when(flags.not(), section.leave()),
    flags.set(false),
  ]);
}

function write(k: Thread, label: string, body: () => Body): void {
  k.event(label, () => k.step({ label, kind: "lock", ways: [{ body }] }));
}

/** Interrupts off are a read-side section of RCU, which matters where tables can go away. */
function readSide(k: Thread): { readonly enter: () => Body; readonly leave: () => Body } {
  const { rcu, tables } = k.system;
  if (k.role === "routine" || !tables) return { enter: () => [], leave: () => [] };
  rcu.announce(k.name, "irqs off");
  return {
    enter: () => rcu.enter(k.name, "irqs off"),
    leave: () => rcu.leave(k.name, "irqs off"),
  };
}
