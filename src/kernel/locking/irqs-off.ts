/** Interrupts of the thread's own CPU, off and on: `local_irq_disable()` and its like. */
import { primitive } from "../threads/primitive.ts";
import { parameterOf, refined } from "../../model/arguments.ts";
import { PLACE } from "../../model/argument-terms.ts";
import { bool, type Body, when } from "../../model/builder.ts";
import type { Place } from "../../model/term.ts";
import { mustBeOff, mustBeOn } from "./lockdep.ts";
import type { ThreadProgram } from "../threads/thread-program.ts";

/** How many `local_irq_save()` of a thread are written and not ended: each has flags of its own. */
const openSections = new WeakMap<ThreadProgram, number>();
/** In how many sections those lie whose flags a register holds. */
const depths = new WeakMap<Place, number>();

/** `local_irq_disable()` and `local_irq_enable()`. */
export function setIrqs(k: ThreadProgram, label: string, off: boolean): void {
  const section = readSide(k);
  write(k, label, off ? k.opens("irqs") : k.closes("irqs"), () => [
    off ? mustBeOn(k, label) : mustBeOff(k, label),
    k.system.machine.interrupts.mask(k.cpu(), off),
    off ? section.enter() : section.leave(),
  ]);
}

/** `local_irq_save()`; gives whether interrupts were off. */
export function localIrqSave(k: ThreadProgram): Place {
  const { interrupts } = k.system.machine;
  const depth = openSections.get(k) ?? 0;
  const flags = k.register(depth === 0 ? "irq flags" : `irq flags ${depth + 1}`, bool, false);
  openSections.set(k, depth + 1);
  depths.set(flags, depth);
  const section = readSide(k);
  write(k, "local_irq_save()", k.opens(flags.cell.variable), () => {
    const off = interrupts.mask(k.cpu(), true);
    return [flags.set(interrupts.on(k.cpu()).not()), off, section.enter()];
  });
  return flags;
}

/** `local_irq_restore()`. */
export function localIrqRestore(k: ThreadProgram, flags: Place): void {
  openSections.set(k, depths.get(flags) ?? 0);
  const section = readSide(k);
  write(k, "local_irq_restore()", k.closes(flags.cell.variable), () => [
    mustBeOff(k, "local_irq_restore()"),
    k.system.machine.interrupts.mask(k.cpu(), flags),
    when(flags.not(), section.leave()),
    flags.set(false),
  ]);
}

function write(k: ThreadProgram, label: string, section: string, body: () => Body): void {
  k.event(label, () => k.step({ label, kind: "lock", section, ways: [{ body }] }));
}

/** Interrupts off are a read-side section of RCU, which matters where tables can go away. */
function readSide(k: ThreadProgram): { readonly enter: () => Body; readonly leave: () => Body } {
  const { rcu, tables } = k.system;
  if (k.role === "routine" || !tables) return { enter: () => [], leave: () => [] };
  rcu.announce(k.name, "irqs off");
  return {
    enter: () => rcu.enter(k.name, "irqs off"),
    leave: () => rcu.leave(k.name, "irqs off"),
  };
}

/** Saved flags, as `localIrqSave()` gives them. */
const FLAGS = refined(PLACE, "what k.localIrqSave() gave", (flags) =>
  depths.has(flags) ? null : "this variable holds no flags that were saved",
);

export const irqPrimitives = {
  /** `local_irq_disable()`: this CPU takes no interrupts from here on. */
  localIrqDisable: primitive((k: ThreadProgram) => setIrqs(k, "local_irq_disable()", true), []),
  /** `local_irq_enable()`. */
  localIrqEnable: primitive((k: ThreadProgram) => setIrqs(k, "local_irq_enable()", false), []),
  /** `local_irq_save()`: turns interrupts off; gives whether they were. */
  localIrqSave: primitive(localIrqSave, [], "the flags, in a register"),
  /** `local_irq_restore()`: as they were before `localIrqSave()`. */
  localIrqRestore: primitive(localIrqRestore, [parameterOf("flags", FLAGS)]),
};
