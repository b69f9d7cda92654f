/** Choices that several architectures make alike, each under rules of its own. */
import { and, type Term } from "../model/term.ts";
import type { CachedEntry, Descriptor, Invalidation, Scope } from "./architecture.ts";
import type { Machine } from "./machine.ts";

/** A walker walks whatever is loaded, at any time. */
export function contextIsLoaded(machine: Machine, cpu: Term): Term {
  return machine.context.at(cpu).isNot(null);
}

/** Valid, with the accessed flag set. */
export function isTranslation({ valid, accessed }: Descriptor): Term {
  return and(valid, accessed);
}

/** An entry is used while its own identifier is loaded. */
export function identifierIsLoaded(machine: Machine, cpu: Term, { asid }: CachedEntry): Term {
  return and(contextIsLoaded(machine, cpu), machine.loadedAsid(cpu).is(asid));
}

/** What the operands name, as far as the instruction selects by them. */
export function scopeOfOperands({ by }: Invalidation, { asid, page }: Scope): Scope {
  return {
    asid: by === "page" || by === "asid" ? asid : null,
    page: by === "page" || by === "page in any ASID" ? page : null,
  };
}

/** Interrupts are on, and no access that was translated is still to be performed. */
export function isInterruptible(machine: Machine, cpu: Term): Term {
  return and(machine.interrupts.on(cpu), machine.access.idle(cpu));
}
