/** A property of kernel and hardware, usable by name: it declares an assertion and listens to what happens. */
import type { System } from "../kernel/system.ts";
import type { TlbState } from "../kernel/arch/x86/tlb-state.ts";
import { TlbcheckError } from "../model/diagnostic.ts";

export interface KernelProperty {
  readonly name: string;
  readonly aliases: readonly string[];
  /** The property in one sentence. */
  readonly says: string;
  /** Declares the assertion and whatever it remembers, before any program is built. */
  readonly attach: (system: System) => void;
}

/** Throws TLB207 on an architecture whose CPUs translate nothing here, where a property of accesses or TLBs would hold idly. */
export function needTlb({ machine }: System, property: string): void {
  const { name, entriesOnly } = machine.architecture;
  if (entriesOnly) throw new TlbcheckError("TLB207", `${property} is checked, but ${name} has no TLB here`);
}

/** The generations of x86's flushes; throws TLB204 on an architecture that has none. */
export function generationsOf({ tlbGenerations, machine }: System, property: string): TlbState {
  if (tlbGenerations) return tlbGenerations;
  throw new TlbcheckError(
    "TLB204",
    `the property ${property} is about x86; ${machine.architecture.name} has no tlb_gen`,
    {
      hint: "check it on intel and amd only",
    },
  );
}
