/**
 * What the kernel's debugging options report: a primitive used where it must not be. The assertions are in the steps that
 * use it; both properties are checked in every scenario that does not leave them out.
 */
import type { Debugging } from "../kernel/observers.ts";
import { assertHere } from "../model/builder.ts";
import type { KernelProperty } from "./property.ts";

/** CONFIG_PROVE_LOCKING, CONFIG_DEBUG_ATOMIC_SLEEP and CONFIG_DEBUG_IRQFLAGS. */
export const lockdep = reported("lockdep", {
  says: "nothing is unlocked that is not held, or held where a thread ends, a call returns or it may sleep",
  consequence: "a lock or a section was misused",
});

/** CONFIG_DEBUG_VM, CONFIG_DEBUG_OBJECTS_RCU_HEAD, and what the allocator says of bad pages. */
export const debugVm = reported("debug-vm", {
  says: "no entry is read or changed without its lock, and no frame freed twice, or while an entry maps it",
  consequence: "a page-table entry or a page frame was misused",
});

function reported(
  name: Debugging,
  { says, consequence }: { readonly says: string; readonly consequence: string },
): KernelProperty {
  return {
    name,
    aliases: [],
    says,
    attach: ({ builder, observers }) => {
      builder.assertion(name, { consequence });
      observers.add({
        required: (by, holds, misuse) => (by === name ? assertHere(name, holds, misuse) : []),
      });
    },
  };
}
